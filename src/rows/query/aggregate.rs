//! One value of many rows: the greatest, the least, the sum, the mean.

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

/// What is made of the values of a column. NULL counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The greatest value.
    Max,
    /// The least value.
    Min,
    /// The sum of numbers.
    Sum,
    /// The mean of numbers.
    Average,
}

impl Aggregate {
    /// Whether it needs values that add up.
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
