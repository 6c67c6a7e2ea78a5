//! Putting tasks back into the queue: released, retried or reassigned.

use super::finish::end;
use super::transition::check;
use super::{dependencies, get, lease};
use crate::error::{Error, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::{agents, statistics, workflows};
use crate::tables::tasks::TaskFilter;
use crate::tables::{AgentId, LeaseToken, Task, TaskId, assignments, leases, tasks as rows};
use crate::types::{TaskStatus, Timestamp};
use crate::validate;

/// Releases a claimed task: it is pending again, at once and for any claimant, without counting as a run. A task whose
/// cancellation was requested is cancelled.
pub fn release(uow: &mut UnitOfWork<'_>, id: &TaskId, token: Option<&LeaseToken>) -> Result<Task> {
    let mut task = get(uow, id)?;
    lease::check(&task, token)?;
    // Only a retry leads back from an end, and a worker must not decide that.
    if task.completed_at.is_some() {
        return Err(cannot_requeue(&task));
    }
    check(&task, TaskStatus::Pending)?;
    give_back(uow, &mut task)?;
    Ok(task)
}

/// Releases tasks that are assigned or running without a lease, at most `limit`, and returns their number. A host that
/// works without leases, or an import, may leave such tasks behind.
pub fn release_unleased(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    validate::limit(limit)?;
    let mut tasks = leases::unleased(uow.conn(), limit)?;
    for task in &mut tasks {
        uow.keep_seen(task);
        give_back(uow, task)?;
    }
    Ok(tasks.len())
}

/// Puts a task that failed or was cancelled back into the queue, at once and with all its retries, and returns it.
///
/// A cancelled task of a workflow execution goes with its execution: retry that.
pub fn retry(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<Task> {
    let mut task = get(uow, id)?;
    let is_own = task.workflow_execution_id.is_none();
    if task.status == TaskStatus::Cancelled && is_own {
        // While it was cancelled, nobody counted the ends of those that it depends on.
        task.unmet_dependencies = dependencies::unmet(uow, id)?;
        requeue(uow, &mut task)?;
        return Ok(task);
    }
    let mut task = requeue_failed(uow, id)?;
    workflows::task_ended(uow, &mut task)?;
    Ok(task)
}

/// [Retries](retry) a failed task without a word to its workflow.
pub(crate) fn requeue_failed(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<Task> {
    let mut task = get(uow, id)?;
    if task.status != TaskStatus::Failed {
        return Err(cannot_requeue(&task));
    }
    statistics::failure_withdrawn(uow, &task)?;
    requeue(uow, &mut task)?;
    Ok(task)
}

/// Makes a task that has ended pending again, as if it had never run.
fn requeue(uow: &mut UnitOfWork<'_>, task: &mut Task) -> Result<()> {
    task.retry_count = 0;
    task.error_message = None;
    task.cancel_requested_at = None;
    let now = uow.now();
    put_back(uow, task, now)
}

/// [Retries](retry) the failed tasks that meet the conditions, in the order of their failures, at most `limit`, and
/// returns them.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if `filter.status` is another state
/// than Failed. Without conditions, it retries all failed tasks.
pub fn redrive(uow: &mut UnitOfWork<'_>, filter: &TaskFilter, limit: u32) -> Result<Vec<Task>> {
    validate::limit(limit)?;
    if let Some(other) = filter.status.filter(|&status| status != TaskStatus::Failed) {
        let reason = format!("must be Failed or absent, got {other}");
        return Err(Error::invalid("Status", reason));
    }
    let filter = TaskFilter {
        status: Some(TaskStatus::Failed),
        ..super::query::normalized(filter)
    };
    let ids = rows::first_ended(uow.conn(), &filter, limit)?;
    ids.iter().map(|id| retry(uow, id)).collect()
}

/// Pins a task that hasn't ended to another agent, or to none, and returns the task.
///
/// A held task loses its lease: its worker gets [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) with its next step,
/// and its work doesn't count as a run. A task whose cancellation was requested is cancelled, as by [`release`]. The
/// capacity and the state of the agent don't matter, but a removed agent fails with
/// [`ErrorCode::NotFound`](crate::ErrorCode::NotFound), since nobody would ever run the task.
pub fn reassign(uow: &mut UnitOfWork<'_>, id: &TaskId, to: Option<&AgentId>) -> Result<Task> {
    let mut task = get(uow, id)?;
    if let Some(agent_id) = to {
        agents::get(uow, agent_id)?;
    }
    if task.completed_at.is_some() {
        return Err(cannot_requeue(&task));
    }
    let holder = assignments::agent_of(&task).cloned();
    let was_pending = task.status == TaskStatus::Pending;
    lease::end(&mut task);
    task.status = TaskStatus::Pending;
    task.agent_id = to.cloned();
    task.is_pinned = to.is_some();
    if was_pending {
        uow.update(&mut task)?;
    } else {
        give_back(uow, &mut task)?;
        statistics::agent_freed(uow, holder.as_ref())?;
    }
    Ok(task)
}

fn cannot_requeue(task: &Task) -> Error {
    let refused = Error::invalid_transition(Task::NAME, &task.id, task.status, TaskStatus::Pending);
    match &task.workflow_execution_id {
        Some(id) if task.status == TaskStatus::Cancelled => refused.while_doing(format!(
            "retrying a cancelled task of execution '{id}'; retry that"
        )),
        _ => refused,
    }
}

/// Ends the claim on a task: it is pending again, or cancelled if that was requested.
fn give_back(uow: &mut UnitOfWork<'_>, task: &mut Task) -> Result<()> {
    if task.cancel_requested_at.is_some() {
        return end(uow, task, TaskStatus::Cancelled);
    }
    let now = uow.now();
    put_back(uow, task, now)
}

/// Makes a task pending again: it may be claimed from `available_at` on, by its agent if it is pinned, otherwise by any
/// claimant.
pub(super) fn put_back(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    available_at: Timestamp,
) -> Result<()> {
    let holder = assignments::agent_of(task).cloned();
    task.status = TaskStatus::Pending;
    task.available_at = available_at;
    task.started_at = None;
    task.completed_at = None;
    task.execution_duration = None;
    task.computed_duration = None;
    task.progress_percentage = 0;
    task.progress_message = None;
    if !task.is_pinned {
        task.agent_id = None;
    }
    lease::end(task);
    uow.update(task)?;
    statistics::agent_freed(uow, holder.as_ref())
}
