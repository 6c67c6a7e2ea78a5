//! Claiming: taking tasks out of the queue so that nobody else gets them.

use std::time::Duration;

use super::lease::expiry;
use crate::db::UnitOfWork;
use crate::error::{Error, Result};
use crate::models::{Agent, AgentId, Task};
use crate::repositories::tasks::{self as rows, Lane};
use crate::services::{agents, code_repositories, statistics};
use crate::types::{AgentStatus, TaskPriority, TaskStatus, Timestamp};
use crate::validate;

/// Who claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimant {
    /// An agent: it gets what is pinned to it and what is open in its repository, and never
    /// holds more than its `MaxConcurrentTasks`.
    Agent(AgentId),
    /// A worker that is no agent: it gets what is open in one repository.
    Worker {
        /// Its name, 1 to 128 characters.
        name: String,
        /// The repository that it works in, or `*` for any.
        repository_path: String,
    },
}

/// What is claimed, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who claims.
    pub by: Claimant,
    /// How many tasks at the most.
    pub limit: u32,
    /// How long they are leased without a heartbeat; none for the store's default.
    pub lease: Option<Duration>,
}

impl Claim {
    /// One task for an agent.
    pub fn agent(id: &AgentId) -> Self {
        Self::one(Claimant::Agent(id.clone()))
    }

    /// One task of a repository for a worker that is no agent.
    pub fn repository(path: impl Into<String>, worker: impl Into<String>) -> Self {
        Self::one(Claimant::Worker {
            name: worker.into(),
            repository_path: path.into(),
        })
    }

    fn one(by: Claimant) -> Self {
        Self {
            by,
            limit: 1,
            lease: None,
        }
    }

    /// The same with up to this many tasks.
    #[must_use]
    pub fn up_to(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// The same with this lease.
    #[must_use]
    pub fn leased_for(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }
}

/// Takes the next tasks out of the queue: the highest priority first, then what became available
/// first. They are assigned and leased to who claims; all tasks of one claim have the same token.
///
/// Returns fewer than asked for, or none, when there are no more or the agent has no more room.
/// An agent that is neither idle nor busy is refused with
/// [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition). The cost doesn't grow
/// with the number of tasks that wait.
pub fn claim(uow: &mut UnitOfWork<'_>, claim: &Claim) -> Result<Vec<Task>> {
    match &claim.by {
        Claimant::Agent(id) => claim_for_agent(uow, claim, id),
        Claimant::Worker {
            name,
            repository_path,
        } => {
            validate::text("LeaseOwner", name, 1..=128)?;
            validate::text("RepositoryPath", repository_path, validate::PATH)?;
            let lanes = [open_lane(code_repositories::normalize_path(
                repository_path,
            ))];
            let tasks = next(uow, &lanes, claim.limit.into())?;
            assign(uow, claim, tasks, None, name)
        }
    }
}

fn claim_for_agent(uow: &mut UnitOfWork<'_>, claim: &Claim, id: &AgentId) -> Result<Vec<Task>> {
    let agent = agents::get(uow, id)?;
    check_can_claim(&agent)?;
    let held = rows::count_held(uow.connection(), id)?;
    let room = (i64::from(agent.max_concurrent_tasks) - held).max(0);
    let limit = room.min(claim.limit.into());
    let lanes = [Lane::PinnedTo(id), open_lane(&agent.repository_path)];
    let tasks = next(uow, &lanes, limit)?;
    let tasks = assign(uow, claim, tasks, Some(id), id.as_str())?;
    if let Some(last) = tasks.last() {
        statistics::agent_took(uow, agent, last)?;
    }
    Ok(tasks)
}

fn check_can_claim(agent: &Agent) -> Result<()> {
    if matches!(agent.status, AgentStatus::Idle | AgentStatus::Busy) {
        return Ok(());
    }
    Err(Error::invalid_transition(
        "Agents",
        &agent.id,
        agent.status,
        AgentStatus::Busy,
    ))
}

fn open_lane(path: &str) -> Lane<'_> {
    if path == code_repositories::ANY_PATH {
        Lane::Open
    } else {
        Lane::OpenIn(path)
    }
}

/// The next tasks of several lanes.
///
/// One priority is asked for at a time: so the index serves both the order and the bound on the
/// availability, and tasks that are scheduled for later are never visited.
fn next(uow: &mut UnitOfWork<'_>, lanes: &[Lane<'_>], limit: i64) -> Result<Vec<Task>> {
    let now = uow.now();
    let mut found = Vec::new();
    for &priority in TaskPriority::ALL.iter().rev() {
        let room = limit - found.len() as i64;
        if room <= 0 {
            break;
        }
        found.extend(next_of_priority(uow, lanes, priority, now, room)?);
    }
    Ok(found)
}

fn next_of_priority(
    uow: &mut UnitOfWork<'_>,
    lanes: &[Lane<'_>],
    priority: TaskPriority,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for &lane in lanes {
        tasks.extend(rows::claimable(
            uow.connection(),
            lane,
            priority,
            now,
            limit,
        )?);
    }
    tasks.sort_by(|a, b| (a.available_at, &a.id).cmp(&(b.available_at, &b.id)));
    tasks.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(tasks)
}

fn assign(
    uow: &mut UnitOfWork<'_>,
    claim: &Claim,
    mut tasks: Vec<Task>,
    agent: Option<&AgentId>,
    owner: &str,
) -> Result<Vec<Task>> {
    let expires_at = expiry(uow, claim.lease)?;
    let token = uow.new_id()?;
    for task in &mut tasks {
        uow.keep_seen(task);
        task.status = TaskStatus::Assigned;
        task.agent_id = agent.cloned();
        task.lease_owner = Some(owner.to_owned());
        task.lease_token = Some(token.clone());
        task.lease_expires_at = Some(expires_at);
        uow.update(task)?;
    }
    Ok(tasks)
}
