//! Specifications: a condition and an order that can be kept, named and reused.

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

/// Condition and order of the rows of an entity.
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
/// Rows that are equal in the order are ordered by id, so that pages never overlap.
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
    /// Creates the specification of all rows, by id.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a Diesel expression that rows must also meet.
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

    /// Adds a column to the end of the order. Time spans, JSON documents and lists have no order: reading by one of
    /// them fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument).
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

    /// Includes soft-deleted rows.
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.with_deleted = true;
        self
    }

    /// Combines both conditions, which must both hold. The order is that of the first, then of the other.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.orders.extend(other.orders);
        self.with_deleted |= other.with_deleted;
        match other.condition {
            Some(condition) => self.matching(condition),
            None => self,
        }
    }

    /// Combines both conditions, of which one must hold. The order is that of the first, then of the other.
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

    /// Negates the condition, and keeps the order.
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

    /// Returns the condition, together with the one that hides rows from this user.
    pub(crate) fn condition_for(&self, user: &UserContext) -> Option<Condition<E>> {
        let default = E::default_condition(user, self.with_deleted);
        let both = [self.condition.clone(), default];
        both.into_iter().flatten().reduce(Condition::and)
    }

    /// Returns the order, with the id at the end unless it is part of it.
    pub(crate) fn total_order(&self) -> Result<Vec<Order>> {
        let mut orders: Vec<Order> = Vec::with_capacity(self.orders.len() + 1);
        for order in &self.orders {
            let name = order.column.name;
            if !order.column.is_sortable() {
                return Err(Error::invalid(name, order.column.without_order()));
            }
            // A repeated column decides nothing.
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

/// Column that decides between rows that are equal in the order.
const ID: &str = "Id";

/// Returns the column with this name.
pub(crate) fn column<E: Entity>(name: &str) -> Result<&'static Column> {
    E::columns()
        .iter()
        .find(|column| column.name == name)
        .ok_or_else(|| Error::invalid(name, format!("must be a column of {}", E::NAME)))
}

/// A page of the rows of a specification, and their total number.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Page<T> {
    /// Rows of the page.
    pub items: Vec<T>,
    /// Total number of rows.
    pub total_count: i64,
    /// Number of the page, from 1.
    pub page_number: i64,
    /// Maximum number of rows of a page.
    pub page_size: u32,
    /// Total number of pages.
    pub total_pages: i64,
}

/// Rows of a specification behind a cursor, and the cursor of the next ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Slice<T> {
    /// Rows of the slice.
    pub items: Vec<T>,
    /// Cursor behind these rows; none if there are no more.
    pub next: Option<Cursor>,
}
