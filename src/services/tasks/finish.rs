//! Ending the run of a task: completed or failed.

use super::metrics::{self, Metrics};
use super::query::get_with_owners;
use super::transition::check;
use super::{backoff, dependencies, lease};
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::services::{statistics, workflows};
use crate::tables::{LeaseToken, Task, TaskId, assignments};
use crate::types::{TaskStatus, TimeSpan, Timestamp};
use crate::validate;

/// Failure of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Error message for people.
    pub message: String,
    /// True if a retry is pointless: the task fails even if it has retries left.
    pub permanent: bool,
}

impl Failure {
    /// Creates a failure that a retry may overcome.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            permanent: false,
        }
    }
}

/// Completes a running task, with its result, and returns it.
///
/// Updates the statistics of its agent and its repository in the same transaction. Fails with
/// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) unless `token` is that of the task's lease.
pub fn complete(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: Option<&LeaseToken>,
    result: Option<&str>,
) -> Result<Task> {
    complete_with_metrics(uow, id, token, result, &Metrics::new())
}

/// Completes a running task as [`complete`] does, and records measurements of the run as `PerformanceMetrics` of the
/// task in the same transaction. [`set_status`](super::set_status) does so for any end.
pub fn complete_with_metrics(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: Option<&LeaseToken>,
    result: Option<&str>,
    metrics: &Metrics,
) -> Result<Task> {
    if let Some(result) = result {
        validate::no_nul("Result", result)?;
    }
    metrics::check(metrics)?;
    let mut task = get_with_owners(uow, id)?;
    lease::check(&task, token)?;
    check(&task, TaskStatus::Completed)?;
    complete_run(uow, &mut task, result.map(str::to_owned))?;
    metrics::record_end(uow, &task, metrics)?;
    Ok(task)
}

/// Ends a run that succeeded.
pub(super) fn complete_run(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    result: Option<String>,
) -> Result<()> {
    task.result = result;
    task.error_message = None;
    task.progress_percentage = 100;
    end(uow, task, TaskStatus::Completed)
}

/// Ends a failed run, and returns the task: pending again after its backoff if it has retries left, otherwise failed. A
/// task whose cancellation was requested is cancelled.
///
/// Fails with [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) unless `token` is that of the task's lease.
pub fn fail(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: Option<&LeaseToken>,
    failure: &Failure,
) -> Result<Task> {
    validate::no_nul("ErrorMessage", &failure.message)?;
    let mut task = get_with_owners(uow, id)?;
    lease::check(&task, token)?;
    check(&task, TaskStatus::Failed)?;
    task.error_message = Some(failure.message.clone());
    let next_run = backoff::next_run(uow, &task);
    end_failed_run(uow, &mut task, (!failure.permanent).then_some(next_run))?;
    Ok(task)
}

/// Writes the state of a task after a failed run, whose error message is already set. `next_run` is the time of its
/// retry, if it may have one.
pub(super) fn end_failed_run(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    next_run: Option<Timestamp>,
) -> Result<()> {
    if task.cancel_requested_at.is_some() {
        return end(uow, task, TaskStatus::Cancelled);
    }
    match next_run {
        Some(at) if task.retry_count < task.max_retries => {
            task.retry_count += 1;
            super::requeue::put_back(uow, task, at)
        }
        _ => end(uow, task, TaskStatus::Failed),
    }
}

/// Ends a task, and updates its agent, its repository, its workflow, and the tasks that depend on it.
pub(super) fn end(uow: &mut UnitOfWork<'_>, task: &mut Task, status: TaskStatus) -> Result<()> {
    end_alone(uow, task, status)?;
    // The workflow may have put the task back into the queue.
    if task.completed_at.is_none() {
        return Ok(());
    }
    dependencies::task_ended(uow, task)
}

/// Ends a task without updating the tasks that depend on it.
pub(super) fn end_alone(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    status: TaskStatus,
) -> Result<()> {
    let holder = assignments::agent_of(task).cloned();
    // The clock may have been set back since the task was created or started.
    let now = uow.now().max(task.started_at.unwrap_or(task.created_at));
    if status == TaskStatus::Completed {
        task.started_at.get_or_insert(now);
    }
    task.status = status;
    task.completed_at = Some(now);
    task.execution_duration = task.started_at.map(|started| now - started);
    lease::end(task);
    task.computed_duration = task.execution_duration.map(computed_duration);
    uow.update(task)?;
    statistics::task_ended(uow, task, holder.as_ref())?;
    workflows::task_ended(uow, task)
}

/// Returns the duration of a run in milliseconds, rounded as the database rounds `ComputedDuration`.
fn computed_duration(ran: TimeSpan) -> i64 {
    (ran.ticks() + TimeSpan::TICKS_PER_MILLISECOND / 2) / TimeSpan::TICKS_PER_MILLISECOND
}
