//! Putting tasks into the queue.

use std::slice;

use super::batch::EnqueueBatch;
use super::new_task::NewTask;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::tables::Task;

/// Puts a task into the queue.
///
/// Where its idempotency key is known already, returns the task of the first request, or fails
/// with [`ErrorCode::Conflict`] if that asked for something else.
pub fn enqueue(uow: &mut UnitOfWork<'_>, new: &NewTask) -> Result<Task> {
    let tasks = EnqueueBatch::enqueue(uow, slice::from_ref(new), |error, _| error)?;
    let none = || Error::new(ErrorCode::Internal, "no task was enqueued");
    tasks.into_iter().next().ok_or_else(none)
}

/// Puts tasks into the queue, all or none; an error tells the index of the task at fault.
///
/// They may depend on each other, in any order but not in a circle, which is refused with the
/// tasks that it goes through.
pub fn enqueue_many(uow: &mut UnitOfWork<'_>, new: &[NewTask]) -> Result<Vec<Task>> {
    uow.savepoint(|uow| {
        EnqueueBatch::enqueue(uow, new, |error, index| {
            error
                .while_doing(format!("item {index}"))
                .with_details(|d| d.index = Some(index))
        })
    })
}
