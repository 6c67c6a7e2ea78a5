//! Cursors, which mark the end of a page, so that the next one begins behind it at a cost that does not depend on how
//! far it is.

use serde_json::{Map, Value};

use super::condition::{Comparison, Test};
use super::{Condition, Direction, Order};
use crate::error::{Error, Result};
use crate::rows::Entity;
use crate::rows::cell::json_object;

/// Position behind a row in an order: the row's values of the ordering columns, as JSON.
///
/// It stays valid when rows are added or removed, including the row itself, or the database is restored: it has no
/// number of the database, but leads to a place in the order that it was made with.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cursor(String);

impl Cursor {
    /// Creates the cursor behind a row.
    pub(crate) fn behind<E: Entity>(row: &E, orders: &[Order]) -> Result<Self> {
        let names: Vec<&str> = orders.iter().map(|order| order.column.name).collect();
        let values = row.cells().filter(|cell| names.contains(&cell.name));
        Ok(Self(json_object(values, &[])?))
    }

    /// Returns the condition for the rows behind the cursor.
    pub(crate) fn condition<E: Entity>(&self, orders: &[Order]) -> Result<Condition<E>> {
        let values: Map<String, Value> =
            serde_json::from_str(&self.0).map_err(|_| not_of_this_order())?;
        if values.len() != orders.len() {
            return Err(not_of_this_order());
        }
        match behind_as_row(orders, &values)? {
            Some(row) => Ok(Condition::test(row)),
            None => behind_by_cases(orders, &values),
        }
    }
}

fn not_of_this_order() -> Error {
    Error::invalid("cursor", "must be a cursor of a query with the same order")
}

/// Returns a comparison of all columns at once, for which an index on them finds the start. None if the columns have
/// different directions, or if NULL could come behind.
fn behind_as_row(orders: &[Order], values: &Map<String, Value>) -> Result<Option<Test>> {
    let Some(direction) = orders.first().map(|order| order.direction) else {
        return Ok(None);
    };
    let comparison = match direction {
        Direction::Ascending => Comparison::Greater,
        Direction::Descending => Comparison::Less,
    };
    let mut row = Vec::new();
    for order in orders {
        let has_null_behind = direction == Direction::Descending && order.column.nullable;
        let value = values.get(order.column.name).filter(|v| !v.is_null());
        match value {
            Some(value) if order.direction == direction && !has_null_behind => {
                row.push(read(order, value)?);
            }
            _ => return Ok(None),
        }
    }
    let columns = orders.iter().map(|order| order.column).collect();
    Ok(Some(Test::CompareRow(columns, comparison, row)))
}

/// Returns a condition by cases: equal in the first columns, and behind in the next one.
fn behind_by_cases<E: Entity>(
    orders: &[Order],
    values: &Map<String, Value>,
) -> Result<Condition<E>> {
    let mut behind = Vec::new();
    let mut equal = Vec::new();
    for order in orders {
        let value = values
            .get(order.column.name)
            .ok_or_else(not_of_this_order)?;
        let mut all = equal.clone();
        if let Some(tests) = behind_in_column(order, value)? {
            all.push(tests);
            behind.push(all);
        }
        equal.push(vec![equal_in_column(order, value)?]);
    }
    let any = behind.into_iter().map(|all| {
        let all = all
            .into_iter()
            .map(|any| Condition::any(any.into_iter().map(Condition::test)));
        Condition::all(all)
    });
    let behind = Condition::any(any);
    // Follows from the rest, and lets an index on the first column start there.
    Ok(match first_bound(orders, values)? {
        Some(bound) => Condition::test(bound).and(behind),
        None => behind,
    })
}

/// Returns a test of the first column alone that all rows behind pass, if there is one.
fn first_bound(orders: &[Order], values: &Map<String, Value>) -> Result<Option<Test>> {
    let Some((first, value)) = orders
        .first()
        .and_then(|o| Some((o, values.get(o.column.name)?)))
    else {
        return Ok(None);
    };
    let comparison = match (first.direction, value.is_null()) {
        (Direction::Ascending, true) => return Ok(None),
        (Direction::Descending, true) => return Ok(Some(Test::IsNull(first.column))),
        (Direction::Ascending, false) => Comparison::GreaterOrEqual,
        (Direction::Descending, false) if first.column.nullable => return Ok(None),
        (Direction::Descending, false) => Comparison::LessOrEqual,
    };
    read(first, value).map(|value| Some(Test::Compare(first.column, comparison, value)))
}

/// Returns the tests of one column of which rows behind a value pass one; none if no row is behind. NULL comes first
/// in ascending order, and last in descending order.
fn behind_in_column(order: &Order, value: &Value) -> Result<Option<Vec<Test>>> {
    let column = order.column;
    let is_null = || Test::IsNull(column);
    let compare =
        |comparison| read(order, value).map(|value| Test::Compare(column, comparison, value));
    Ok(match (order.direction, value.is_null()) {
        (Direction::Ascending, true) => Some(vec![Test::IsNotNull(column)]),
        (Direction::Ascending, false) => Some(vec![compare(Comparison::Greater)?]),
        (Direction::Descending, true) => None,
        (Direction::Descending, false) if column.nullable => {
            Some(vec![compare(Comparison::Less)?, is_null()])
        }
        (Direction::Descending, false) => Some(vec![compare(Comparison::Less)?]),
    })
}

fn equal_in_column(order: &Order, value: &Value) -> Result<Test> {
    if value.is_null() {
        return Ok(Test::IsNull(order.column));
    }
    Ok(Test::Compare(
        order.column,
        Comparison::Equal,
        read(order, value)?,
    ))
}

fn read(order: &Order, value: &Value) -> Result<super::value::StoredValue> {
    let read = order.column.value(value);
    read.map_err(|reason| Error::invalid("cursor", reason))
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}
