//! Claiming: assigning and leasing tasks of the queue to one worker.

use std::time::Duration;

use super::claim_place::ClaimPlace;
use super::{lease, start};
use crate::error::{Error, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::{statistics, workflows};
use crate::tables::{Agent, AgentId, Task};
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
    take(uow, claim, Taking::Assign)
}

/// Claims the next tasks of the queue as [`claim`] does, and starts them with the same writes: for workers that run
/// what they get at once. The tasks are `InProgress`, and their histories have one change instead of two.
pub fn claim_and_start(uow: &mut UnitOfWork<'_>, claim: &Claim) -> Result<Vec<Task>> {
    take(uow, claim, Taking::Start)
}

/// Claims and starts the next tasks of a worker that ended one. An agent that was taken off work meanwhile gets none: that
/// must not undo the end of its task.
pub(super) fn go_on(uow: &mut UnitOfWork<'_>, claim: &Claim) -> Result<Vec<Task>> {
    take(uow, claim, Taking::GoOn)
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

/// Purpose of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taking {
    /// Tasks that the claimant starts later.
    Assign,
    /// Tasks that are started at once.
    Start,
    /// Tasks that are started at once, by a claimant that just ended one.
    GoOn,
}

impl Taking {
    fn starts(self) -> bool {
        self != Self::Assign
    }
}

fn take(uow: &mut UnitOfWork<'_>, claim: &Claim, taking: Taking) -> Result<Vec<Task>> {
    check(claim)?;
    let place = ClaimPlace::of(uow, claim)?;
    match place.away() {
        Some(_) if taking == Taking::GoOn => return Ok(Vec::new()),
        Some(agent) => return Err(away(agent)),
        None => {}
    }
    let limit = place.room_for(claim.limit, 0);
    let mut tasks = place.next(uow, claim, limit)?;
    hand_out(uow, claim, &mut tasks, taking)?;
    if let (Some(agent), Some(last)) = (place.agent, tasks.last()) {
        statistics::agent_claimed(uow, agent, last)?;
    }
    Ok(tasks)
}

fn away(agent: &Agent) -> Error {
    Error::invalid_transition(Agent::NAME, &agent.id, agent.status, AgentStatus::Busy)
}

fn hand_out(
    uow: &mut UnitOfWork<'_>,
    claim: &Claim,
    tasks: &mut [Task],
    taking: Taking,
) -> Result<()> {
    let (agent, owner) = match &claim.by {
        Claimant::Agent(id) => (Some(id), id.as_str()),
        Claimant::Worker { name, .. } => (None, name.as_str()),
    };
    let (term, _) = lease::term(uow, claim.lease)?;
    let token = uow.new_id()?;
    for task in tasks {
        uow.keep_seen(task);
        task.status = TaskStatus::Assigned;
        task.agent_id = agent.cloned();
        lease::begin(task, owner, &token, &term);
        if taking.starts() {
            start::begin_run(uow, task);
        }
        uow.update(task)?;
        if taking.starts() {
            workflows::task_started(uow, task)?;
        }
    }
    Ok(())
}
