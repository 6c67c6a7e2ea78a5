//! Deleting a task with the tasks that are parts of it.

use std::collections::HashSet;

use super::get;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::{Task, TaskId, task_trees as rows};
use crate::types::TaskStatus;

/// Deletes a task and the tasks that are parts of it, directly or not, all of them or none, and returns their ids, the
/// parts first.
///
/// Fails with [`ErrorCode::Conflict`] if any of them is assigned or running, and with
/// [`ErrorCode::ConstraintViolation`] if another task waits for one of them. The cost grows with the number of parts.
pub fn delete(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<Vec<TaskId>> {
    let mut tree = vec![id.clone()];
    let mut seen = HashSet::from([id.clone()]);
    let mut next = 0;
    while let Some(whole) = tree.get(next).cloned() {
        refuse_held(&get(uow, &whole)?)?;
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
            uow.hard_delete::<Task>(id)?;
        }
        Ok(tree)
    })
}

fn refuse_held(task: &Task) -> Result<()> {
    if !TaskStatus::ASSIGNED.contains(&task.status) {
        return Ok(());
    }
    let (id, status) = (&task.id, task.status);
    let message = format!(
        "Tasks: '{id}' must have ended or wait when it is deleted, got {status}; cancel or reassign it first"
    );
    Err(Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some(Task::NAME);
        d.id = Some(id.to_string());
    }))
}
