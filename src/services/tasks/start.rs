//! Starting the run of a task.

use super::transition::check;
use super::{get, lease};
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::services::{statistics, workflows};
use crate::tables::{LeaseToken, Task, TaskId};
use crate::types::TaskStatus;

/// Starts the run of a task and returns the task.
///
/// A claimed task needs the token of its lease, and fails with [`ErrorCode::Conflict`](crate::ErrorCode::Conflict)
/// otherwise. A task that nobody claimed starts without a token, for hosts that hand out the work themselves; one that is
/// pinned to an agent then counts as this agent's, as if the agent had claimed it.
pub fn start(uow: &mut UnitOfWork<'_>, id: &TaskId, token: Option<&LeaseToken>) -> Result<Task> {
    let mut task = get(uow, id)?;
    lease::check(&task, token)?;
    check(&task, TaskStatus::InProgress)?;
    begin_run(uow, &mut task);
    uow.update(&mut task)?;
    if task.lease_token.is_none() {
        statistics::agent_started(uow, &task)?;
    }
    workflows::task_started(uow, &task)?;
    Ok(task)
}

/// Makes a task one that runs since now.
pub(super) fn begin_run(uow: &UnitOfWork<'_>, task: &mut Task) {
    task.status = TaskStatus::InProgress;
    // The clock may have been set back since the task was created.
    task.started_at = Some(uow.now().max(task.created_at));
}
