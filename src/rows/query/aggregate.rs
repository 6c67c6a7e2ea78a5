//! Aggregates of a column (maximum, minimum, sum and average), and its values.

use std::marker::PhantomData;

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression};
use diesel::expression::{ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Nullable;

use super::columns::Column;
use super::value::AnyValue;
use crate::rows::Entity;
use crate::sqlite::Backend;

/// Function that combines the values of a column. NULL is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Greatest value.
    Max,
    /// Least value.
    Min,
    /// Sum of numbers.
    Sum,
    /// Mean of numbers.
    Average,
}

impl Aggregate {
    /// Returns true if the function adds values up.
    pub(crate) fn adds_up(self) -> bool {
        matches!(self, Self::Sum | Self::Average)
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Max => "max(",
            Self::Min => "min(",
            Self::Sum => "sum(",
            Self::Average => "avg(",
        }
    }
}

/// An aggregate of a column that is known only when the query runs.
#[derive(Debug)]
pub struct AggregateOf<E> {
    aggregate: Aggregate,
    column: &'static Column,
    entity: PhantomData<fn() -> E>,
}

impl<E> AggregateOf<E> {
    pub(crate) fn new(aggregate: Aggregate, column: &'static Column) -> Self {
        Self {
            aggregate,
            column,
            entity: PhantomData,
        }
    }
}

impl<E> Expression for AggregateOf<E> {
    type SqlType = Nullable<AnyValue>;
}

impl<E> ValidGrouping<()> for AggregateOf<E> {
    type IsAggregate = is_aggregate::Yes;
}

impl<E: Entity> AppearsOnTable<E::Table> for AggregateOf<E> {}
impl<E: Entity> SelectableExpression<E::Table> for AggregateOf<E> {}

impl<E> QueryId for AggregateOf<E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E: Entity> QueryFragment<Backend> for AggregateOf<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(self.aggregate.sql());
        out.push_identifier(E::NAME)?;
        out.push_sql(".");
        out.push_identifier(self.column.name)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The values of a column that is known only when the query runs.
#[derive(Debug)]
pub struct ValueOf<E> {
    column: &'static Column,
    entity: PhantomData<fn() -> E>,
}

impl<E> ValueOf<E> {
    pub(crate) fn new(column: &'static Column) -> Self {
        Self {
            column,
            entity: PhantomData,
        }
    }
}

impl<E> Expression for ValueOf<E> {
    type SqlType = Nullable<AnyValue>;
}

impl<E> ValidGrouping<()> for ValueOf<E> {
    type IsAggregate = is_aggregate::No;
}

impl<E: Entity> AppearsOnTable<E::Table> for ValueOf<E> {}
impl<E: Entity> SelectableExpression<E::Table> for ValueOf<E> {}

impl<E> QueryId for ValueOf<E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E: Entity> QueryFragment<Backend> for ValueOf<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_identifier(E::NAME)?;
        out.push_sql(".");
        out.push_identifier(self.column.name)
    }
}
