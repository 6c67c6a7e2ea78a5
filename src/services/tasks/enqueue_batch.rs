//! Enqueuing the tasks of one call: idempotency keys, dependencies, and the rows.

use std::collections::{BTreeMap, HashMap};

use super::dependencies::{self, Dependency, Parents};
use super::new_task::{NewTask, new_row};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::{agents, code_repositories};
use crate::tables::{
    CodeRepository, RepositoryId, Task, TaskId, code_repositories as repository_rows, tasks as rows,
};

/// Relation of an item of a batch to the tasks that exist.
enum Item {
    /// New task.
    New,
    /// Task of an earlier request with the same idempotency key.
    Known(Box<Task>),
    /// Task of the item with this index, which has the same idempotency key.
    Repeats(usize),
}

/// Place of a planned task of a workflow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StagePlace {
    /// Position among the tasks of its stage.
    pub(crate) position: i32,
    /// True if the stage waits for others, which counts as one unmet dependency.
    pub(crate) waits: bool,
}

/// Batch of tasks that one call enqueues. Each repository is looked up and counted once.
#[derive(Default)]
pub(super) struct EnqueueBatch {
    items: Vec<Item>,
    /// Items that have an id.
    by_id: HashMap<TaskId, usize>,
    /// New items that have an idempotency key.
    by_key: HashMap<String, usize>,
    /// Repositories by path, with the number of new tasks of each.
    repositories: BTreeMap<String, (Option<RepositoryId>, i64)>,
}

impl EnqueueBatch {
    /// Enqueues the tasks and returns them in the given order. `places` has those of planned tasks. `at` adds the index of an item to its error.
    pub(super) fn enqueue(
        uow: &mut UnitOfWork<'_>,
        new: &[NewTask],
        places: &[StagePlace],
        at: impl Fn(Error, usize) -> Error,
    ) -> Result<Vec<Task>> {
        let mut batch = Self::default();
        for (index, item) in new.iter().enumerate() {
            let planned = batch.plan(uow, new, item);
            batch.items.push(planned.map_err(|e| at(e, index))?);
        }
        let mut parents = Vec::new();
        for (index, item) in new.iter().enumerate() {
            let found = batch.parents_of(uow, index, item);
            parents.push(found.map_err(|e| at(e, index))?);
        }
        let order = dependencies::order(&parents, |index| name_of(new, index))?;
        let mut tasks: Vec<Task> = Vec::new();
        for (index, item) in new.iter().enumerate() {
            let task = match &batch.items[index] {
                Item::Known(known) => Task::clone(known),
                Item::Repeats(first) => tasks[*first].clone(),
                Item::New => {
                    let unmet = parents[index].unmet();
                    let place = places.get(index);
                    let added = batch.add(uow, item, unmet, place);
                    added.map_err(|e| at(e, index))?
                }
            };
            tasks.push(task);
        }
        batch.depend(uow, new, &order, &parents, &mut tasks)?;
        batch.count(uow)?;
        Ok(tasks)
    }

    fn plan(&mut self, uow: &mut UnitOfWork<'_>, all: &[NewTask], new: &NewTask) -> Result<Item> {
        new.validate()?;
        let index = self.items.len();
        if let Some(id) = &new.id {
            self.by_id.entry(id.clone()).or_insert(index);
        }
        if let Some(key) = &new.idempotency_key {
            if let Some(known) = rows::get_by_idempotency_key(uow.conn(), key)? {
                if !is_request_of(new, &known)? {
                    return Err(other_request(key, Some(&known.id)));
                }
                return Ok(Item::Known(Box::new(known)));
            }
            if let Some(&first) = self.by_key.get(key) {
                if new.request_hash()? != all[first].request_hash()? {
                    return Err(other_request(key, None));
                }
                return Ok(Item::Repeats(first));
            }
            self.by_key.insert(key.clone(), index);
        }
        Ok(Item::New)
    }

    fn parents_of(&self, uow: &mut UnitOfWork<'_>, index: usize, new: &NewTask) -> Result<Parents> {
        let mut parents = Parents::default();
        if !matches!(self.items[index], Item::New) {
            return Ok(parents);
        }
        for dependency in &new.depends_on {
            let item = match dependency {
                Dependency::Item(index) => Some(*index),
                Dependency::Task(id) => self.by_id.get(id).copied(),
            };
            match (item, dependency) {
                (Some(item), _) => self.add_item(&mut parents, item)?,
                (None, Dependency::Task(id)) => {
                    let status = super::get(uow, id)?.status;
                    parents.existing.insert(id.clone(), status);
                }
                (None, Dependency::Item(_)) => {}
            }
        }
        Ok(parents)
    }

    fn add_item(&self, parents: &mut Parents, item: usize) -> Result<()> {
        match self.items.get(item) {
            Some(Item::New) => parents.add_sibling(item),
            Some(Item::Repeats(first)) => parents.add_sibling(*first),
            Some(Item::Known(task)) => {
                parents.existing.insert(task.id.clone(), task.status);
            }
            None => {
                let count = self.items.len();
                let reason =
                    format!("must be an index below {count}, the number of items, got {item}");
                return Err(Error::invalid("DependsOn", reason));
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        uow: &mut UnitOfWork<'_>,
        new: &NewTask,
        unmet: i32,
        place: Option<&StagePlace>,
    ) -> Result<Task> {
        if let Some(agent_id) = &new.agent_id {
            agents::get(uow, agent_id)?;
        }
        if let Some(parent_id) = &new.parent_task_id {
            super::get(uow, parent_id)?;
        }
        let path = code_repositories::registered_path(uow, &new.repository_path)?;
        let repository_id = self.count_one(uow, &path)?;
        let mut task = new_row(uow, new, &path, repository_id)?;
        task.unmet_dependencies = unmet;
        if let Some(place) = place {
            task.stage_position = Some(place.position);
            task.unmet_dependencies += i32::from(place.waits);
        }
        uow.insert(&mut task)?;
        Ok(task)
    }

    /// Writes the dependencies of the tasks, in an order that spares the database the search for cycles.
    fn depend(
        &self,
        uow: &mut UnitOfWork<'_>,
        new: &[NewTask],
        order: &[usize],
        parents: &[Parents],
        tasks: &mut [Task],
    ) -> Result<()> {
        for &index in order {
            let parents = &parents[index];
            let siblings = parents.siblings.iter().map(|&sibling| &tasks[sibling].id);
            let ids = siblings.chain(parents.existing.keys());
            dependencies::add(uow, &tasks[index], ids, new[index].on_dependency_failure)?;
        }
        let mut any_cancelled = false;
        for &index in order {
            let policy = new[index].on_dependency_failure;
            let task = &mut tasks[index];
            any_cancelled |=
                dependencies::cancel_with_failed_parent(uow, task, &parents[index], policy)?;
        }
        if any_cancelled {
            for task in tasks {
                *task = super::get(uow, &task.id)?;
            }
        }
        Ok(())
    }

    fn count_one(&mut self, uow: &mut UnitOfWork<'_>, path: &str) -> Result<Option<RepositoryId>> {
        if let Some((id, count)) = self.repositories.get_mut(path) {
            *count += 1;
            return Ok(id.clone());
        }
        let id = code_repositories::link(uow, path)?;
        self.repositories.insert(path.to_owned(), (id.clone(), 1));
        Ok(id)
    }

    fn count(self, uow: &mut UnitOfWork<'_>) -> Result<()> {
        for (id, count) in self.repositories.into_values() {
            if let Some(id) = id {
                let base = uow.number_base();
                repository_rows::add_tasks(uow.conn(), &id, count, base)?;
                uow.note_derived(CodeRepository::NAME, id.as_str(), vec!["TotalTasks"]);
            }
        }
        Ok(())
    }
}

/// Returns the name of an item in an error.
fn name_of(new: &[NewTask], index: usize) -> String {
    match new.get(index).and_then(|item| item.id.as_ref()) {
        Some(id) => id.to_string(),
        None => format!("item {index}"),
    }
}

/// Returns true if a request is that which enqueued a task. Of a task from an earlier release or an import, only the
/// command and the repository are known.
fn is_request_of(new: &NewTask, task: &Task) -> Result<bool> {
    if task.request_hash.is_some() {
        return Ok(new.request_hash()? == task.request_hash);
    }
    let normalize = code_repositories::normalize_path;
    let is_same_path = normalize(&task.repository_path) == normalize(&new.repository_path);
    Ok(task.command == new.command && is_same_path)
}

/// Returns the error of an idempotency key that another request has used.
fn other_request(key: &str, known: Option<&TaskId>) -> Error {
    let message = format!(
        "IdempotencyKey: '{key}' must be new for a new request, but was used for a request that asked for something \
         else; repeat that one as it was, or choose another key"
    );
    Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some(Task::NAME);
        d.id = known.map(ToString::to_string);
        d.column = Some("IdempotencyKey".to_owned());
    })
}
