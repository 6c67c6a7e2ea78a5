//! Leases: who may touch a claimed task, and for how long.

use std::time::Duration;

use serde::Serialize;

use super::get;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::{LeaseToken, Task, TaskId, tasks as rows};
use crate::types::Timestamp;

/// The answer to a worker's heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Heartbeat {
    /// When the lease ends unless there is another heartbeat.
    pub lease_expires_at: Timestamp,
    /// `true` where the task was asked to stop: the worker should end it and
    /// [acknowledge](super::acknowledge_cancel).
    pub cancel_requested: bool,
}

/// Extends the lease of a claimed task to `extend` from now, or to the store's default.
///
/// This is no sign of life of the agent, which is
/// [`agents::heartbeat`](crate::services::agents::heartbeat).
pub fn heartbeat(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: &LeaseToken,
    extend: Option<Duration>,
) -> Result<Heartbeat> {
    let task = get(uow, id)?;
    check(&task, Some(token))?;
    let lease_expires_at = expiry(uow, extend)?;
    rows::save_lease_end(uow.connection(), id, lease_expires_at)?;
    uow.note_write(Task::NAME, id.as_str());
    Ok(Heartbeat {
        lease_expires_at,
        cancel_requested: task.cancel_requested_at.is_some(),
    })
}

/// Returns when a lease that begins now ends.
pub(super) fn expiry(uow: &UnitOfWork<'_>, lease: Option<Duration>) -> Result<Timestamp> {
    let lease = lease.unwrap_or(uow.queue_policy().lease);
    if lease.is_zero() {
        return Err(Error::invalid("lease", "not a positive time"));
    }
    Ok(uow.now() + lease)
}

/// Refuses who doesn't hold the lease of a task that has one, or shows the token of a lease that
/// the task no longer has.
pub(super) fn check(task: &Task, token: Option<&LeaseToken>) -> Result<()> {
    let reason = match (&task.lease_token, token) {
        (Some(held), Some(token)) if held == token => return Ok(()),
        (None, None) => return Ok(()),
        (Some(_), Some(_)) => "is leased to somebody else by now",
        (Some(_), None) => "is leased, and its lease token was not given",
        (None, Some(_)) => "is no longer leased to this worker",
    };
    let message = format!("Tasks: '{}' {reason} (it is {})", task.id, task.status);
    Err(Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some("Tasks");
        d.id = Some(task.id.to_string());
        d.column = Some("LeaseToken".to_owned());
    }))
}
