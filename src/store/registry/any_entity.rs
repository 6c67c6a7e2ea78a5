use std::marker::PhantomData;
use std::ops::ControlFlow;

use serde_json::{Map, Value};

use super::column_info::ColumnInfo;
use super::json_rows::{object, to_json, until_it_fails};
use super::new_row::NewRow;
use crate::error::{Error, Result};
use crate::rows::audit::{self, RowChange};
use crate::rows::query::{Aggregate, Order, Query, Selection, Specification, column};
use crate::rows::writers::{self, Writer};
use crate::rows::{Entity, Reader, UnitOfWork};
use crate::services::data;
use crate::store::Store;
use crate::types::{Id, Json, Timestamp};
use crate::validate;

/// Operations on an entity that is known only when the program runs. Rows are JSON objects with the names of the
/// columns; queries are the documents that `docs/queries.md` describes.
///
/// A row, change or document that is invalid fails with
/// [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument), which names the column or the place in the
/// document. Changes are written as in [`data`], and rows of other users are neither shown nor written, except where a
/// function says so.
pub trait AnyEntity: Send + Sync {
    /// Returns the name of the table, such as `Tasks`.
    fn name(&self) -> &'static str;

    /// Returns the number, which never changes.
    fn number(&self) -> i32;

    /// Returns true if rows are only ever added.
    fn is_log(&self) -> bool;

    /// Returns true if [`delete`](Self::delete) marks rows as deleted instead of removing them.
    fn keeps_deleted(&self) -> bool;

    /// Returns the columns, in the order of the table.
    fn columns(&self) -> Vec<ColumnInfo>;

    /// Returns the row with this id.
    fn get(&self, reader: &mut Reader<'_>, id: &str) -> Result<Value>;

    /// Returns the row with this id from memory if it is there, as [`Store::cached`] does.
    fn get_cached(&self, store: &Store, id: &str) -> Result<Value>;

    /// Returns the answer to a query: `{"Items": […]}`, and the fields of its paging.
    fn query(&self, reader: &mut Reader<'_>, document: &Value) -> Result<Value>;

    /// Returns the answer to a query as text, as [`data::query_text`] does.
    fn query_text(&self, reader: &mut Reader<'_>, document: &Value) -> Result<String>;

    /// Calls `each` with one row after the other that the user sees, by id, until it fails. Soft-deleted rows are
    /// included.
    fn for_each(
        &self,
        reader: &mut Reader<'_>,
        each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    ) -> Result<()>;

    /// Calls `each` with all rows as [`for_each`](Self::for_each) does, including those of other users, for an export
    /// of the whole table. The host decides who may have one.
    fn for_each_of_all_users(
        &self,
        reader: &mut Reader<'_>,
        each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    ) -> Result<()>;

    /// Calls `each` with one row of a specification after the other, until it fails. One row is in memory at a time.
    fn for_each_of(
        &self,
        reader: &mut Reader<'_>,
        document: &Value,
        each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    ) -> Result<()>;

    /// Counts the rows of a specification.
    fn count(&self, reader: &mut Reader<'_>, document: &Value) -> Result<i64>;

    /// Returns true if a specification has any row.
    fn exists(&self, reader: &mut Reader<'_>, document: &Value) -> Result<bool>;

    /// Returns one aggregate of a column over the rows of a specification; `null` if no row has a value.
    fn aggregate(
        &self,
        reader: &mut Reader<'_>,
        document: &Value,
        aggregate: Aggregate,
        column: &str,
    ) -> Result<Value>;

    /// Returns the changes of one row, as [`audit::history`] does.
    fn history(&self, reader: &mut Reader<'_>, id: &str) -> Result<Vec<RowChange>>;

    /// Returns the state of a row at a moment, as [`audit::state_at`] does.
    fn state_at(
        &self,
        reader: &mut Reader<'_>,
        id: &str,
        moment: Timestamp,
    ) -> Result<Option<Json>>;

    /// Reads all rows, of whatever user, and returns the error of the first that can't be read, with the id of the row
    /// before it.
    fn first_unreadable(&self, reader: &mut Reader<'_>) -> Option<(Option<String>, Error)>;

    /// Inserts a row, and returns it as stored. The id, the columns that the store writes, and columns that may be
    /// null or have a default can be left out. Fails with
    /// [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) for a row that would belong to another user.
    fn insert(&self, uow: &mut UnitOfWork<'_>, row: &Value) -> Result<Value>;

    /// Inserts all of these rows, or none; the error details hold the index of the row at fault.
    fn insert_many(&self, uow: &mut UnitOfWork<'_>, rows: &[Value]) -> Result<Vec<Value>>;

    /// Updates the given columns of the row whose `Id` is given, and returns the row as stored.
    ///
    /// If `RowVersion` is given too, it must be the current one; otherwise fails with
    /// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict). Other columns that only the store writes are ignored, so
    /// that a row can be passed back as it was read.
    fn update(&self, uow: &mut UnitOfWork<'_>, row: &Value) -> Result<Value>;

    /// Updates all of these rows as [`update`](Self::update) does, or none; the error details hold the index of the
    /// row at fault.
    fn update_many(&self, uow: &mut UnitOfWork<'_>, rows: &[Value]) -> Result<Vec<Value>>;

    /// Deletes a row: marks it as deleted if the table has soft deletion, and removes it otherwise. Returns the row
    /// as it is afterwards, or was before it was removed.
    fn delete(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<Value>;

    /// Deletes a row as [`delete`](Self::delete) does, if it still has this version; otherwise fails with
    /// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict).
    fn delete_unchanged(
        &self,
        uow: &mut UnitOfWork<'_>,
        id: &str,
        row_version: i64,
    ) -> Result<Value>;

    /// Deletes a row and all below it, as [`data::delete_subtree`] does, and returns their number.
    fn delete_subtree(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<usize>;

    /// Deletes all of these rows, or none; the error details hold the index of the id at fault.
    fn delete_many(&self, uow: &mut UnitOfWork<'_>, ids: &[&str]) -> Result<usize>;

    /// Removes a row, soft-deleted or not. The schema decides what happens to its dependants.
    fn hard_delete(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<Value>;

    /// Restores a soft-deleted row.
    fn restore(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<Value>;

    /// Sets columns of all rows of a specification, and returns the number of rows that changed.
    fn bulk_update(
        &self,
        uow: &mut UnitOfWork<'_>,
        document: &Value,
        changes: &Value,
    ) -> Result<usize>;

    /// Deletes all rows of a specification as [`delete`](Self::delete) does, and returns their number.
    fn bulk_delete(&self, uow: &mut UnitOfWork<'_>, document: &Value) -> Result<usize>;

    /// Removes all rows of a specification as [`hard_delete`](Self::hard_delete) does, and returns their number.
    fn bulk_hard_delete(&self, uow: &mut UnitOfWork<'_>, document: &Value) -> Result<usize>;
}

/// An entity with its number.
pub(super) struct Registered<E> {
    number: i32,
    entity: PhantomData<fn() -> E>,
}

impl<E> Registered<E> {
    pub(super) const fn new(number: i32) -> Self {
        Self {
            number,
            entity: PhantomData,
        }
    }
}

impl<E: Entity> AnyEntity for Registered<E> {
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn number(&self) -> i32 {
        self.number
    }

    fn is_log(&self) -> bool {
        E::IS_LOG
    }

    fn keeps_deleted(&self) -> bool {
        E::KEEPS_DELETED
    }

    fn columns(&self) -> Vec<ColumnInfo> {
        E::columns().iter().map(ColumnInfo::of::<E>).collect()
    }

    fn get(&self, reader: &mut Reader<'_>, id: &str) -> Result<Value> {
        to_json(&data::get::<E>(reader, &Id::new(id)?)?)
    }

    fn get_cached(&self, store: &Store, id: &str) -> Result<Value> {
        match store.cached::<E>(&Id::new(id)?)? {
            Some(row) => to_json(&*row),
            None => Err(Error::not_found(E::NAME, id)),
        }
    }

    fn query(&self, reader: &mut Reader<'_>, document: &Value) -> Result<Value> {
        data::query(reader, &Query::<E>::from_json(document)?)
    }

    fn query_text(&self, reader: &mut Reader<'_>, document: &Value) -> Result<String> {
        data::query_text(reader, &Query::<E>::from_json(document)?)
    }

    fn for_each(
        &self,
        reader: &mut Reader<'_>,
        each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    ) -> Result<()> {
        let all = Specification::<E>::new().with_deleted();
        until_it_fails(each, |each| data::for_each(reader, &all, each))
    }

    fn for_each_of_all_users(
        &self,
        reader: &mut Reader<'_>,
        each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    ) -> Result<()> {
        until_it_fails(each, |each| data::for_each_row::<E>(reader, each))
    }

    fn for_each_of(
        &self,
        reader: &mut Reader<'_>,
        document: &Value,
        each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    ) -> Result<()> {
        let specification = Specification::<E>::from_json(document)?;
        until_it_fails(each, |each| data::for_each(reader, &specification, each))
    }

    fn count(&self, reader: &mut Reader<'_>, document: &Value) -> Result<i64> {
        data::count(reader, &Specification::<E>::from_json(document)?)
    }

    fn exists(&self, reader: &mut Reader<'_>, document: &Value) -> Result<bool> {
        data::exists(reader, &Specification::<E>::from_json(document)?)
    }

    fn aggregate(
        &self,
        reader: &mut Reader<'_>,
        document: &Value,
        aggregate: Aggregate,
        column: &str,
    ) -> Result<Value> {
        let specification = Specification::<E>::from_json(document)?;
        data::aggregate(reader, &specification, aggregate, column)
    }

    fn history(&self, reader: &mut Reader<'_>, id: &str) -> Result<Vec<RowChange>> {
        audit::history::<E>(reader, &Id::new(id)?)
    }

    fn state_at(
        &self,
        reader: &mut Reader<'_>,
        id: &str,
        moment: Timestamp,
    ) -> Result<Option<Json>> {
        audit::state_at::<E>(reader, &Id::new(id)?, moment)
    }

    fn first_unreadable(&self, reader: &mut Reader<'_>) -> Option<(Option<String>, Error)> {
        let mut last = None;
        let mut read = |orders: &[Order]| {
            let everything = Selection::<E> {
                conditions: &[],
                orders,
                limit: None,
                offset: None,
            };
            E::for_each(reader.connection(), &everything, &mut |row| {
                last = Some(row.id().to_string());
                ControlFlow::Continue(())
            })
        };
        let by_id = Specification::<E>::new().total_order();
        let outcome = by_id.and_then(|orders| Ok(read(&orders)?));
        outcome.err().map(|error| (last, error))
    }

    fn insert(&self, uow: &mut UnitOfWork<'_>, row: &Value) -> Result<Value> {
        let new = NewRow::<E>::describe(uow)?;
        insert(uow, &new, row)
    }

    fn insert_many(&self, uow: &mut UnitOfWork<'_>, rows: &[Value]) -> Result<Vec<Value>> {
        let new = NewRow::<E>::describe(uow)?;
        all_or_none(uow, rows, |uow, row| insert(uow, &new, row))
    }

    fn update(&self, uow: &mut UnitOfWork<'_>, row: &Value) -> Result<Value> {
        update::<E>(uow, row)
    }

    fn update_many(&self, uow: &mut UnitOfWork<'_>, rows: &[Value]) -> Result<Vec<Value>> {
        all_or_none(uow, rows, |uow, row| update::<E>(uow, row))
    }

    fn delete(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<Value> {
        to_json(&data::delete::<E>(uow, &Id::new(id)?)?)
    }

    fn delete_unchanged(
        &self,
        uow: &mut UnitOfWork<'_>,
        id: &str,
        row_version: i64,
    ) -> Result<Value> {
        to_json(&data::delete_unchanged::<E>(
            uow,
            &Id::new(id)?,
            row_version,
        )?)
    }

    fn delete_subtree(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<usize> {
        data::delete_subtree::<E>(uow, &Id::new(id)?)
    }

    fn delete_many(&self, uow: &mut UnitOfWork<'_>, ids: &[&str]) -> Result<usize> {
        let read = |(index, id): (usize, &&str)| {
            let id = Id::<E>::new(*id);
            id.map_err(|e| Error::from(e).with_details(|d| d.index = Some(index)))
        };
        let ids = ids
            .iter()
            .enumerate()
            .map(read)
            .collect::<Result<Vec<_>>>()?;
        data::delete_many(uow, &ids)
    }

    fn hard_delete(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<Value> {
        to_json(&data::hard_delete::<E>(uow, &Id::new(id)?)?)
    }

    fn restore(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<Value> {
        to_json(&data::restore::<E>(uow, &Id::new(id)?)?)
    }

    fn bulk_update(
        &self,
        uow: &mut UnitOfWork<'_>,
        document: &Value,
        changes: &Value,
    ) -> Result<usize> {
        let specification = Specification::<E>::from_json(document)?;
        data::bulk_update_json(uow, &specification, object(changes, "changes")?)
    }

    fn bulk_delete(&self, uow: &mut UnitOfWork<'_>, document: &Value) -> Result<usize> {
        data::bulk_delete(uow, &Specification::<E>::from_json(document)?)
    }

    fn bulk_hard_delete(&self, uow: &mut UnitOfWork<'_>, document: &Value) -> Result<usize> {
        data::bulk_hard_delete(uow, &Specification::<E>::from_json(document)?)
    }
}

fn insert<E: Entity>(uow: &mut UnitOfWork<'_>, new: &NewRow<E>, row: &Value) -> Result<Value> {
    let mut row = new.read(uow, object(row, "row")?)?;
    data::add(uow, &mut row)?;
    to_json(&as_stored(uow, row)?)
}

fn update<E: Entity>(uow: &mut UnitOfWork<'_>, row: &Value) -> Result<Value> {
    let given = object(row, "row")?;
    let id = given.get("Id").and_then(Value::as_str);
    let id = Id::<E>::new(id.ok_or_else(|| Error::invalid("Id", "must be given"))?)?;
    let current = data::get::<E>(uow, &id)?;
    for (name, value) in given {
        let column = column::<E>(name)?;
        data::check_value(column, value)?;
        // Some columns are there for queries alone.
        if !current.cells().any(|cell| cell.name == column.name) {
            writers::check_column::<E>(column.name)?;
        }
    }
    let mut row = data::with_values(&current, given)?;
    // Without a version, the columns aren't from a row that was read before.
    let writer = match given.contains_key("RowVersion") {
        true => Writer::Caller,
        false => Writer::CallerInPlace,
    };
    data::update_by(uow, writer, &mut row)?;
    to_json(&as_stored(uow, row)?)
}

/// Returns the row with its generated columns.
fn as_stored<E: Entity>(uow: &mut UnitOfWork<'_>, row: E) -> Result<E> {
    if E::columns().iter().all(|column| !column.is_generated) {
        return Ok(row);
    }
    E::find(uow.connection(), row.id())?.ok_or_else(|| Error::not_found(E::NAME, row.id()))
}

fn all_or_none<'v, T, R>(
    uow: &mut UnitOfWork<'_>,
    items: &'v [T],
    mut write: impl FnMut(&mut UnitOfWork<'_>, &'v T) -> Result<R>,
) -> Result<Vec<R>> {
    validate::batch("rows", items.len())?;
    uow.savepoint(|uow| {
        let write =
            |(index, item)| write(uow, item).map_err(|e| e.with_details(|d| d.index = Some(index)));
        items.iter().enumerate().map(write).collect()
    })
}
