//! The [`Entity`] trait, through which code reads and writes rows whose type is only a type parameter.

use std::fmt::Debug;
use std::ops::ControlFlow;

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::rows::cell::Cell;
use crate::rows::query::columns::Column;
use crate::rows::query::{
    AggregateOf, Changes, Condition, Relation, Selection, StoredValue, ValueOf,
};
use crate::rows::{UnitOfWork, UserContext};
use crate::sqlite::Conn;
use crate::types::{Id, Timestamp};

/// A row of a table: its columns, its id, its stamps, and its statements.
///
/// Each table declares its row with `entity!`, which implements the trait. The generic operations of
/// [`data`](crate::services::data) work on every entity; use these rather than the hidden methods, which run one
/// statement each without audit, events or visibility.
pub trait Entity:
    Debug + Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Table of Diesel.
    type Table: Table + 'static;

    /// Name of the table, such as `Tasks`.
    const NAME: &'static str;

    /// True if rows are only ever added, as in logs, which are neither updated nor audited.
    const IS_LOG: bool;

    /// True if [`data::delete`](crate::services::data::delete) marks rows as deleted instead of removing them.
    const KEEPS_DELETED: bool;

    /// Column with the user that a row belongs to, who alone sees it, or everyone if that is `default`; none if every
    /// user sees all rows.
    const OWNER: Option<&'static str> = None;

    /// Columns that operations keep in agreement with other rows, and which no generic update may change.
    #[doc(hidden)]
    const KEPT: &'static [KeptColumns];

    /// Columns among these to which a new row gives their first values.
    #[doc(hidden)]
    const GIVEN: &'static [&'static str] = &[];

    /// Columns among those kept whose values follow from the audit entries of other rows.
    #[doc(hidden)]
    const DERIVED: &'static [&'static str] = &[];

    /// Columns that no audit entry of an update has, and no event names beside others: they are secrets, or repeat in
    /// another form what other columns say.
    #[doc(hidden)]
    const UNRECORDED: &'static [&'static str] = &[];

    /// Returns the id.
    fn id(&self) -> &Id<Self>;

    /// Sets the columns that say when and by whom the row was created.
    fn stamp_created(&mut self, now: Timestamp, user: &str);

    /// Sets the columns that say when and by whom the row was last changed.
    fn stamp_updated(&mut self, now: Timestamp, user: &str);

    /// Returns the version of the row; none for logs, which have none.
    fn row_version(&self) -> Option<i64>;

    /// Sets the version of the row; does nothing for logs.
    #[doc(hidden)]
    fn set_row_version(&mut self, version: i64);

    /// Gives the row the next number among those that it belongs to, unless it has one; does nothing for tables whose
    /// rows have no numbers.
    #[doc(hidden)]
    fn assign_number(&mut self, _: &mut Conn) -> QueryResult<()> {
        Ok(())
    }

    /// Writes what other rows keep about this one, after it was inserted; does nothing for most tables.
    #[doc(hidden)]
    fn follow_insertion(&self, _: &mut UnitOfWork<'_>) -> Result<()> {
        Ok(())
    }

    /// Returns the user that the row belongs to; none if every user sees all rows of the table.
    fn owner(&self) -> Option<&str> {
        None
    }

    /// Returns the columns whose values in this row must not appear in the audit log.
    fn secret_columns(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns true if the row can be neither updated nor deleted.
    fn is_locked(&self) -> bool {
        false
    }

    /// Returns true if the row is soft-deleted; none if the table has no soft deletion.
    fn is_deleted(&self) -> Option<bool>;

    /// Marks the row as deleted at a time by a user, or as not deleted. Does nothing if the table has no soft
    /// deletion.
    fn set_deleted(&mut self, deletion: Option<(Timestamp, &str)>);

    /// Returns the condition that rows must meet to be visible to `user`; none if all are. It excludes rows of other
    /// users, and soft-deleted rows unless `with_deleted` is true.
    #[doc(hidden)]
    fn default_condition(user: &UserContext, with_deleted: bool) -> Option<Condition<Self>>;

    /// Returns the columns in the order of the table.
    #[doc(hidden)]
    fn columns() -> &'static [Column];

    /// Returns the values with their columns, in the order of the struct.
    #[doc(hidden)]
    fn cells(&self) -> impl Iterator<Item = Cell<'_>>;

    /// Returns the relations that start from the table.
    #[doc(hidden)]
    fn relations() -> &'static [Relation] {
        &[]
    }

    /// Returns the row with this id.
    #[doc(hidden)]
    fn find(conn: &mut Conn, id: &Id<Self>) -> QueryResult<Option<Self>>;

    /// Returns the row with this id if it meets the condition.
    #[doc(hidden)]
    fn find_where(
        conn: &mut Conn,
        id: &Id<Self>,
        condition: &Condition<Self>,
    ) -> QueryResult<Option<Self>>;

    /// Returns the rows of a selection.
    #[doc(hidden)]
    fn load(conn: &mut Conn, selection: &Selection<'_, Self>) -> QueryResult<Vec<Self>>;

    /// Calls `each` with one row of a selection after the other, until it breaks.
    #[doc(hidden)]
    fn for_each(
        conn: &mut Conn,
        selection: &Selection<'_, Self>,
        each: &mut dyn FnMut(Self) -> ControlFlow<()>,
    ) -> QueryResult<()>;

    /// Returns one aggregate over the rows that meet a condition; none if there is no value.
    #[doc(hidden)]
    fn aggregate(
        conn: &mut Conn,
        condition: Option<&Condition<Self>>,
        aggregate: AggregateOf<Self>,
    ) -> QueryResult<Option<StoredValue>>;

    /// Calls `each` with the values of a column in the rows that meet a condition, but for NULL.
    #[doc(hidden)]
    fn each_value(
        conn: &mut Conn,
        condition: Option<&Condition<Self>>,
        column: ValueOf<Self>,
        each: &mut dyn FnMut(StoredValue),
    ) -> QueryResult<()>;

    /// Returns true if any row meets a condition.
    #[doc(hidden)]
    fn exists(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<bool>;

    /// Counts the rows that meet a condition.
    #[doc(hidden)]
    fn count(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<i64>;

    /// Inserts the row as it is.
    #[doc(hidden)]
    fn insert(&self, conn: &mut Conn) -> QueryResult<()>;

    /// Writes new values into columns of the row with this id.
    #[doc(hidden)]
    fn update(conn: &mut Conn, id: &Id<Self>, changes: &Changes<Self>) -> QueryResult<()>;

    /// Removes the row with this id, and returns the number of rows removed.
    #[doc(hidden)]
    fn delete(conn: &mut Conn, id: &Id<Self>) -> QueryResult<usize>;
}

/// Columns that only some operations write.
#[doc(hidden)]
#[derive(Debug)]
pub struct KeptColumns {
    /// Names of the columns.
    pub names: &'static [&'static str],
    /// Operations that write them, as an error names them.
    pub writer: &'static str,
    /// True if these leave the version of the row as it is, since they write often.
    pub is_unversioned: bool,
}

impl KeptColumns {
    pub(crate) const fn by(names: &'static [&'static str], writer: &'static str) -> Self {
        Self {
            names,
            writer,
            is_unversioned: false,
        }
    }

    pub(crate) const fn unversioned(names: &'static [&'static str], writer: &'static str) -> Self {
        Self {
            is_unversioned: true,
            ..Self::by(names, writer)
        }
    }
}
