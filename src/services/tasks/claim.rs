//! Claiming: taking tasks out of the queue so that nobody else gets them.

use std::time::Duration;

use super::lease::expiry;
use super::pick;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::{agents, code_repositories, statistics};
use crate::tables::tasks::Lane;
use crate::tables::{Agent, AgentId, Task, tasks as rows};
use crate::types::{AgentStatus, TaskStatus};
use crate::validate;

/// The claimant.
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

/// A claim: for whom, on which tasks, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The claimant.
    pub by: Claimant,
    /// How many tasks at the most.
    pub limit: u32,
    /// How long they are leased without a heartbeat; none for the store's default.
    pub lease: Option<Duration>,
    /// The only queues that they are taken from, 1 to 100 characters each; any where none are named.
    pub queues: Vec<String>,
}

impl Claim {
    /// Claims one task for an agent.
    pub fn agent(id: &AgentId) -> Self {
        Self::one(Claimant::Agent(id.clone()))
    }

    /// Claims one task of a repository for a worker that is no agent.
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
            queues: Vec::new(),
        }
    }

    /// Sets how many tasks are claimed at the most.
    #[must_use]
    pub fn up_to(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Narrows the claim to these queues.
    #[must_use]
    pub fn from_queues(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.queues = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the length of the lease.
    #[must_use]
    pub fn leased_for(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }
}

/// Takes the next tasks out of the queue: the highest priority first, then what became available
/// first. They are assigned and leased to who claims; all tasks of one claim have the same token.
///
/// Leaves tasks that are [paused](super::pause), and those that depend on tasks that haven't
/// completed. With [`QueuePolicy::ageing`](crate::QueuePolicy::ageing), a task that waited long counts
/// as of a higher priority.
///
/// Returns fewer than asked for, or none, when there are no more or the agent has no more room.
/// An agent that is neither idle nor busy is refused with
/// [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition). The cost doesn't grow
/// with the number of tasks that wait. It grows with the number of repositories and queues that have
/// tasks pinned to the agent; where anything is paused or queues are named, with that of all that have
/// tasks for the claimant.
pub fn claim(uow: &mut UnitOfWork<'_>, claim: &Claim) -> Result<Vec<Task>> {
    for name in &claim.queues {
        validate::text("QueueName", name, 1..=100)?;
    }
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
            let tasks = pick::next(uow, &lanes, &claim.queues, claim.limit.into())?;
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
    let tasks = pick::next(uow, &lanes, &claim.queues, limit)?;
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
