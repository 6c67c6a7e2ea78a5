//! Tasks that wait for other tasks: which, and what becomes of them when those end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finish::{end, end_alone};
use super::graph::parents_first;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::tables::{Task, TaskDependency, TaskId, task_dependencies as rows};
use crate::types::{FailurePolicy, TaskStatus, Timestamp};

/// A task that has to complete before another one can be claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Dependency {
    /// The task with this index among those that are enqueued together, from 0.
    Item(usize),
    /// The task with this id: one that is there already, or one that is enqueued together.
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

/// The tasks that a task of a batch waits for, each once.
#[derive(Debug, Default)]
pub(super) struct Parents {
    /// Tasks of the same batch, by index.
    pub(super) siblings: Vec<usize>,
    /// Tasks that were there before.
    pub(super) existing: BTreeMap<TaskId, TaskStatus>,
}

impl Parents {
    pub(super) fn add_sibling(&mut self, index: usize) {
        if !self.siblings.contains(&index) {
            self.siblings.push(index);
        }
    }

    /// Returns how many haven't completed.
    pub(super) fn unmet(&self) -> i32 {
        let is_unmet = |status: &&TaskStatus| **status != TaskStatus::Completed;
        let unmet = self.siblings.len() + self.existing.values().filter(is_unmet).count();
        i32::try_from(unmet).unwrap_or(i32::MAX)
    }

    /// Returns one that failed or was cancelled already.
    fn lost(&self) -> Option<(&TaskId, TaskStatus)> {
        let mut existing = self.existing.iter();
        let lost = existing.find(|(_, status)| is_lost(**status));
        lost.map(|(id, status)| (id, *status))
    }
}

/// Returns `true` where only a retry lets a task complete.
pub(super) fn is_lost(status: TaskStatus) -> bool {
    matches!(status, TaskStatus::Failed | TaskStatus::Cancelled)
}

/// Refuses tasks that wait for each other in a circle; otherwise, the order in which each comes
/// behind those that it waits for. `names` are the tasks' names in an error.
pub(super) fn order(parents: &[Parents], name: impl Fn(usize) -> String) -> Result<Vec<usize>> {
    let siblings: Vec<Vec<usize>> = parents.iter().map(|p| p.siblings.clone()).collect();
    parents_first(&siblings).map_err(|cycle| {
        let path: Vec<String> = cycle.into_iter().map(name).collect();
        circle(&path)
    })
}

/// Returns the error of tasks that each wait for the one named behind it.
pub(super) fn circle(path: &[String]) -> Error {
    let path = path.join(" -> ");
    Error::invalid(
        "DependsOn",
        format!("the tasks wait for each other: {path}"),
    )
}

/// Writes that a new task waits for others, which are there.
pub(super) fn add<'p>(
    uow: &mut UnitOfWork<'_>,
    task: &Task,
    parents: impl Iterator<Item = &'p TaskId>,
    on_failure: FailurePolicy,
) -> Result<()> {
    for parent in parents {
        insert(uow, &task.id, parent, on_failure)?;
    }
    Ok(())
}

/// Writes that a task waits for another one.
pub(super) fn insert(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    depends_on: &TaskId,
    on_failure: FailurePolicy,
) -> Result<()> {
    uow.insert(&mut TaskDependency {
        id: uow.new_id()?,
        task_id: id.clone(),
        depends_on_task_id: depends_on.clone(),
        on_failure,
        created_at: uow.now(),
        created_by: String::new(),
        row_version: 1,
    })
}

/// Cancels a new task if one that it depends on has failed before and it is to follow.
pub(super) fn follow_the_lost(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    parents: &Parents,
    on_failure: FailurePolicy,
) -> Result<bool> {
    match parents.lost() {
        Some((id, status)) if on_failure == FailurePolicy::Cancel => {
            follow(uow, task, id, status)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Cancels a task that is to follow another one, which failed or was cancelled.
pub(super) fn follow(
    uow: &mut UnitOfWork<'_>,
    task: &mut Task,
    parent: &TaskId,
    status: TaskStatus,
) -> Result<()> {
    task.error_message = Some(reason(parent, status));
    end(uow, task, TaskStatus::Cancelled)
}

/// Does to the tasks that wait for one that ended what follows from it: where it completed, they
/// wait for one less; otherwise those are cancelled that are to follow it, and so on.
pub(super) fn task_ended(uow: &mut UnitOfWork<'_>, task: &Task) -> Result<()> {
    if task.status == TaskStatus::Completed {
        return wait_for_one_less(uow, &task.id);
    }
    let mut ended = vec![(task.id.clone(), task.status)];
    while let Some((id, status)) = ended.pop() {
        for mut follower in rows::doomed_with(uow.connection(), &id)? {
            follower.error_message = Some(reason(&id, status));
            end_alone(uow, &mut follower, TaskStatus::Cancelled)?;
            ended.push((follower.id, TaskStatus::Cancelled));
        }
    }
    Ok(())
}

/// Lets the tasks that wait for one that won't complete run without it.
pub(crate) fn let_followers_go(uow: &mut UnitOfWork<'_>, id: &TaskId) -> Result<()> {
    wait_for_one_less(uow, id)?;
    for dependency in rows::ids_on(uow.connection(), id)? {
        uow.hard_delete::<TaskDependency>(&dependency)?;
    }
    Ok(())
}

fn wait_for_one_less(uow: &mut UnitOfWork<'_>, completed: &TaskId) -> Result<()> {
    let now = uow.now();
    for mut task in rows::waiting_for(uow.connection(), completed)? {
        let unmet = task.unmet_dependencies - 1;
        set_unmet(&mut task, unmet, now);
        uow.update(&mut task)?;
    }
    Ok(())
}

/// Notes how many tasks one waits for. The time that it waited for others is no wait in the queue.
pub(crate) fn set_unmet(task: &mut Task, unmet: i32, now: Timestamp) {
    task.unmet_dependencies = unmet.max(0);
    if task.unmet_dependencies == 0 {
        task.available_at = task.available_at.max(now);
    }
}

fn reason(parent: &TaskId, status: TaskStatus) -> String {
    format!("it depends on '{parent}', which is {status}")
}
