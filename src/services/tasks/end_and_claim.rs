//! Ending a run and beginning the next one in the same transaction: one commit for each task that a worker runs.

use serde::Serialize;

use super::claim::{self, Claim};
use super::finish::{Failure, complete, fail};
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::tables::{LeaseToken, Task, TaskId};

/// Task that ended, and those that its worker runs next.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndedAndClaimed {
    /// Task whose run ended.
    pub ended: Task,
    /// Tasks that were claimed and started behind it; empty if nothing is to be done.
    pub claimed: Vec<Task>,
}

/// Completes a running task as [`complete`] does, and claims and starts the next ones as
/// [`claim_and_start`](super::claim_and_start) does, in one transaction. The agent has room for a next task again by
/// then; one that was taken off work meanwhile gets none.
///
/// Fails with [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) unless `token` is that of the task's lease: the worker
/// discards the result, and goes on with [`claim_and_start`](super::claim_and_start).
///
/// ```
/// use orchestra_store::services::tasks::{self, Claim, NewTask};
/// # use orchestra_store::{Store, StoreConfig};
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let new = ["make", "make test"].map(|command| NewTask::new(command, "/srv/app"));
/// store.write(|uow| tasks::enqueue_many(uow, &new))?;
/// let claim = Claim::repository("/srv/app", "worker 1");
///
/// let mut next = store.write(|uow| tasks::claim_and_start(uow, &claim))?;
/// let mut runs = Vec::new();
/// while let Some(task) = next.pop() {
///     runs.push(task.command);
///     let token = task.lease_token.as_ref();
///     let done = store.write(|uow| tasks::complete_and_claim(uow, &task.id, token, None, &claim))?;
///     next = done.claimed;
/// }
/// assert_eq!(runs, ["make", "make test"]);
/// # Ok::<(), orchestra_store::Error>(())
/// ```
pub fn complete_and_claim(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: Option<&LeaseToken>,
    result: Option<&str>,
    next: &Claim,
) -> Result<EndedAndClaimed> {
    claim::check(next)?;
    let ended = complete(uow, id, token, result)?;
    and_claim(uow, ended, next)
}

/// Ends a failed run as [`fail`] does, and claims and starts the next tasks as [`complete_and_claim`] does. Where the
/// backoff of the failed task is zero, it may be the next one.
pub fn fail_and_claim(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: Option<&LeaseToken>,
    failure: &Failure,
    next: &Claim,
) -> Result<EndedAndClaimed> {
    claim::check(next)?;
    let ended = fail(uow, id, token, failure)?;
    and_claim(uow, ended, next)
}

fn and_claim(uow: &mut UnitOfWork<'_>, ended: Task, next: &Claim) -> Result<EndedAndClaimed> {
    let claimed = claim::go_on(uow, next)?;
    Ok(EndedAndClaimed { ended, claimed })
}
