//! Description of queries: which rows, in which order and how many. In Rust it is typed; across the C ABI it is a
//! JSON document.
//!
//! A [`Condition`] selects rows, a [`Specification`] adds an order, and a [`Query`] adds relations and paging.

mod aggregate;
pub(crate) mod columns;
pub(crate) mod condition;
mod cursor;
mod fields;
mod include;
mod json_specification;
mod order;
mod path;
pub(crate) mod relations;
mod request;
mod set_clause;
mod specification;
mod value;

pub use aggregate::Aggregate;
#[doc(hidden)]
pub use aggregate::{AggregateOf, ValueOf};
pub use condition::Condition;
pub use cursor::Cursor;
pub use include::Include;
pub use order::Direction;
pub use relations::Relation;
pub use request::{Paging, Query};
#[doc(hidden)]
pub use set_clause::Changes;
pub use specification::{Page, Slice, Specification};

#[doc(hidden)]
pub use value::StoredValue;

pub(crate) use order::{Order, OrderBy};
pub(crate) use specification::column;

/// Rows that a statement loads: those that meet all conditions, ordered and limited.
#[doc(hidden)]
#[derive(Debug)]
pub struct Selection<'a, E: crate::rows::Entity> {
    pub(crate) conditions: &'a [&'a Condition<E>],
    pub(crate) orders: &'a [Order],
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
}

impl<E: crate::rows::Entity> Selection<'_, E> {
    /// Returns the number of rows that memory is reserved for at the start.
    pub(crate) fn likely_rows(&self) -> usize {
        const MOST: i64 = 128;
        let limit = self.limit.map_or(0, |limit| limit.clamp(0, MOST));
        usize::try_from(limit).unwrap_or(0)
    }
}
