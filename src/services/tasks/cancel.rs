//! Cancelling tasks: at once if nobody runs them, otherwise by asking the worker to stop.

use super::finish::end;
use super::transition::check;
use super::{get, lease};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::workflows;
use crate::tables::{LeaseToken, Task, TaskId};
use crate::types::TaskStatus;
use crate::validate;

/// Cancels a task, or asks its worker to stop, and returns the task.
///
/// A task that no worker holds is cancelled at once, and so is one whose lease was written by a clock that was wrong and
/// begins in the future. The worker of a leased task gets the request with its next
/// [heartbeat](super::heartbeat) and [acknowledges](acknowledge_cancel) it; if the worker dies, the task is cancelled
/// when its expired lease is [rescued](super::rescue_expired). A second request changes nothing. A task that completes
/// before its worker sees the request is completed.
pub fn cancel(uow: &mut UnitOfWork<'_>, id: &TaskId, reason: Option<&str>) -> Result<Task> {
    if let Some(reason) = reason {
        validate::no_nul("ErrorMessage", reason)?;
    }
    let task = get(uow, id)?;
    cancel_one(uow, task, reason)
}

fn cancel_one(uow: &mut UnitOfWork<'_>, mut task: Task, reason: Option<&str>) -> Result<Task> {
    check(&task, TaskStatus::Cancelled)?;
    if task.cancel_requested_at.is_some() {
        return Ok(task);
    }
    task.error_message = reason.map(str::to_owned);
    if task.lease_token.is_none() || lease::is_from_the_future(uow, &task) {
        end(uow, &mut task, TaskStatus::Cancelled)?;
        return Ok(task);
    }
    task.cancel_requested_at = Some(uow.now());
    uow.update(&mut task)?;
    Ok(task)
}

/// [Cancels](cancel) a task unless it has ended.
pub(crate) fn cancel_if_open(uow: &mut UnitOfWork<'_>, id: &TaskId, reason: &str) -> Result<()> {
    let task = get(uow, id)?;
    if task.completed_at.is_some() {
        return Ok(());
    }
    cancel_one(uow, task, Some(reason)).map(drop)
}

/// Cancels a task that is to be removed, unless it has ended.
///
/// Fails with [`ErrorCode::Conflict`] if a worker has it, or if it belongs to an execution that hasn't ended, which would
/// wait for it.
pub(crate) fn end_before_removal(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<()> {
    let task = get(uow, id)?;
    if let Some(execution) = &task.workflow_execution_id {
        workflows::refuse_removal(uow, execution)
            .map_err(|e| e.while_doing(format!("removing task '{id}'")))?;
    }
    if task.completed_at.is_some() {
        return Ok(());
    }
    let task = cancel_one(uow, task, Some("it was removed"))?;
    if task.completed_at.is_some() {
        return Ok(());
    }
    let message = format!(
        "Tasks: '{id}' must not be leased to be removed; cancel it, and wait for its worker or the end of the lease"
    );
    Err(Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some(Task::NAME);
        d.id = Some(id.to_string());
    }))
}

/// Cancels a task on behalf of the worker that holds it, whether it was asked to stop or stops by itself.
pub fn acknowledge_cancel(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: &LeaseToken,
) -> Result<Task> {
    let mut task = get(uow, id)?;
    lease::check(&task, Some(token))?;
    check(&task, TaskStatus::Cancelled)?;
    end(uow, &mut task, TaskStatus::Cancelled)?;
    Ok(task)
}
