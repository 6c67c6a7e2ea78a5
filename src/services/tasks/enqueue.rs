//! Enqueuing tasks.

use std::slice;

use super::enqueue_batch::{EnqueueBatch, StagePlace};
use super::new_task::NewTask;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::tables::Task;
use crate::validate;

/// Enqueues a task and returns it.
///
/// If its idempotency key was used before, returns the task of the first request, or fails with
/// [`ErrorCode::Conflict`] if that asked for anything else but an id. Of a task that an earlier release enqueued, only the command
/// and the repository are compared.
///
/// ```
/// use orchestra_store::services::tasks::{self, NewTask};
/// # use orchestra_store::{Store, StoreConfig};
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let mut new = NewTask::new("make nightly", "/srv/app");
/// new.idempotency_key = Some("nightly of 2026-01-01".to_owned());
/// let first = store.write(|uow| tasks::enqueue(uow, &new))?;
/// // A caller that missed the answer repeats the request, and gets the first task.
/// let second = store.write(|uow| tasks::enqueue(uow, &new))?;
/// assert_eq!(first.id, second.id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn enqueue(uow: &mut UnitOfWork<'_>, new: &NewTask) -> Result<Task> {
    let tasks = EnqueueBatch::enqueue(uow, slice::from_ref(new), &[], |error, _| error)?;
    let none = || Error::new(ErrorCode::Internal, "no task was enqueued");
    tasks.into_iter().next().ok_or_else(none)
}

/// Enqueues tasks, at most [`MAX_ROWS`](crate::services::data::MAX_ROWS), all or none, and returns them. [`ErrorDetails::index`](crate::ErrorDetails) is the index of the task
/// at fault.
///
/// They may depend on each other, in any order. Fails with [`ErrorCode::InvalidArgument`] and the path if the
/// dependencies form a cycle.
pub fn enqueue_many(uow: &mut UnitOfWork<'_>, new: &[NewTask]) -> Result<Vec<Task>> {
    validate::batch("tasks", new.len())?;
    enqueue_planned(uow, new, &[])
}

/// [Enqueues](enqueue_many) the tasks of stages, of which each has a place.
pub(crate) fn enqueue_planned(
    uow: &mut UnitOfWork<'_>,
    new: &[NewTask],
    places: &[StagePlace],
) -> Result<Vec<Task>> {
    uow.savepoint(|uow| {
        EnqueueBatch::enqueue(uow, new, places, |error, index| {
            error
                .while_doing(format!("item {index}"))
                .with_details(|d| d.index = Some(index))
        })
    })
}
