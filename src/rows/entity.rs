//! What all entities have in common: a table, columns, an id, and how rows are read and written
//! when the entity is known only by a type parameter.

use std::fmt::Debug;
use std::ops::ControlFlow;

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::rows::UserContext;
use crate::rows::cell::Cell;
use crate::rows::query::columns::Column;
use crate::rows::query::{AggregateOf, Changes, Condition, Relation, Selection, StoredValue};
use crate::sqlite::Conn;
use crate::types::{Id, Timestamp};

/// A kind of row.
///
/// The generic operations of [`data`](crate::rows::data) work on any of them. It is
/// implemented by the `entity!` line of each table.
pub trait Entity:
    Debug + Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Diesel's table.
    type Table: Table + 'static;

    /// The table's name, such as `Tasks`.
    const NAME: &'static str;

    /// Whether rows are only ever added: logs are neither changed nor audited.
    const IS_LOG: bool;

    /// Whether deleting a row only marks it.
    const KEEPS_DELETED: bool;

    /// The id.
    fn id(&self) -> &Id<Self>;

    /// Notes who made the row and when, in the columns that it has for this.
    fn stamp_created(&mut self, now: Timestamp, user: &str);

    /// Notes who changed the row and when, in the columns that it has for this, and counts its
    /// version.
    fn stamp_updated(&mut self, now: Timestamp, user: &str);

    /// How often the row was written, if it counts that.
    fn row_version(&self) -> Option<i64>;

    /// The columns whose values of this row must not be told by an audit row.
    fn secret_columns(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether the row may be neither changed nor removed.
    fn is_locked(&self) -> bool {
        false
    }

    /// Whether the row is marked as deleted; none where rows are removed for good at once.
    fn is_deleted(&self) -> Option<bool>;

    /// Marks the row as deleted, by whom and when, or as not deleted; does nothing where rows are
    /// removed for good at once.
    fn set_deleted(&mut self, deletion: Option<(Timestamp, &str)>);

    /// Which rows this user works with, where that isn't all of them: what was deleted is hidden
    /// unless `with_deleted` says otherwise, and so is what belongs to others.
    #[doc(hidden)]
    fn default_condition(user: &UserContext, with_deleted: bool) -> Option<Condition<Self>>;

    /// The columns, in the order of the table.
    #[doc(hidden)]
    fn columns() -> &'static [Column];

    /// The fields with their columns, in the order of the struct.
    #[doc(hidden)]
    fn cells(&self) -> Vec<Cell<'_>>;

    /// The relations that start from it.
    #[doc(hidden)]
    fn relations() -> &'static [Relation] {
        &[]
    }

    /// The row with this id.
    #[doc(hidden)]
    fn find(conn: &mut Conn, id: &Id<Self>) -> QueryResult<Option<Self>>;

    /// The row with this id, if the condition holds for it.
    #[doc(hidden)]
    fn find_where(
        conn: &mut Conn,
        id: &Id<Self>,
        condition: &Condition<Self>,
    ) -> QueryResult<Option<Self>>;

    /// The rows of a selection.
    #[doc(hidden)]
    fn load(conn: &mut Conn, selection: &Selection<'_, Self>) -> QueryResult<Vec<Self>>;

    /// Calls `each` with one row of a selection after the other, until it breaks.
    #[doc(hidden)]
    fn for_each(
        conn: &mut Conn,
        selection: &Selection<'_, Self>,
        each: &mut dyn FnMut(Self) -> ControlFlow<()>,
    ) -> QueryResult<()>;

    /// One value of all rows that a condition holds for; none where there is nothing.
    #[doc(hidden)]
    fn aggregate(
        conn: &mut Conn,
        condition: Option<&Condition<Self>>,
        aggregate: AggregateOf<Self>,
    ) -> QueryResult<Option<StoredValue>>;

    /// Whether a condition holds for any row.
    #[doc(hidden)]
    fn exists(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<bool>;

    /// How many rows a condition holds for.
    #[doc(hidden)]
    fn count(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<i64>;

    /// Adds the row.
    #[doc(hidden)]
    fn insert(&self, conn: &mut Conn) -> QueryResult<()>;

    /// Writes columns of the row with this id.
    #[doc(hidden)]
    fn update(conn: &mut Conn, id: &Id<Self>, changes: &Changes<Self>) -> QueryResult<()>;

    /// Removes the row with this id.
    #[doc(hidden)]
    fn delete(conn: &mut Conn, id: &Id<Self>) -> QueryResult<usize>;
}

/// Whose preferences are everybody's.
pub(crate) const DEFAULT_USER: &str = "default";
