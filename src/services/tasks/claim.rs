//! Claiming: assigning and leasing tasks of the queue to one worker.

use std::time::Duration;

use super::{lease, pick};
use crate::error::{Error, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::{agents, code_repositories, statistics};
use crate::tables::tasks::Lane;
use crate::tables::{Agent, AgentId, Task, assignments};
use crate::types::{AgentStatus, TaskStatus};
use crate::validate;

/// Agent or worker that claims tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimant {
    /// Agent, which gets the tasks that are pinned to it and the open ones of its repository. It never holds more than
    /// its `MaxConcurrentTasks`.
    Agent(AgentId),
    /// Worker that is not an agent, which gets the open tasks of one repository.
    Worker {
        /// Name of the worker, 1 to 128 characters.
        name: String,
        /// Path of the repository that it works in, or `*` for any.
        repository_path: String,
    },
}

/// Claim on tasks of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Claimant.
    pub by: Claimant,
    /// Most tasks to claim.
    pub limit: u32,
    /// Length of the lease, positive; `None`: the store's default.
    pub lease: Option<Duration>,
    /// Queues to claim from, 1 to 100 characters each; empty: any.
    pub queues: Vec<String>,
}

impl Claim {
    /// Creates a claim on one task for an agent.
    pub fn agent(id: &AgentId) -> Self {
        Self::one(Claimant::Agent(id.clone()))
    }

    /// Creates a claim on one task of a repository for a worker that is not an agent.
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

    /// Sets the most tasks to claim.
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

/// Claims the next tasks of the queue, by priority, then by the time since when they are available, and returns them.
/// They are assigned and leased to the claimant; all tasks of one claim have the same lease token.
///
/// Skips tasks that are [paused](super::pause), and those with dependencies that haven't completed. With
/// [`QueuePolicy::ageing`](crate::QueuePolicy::ageing), a task that has waited long counts as one of a higher priority.
///
/// Returns fewer tasks than the limit, or none, if no more are available or the agent has no capacity left. Fails with
/// [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition) if the agent is neither idle nor busy.
///
/// The cost doesn't grow with the number of waiting tasks. It grows with the number of repositories and queues that
/// have tasks pinned to the agent or, if anything is paused or the claim names queues, that have any tasks for the
/// claimant.
pub fn claim(uow: &mut UnitOfWork<'_>, claim: &Claim) -> Result<Vec<Task>> {
    check(claim)?;
    match &claim.by {
        Claimant::Agent(id) => claim_for_agent(uow, claim, id),
        Claimant::Worker {
            name,
            repository_path,
        } => {
            let path = code_repositories::registered_path(uow, repository_path)?;
            let lanes = [open_lane(&path)];
            let tasks = pick::next(uow, &lanes, &claim.queues, claim.limit)?;
            assign(uow, claim, tasks, None, name)
        }
    }
}

/// Fails where a claim has a value that none may have.
pub(crate) fn check(claim: &Claim) -> Result<()> {
    validate::limit(claim.limit)?;
    for name in &claim.queues {
        validate::text("QueueName", name, 1..=100)?;
    }
    match &claim.by {
        Claimant::Agent(_) => Ok(()),
        Claimant::Worker {
            name,
            repository_path,
        } => {
            validate::text("LeaseOwner", name, 1..=128)?;
            validate::text("RepositoryPath", repository_path, validate::PATH)
        }
    }
}

fn claim_for_agent(uow: &mut UnitOfWork<'_>, claim: &Claim, id: &AgentId) -> Result<Vec<Task>> {
    let agent = agents::get(uow, id)?;
    check_can_claim(&agent)?;
    let held = assignments::count(uow.connection(), id)?;
    let room = (i64::from(agent.max_concurrent_tasks) - held).max(0);
    let limit = u32::try_from(room).unwrap_or(u32::MAX).min(claim.limit);
    let path = code_repositories::registered_path(uow, &agent.repository_path)?;
    let lanes = [Lane::PinnedTo(id), open_lane(&path)];
    let tasks = pick::next(uow, &lanes, &claim.queues, limit)?;
    let tasks = assign(uow, claim, tasks, Some(id), id.as_str())?;
    if let Some(last) = tasks.last() {
        statistics::agent_claimed(uow, agent, last)?;
    }
    Ok(tasks)
}

fn check_can_claim(agent: &Agent) -> Result<()> {
    if agents::is_at_work(agent) {
        return Ok(());
    }
    Err(Error::invalid_transition(
        Agent::NAME,
        &agent.id,
        agent.status,
        AgentStatus::Busy,
    ))
}

pub(super) fn open_lane(path: &str) -> Lane<'_> {
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
    let (term, _) = lease::term(uow, claim.lease)?;
    let token = uow.new_id()?;
    for task in &mut tasks {
        uow.keep_seen(task);
        task.status = TaskStatus::Assigned;
        task.agent_id = agent.cloned();
        lease::begin(task, owner, &token, &term);
        uow.update(task)?;
    }
    Ok(tasks)
}
