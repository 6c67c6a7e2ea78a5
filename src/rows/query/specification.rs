//! A query that can be kept, named and reused: condition and order.

use std::fmt::Debug;

use diesel::Column as DieselColumn;
use diesel::expression::BoxableExpression;
use diesel::sql_types::BoolOrNullableBool;
use serde::Serialize;

use super::columns::Column;
use super::{Condition, Cursor, Direction, Order};
use crate::error::{Error, Result};
use crate::rows::{Entity, UserContext};
use crate::sqlite::Backend;

/// Which rows of an entity, and in which order.
///
/// ```
/// use diesel::prelude::*;
/// use orchestra_store::models::Task;
/// use orchestra_store::query::{Direction, Specification};
/// use orchestra_store::schema::tasks;
/// use orchestra_store::types::TaskStatus;
///
/// let newest_failures = Specification::<Task>::new()
///     .filter(tasks::status.eq(TaskStatus::Failed))
///     .order_by(tasks::created_at, Direction::Descending);
/// ```
///
/// Where the order leaves rows equal, their ids decide, so that pages never overlap.
#[derive(Debug, Clone)]
pub struct Specification<E: Entity> {
    condition: Option<Condition<E>>,
    orders: Vec<Order>,
    with_deleted: bool,
}

impl<E: Entity> Default for Specification<E> {
    fn default() -> Self {
        Self {
            condition: None,
            orders: Vec::new(),
            with_deleted: false,
        }
    }
}

impl<E: Entity> Specification<E> {
    /// All rows, by id.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only rows that this Diesel expression holds for as well.
    #[must_use]
    pub fn filter<X>(self, expression: X) -> Self
    where
        X: BoxableExpression<E::Table, Backend> + Send + Sync + 'static,
        X::SqlType: BoolOrNullableBool,
    {
        self.matching(Condition::matching(expression))
    }

    /// Adds the expression that `make` returns for a value, if there is one.
    #[must_use]
    pub(crate) fn filter_some<T, X>(self, value: Option<T>, make: impl FnOnce(T) -> X) -> Self
    where
        X: BoxableExpression<E::Table, Backend> + Send + Sync + 'static,
        X::SqlType: BoolOrNullableBool,
    {
        match value {
            Some(value) => self.filter(make(value)),
            None => self,
        }
    }

    /// Only rows that this condition holds for as well.
    #[must_use]
    pub fn matching(mut self, condition: Condition<E>) -> Self {
        self.condition = Some(match self.condition {
            Some(before) => before.and(condition),
            None => condition,
        });
        self
    }

    /// Then by this column. Lengths of time, JSON documents and lists have no order: reading by
    /// one of them fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument).
    #[must_use]
    pub fn order_by<C>(mut self, _: C, direction: Direction) -> Self
    where
        C: DieselColumn<Table = E::Table>,
        E::Table: diesel::Table,
    {
        self.orders.extend(
            E::columns()
                .iter()
                .find(|c| c.name == C::NAME)
                .map(|column| Order { column, direction }),
        );
        self
    }

    /// Also rows that are marked as deleted.
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.with_deleted = true;
        self
    }

    /// The rows that both have, in the order of the first and then of the other.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.orders.extend(other.orders);
        self.with_deleted |= other.with_deleted;
        match other.condition {
            Some(condition) => self.matching(condition),
            None => self,
        }
    }

    /// The rows that one of them has, or both, in the order of the first and then of the other.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.orders.extend(other.orders);
        self.with_deleted |= other.with_deleted;
        self.condition = match (self.condition, other.condition) {
            (Some(one), Some(other)) => Some(one.or(other)),
            _ => None,
        };
        self
    }

    /// The rows that it doesn't have, in the same order.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads like `and` and `or`")]
    pub fn not(mut self) -> Self {
        let condition = self.condition.unwrap_or_else(|| Condition::all([]));
        self.condition = Some(condition.not());
        self
    }

    pub(crate) fn push_order(&mut self, column: &'static Column, direction: Direction) {
        self.orders.push(Order { column, direction });
    }

    /// The condition, with what hides rows from this user.
    pub(crate) fn condition_for(&self, user: &UserContext) -> Option<Condition<E>> {
        let default = E::default_condition(user, self.with_deleted);
        let both = [self.condition.clone(), default];
        both.into_iter().flatten().reduce(Condition::and)
    }

    /// The order, with the id behind it where it isn't part of it.
    pub(crate) fn total_order(&self) -> Result<Vec<Order>> {
        let mut orders: Vec<Order> = Vec::with_capacity(self.orders.len() + 1);
        for order in &self.orders {
            let name = order.column.name;
            if !order.column.is_sortable() {
                return Err(Error::invalid(name, "has no order"));
            }
            // A column that comes again decides nothing.
            if orders.iter().all(|before| before.column.name != name) {
                orders.push(*order);
            }
        }
        if orders.iter().all(|order| order.column.name != ID) {
            orders.push(Order {
                column: column::<E>(ID)?,
                direction: orders.last().map_or(Direction::Ascending, |o| o.direction),
            });
        }
        Ok(orders)
    }
}

/// The column that decides where the order leaves rows equal.
const ID: &str = "Id";

/// The column with this name.
pub(crate) fn column<E: Entity>(name: &str) -> Result<&'static Column> {
    E::columns()
        .iter()
        .find(|column| column.name == name)
        .ok_or_else(|| Error::invalid(name, format!("{} has no such column", E::NAME)))
}

/// Some of the rows of a specification, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows the specification has.
    pub total_count: i64,
    /// Which page it is, from 1.
    pub page_number: i64,
    /// How many rows a page has at the most.
    pub page_size: i64,
    /// How many pages there are.
    pub total_pages: i64,
}

/// Some of the rows of a specification, and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Slice<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the rows behind these begin; none where there are no more.
    pub next: Option<Cursor>,
}
