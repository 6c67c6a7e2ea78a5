//! Putting a task back into the queue: given back, rescued from a worker that is gone, or run
//! again after it failed.

use serde::Serialize;

use super::finish::{end, end_failed_run};
use super::transition::{check, end_lease};
use super::{get, lease};
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::{agents, statistics};
use crate::tables::tasks::TaskFilter;
use crate::tables::{AgentId, LeaseToken, Task, TaskId, tasks as rows};
use crate::types::{TaskStatus, Timestamp};

/// The outcome for tasks whose leases had ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rescue {
    /// Those that are pending again.
    pub requeued: Vec<TaskId>,
    /// Those that had no retries left.
    pub failed: Vec<TaskId>,
    /// Those that had been asked to stop.
    pub cancelled: Vec<TaskId>,
}

/// Gives a claimed task back: it is pending again, at once and for anyone, and this doesn't count
/// as a run. One that was asked to stop is cancelled.
pub fn release(uow: &mut UnitOfWork<'_>, id: &TaskId, token: Option<&LeaseToken>) -> Result<Task> {
    let mut task = get(uow, id)?;
    lease::check(&task, token)?;
    // Going back from Failed is a retry, which isn't the worker's to decide.
    if task.status == TaskStatus::Failed {
        return Err(no_way_back(&task));
    }
    check(&task, TaskStatus::Pending)?;
    give_back(uow, &mut task)?;
    Ok(task)
}

/// Gives back tasks that are assigned or running without a lease, at most `limit`: what a host
/// without leases, or an import, left behind. Returns how many these were.
pub fn release_unleased(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    let mut tasks = rows::unleased(uow.connection(), limit.into())?;
    for task in &mut tasks {
        uow.keep_seen(task);
        give_back(uow, task)?;
    }
    Ok(tasks.len())
}

/// Takes tasks away from workers that let their leases end, at most `limit`.
///
/// One that was running counts the run as failed, since it may be what its worker died of: it is
/// pending again at once while it has retries left, and failed otherwise. One that was asked to
/// stop is cancelled.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use orchestra_store::services::agents::{self, NewAgent};
/// use orchestra_store::services::tasks::{self, Claim, NewTask};
/// use orchestra_store::types::TaskStatus;
/// use orchestra_store::{ManualClock, Store, StoreConfig};
/// # let directory = tempfile::tempdir()?;
/// # let mut config = StoreConfig::new(directory.path().join("orchestra.db"));
/// let clock = Arc::new(ManualClock::at("2026-01-01".parse()?));
/// config.clock = Arc::clone(&clock) as _;
/// let store = Store::open(config)?;
/// let ada = store.write(|uow| {
///     tasks::enqueue(uow, &NewTask::new("make", "/srv/app"))?;
///     agents::register(uow, &NewAgent::new("Ada", "claude-code", "/srv/app"))
/// })?;
/// let claim = Claim::agent(&ada.id).leased_for(Duration::from_secs(60));
/// let task = store.write(|uow| tasks::claim(uow, &claim))?.remove(0);
///
/// // Ada's worker dies without a word, and its lease ends.
/// clock.advance(Duration::from_secs(61));
/// store.write(|uow| tasks::rescue_expired(uow, 100))?;
/// let task = store.read(|reader| tasks::get(reader, &task.id))?;
/// assert_eq!((task.status, task.lease_owner), (TaskStatus::Pending, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rescue_expired(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<Rescue> {
    let now = uow.now();
    let mut rescue = Rescue::default();
    for mut task in rows::expired(uow.connection(), now, limit.into())? {
        uow.keep_seen(&task);
        take_away(uow, &mut task, now)?;
        let outcome = match task.status {
            TaskStatus::Cancelled => &mut rescue.cancelled,
            TaskStatus::Failed => &mut rescue.failed,
            _ => &mut rescue.requeued,
        };
        tracing::warn!(task = %task.id, status = %task.status, "the lease of a task had ended");
        outcome.push(task.id);
    }
    Ok(rescue)
}

/// Puts a failed task back into the queue, at once and with all its retries.
pub fn retry(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<Task> {
    let mut task = get(uow, id)?;
    if task.status != TaskStatus::Failed {
        return Err(no_way_back(&task));
    }
    statistics::failure_withdrawn(uow, &task)?;
    task.retry_count = 0;
    task.error_message = None;
    let now = uow.now();
    put_back(uow, &mut task, now)?;
    Ok(task)
}

/// [Retries](retry) the failed tasks that fit, those that failed first, at most `limit`; returns them.
///
/// `filter.status` has to be none or Failed. Without any condition these are all that failed.
pub fn redrive(uow: &mut UnitOfWork<'_>, filter: &TaskFilter, limit: u32) -> Result<Vec<Task>> {
    if filter
        .status
        .is_some_and(|status| status != TaskStatus::Failed)
    {
        return Err(Error::invalid(
            "Status",
            "only failed tasks can be redriven",
        ));
    }
    let filter = TaskFilter {
        status: Some(TaskStatus::Failed),
        ..super::query::normalized(filter)
    };
    let ids = rows::first_ended(uow.connection(), &filter, limit.into())?;
    ids.iter().map(|id| retry(uow, id)).collect()
}

/// Gives a task that hasn't ended to another agent, which alone may run it from then on; none for
/// any agent.
///
/// Where somebody holds it, the lease ends: the worker gets
/// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) with its next step,
/// and what it did so far doesn't count as a run. One that was asked to stop is cancelled, as if it
/// was given back. The agent's capacity and state don't matter, but a removed agent is
/// [`ErrorCode::NotFound`](crate::ErrorCode::NotFound): nobody would ever run the task.
pub fn reassign(uow: &mut UnitOfWork<'_>, id: &TaskId, to: Option<&AgentId>) -> Result<Task> {
    let mut task = get(uow, id)?;
    if let Some(agent_id) = to {
        agents::get(uow, agent_id)?;
    }
    if task.completed_at.is_some() {
        return Err(no_way_back(&task));
    }
    let holder = task.agent_id.clone().filter(|_| task.lease_token.is_some());
    end_lease(&mut task);
    task.agent_id = to.cloned();
    task.is_pinned = to.is_some();
    if task.status == TaskStatus::Pending {
        uow.update(&mut task)?;
    } else {
        give_back(uow, &mut task)?;
        statistics::agent_freed(uow, holder.as_ref())?;
    }
    Ok(task)
}

fn no_way_back(task: &Task) -> Error {
    Error::invalid_transition("Tasks", &task.id, task.status, TaskStatus::Pending)
}

fn take_away(uow: &mut UnitOfWork<'_>, task: &mut Task, now: Timestamp) -> Result<()> {
    if task.status != TaskStatus::InProgress {
        return give_back(uow, task);
    }
    let owner = task.lease_owner.as_deref().unwrap_or_default();
    task.error_message = Some(format!(
        "the lease of '{owner}' ended while it ran the task"
    ));
    end_failed_run(uow, task, Some(now))
}

fn give_back(uow: &mut UnitOfWork<'_>, task: &mut Task) -> Result<()> {
    if task.cancel_requested_at.is_some() {
        return end(uow, task, TaskStatus::Cancelled);
    }
    let now = uow.now();
    put_back(uow, task, now)
}

/// Writes a task that may be claimed again from `available_at` on, by its own agent if it is
/// pinned, otherwise by anyone.
pub(super) fn put_back(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    available_at: Timestamp,
) -> Result<()> {
    let holder = task.agent_id.clone().filter(|_| task.lease_token.is_some());
    task.status = TaskStatus::Pending;
    task.available_at = available_at;
    task.started_at = None;
    task.completed_at = None;
    task.execution_duration = None;
    task.progress_percentage = 0;
    task.progress_message = None;
    if !task.is_pinned {
        task.agent_id = None;
    }
    end_lease(task);
    uow.update(task)?;
    statistics::agent_freed(uow, holder.as_ref())
}
