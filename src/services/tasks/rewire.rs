//! Changing what a task that is in the queue waits for.

use std::collections::BTreeMap;

use super::dependencies::{circle, follow, insert, is_lost, set_unmet};
use super::get;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::{Task, TaskDependency, TaskDependencyId, TaskId, task_dependencies as rows};
use crate::types::{FailurePolicy, TaskStatus};

/// Lets a pending task wait for another one, too.
///
/// It can't be claimed before that has completed; if that has failed or was cancelled before,
/// `on_failure` says what becomes of it. A task that isn't pending is
/// [`ErrorCode::InvalidTransition`]: it runs, or has run, without waiting. A dependency that it has already
/// is [`ErrorCode::AlreadyExists`]; tasks that would wait for each other in a circle are refused with
/// the path, for which all that the other one depends on is looked at.
pub fn add_dependency(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    depends_on: &TaskId,
    on_failure: FailurePolicy,
) -> Result<Task> {
    let mut task = get_pending(uow, id)?;
    let parent = get(uow, depends_on)?;
    if let Some(known) = rows::between(uow.connection(), id, depends_on)? {
        let message = format!("TaskDependencies: '{id}' waits for '{depends_on}' already");
        return Err(about(ErrorCode::AlreadyExists, message, &known.id));
    }
    refuse_circle(uow, id, depends_on)?;
    uow.savepoint(|uow| {
        insert(uow, id, depends_on, on_failure)?;
        if parent.status != TaskStatus::Completed {
            task.unmet_dependencies += 1;
            uow.update(&mut task)?;
        }
        if on_failure == FailurePolicy::Cancel && is_lost(parent.status) {
            follow(uow, &mut task, depends_on, parent.status)?;
        }
        Ok(task)
    })
}

/// Lets a pending task no longer wait for another one. If it waits for nothing else, it can be claimed
/// from now on.
///
/// A task that isn't pending is [`ErrorCode::InvalidTransition`]: what it waited for is its history.
/// Fails with [`ErrorCode::NotFound`] where it doesn't wait for the other one.
pub fn remove_dependency(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    depends_on: &TaskId,
) -> Result<Task> {
    let mut task = get_pending(uow, id)?;
    let Some(known) = rows::between(uow.connection(), id, depends_on)? else {
        let name = format!("{id} -> {depends_on}");
        return Err(Error::not_found(TaskDependency::NAME, &name));
    };
    let parent = get(uow, depends_on)?;
    uow.savepoint(|uow| {
        uow.hard_delete::<TaskDependency>(&known.id)?;
        if parent.status != TaskStatus::Completed {
            let unmet = task.unmet_dependencies - 1;
            set_unmet(&mut task, unmet, uow.now());
            uow.update(&mut task)?;
        }
        Ok(task)
    })
}

fn get_pending(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<Task> {
    let task = get(uow, id)?;
    if task.status == TaskStatus::Pending {
        return Ok(task);
    }
    let (from, to) = (task.status, TaskStatus::Pending);
    Err(Error::invalid_transition(Task::NAME, id, from, to))
}

fn about(code: ErrorCode, message: String, id: &TaskDependencyId) -> Error {
    Error::new(code, message).with_details(|d| {
        d.entity = Some(TaskDependency::NAME);
        d.id = Some(id.to_string());
    })
}

/// Refuses that a task waits for one that waits for it, directly or not.
fn refuse_circle(uow: &mut UnitOfWork<'_>, id: &TaskId, depends_on: &TaskId) -> Result<()> {
    // Each task that was reached, with the one that waits for it.
    let mut waiting: BTreeMap<TaskId, TaskId> = BTreeMap::new();
    waiting.insert(depends_on.clone(), id.clone());
    let mut next = vec![depends_on.clone()];
    while let Some(reached) = next.pop() {
        if reached == *id {
            return Err(circle(&path_to(id, &waiting)));
        }
        for (parent, _) in rows::parents(uow.connection(), &reached)? {
            if !waiting.contains_key(&parent) {
                waiting.insert(parent.clone(), reached.clone());
                next.push(parent);
            }
        }
    }
    Ok(())
}

/// From a task along those that each waits for back to it.
fn path_to(id: &TaskId, waiting: &BTreeMap<TaskId, TaskId>) -> Vec<String> {
    let mut path = vec![id.to_string()];
    let mut step = waiting.get(id);
    while let Some(before) = step {
        path.push(before.to_string());
        step = waiting.get(before).filter(|_| before != id);
    }
    path.reverse();
    path
}
