use serde_json::{Map, Value};

use super::read::find_visible;
use crate::error::{Error, Result};
use crate::rows::query::columns::Column;
use crate::rows::query::{Cursor, Order, Selection, Specification, column};
use crate::rows::tracking::{changed_meanwhile, refuse_log, values_of};
use crate::rows::{Entity, UnitOfWork};
use crate::types::Id;

/// How many rows a bulk operation holds in memory at a time.
const BATCH: i64 = 500;

/// The columns that the store itself writes.
pub(crate) const OWN_COLUMNS: [&str; 6] = [
    "Id",
    "CreatedAt",
    "CreatedBy",
    "UpdatedAt",
    "UpdatedBy",
    "RowVersion",
];

/// Adds a row, stamped with who acts and when.
pub fn add<E: Entity>(uow: &mut UnitOfWork<'_>, row: &mut E) -> Result<()> {
    uow.insert(row)
}

/// Adds all of these rows or none; an error names the index of the row at fault.
pub fn add_many<E: Entity>(uow: &mut UnitOfWork<'_>, rows: &mut [E]) -> Result<usize> {
    all_or_none(uow, rows, |uow, row| uow.insert(row).map(|()| true))
}

/// Adds any number of rows, or none where one can't be added; an error names its index. Unlike
/// [`add_many`] it holds one row in memory at a time.
pub fn bulk_insert<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    rows: impl IntoIterator<Item = E>,
) -> Result<usize> {
    all_or_none(uow, rows, |uow, mut row| {
        uow.insert(&mut row).map(|()| true)
    })
}

/// Writes what changed of a row, as [`UnitOfWork::update`] does, if the user sees it.
pub fn update<E: Entity>(uow: &mut UnitOfWork<'_>, row: &mut E) -> Result<bool> {
    refuse_log::<E>()?;
    require(uow, row.id())?;
    uow.update(row)
}

/// Writes what changed of all of these rows, or of none; an error names the index of the row at
/// fault. Returns how many had changed.
pub fn update_many<E: Entity>(uow: &mut UnitOfWork<'_>, rows: &mut [E]) -> Result<usize> {
    all_or_none(uow, rows, update)
}

/// Removes a row: marks it as deleted where the entity has columns for this, else for good.
/// Returns it as it is then, or was.
pub fn delete<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<E> {
    refuse_log::<E>()?;
    require(uow, id)?;
    uow.delete(id)
}

/// The same for a row that was read before: fails with
/// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) where it was changed meanwhile.
pub fn delete_entity<E: Entity>(uow: &mut UnitOfWork<'_>, row: &E) -> Result<E> {
    refuse_log::<E>()?;
    let current = super::get(uow, row.id())?;
    if current.row_version() != row.row_version() {
        return Err(changed_meanwhile(&current));
    }
    uow.delete(row.id())
}

/// Removes all of these rows as [`delete`] does, or none; an error names the index of the id at
/// fault.
pub fn delete_many<E: Entity>(uow: &mut UnitOfWork<'_>, ids: &[Id<E>]) -> Result<usize> {
    all_or_none(uow, ids, |uow, id| delete(uow, id).map(|_| true))
}

/// Removes a row for good, marked as deleted or not, with its dependants as the schema says.
pub fn hard_delete<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<E> {
    refuse_log::<E>()?;
    find_visible(uow, id, true)?.ok_or_else(|| Error::not_found(E::NAME, id))?;
    uow.hard_delete(id)
}

/// Takes back that a row was marked as deleted; one that wasn't stays as it is.
/// [`ErrorCode::Misuse`](crate::ErrorCode::Misuse) where rows are removed for good at once.
pub fn restore<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<E> {
    refuse_log::<E>()?;
    find_visible(uow, id, true)?.ok_or_else(|| Error::not_found(E::NAME, id))?;
    uow.restore(id)
}

/// Changes all rows of a specification, or none where one can't be changed. Each is stamped and
/// audited as by [`update`]. Returns how many had changed.
pub fn bulk_update<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
    mut change: impl FnMut(&mut E),
) -> Result<usize> {
    for_each_row(uow, specification, |uow, mut row| {
        let id = row.id().clone();
        change(&mut row);
        if *row.id() != id {
            return Err(Error::invalid("Id", "a row keeps its id"));
        }
        uow.update(&mut row)
    })
}

/// Sets columns of all rows of a specification: `{"Status": "Idle", "CurrentTask": null}`.
/// Otherwise like [`bulk_update`].
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) and the column's
/// name where there is no such column, the store writes it itself, or it doesn't take the value.
pub fn bulk_update_json<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
    changes: &Map<String, Value>,
) -> Result<usize> {
    for (name, value) in changes {
        let column = column::<E>(name)?;
        if column.is_generated || OWN_COLUMNS.contains(&column.name) {
            return Err(Error::invalid(name, "the store writes this column"));
        }
        check_value(column, value)?;
    }
    for_each_row(uow, specification, |uow, row| {
        uow.update(&mut with_values(&row, changes)?)
    })
}

/// Removes all rows of a specification as [`delete`] does, or none where one can't be removed.
/// Returns how many there were.
pub fn bulk_delete<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
) -> Result<usize> {
    for_each_row(uow, specification, |uow, row| match row.is_deleted() {
        Some(true) => Ok(false),
        _ => uow.delete(row.id()).map(|_| true),
    })
}

/// Whether a column takes a value; the error has the column's name.
pub(crate) fn check_value(column: &Column, value: &Value) -> Result<()> {
    if value.is_null() && !column.nullable {
        return Err(Error::invalid(column.name, "can't be null"));
    }
    if !value.is_null() {
        column
            .value(value)
            .map_err(|reason| Error::invalid(column.name, reason))?;
    }
    Ok(())
}

/// The row with other values in some columns.
pub(crate) fn with_values<E: Entity>(row: &E, changes: &Map<String, Value>) -> Result<E> {
    let mut values = values_of(row)?;
    for (name, value) in changes {
        values.insert(name.clone(), value.clone());
    }
    row_of(values)
}

/// The row that has these values.
pub(crate) fn row_of<E: Entity>(values: Map<String, Value>) -> Result<E> {
    serde_json::from_value(Value::Object(values)).map_err(|e| Error::invalid(E::NAME, e))
}

/// Fails where the user doesn't see such a row. Where everybody sees all rows, the operation itself
/// finds out.
fn require<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<()> {
    if E::default_condition(uow.user(), false).is_some() {
        super::get(uow, id)?;
    }
    Ok(())
}

fn all_or_none<T>(
    uow: &mut UnitOfWork<'_>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut UnitOfWork<'_>, T) -> Result<bool>,
) -> Result<usize> {
    uow.savepoint(|uow| {
        let mut written = 0;
        for (index, item) in items.into_iter().enumerate() {
            let outcome = write(uow, item);
            let is_written = outcome.map_err(|e| e.with_details(|d| d.index = Some(index)))?;
            written += usize::from(is_written);
        }
        Ok(written)
    })
}

/// Does `write` for all rows of a specification, by id, or undoes it for all where it fails for
/// one. Counts how often it was true.
fn for_each_row<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
    mut write: impl FnMut(&mut UnitOfWork<'_>, E) -> Result<bool>,
) -> Result<usize> {
    refuse_log::<E>()?;
    // By id, which no write changes, so that each row comes once whatever is written.
    let by_id = Specification::<E>::new().total_order()?;
    uow.savepoint(|uow| {
        let mut written = 0;
        let mut behind = None;
        loop {
            let rows = next_rows(uow, specification, &by_id, behind.as_ref())?;
            let Some(last) = rows.last() else {
                return Ok(written);
            };
            behind = Some(Cursor::behind(last, &by_id)?);
            for row in rows {
                written += usize::from(write(uow, row)?);
            }
        }
    })
}

fn next_rows<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
    orders: &[Order],
    behind: Option<&Cursor>,
) -> Result<Vec<E>> {
    let condition = specification.condition_for(uow.user());
    let behind = behind.map(|cursor| cursor.condition(orders)).transpose()?;
    let conditions: Vec<_> = condition.iter().chain(&behind).collect();
    let selection = Selection {
        conditions: &conditions,
        orders,
        limit: Some(BATCH),
        offset: None,
    };
    Ok(E::load(uow.connection(), &selection)?)
}
