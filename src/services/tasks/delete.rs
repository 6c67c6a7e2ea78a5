//! Deleting a task with the tasks that are parts of it.

use std::collections::HashSet;

use super::cancel::end_before_removal;
use super::get;
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::tables::{Task, TaskId, task_trees as rows};

/// Deletes a task and the tasks that are parts of it, directly or not, all of them or none, and returns their ids, the
/// parts first.
///
/// Those that are open are cancelled first. Fails with [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) if any of them
/// is leased or belongs to an execution that hasn't ended, and with
/// [`ErrorCode::ConstraintViolation`](crate::ErrorCode::ConstraintViolation) if another task waits for one of them. The
/// cost grows with the number of parts.
pub fn delete(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<Vec<TaskId>> {
    let mut tree = vec![id.clone()];
    let mut seen = HashSet::from([id.clone()]);
    let mut next = 0;
    while let Some(whole) = tree.get(next).cloned() {
        get(uow, &whole)?;
        for part in rows::parts_of(uow.connection(), &whole)? {
            if seen.insert(part.clone()) {
                tree.push(part);
            }
        }
        next += 1;
    }
    tree.reverse();
    uow.savepoint(|uow| {
        for id in &tree {
            end_before_removal(uow, id)?;
            uow.hard_delete::<Task>(id)?;
        }
        Ok(tree)
    })
}
