//! Dependencies between tasks, and their effects when a task ends.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finish::{end, end_alone};
use super::topological_order::parents_first;
use super::transition::is_failure;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::tables::{Task, TaskDependency, TaskId, task_dependencies as rows};
use crate::types::{FailurePolicy, TaskStatus, Timestamp};

/// Task that must complete before another one can be claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Dependency {
    /// Index, from 0, of a task among those that are enqueued together.
    Item(usize),
    /// Id of a task that exists, or that is enqueued together with this one.
    Task(TaskId),
}

impl From<usize> for Dependency {
    fn from(index: usize) -> Self {
        Self::Item(index)
    }
}

impl From<TaskId> for Dependency {
    fn from(id: TaskId) -> Self {
        Self::Task(id)
    }
}

/// Tasks that a task of a batch depends on, each once.
#[derive(Debug, Default)]
pub(super) struct Parents {
    /// Indices of tasks of the same batch.
    pub(super) siblings: Vec<usize>,
    /// Tasks that existed before the batch, with their states.
    pub(super) existing: BTreeMap<TaskId, TaskStatus>,
}

impl Parents {
    pub(super) fn add_sibling(&mut self, index: usize) {
        if !self.siblings.contains(&index) {
            self.siblings.push(index);
        }
    }

    /// Returns the number of tasks that haven't completed.
    pub(super) fn unmet(&self) -> i32 {
        let is_unmet = |status: &&TaskStatus| **status != TaskStatus::Completed;
        let unmet = self.siblings.len() + self.existing.values().filter(is_unmet).count();
        i32::try_from(unmet).unwrap_or(i32::MAX)
    }

    /// Returns a task that has failed or was cancelled, if there is one.
    fn failed(&self) -> Option<(&TaskId, TaskStatus)> {
        let mut existing = self.existing.iter();
        let failed = existing.find(|(_, status)| is_failure(**status));
        failed.map(|(id, status)| (id, *status))
    }
}

/// Returns the indices of the tasks of a batch in an order in which each task comes after its dependencies.
///
/// Fails if the dependencies form a cycle; `name` returns the name of a task for the error.
pub(super) fn order(parents: &[Parents], name: impl Fn(usize) -> String) -> Result<Vec<usize>> {
    let siblings: Vec<Vec<usize>> = parents.iter().map(|p| p.siblings.clone()).collect();
    parents_first(&siblings).map_err(|cycle| {
        let path: Vec<String> = cycle.into_iter().map(name).collect();
        cycle_error(&path)
    })
}

/// Returns the error of a cycle, in which each task depends on the next one of the path.
pub(super) fn cycle_error(path: &[String]) -> Error {
    let path = path.join(" -> ");
    Error::invalid("DependsOn", format!("must not form a cycle, got {path}"))
}

/// Inserts the dependencies of a new task on tasks that exist.
pub(super) fn add<'p>(
    uow: &mut UnitOfWork<'_>,
    task: &Task,
    parents: impl Iterator<Item = &'p TaskId>,
    on_failure: FailurePolicy,
) -> Result<()> {
    for parent in parents {
        let mut edge = new_edge(uow, &task.id, parent, on_failure)?;
        uow.insert(&mut edge)?;
    }
    Ok(())
}

/// Returns the row of the dependency of a task on another one.
pub(super) fn new_edge(
    uow: &UnitOfWork<'_>,
    id: &TaskId,
    depends_on: &TaskId,
    on_failure: FailurePolicy,
) -> Result<TaskDependency> {
    Ok(TaskDependency {
        id: uow.new_id()?,
        task_id: id.clone(),
        depends_on_task_id: depends_on.clone(),
        on_failure,
        created_at: uow.now(),
        created_by: String::new(),
        row_version: 1,
    })
}

/// Cancels a new task if one of its dependencies has failed or was cancelled and its policy asks for that. Returns true
/// if it is cancelled.
pub(super) fn cancel_with_failed_parent(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    parents: &Parents,
    on_failure: FailurePolicy,
) -> Result<bool> {
    match parents.failed() {
        Some((id, status)) if on_failure == FailurePolicy::Cancel => {
            cancel_with_parent(uow, task, id, status)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Cancels a task because one of its dependencies has failed or was cancelled.
pub(super) fn cancel_with_parent(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    parent: &TaskId,
    status: TaskStatus,
) -> Result<()> {
    task.error_message = Some(reason(parent, status));
    end(uow, task, TaskStatus::Cancelled)
}

/// Updates the tasks that depend on one that ended. If it completed, they have one unmet dependency less; otherwise
/// those are cancelled whose policy asks for that, and the tasks that depend on them likewise.
pub(super) fn task_ended(uow: &mut UnitOfWork<'_>, task: &Task) -> Result<()> {
    if task.status == TaskStatus::Completed {
        return decrement_unmet(uow, &task.id);
    }
    let mut ended = vec![(task.id.clone(), task.status)];
    while let Some((id, status)) = ended.pop() {
        for mut dependent in rows::doomed_with(uow.conn(), &id)? {
            dependent.error_message = Some(reason(&id, status));
            end_alone(uow, &mut dependent, TaskStatus::Cancelled)?;
            ended.push((dependent.id, TaskStatus::Cancelled));
        }
    }
    Ok(())
}

/// Removes the dependencies on a task that won't complete, so that the tasks that depend on it run without it.
pub(crate) fn release_dependents(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<()> {
    decrement_unmet(uow, id)?;
    for dependency in rows::ids_on(uow.conn(), id)? {
        uow.hard_delete::<TaskDependency>(&dependency)?;
    }
    Ok(())
}

/// Counts the dependencies of a task on tasks that haven't completed.
pub(super) fn unmet(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<i32> {
    let parents = Parents {
        existing: rows::parents(uow.conn(), id)?.into_iter().collect(),
        ..Parents::default()
    };
    Ok(parents.unmet())
}

fn decrement_unmet(uow: &mut UnitOfWork<'_>, completed: &TaskId) -> Result<()> {
    let now = uow.now();
    for mut task in rows::waiting_for(uow.conn(), completed)? {
        let unmet = task.unmet_dependencies - 1;
        set_unmet(&mut task, unmet, now);
        uow.update(&mut task)?;
    }
    Ok(())
}

/// Sets the number of a task's unmet dependencies. The time until they are met doesn't count as a wait in the queue.
pub(crate) fn set_unmet(task: &mut Task, unmet: i32, now: Timestamp) {
    task.unmet_dependencies = unmet.max(0);
    if task.unmet_dependencies == 0 {
        task.available_at = task.available_at.max(now);
    }
}

fn reason(parent: &TaskId, status: TaskStatus) -> String {
    format!("cancelled with the task that it depends on, '{parent}', which is {status}")
}
