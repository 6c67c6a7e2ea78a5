//! Cancelling a task: at once where nobody runs it, otherwise by asking its worker to stop.

use super::finish::end;
use super::transition::check;
use super::{get, lease};
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::tables::{LeaseToken, Task, TaskId};
use crate::types::TaskStatus;
use crate::validate;

/// Cancels a task.
///
/// One that no worker holds is cancelled at once. One that is leased is asked to stop: its
/// worker learns of it with its next [heartbeat](super::heartbeat) and
/// [acknowledges](acknowledge_cancel); if it dies, the rescue of its lease cancels the task.
/// Asking twice changes nothing. A task that completes before it sees the request is completed.
pub fn cancel(uow: &mut UnitOfWork<'_>, id: &TaskId, reason: Option<&str>) -> Result<Task> {
    if let Some(reason) = reason {
        validate::no_nul("ErrorMessage", reason)?;
    }
    let mut task = get(uow, id)?;
    check(&task, TaskStatus::Cancelled)?;
    if task.cancel_requested_at.is_some() {
        return Ok(task);
    }
    task.error_message = reason.map(str::to_owned);
    if task.lease_token.is_none() {
        end(uow, &mut task, TaskStatus::Cancelled)?;
        return Ok(task);
    }
    task.cancel_requested_at = Some(uow.now());
    uow.update(&mut task)?;
    Ok(task)
}

/// Notes that a worker stopped a task that it was asked to cancel, or that it cancels by itself.
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
