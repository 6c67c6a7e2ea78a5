//! Removes rows as the operations do that remove such rows: nothing that is at work is removed, and nothing is left
//! waiting for what was removed.

use std::any::Any;

use crate::error::Result;
use crate::rows::{Entity, UnitOfWork};
use crate::services::{agents, tasks, workflows};
use crate::tables::{AgentId, TaskDependencyId, TaskId, WorkflowExecutionId};
use crate::types::Id;

/// Marks a row as deleted if its table has soft deletion, and removes it otherwise. Returns the row as it is afterwards,
/// or was before it was removed.
pub(super) fn delete<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<E> {
    remove(uow, id, |uow, id| uow.delete(id))
}

/// Removes a row for good, and returns it as it was.
pub(super) fn hard_delete<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<E> {
    if let Some(agent) = (id as &dyn Any).downcast_ref::<AgentId>() {
        agents::refuse_pinned_tasks(uow, agent)?;
    }
    remove(uow, id, |uow, id| uow.hard_delete(id))
}

fn remove<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    id: &Id<E>,
    remove: impl FnOnce(&mut UnitOfWork<'_>, &Id<E>) -> Result<E>,
) -> Result<E> {
    let any: &dyn Any = id;
    if let Some(task) = any.downcast_ref::<TaskId>() {
        return uow.savepoint(|uow| {
            tasks::end_before_removal(uow, task)?;
            remove(uow, id)
        });
    }
    if let Some(edge) = any.downcast_ref::<TaskDependencyId>() {
        return uow.savepoint(|uow| {
            tasks::release_edge(uow, edge)?;
            remove(uow, id)
        });
    }
    if let Some(agent) = any.downcast_ref::<AgentId>() {
        agents::refuse_held_tasks(uow, agent)?;
    } else if let Some(execution) = any.downcast_ref::<WorkflowExecutionId>() {
        workflows::refuse_removal(uow, execution)?;
    }
    remove(uow, id)
}
