//! The end of a run: completed or failed.

use super::metrics::{self, Metrics};
use super::transition::{check, end_lease};
use super::{dependencies, get, lease};
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::services::{statistics, workflows};
use crate::tables::{LeaseToken, Task, TaskId};
use crate::types::{TaskStatus, TimeSpan};
use crate::validate;

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error as a text for people.
    pub message: String,
    /// `true` where running it again is of no use: the task fails though it has retries left.
    pub permanent: bool,
}

impl Failure {
    /// Makes a failure that another run may overcome.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            permanent: false,
        }
    }
}

/// Notes that a running task did what it should, with its result.
///
/// The statistics of its agent and its repository follow in the same transaction.
pub fn complete(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: Option<&LeaseToken>,
    result: Option<&str>,
) -> Result<Task> {
    complete_with_metrics(uow, id, token, result, &Metrics::new())
}

/// Notes like [`complete`] that a task did what it should, and keeps what was measured of the run as
/// `PerformanceMetrics` of the task in the same transaction.
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
    let mut task = get(uow, id)?;
    lease::check(&task, token)?;
    check(&task, TaskStatus::Completed)?;
    task.result = result.map(str::to_owned);
    task.error_message = None;
    task.progress_percentage = 100;
    end(uow, &mut task, TaskStatus::Completed)?;
    metrics::record(uow, id, metrics)?;
    Ok(task)
}

/// Notes that a run failed. A task that has retries left waits for its backoff and is pending
/// again; otherwise it has failed. One that was asked to stop is cancelled.
pub fn fail(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: Option<&LeaseToken>,
    failure: &Failure,
) -> Result<Task> {
    validate::no_nul("ErrorMessage", &failure.message)?;
    let mut task = get(uow, id)?;
    lease::check(&task, token)?;
    check(&task, TaskStatus::Failed)?;
    task.error_message = Some(failure.message.clone());
    let backoff = uow.queue_policy().backoff_before(task.retry_count + 1);
    let next_run = if failure.permanent {
        None
    } else {
        Some(uow.now() + backoff)
    };
    end_failed_run(uow, &mut task, next_run)?;
    Ok(task)
}

/// Decides what becomes of a task after a run that failed; its message is set.
pub(super) fn end_failed_run(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    next_run: Option<crate::types::Timestamp>,
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

/// Writes the end of a task, and what follows from it for its agent, its repository, and the tasks
/// that depend on it.
pub(super) fn end(uow: &mut UnitOfWork<'_>, task: &mut Task, status: TaskStatus) -> Result<()> {
    end_alone(uow, task, status)?;
    // Its workflow may have put it back into the queue.
    if task.completed_at.is_none() {
        return Ok(());
    }
    dependencies::task_ended(uow, task)
}

/// Ends a task without those that depend on it.
pub(super) fn end_alone(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    status: TaskStatus,
) -> Result<()> {
    let holder = task.agent_id.clone().filter(|_| task.lease_token.is_some());
    // The clock may have been set back since the task was made or started.
    let now = uow.now().max(task.started_at.unwrap_or(task.created_at));
    if status == TaskStatus::Completed {
        task.started_at.get_or_insert(now);
    }
    task.status = status;
    task.completed_at = Some(now);
    task.execution_duration = task.started_at.map(|started| now - started);
    end_lease(task);
    task.computed_duration = task.execution_duration.map(computed_duration);
    uow.update(task)?;
    statistics::task_ended(uow, task, holder.as_ref())?;
    workflows::task_ended(uow, task)
}

/// Returns the whole milliseconds of a run, rounded as the database rounds them in `ComputedDuration`.
fn computed_duration(ran: TimeSpan) -> i64 {
    (ran.ticks() + TimeSpan::TICKS_PER_MILLISECOND / 2) / TimeSpan::TICKS_PER_MILLISECOND
}
