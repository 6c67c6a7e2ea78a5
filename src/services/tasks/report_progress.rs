//! Reporting the progress of a running task.

use super::metrics::{self, Metrics};
use super::{get, lease};
use crate::error::{Error, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::{LeaseToken, Task, TaskId, tasks as rows};
use crate::types::{ChangeAction, TaskStatus};
use crate::validate;

/// Progress of a running task.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskProgress {
    /// Percentage that is done, 0 to 100.
    pub percentage: i32,
    /// Present activity, for people.
    pub message: Option<String>,
    /// True if the percentage may be lower than before.
    pub may_go_back: bool,
    /// Measurements so far, recorded as `PerformanceMetrics` of the task.
    pub metrics: Metrics,
}

impl TaskProgress {
    /// Creates a progress with this percentage, which may not be lower than before.
    pub fn at(percentage: i32) -> Self {
        Self {
            percentage,
            ..Self::default()
        }
    }
}

/// Updates the progress of a running task and returns the task.
///
/// Fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition) unless it is running, and with
/// [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if the percentage is lower than before and may not
/// be.
pub fn update_progress(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: Option<&LeaseToken>,
    progress: &TaskProgress,
) -> Result<Task> {
    let percentage = progress.percentage;
    validate::number("ProgressPercentage", percentage, 0..=100)?;
    if let Some(message) = &progress.message {
        validate::no_nul("ProgressMessage", message)?;
    }
    metrics::check(&progress.metrics)?;
    let mut task = get(uow, id)?;
    lease::check(&task, token)?;
    if task.status != TaskStatus::InProgress {
        let wanted = TaskStatus::InProgress;
        return Err(Error::invalid_transition(
            Task::NAME,
            id,
            task.status,
            wanted,
        ));
    }
    if percentage < task.progress_percentage && !progress.may_go_back {
        let before = task.progress_percentage;
        let reason = format!(
            "must be at least {before} as before, got {percentage}; say that it may go back to lower it"
        );
        return Err(Error::invalid("ProgressPercentage", reason));
    }
    task.progress_percentage = percentage;
    task.progress_message.clone_from(&progress.message);
    task.last_progress_update = Some(uow.now());
    uow.stamp_updated(&mut task);
    rows::save_progress(uow.conn(), &task)?;
    let columns = vec!["ProgressPercentage", "ProgressMessage"];
    uow.note_change(Task::NAME, id.as_str(), ChangeAction::Update, columns);
    metrics::record_progress(uow, &task, &progress.metrics)?;
    Ok(task)
}
