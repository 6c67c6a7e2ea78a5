//! Operations that delete rows, one or many.

use std::collections::HashSet;

use super::removing;
use super::write::{all_or_none, require, write_each};
use crate::error::{Error, Result};
use crate::rows::data::{find_visible, get};
use crate::rows::query::condition::Test;
use crate::rows::query::{Condition, Relation, Specification, column};
use crate::rows::tracking::{changed_meanwhile, refuse_log};
use crate::rows::{Entity, UnitOfWork};
use crate::types::Id;
use crate::validate;

/// Deletes a row: marks it as deleted if the table has soft deletion, and removes it otherwise. Returns the row as it
/// is afterwards, or was before it was removed.
///
/// An open task is cancelled first. Fails with [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) for what is at work: a
/// leased task, one of an open execution, an agent that holds tasks, an open execution.
pub fn delete<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<E> {
    refuse_log::<E>()?;
    require(uow, id)?;
    removing::delete(uow, id)
}

/// Deletes a row that was read before. Fails with [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) if it has
/// changed since.
pub fn delete_entity<E: Entity>(uow: &mut UnitOfWork<'_>, row: &E) -> Result<E> {
    delete_version(uow, row.id(), row.row_version())
}

/// Deletes a row if it still has the version that it was read with, and otherwise fails with
/// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict); the details hold the current row.
pub fn delete_unchanged<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    id: &Id<E>,
    row_version: i64,
) -> Result<E> {
    delete_version(uow, id, Some(row_version))
}

fn delete_version<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    id: &Id<E>,
    row_version: Option<i64>,
) -> Result<E> {
    refuse_log::<E>()?;
    let current = get(uow, id)?;
    if current.row_version() != row_version {
        return Err(changed_meanwhile(&current));
    }
    removing::delete(uow, id)
}

/// Deletes all of these rows as [`delete`] does, or none; the error details hold the index of the id at fault. Rows that
/// refer to each other may come in any order.
pub fn delete_many<E: Entity>(uow: &mut UnitOfWork<'_>, ids: &[Id<E>]) -> Result<usize> {
    validate::batch("ids", ids.len())?;
    uow.deleting_in_any_order::<E, _>(|uow| {
        all_or_none(uow, ids, |uow, id| delete(uow, id).map(|_| true))
    })
}

/// Removes a row, soft-deleted or not. The schema decides what happens to its dependants.
pub fn hard_delete<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<E> {
    refuse_log::<E>()?;
    find_visible(uow, id, true)?.ok_or_else(|| Error::not_found(E::NAME, id))?;
    removing::hard_delete(uow, id)
}

/// Deletes all rows of a specification as [`delete`] does, or none if one fails. Returns the number of rows deleted.
///
/// Rows that refer to each other, such as a task and its subtasks, are deleted together. One that is still referred to from
/// outside the set fails with [`ErrorCode::ConstraintViolation`](crate::ErrorCode::ConstraintViolation), which names the
/// column.
pub fn bulk_delete<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
) -> Result<usize> {
    uow.deleting_in_any_order::<E, _>(|uow| {
        write_each(uow, specification, |uow, row| match row.is_deleted() {
            Some(true) => Ok(false),
            _ => removing::delete(uow, row.id()).map(|_| true),
        })
    })
}

/// Removes all rows of a specification as [`hard_delete`] does, or none if one fails. Returns their number.
/// Soft-deleted rows are removed if the specification includes them. Otherwise works like [`bulk_delete`].
pub fn bulk_hard_delete<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
) -> Result<usize> {
    uow.deleting_in_any_order::<E, _>(|uow| {
        write_each(uow, specification, |uow, row| {
            removing::hard_delete(uow, row.id()).map(|_| true)
        })
    })
}

/// Deletes a row and all below it, such as a task with its subtasks and theirs, as [`delete`] does, or none if one fails.
/// Returns the number of rows deleted.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if rows of the entity have none below them,
/// otherwise as [`bulk_delete`] does.
pub fn delete_subtree<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<usize> {
    let below = Relation::below::<E>().ok_or_else(|| {
        Error::invalid(
            E::NAME,
            "must be an entity whose rows form a tree, such as Tasks",
        )
    })?;
    let root = get(uow, id)?;
    let mut ids = vec![root.id().clone()];
    let mut known: HashSet<Id<E>> = ids.iter().cloned().collect();
    let mut level = ids.clone();
    while !level.is_empty() {
        level = children(uow, below, &level)?;
        level.retain(|id| known.insert(id.clone()));
        ids.extend(level.iter().cloned());
    }
    uow.deleting_in_any_order::<E, _>(|uow| {
        // Each row before the one above it.
        let from_the_leaves = ids.iter().rev();
        all_or_none(uow, from_the_leaves, |uow, id| {
            removing::delete(uow, id).map(|_| true)
        })
    })
}

/// Returns the ids of the rows right below these.
fn children<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    below: &Relation,
    parents: &[Id<E>],
) -> Result<Vec<Id<E>>> {
    let mut ids = Vec::new();
    let parent = column::<E>(below.theirs)?;
    for some in parents.chunks(validate::MAX_ROWS) {
        let keys: Vec<&str> = some.iter().map(Id::as_str).collect();
        let keys = serde_json::json!(keys).to_string();
        let of_these = Condition::test(Test::InJson(parent, keys));
        let specification = Specification::new().matching(of_these);
        super::for_each::<E>(uow, &specification, |row| {
            ids.push(row.id().clone());
            std::ops::ControlFlow::Continue(())
        })?;
    }
    Ok(ids)
}
