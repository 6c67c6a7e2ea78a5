//! How far a running task is.

use super::metrics::{self, Metrics};
use super::{get, lease};
use crate::error::{Error, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::{LeaseToken, Task, TaskId, tasks as rows};
use crate::types::{ChangeAction, TaskStatus};
use crate::validate;

/// How far a task is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskProgress {
    /// 0 to 100.
    pub percentage: i32,
    /// The present activity, for people.
    pub message: Option<String>,
    /// `true` where it may be less than before.
    pub may_go_back: bool,
    /// The values measured by now; kept as `PerformanceMetrics` of the task.
    pub metrics: Metrics,
}

impl TaskProgress {
    /// Makes a progress of this much, which may not be less than before.
    pub fn at(percentage: i32) -> Self {
        Self {
            percentage,
            ..Self::default()
        }
    }
}

/// Notes how far a running task is.
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
        return Err(Error::invalid_transition("Tasks", id, task.status, wanted));
    }
    if percentage < task.progress_percentage && !progress.may_go_back {
        let reason = format!(
            "{percentage} is less than the {} before",
            task.progress_percentage
        );
        return Err(Error::invalid("ProgressPercentage", reason));
    }
    task.progress_percentage = percentage;
    task.progress_message.clone_from(&progress.message);
    task.last_progress_update = Some(uow.now());
    task.stamp_updated(uow.now(), &uow.user().user_id.clone());
    rows::save_progress(uow.connection(), &task)?;
    let columns = vec!["ProgressPercentage", "ProgressMessage"];
    uow.note_change(Task::NAME, id.as_str(), ChangeAction::Update, columns);
    metrics::record(uow, id, &progress.metrics)?;
    Ok(task)
}
