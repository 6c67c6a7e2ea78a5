use serde_json::{Map, Value};

use super::new_value::NewValue;
use super::{adding, json_columns};
use crate::error::{Error, Result};
use crate::rows::data::{find_visible, get};
use crate::rows::query::columns::Column;
use crate::rows::query::{Cursor, Order, Selection, Specification, column};
use crate::rows::tracking::{refuse_log, values_of};
use crate::rows::writers::{self, Writer};
use crate::rows::{Entity, UnitOfWork};
use crate::types::Id;
use crate::validate;

/// Number of rows that a bulk operation holds in memory at a time.
const BATCH: u32 = 500;

/// Inserts a row, stamped with the acting user and the time, as the operation does that adds such rows: a task is
/// enqueued, an execution started.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) for a value in a column that only operations
/// or the store write, such as the status of a task; the message names them. Fails as the operation does, such as with
/// [`ErrorCode::NotFound`](crate::ErrorCode::NotFound) for a dependency on a task that isn't there.
pub fn add<E: Entity>(uow: &mut UnitOfWork<'_>, row: &mut E) -> Result<()> {
    adding::add(uow, row)
}

/// Inserts all of these rows, at most [`MAX_ROWS`](super::MAX_ROWS), or none; the error details hold the index of the row
/// at fault.
pub fn add_many<E: Entity>(uow: &mut UnitOfWork<'_>, rows: &mut [E]) -> Result<usize> {
    validate::batch("rows", rows.len())?;
    all_or_none(uow, rows, |uow, row| add(uow, row).map(|()| true))
}

/// Inserts any number of rows, or none if one fails; the error details hold its index. Unlike [`add_many`], it holds
/// one row in memory at a time.
pub fn bulk_insert<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    rows: impl IntoIterator<Item = E>,
) -> Result<usize> {
    all_or_none(uow, rows, |uow, mut row| add(uow, &mut row).map(|()| true))
}

/// Writes the columns of a row that differ from the database, and stamps it. Returns false, and writes nothing, if no
/// column differs.
///
/// Fails with [`ErrorCode::NotFound`](crate::ErrorCode::NotFound) if the user doesn't see the row, and with
/// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) if someone else changed it after it was read; the details hold
/// the current row. Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if the row would belong
/// to another user, or for a changed column that only operations or the store write, such as the status of a task; the
/// message names them. Fails with [`ErrorCode::ReadOnly`](crate::ErrorCode::ReadOnly) for a row of a log and for a
/// read-only row.
pub fn update<E: Entity>(uow: &mut UnitOfWork<'_>, row: &mut E) -> Result<bool> {
    update_by(uow, Writer::Caller, row)
}

/// Updates a row as [`update`] does, with what the writer may change.
pub(crate) fn update_by<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    writer: Writer,
    row: &mut E,
) -> Result<bool> {
    refuse_log::<E>()?;
    require(uow, row.id())?;
    uow.update_by(writer, row)
}

/// Updates all of these rows, at most [`MAX_ROWS`](super::MAX_ROWS), or none; the error details hold the index of the row
/// at fault. Returns the number of rows that changed.
pub fn update_many<E: Entity>(uow: &mut UnitOfWork<'_>, rows: &mut [E]) -> Result<usize> {
    validate::batch("rows", rows.len())?;
    all_or_none(uow, rows, update)
}

/// Restores a soft-deleted row; a row that is not deleted stays as it is. Fails with
/// [`ErrorCode::Misuse`](crate::ErrorCode::Misuse) if the table has no soft deletion.
pub fn restore<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<E> {
    refuse_log::<E>()?;
    find_visible(uow, id, true)?.ok_or_else(|| Error::not_found(E::NAME, id))?;
    uow.restore(id)
}

/// Changes all rows of a specification, or none if one fails. Each is stamped and audited as by [`update`]. Returns
/// the number of rows that changed.
pub fn bulk_update<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
    mut change: impl FnMut(&mut E),
) -> Result<usize> {
    write_each(uow, specification, |uow, mut row| {
        let id = row.id().clone();
        change(&mut row);
        if *row.id() != id {
            return Err(Error::invalid("Id", format!("must stay '{id}'")));
        }
        uow.update_by(Writer::CallerInPlace, &mut row)
    })
}

/// Sets columns of all rows of a specification, such as `{"Priority": "High", "QueueName": null}`. Otherwise works
/// like [`bulk_update`].
///
/// An expression computes a value from the one before: `{"add": 1}`, `{"multiply": 2}`, `{"append": " (copied)"}`,
/// `{"ifNull": 0}`; `docs/queries.md` lists them. In Rust, the closure of [`bulk_update`] can compute anything.
///
/// Fails with [`ErrorCode::Overflow`](crate::ErrorCode::Overflow) for a result that the column's type can't hold, and with
/// [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) and the name of the column if there is no such
/// column, if only operations or the store write it, or if it does not accept the value.
pub fn bulk_update_json<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
    changes: &Map<String, Value>,
) -> Result<usize> {
    let mut new_values = Vec::new();
    for (name, value) in changes {
        let column = column::<E>(name)?;
        writers::check_column::<E>(column.name)?;
        new_values.push((column, NewValue::read(column, value)?));
    }
    write_each(uow, specification, |uow, row| {
        let mut values = values_of(&row)?;
        for (column, new) in &new_values {
            let value = new.of(column, values.remove(column.name).unwrap_or_default())?;
            values.insert(column.name.to_owned(), value);
        }
        uow.update_by(Writer::CallerInPlace, &mut row_of::<E>(values)?)
    })
}

/// Fails if a column does not accept a value; the error has the name of the column.
pub(crate) fn check_value(column: &Column, value: &Value) -> Result<()> {
    if value.is_null() && !column.nullable {
        return Err(Error::invalid(column.name, "must not be null"));
    }
    if !value.is_null() {
        column
            .value(value)
            .map_err(|reason| Error::invalid(column.name, reason))?;
    }
    Ok(())
}

/// Returns a row with other values in some columns.
pub(crate) fn with_values<E: Entity>(row: &E, changes: &Map<String, Value>) -> Result<E> {
    let mut values = values_of(row)?;
    for (name, value) in changes {
        // As it was read, a value passes.
        if values.get(name) != Some(value) {
            let value = json_columns::taken(column::<E>(name)?, value)?;
            values.insert(name.clone(), value);
        }
    }
    row_of(values)
}

/// Returns the row that has these values.
pub(crate) fn row_of<E: Entity>(values: Map<String, Value>) -> Result<E> {
    serde_json::from_value(Value::Object(values)).map_err(|e| Error::invalid(E::NAME, e))
}

/// Fails if the user can't see the row. Does nothing if every user sees all rows: the operation itself then finds out
/// whether the row exists.
pub(super) fn require<E: Entity>(uow: &mut UnitOfWork<'_>, id: &Id<E>) -> Result<()> {
    if E::default_condition(uow.user(), false).is_some() {
        get(uow, id)?;
    }
    Ok(())
}

pub(super) fn all_or_none<T>(
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

/// Calls `write` with all rows of a specification, by id, and undoes all if it fails for one. Returns the number of
/// times that it returned true.
pub(super) fn write_each<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    specification: &Specification<E>,
    mut write: impl FnMut(&mut UnitOfWork<'_>, E) -> Result<bool>,
) -> Result<usize> {
    refuse_log::<E>()?;
    // By id, which no write changes, so that each row comes once, whatever is written.
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
        limit: Some(BATCH.into()),
        offset: None,
    };
    Ok(E::load(uow.connection(), &selection)?)
}
