//! Order of rows.

use std::marker::PhantomData;

use diesel::expression::expression_types::NotSelectable;
use diesel::expression::{AppearsOnTable, Expression};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

use super::columns::Column;
use crate::rows::Entity;
use crate::sqlite::Backend;

/// Direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// The least first; NULL comes before all values.
    #[default]
    Ascending,
    /// The greatest first; NULL comes behind all values.
    Descending,
}

/// One column of an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) column: &'static Column,
    pub(crate) direction: Direction,
}

/// An ORDER BY clause whose columns are known only when the query runs.
pub(crate) struct OrderBy<'a, E> {
    orders: &'a [Order],
    entity: PhantomData<fn() -> E>,
}

impl<'a, E> OrderBy<'a, E> {
    pub(crate) fn new(orders: &'a [Order]) -> Self {
        Self {
            orders,
            entity: PhantomData,
        }
    }
}

impl<E> Expression for OrderBy<'_, E> {
    type SqlType = NotSelectable;
}

impl<E: Entity> AppearsOnTable<E::Table> for OrderBy<'_, E> {}

impl<E> QueryId for OrderBy<'_, E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E: Entity> QueryFragment<Backend> for OrderBy<'_, E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        for (index, order) in self.orders.iter().enumerate() {
            out.push_sql(if index == 0 { "" } else { ", " });
            out.push_identifier(E::NAME)?;
            out.push_sql(".");
            out.push_identifier(order.column.name)?;
            if order.direction == Direction::Descending {
                out.push_sql(" DESC");
            }
        }
        Ok(())
    }
}
