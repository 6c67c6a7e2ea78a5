use std::marker::PhantomData;
use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::{Map, Value};

use super::new_row::NewRow;
use crate::error::{Error, Result};
use crate::rows::audit::{self, RowChange};
use crate::rows::query::columns::{Column, ColumnKind};
use crate::rows::query::{Aggregate, Order, Query, Selection, Specification, column};
use crate::rows::tracking::values_of;
use crate::rows::{Entity, Reader, UnitOfWork, data};
use crate::store::Store;
use crate::types::{Id, Json, Timestamp};

/// What can be done with an entity that is known only when the program runs. Rows are JSON objects
/// with the columns' names; queries are documents as `docs/queries.md` describes them.
///
/// Where a row, a change or a document makes no sense, the error is
/// [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) and names the column or the place in the document. Writing
/// changes behaves as in [`data`].
pub trait AnyEntity: Send + Sync {
    /// The table's name, such as `Tasks`.
    fn name(&self) -> &'static str;

    /// The number, which never changes.
    fn number(&self) -> i32;

    /// Whether rows are only ever added.
    fn is_log(&self) -> bool;

    /// Whether [`delete`](Self::delete) only marks a row as deleted.
    fn keeps_deleted(&self) -> bool;

    /// The columns, in the order of the table.
    fn columns(&self) -> Vec<ColumnInfo>;

    /// The row with this id.
    fn get(&self, reader: &mut Reader<'_>, id: &str) -> Result<Value>;

    /// The same from memory where it is there, as [`Store::cached`] gives it.
    fn get_cached(&self, store: &Store, id: &str) -> Result<Value>;

    /// The answer to a query: `{"Items": […]}`, and what belongs to its paging.
    fn query(&self, reader: &mut Reader<'_>, document: &Value) -> Result<Value>;

    /// The same as text, as [`data::query_text`] gives it.
    fn query_text(&self, reader: &mut Reader<'_>, document: &Value) -> Result<String>;

    /// Calls `each` with one row after the other, in the order of their ids, until it fails: all
    /// rows, also those that are marked as deleted and the preferences of others.
    fn for_each(
        &self,
        reader: &mut Reader<'_>,
        each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    ) -> Result<()>;

    /// Calls `each` with one row of a specification after the other, until it fails. One row is in
    /// memory at a time.
    fn for_each_of(
        &self,
        reader: &mut Reader<'_>,
        document: &Value,
        each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    ) -> Result<()>;

    /// How many rows a specification has.
    fn count(&self, reader: &mut Reader<'_>, document: &Value) -> Result<i64>;

    /// Whether a specification has any row.
    fn exists(&self, reader: &mut Reader<'_>, document: &Value) -> Result<bool>;

    /// One value of a column over all rows of a specification; `null` where no row has one.
    fn aggregate(
        &self,
        reader: &mut Reader<'_>,
        document: &Value,
        aggregate: Aggregate,
        column: &str,
    ) -> Result<Value>;

    /// The changes of one row, as [`audit::history`] gives them.
    fn history(&self, reader: &mut Reader<'_>, id: &str) -> Result<Vec<RowChange>>;

    /// How a row was at a moment, as [`audit::state_at`] tells it.
    fn state_at(
        &self,
        reader: &mut Reader<'_>,
        id: &str,
        moment: Timestamp,
    ) -> Result<Option<Json>>;

    /// Reads all rows, and returns the error of the first that can't be read, with the id of the
    /// row before it.
    fn first_unreadable(&self, reader: &mut Reader<'_>) -> Option<(Option<String>, Error)>;

    /// Adds a row and returns it as it is then. Left out may be: the id, the columns that the
    /// store writes, and what may be null or has a default.
    fn insert(&self, uow: &mut UnitOfWork<'_>, row: &Value) -> Result<Value>;

    /// Adds all of these rows or none; an error names the index of the row at fault.
    fn insert_many(&self, uow: &mut UnitOfWork<'_>, rows: &[Value]) -> Result<Vec<Value>>;

    /// Changes the row whose `Id` is given, in the columns that are given, and returns it as it is
    /// then. Where `RowVersion` is given too, it has to be the row's present one, else the error is
    /// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict). Other columns that the store writes are passed over, so that a row
    /// can be given back as it was read.
    fn update(&self, uow: &mut UnitOfWork<'_>, row: &Value) -> Result<Value>;

    /// Changes all of these rows or none, as [`update`](Self::update) does; an error names the
    /// index of the row at fault.
    fn update_many(&self, uow: &mut UnitOfWork<'_>, rows: &[Value]) -> Result<Vec<Value>>;

    /// Removes a row: marks it as deleted where the entity has columns for this, else for good.
    /// Returns it as it is then, or was.
    fn delete(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<Value>;

    /// Removes all of these rows or none; an error names the index of the id at fault.
    fn delete_many(&self, uow: &mut UnitOfWork<'_>, ids: &[&str]) -> Result<usize>;

    /// Removes a row for good, with its dependants as the schema says.
    fn hard_delete(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<Value>;

    /// Takes back that a row was marked as deleted.
    fn restore(&self, uow: &mut UnitOfWork<'_>, id: &str) -> Result<Value>;

    /// Sets columns of all rows of a specification, and returns how many this changed.
    fn bulk_update(
        &self,
        uow: &mut UnitOfWork<'_>,
        document: &Value,
        changes: &Value,
    ) -> Result<usize>;

    /// Removes all rows of a specification as [`delete`](Self::delete) does, and returns how many
    /// there were.
    fn bulk_delete(&self, uow: &mut UnitOfWork<'_>, document: &Value) -> Result<usize>;
}

/// What a caller may want to know of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ColumnInfo {
    /// Its name.
    pub name: &'static str,
    /// What it holds: `Text`, `Integer`, `Real`, `Bool`, `Time`, `TimeSpan`, `Json`, `List` or
    /// `Enum`.
    pub kind: &'static str,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether the database computes it.
    pub is_generated: bool,
}

impl From<&Column> for ColumnInfo {
    fn from(column: &Column) -> Self {
        Self {
            name: column.name,
            kind: match column.kind {
                ColumnKind::Text => "Text",
                ColumnKind::Integer => "Integer",
                ColumnKind::Real => "Real",
                ColumnKind::Bool => "Bool",
                ColumnKind::Time => "Time",
                ColumnKind::Span => "TimeSpan",
                ColumnKind::Json => "Json",
                ColumnKind::List => "List",
                ColumnKind::Enum(..) => "Enum",
            },
            nullable: column.nullable,
            is_generated: column.is_generated,
        }
    }
}

/// An entity under its number.
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
        E::columns().iter().map(ColumnInfo::from).collect()
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

    fn delete_many(&self, uow: &mut UnitOfWork<'_>, ids: &[&str]) -> Result<usize> {
        let deleted = all_or_none(uow, ids, |uow, id| {
            data::delete::<E>(uow, &Id::new(*id)?).map(drop)
        })?;
        Ok(deleted.len())
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
}

fn insert<E: Entity>(uow: &mut UnitOfWork<'_>, new: &NewRow<E>, row: &Value) -> Result<Value> {
    let mut row = new.read(uow, object(row, "row")?)?;
    data::add(uow, &mut row)?;
    to_json(&as_stored(uow, row)?)
}

fn update<E: Entity>(uow: &mut UnitOfWork<'_>, row: &Value) -> Result<Value> {
    let given = object(row, "row")?;
    let id = given.get("Id").and_then(Value::as_str);
    let id = Id::<E>::new(id.ok_or_else(|| Error::invalid("Id", "missing"))?)?;
    let mut changes = Map::new();
    for (name, value) in given {
        let column = column::<E>(name)?;
        data::check_value(column, value)?;
        let is_own = column.is_generated || data::OWN_COLUMNS.contains(&column.name);
        if !is_own || column.name == "RowVersion" {
            changes.insert(name.clone(), value.clone());
        }
    }
    let mut row = data::with_values(&data::get::<E>(uow, &id)?, &changes)?;
    data::update(uow, &mut row)?;
    to_json(&as_stored(uow, row)?)
}

/// The row with what the database computes of it.
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
    uow.savepoint(|uow| {
        let write =
            |(index, item)| write(uow, item).map_err(|e| e.with_details(|d| d.index = Some(index)));
        items.iter().enumerate().map(write).collect()
    })
}

/// Hands rows as objects to `each`, and stops with its error.
fn until_it_fails<E: Entity>(
    each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    read: impl FnOnce(&mut dyn FnMut(E) -> ControlFlow<()>) -> Result<()>,
) -> Result<()> {
    let mut done = Ok(());
    read(&mut |row| {
        done = values_of(&row).and_then(&mut *each);
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    done
}

pub(super) fn object<'v>(value: &'v Value, what: &str) -> Result<&'v Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| Error::invalid(what, "not an object"))
}

fn to_json<E: Entity>(row: &E) -> Result<Value> {
    serde_json::to_value(row).map_err(|e| Error::no_json_form(E::NAME).with_source(e))
}
