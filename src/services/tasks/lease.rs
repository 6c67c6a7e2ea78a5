//! Leases of claimed tasks.

use std::time::Duration;

use serde::Serialize;

use super::get;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::leases::{self, LeaseTerm};
use crate::tables::{LeaseToken, Task, TaskId};
use crate::types::Timestamp;

/// Answer to the heartbeat of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Heartbeat {
    /// End of the lease, unless there is another heartbeat.
    pub lease_expires_at: Timestamp,
    /// True if cancellation was requested: the worker should stop the task and
    /// [acknowledge](super::acknowledge_cancel) that.
    pub cancel_requested: bool,
}

/// Extends the lease of a claimed task: it ends `extend` from now, or after the store's default.
///
/// Fails with [`ErrorCode::Conflict`] unless `token` is that of the task's lease. This isn't a heartbeat of the agent,
/// for which there is [`agents::heartbeat`](crate::services::agents::heartbeat).
pub fn heartbeat(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: &LeaseToken,
    extend: Option<Duration>,
) -> Result<Heartbeat> {
    let task = get(uow, id)?;
    check(&task, Some(token))?;
    let (term, lease_expires_at) = term(uow, extend)?;
    leases::save_term(uow.conn(), id, &term)?;
    uow.note_write(Task::NAME, id.as_str());
    Ok(Heartbeat {
        lease_expires_at,
        cancel_requested: task.cancel_requested_at.is_some(),
    })
}

/// Returns the term of a lease that begins now, and its end.
pub(super) fn term(
    uow: &UnitOfWork<'_>,
    lease: Option<Duration>,
) -> Result<(LeaseTerm, Timestamp)> {
    let lease = lease.unwrap_or(uow.queue_policy().lease);
    if lease.is_zero() {
        return Err(Error::invalid("lease", "must be positive, got 0"));
    }
    let now = uow.now();
    let expires_at = now + lease;
    let since_boot = uow.since_boot();
    let term = LeaseTerm {
        lease_renewed_at: Some(now),
        lease_expires_at: Some(expires_at),
        lease_deadline: since_boot.as_ref().map(|time| time.millis_after(lease)),
        lease_boot: since_boot.map(|time| time.boot.to_string()),
    };
    Ok((term, expires_at))
}

/// Gives a task a lease.
pub(super) fn begin(task: &mut Task, owner: &str, token: &LeaseToken, term: &LeaseTerm) {
    task.lease_owner = Some(owner.to_owned());
    task.lease_token = Some(token.clone());
    task.lease_renewed_at = term.lease_renewed_at;
    task.lease_expires_at = term.lease_expires_at;
    task.lease_boot.clone_from(&term.lease_boot);
    task.lease_deadline = term.lease_deadline;
}

/// Ends the lease of a task.
pub(super) fn end(task: &mut Task) {
    task.lease_owner = None;
    task.lease_token = None;
    task.lease_renewed_at = None;
    task.lease_expires_at = None;
    task.lease_boot = None;
    task.lease_deadline = None;
}

/// Returns true if a task's lease began later than now, by a clock that was wrong: how long it still lasts is unknown.
pub(super) fn is_from_the_future(uow: &UnitOfWork<'_>, task: &Task) -> bool {
    let latest = uow.latest_present();
    task.lease_renewed_at.is_some_and(|began| began > latest)
}

/// Checks that a token is that of a task's lease, or that the task has no lease and no token is given.
pub(super) fn check(task: &Task, token: Option<&LeaseToken>) -> Result<()> {
    let reason = match (&task.lease_token, token) {
        (Some(held), Some(token)) if held == token => return Ok(()),
        (None, None) => return Ok(()),
        (Some(_), Some(_)) => "that of its present lease, got another one; discard the work",
        (Some(_), None) => "given while it is leased, got none; pass the token of the claim",
        (None, Some(_)) => "that of a present lease, but the lease has ended; discard the work",
    };
    let (id, status) = (&task.id, task.status);
    let message = format!("Tasks: the lease token of '{id}' ({status}) must be {reason}");
    Err(Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some(Task::NAME);
        d.id = Some(task.id.to_string());
        d.column = Some("LeaseToken".to_owned());
    }))
}
