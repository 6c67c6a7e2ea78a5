//! Adding and removing the dependencies of a task in the queue.

use std::collections::BTreeMap;

use super::dependencies::{cancel_with_parent, cycle_error, new_edge, set_unmet};
use super::get;
use super::transition::is_failure;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::workflows;
use crate::tables::{Task, TaskDependency, TaskDependencyId, TaskId, task_dependencies as rows};
use crate::types::{FailurePolicy, TaskStatus};

/// Makes a pending task depend on another one, and returns it.
///
/// It can't be claimed before the other one has completed. If that has already failed or was cancelled, `on_failure`
/// decides whether it is cancelled as well.
///
/// Fails with [`ErrorCode::InvalidTransition`] unless the task is pending, with [`ErrorCode::AlreadyExists`] if it
/// depends on the other one already, and with [`ErrorCode::InvalidArgument`] and the path if the dependencies would
/// form a cycle. The cost grows with the number of tasks that the other one depends on, directly or not.
pub fn add_dependency(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    depends_on: &TaskId,
    on_failure: FailurePolicy,
) -> Result<Task> {
    let mut edge = new_edge(uow, id, depends_on, on_failure)?;
    add_edge(uow, &mut edge)
}

/// Adds the row of a dependency, as [`add_dependency`] does.
pub(crate) fn add_edge(uow: &mut UnitOfWork<'_>, edge: &mut TaskDependency) -> Result<Task> {
    let (id, depends_on) = (&edge.task_id.clone(), &edge.depends_on_task_id.clone());
    let mut task = get_pending(uow, id)?;
    let parent = get(uow, depends_on)?;
    if let Some(known) = rows::between(uow.conn(), id, depends_on)? {
        let message = format!(
            "TaskDependencies: '{id}' depends on '{depends_on}' already; remove that dependency first to change it"
        );
        return Err(about(ErrorCode::AlreadyExists, message, known.id.as_str()));
    }
    refuse_cycle(uow, id, depends_on)?;
    uow.savepoint(|uow| {
        uow.insert(edge)?;
        if parent.status != TaskStatus::Completed {
            task.unmet_dependencies += 1;
            uow.update(&mut task)?;
        }
        if edge.on_failure == FailurePolicy::Cancel && is_failure(parent.status) {
            cancel_with_parent(uow, &mut task, depends_on, parent.status)?;
        }
        Ok(task)
    })
}

/// Removes the dependency of a pending task on another one, and returns the task. If it has no other unmet dependency,
/// it can be claimed from now on.
///
/// Fails with [`ErrorCode::InvalidTransition`] unless the task is pending, since its dependencies are history then, and
/// with [`ErrorCode::NotFound`] if it doesn't depend on the other one.
pub fn remove_dependency(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    depends_on: &TaskId,
) -> Result<Task> {
    let mut task = get_pending(uow, id)?;
    let Some(known) = rows::between(uow.conn(), id, depends_on)? else {
        let message = format!(
            "TaskDependencies: '{id}' doesn't depend on '{depends_on}'; explain it to see what it waits for"
        );
        let edge = format!("{id} -> {depends_on}");
        return Err(about(ErrorCode::NotFound, message, &edge));
    };
    uow.savepoint(|uow| {
        uow.hard_delete::<TaskDependency>(&known.id)?;
        no_longer_waits(uow, &mut task, depends_on)?;
        Ok(task)
    })
}

/// Lets a pending task no longer wait for another one, as if the row of the dependency had been removed.
pub(crate) fn release_edge(uow: &mut UnitOfWork<'_>, id: &TaskDependencyId) -> Result<()> {
    let edge: TaskDependency = uow.get(id)?;
    let mut task = get(uow, &edge.task_id)?;
    if task.status == TaskStatus::Pending {
        no_longer_waits(uow, &mut task, &edge.depends_on_task_id)?;
    }
    Ok(())
}

fn no_longer_waits(uow: &mut UnitOfWork<'_>, task: &mut Task, other: &TaskId) -> Result<()> {
    if get(uow, other)?.status == TaskStatus::Completed {
        return Ok(());
    }
    let unmet = task.unmet_dependencies - 1;
    set_unmet(task, unmet, uow.now());
    uow.update(task).map(drop)
}

fn get_pending(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<Task> {
    let task = get(uow, id)?;
    if task.status == TaskStatus::Pending {
        return Ok(task);
    }
    let (from, to) = (task.status, TaskStatus::Pending);
    Err(Error::invalid_transition(Task::NAME, id, from, to))
}

fn about(code: ErrorCode, message: String, id: &str) -> Error {
    Error::new(code, message).with_details(|d| {
        d.entity = Some(TaskDependency::NAME);
        d.id = Some(id.to_string());
    })
}

/// Refuses a dependency on a task that depends on this one, directly or not, or by the joins of workflow stages.
fn refuse_cycle(uow: &mut UnitOfWork<'_>, id: &TaskId, depends_on: &TaskId) -> Result<()> {
    // The key of an entry is a task that was reached, its value the task that depends on it.
    let mut waiting: BTreeMap<TaskId, TaskId> = BTreeMap::new();
    waiting.insert(depends_on.clone(), id.clone());
    let mut next = vec![depends_on.clone()];
    let mut along_joins = workflows::AlongJoins::new(uow)?;
    while let Some(reached) = next.pop() {
        if reached == *id {
            return Err(cycle_error(&path_to(id, &waiting)));
        }
        let parents = rows::parents(uow.conn(), &reached)?;
        let parents = parents.into_iter().map(|(parent, _)| parent);
        for parent in parents.chain(along_joins.from(uow, &reached)?) {
            if !waiting.contains_key(&parent) {
                waiting.insert(parent.clone(), reached.clone());
                next.push(parent);
            }
        }
    }
    Ok(())
}

/// Returns the path from a task along the dependencies back to it.
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
