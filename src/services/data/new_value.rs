//! New values of a bulk update: given ones, or computed from the old one.

use serde_json::{Map, Value, json};

use super::json_columns::taken;
use super::write::check_value;
use crate::error::{Error, Result};
use crate::rows::query::columns::{Column, ColumnKind, must_be};
use crate::types::{TimeSpan, Timestamp};

/// New value of a column.
pub(super) enum NewValue<'v> {
    /// This value.
    Given(Value),
    /// The old value and this one; none stays none.
    Sum(&'v Value),
    /// This many times the old value; none stays none.
    Product(&'v Value),
    /// The old text with this one at its end; none stays none.
    Joined(&'v str),
    /// The old value, or this one if there is none.
    Coalesced(&'v Value),
}

impl<'v> NewValue<'v> {
    /// Reads a value, or an expression such as `{"add": 1}`. An object for a column of JSON is a value.
    pub(super) fn read(column: &Column, json: &'v Value) -> Result<Self> {
        match json {
            Value::Object(fields) if !matches!(column.kind, ColumnKind::Json) => {
                Self::read_expression(column, fields)
            }
            value => {
                check_value(column, value)?;
                Ok(Self::Given(taken(column, value)?))
            }
        }
    }

    fn read_expression(column: &Column, fields: &'v Map<String, Value>) -> Result<Self> {
        let mut fields = fields.iter();
        let (Some((operator, value)), None) = (fields.next(), fields.next()) else {
            let reason = "must be a value, or one of add, multiply, append, ifNull";
            return Err(Error::invalid(column.name, reason));
        };
        let refuse = |expected: &str| {
            let place = format!("{}.{operator}", column.name);
            Err(Error::invalid(place, must_be(expected, value)))
        };
        match (operator.as_str(), column.kind) {
            ("add", ColumnKind::Integer) if value.is_i64() => Ok(Self::Sum(value)),
            ("multiply", ColumnKind::Integer) if value.is_i64() => Ok(Self::Product(value)),
            ("add" | "multiply", ColumnKind::Integer) => refuse("a whole number"),
            ("add", ColumnKind::Real) if value.is_number() => Ok(Self::Sum(value)),
            ("multiply", ColumnKind::Real) if value.is_number() => Ok(Self::Product(value)),
            ("add" | "multiply", ColumnKind::Real) => refuse("a number"),
            ("add", ColumnKind::Span | ColumnKind::Time) if span(value).is_some() => {
                Ok(Self::Sum(value))
            }
            ("add", ColumnKind::Span | ColumnKind::Time) => refuse("a time span such as 00:01:00"),
            ("append", ColumnKind::Text) => match value {
                Value::String(text) => Ok(Self::Joined(text)),
                _ => refuse("a text"),
            },
            ("ifNull", _) => {
                check_value(column, value)?;
                Ok(Self::Coalesced(value))
            }
            ("add" | "multiply" | "append", _) => {
                let reason = format!(
                    "can't be used with a column that holds {}",
                    column.expects()
                );
                Err(Error::invalid(
                    format!("{}.{operator}", column.name),
                    reason,
                ))
            }
            _ => {
                let reason = "must be one of add, multiply, append, ifNull";
                Err(Error::invalid(
                    format!("{}.{operator}", column.name),
                    reason,
                ))
            }
        }
    }

    /// Returns the value for a row that has this one.
    pub(super) fn of(&self, column: &Column, old: Value) -> Result<Value> {
        match self {
            Self::Given(value) => Ok(value.clone()),
            Self::Coalesced(value) if old.is_null() => Ok((*value).clone()),
            Self::Coalesced(_) => Ok(old),
            _ if old.is_null() => Ok(old),
            Self::Joined(text) => match old {
                Value::String(old) => Ok(Value::String(old + text)),
                _ => Err(Error::no_json_form(column.name)),
            },
            Self::Sum(value) => fits(column, &old, sum(&old, value)),
            Self::Product(value) => fits(column, &old, product(&old, value)),
        }
    }
}

fn fits(column: &Column, old: &Value, new: Option<Value>) -> Result<Value> {
    new.ok_or_else(|| {
        let reason = format!("the result must fit into the column's type, and doesn't from {old}");
        Error::overflow(column.name, reason)
    })
}

fn sum(old: &Value, value: &Value) -> Option<Value> {
    match (old.as_i64(), value.as_i64()) {
        (Some(old), Some(value)) => return old.checked_add(value).map(Value::from),
        _ if old.is_number() => return finite(old.as_f64()? + value.as_f64()?),
        _ => {}
    }
    let (text, added) = (old.as_str()?, span(value)?);
    match text.parse::<TimeSpan>() {
        Ok(old) => old.checked_add(added).map(|sum| json!(sum)),
        Err(_) => Some(json!(moved(text.parse().ok()?, added)?)),
    }
}

fn product(old: &Value, value: &Value) -> Option<Value> {
    match (old.as_i64(), value.as_i64()) {
        (Some(old), Some(value)) => old.checked_mul(value).map(Value::from),
        _ => finite(old.as_f64()? * value.as_f64()?),
    }
}

fn finite(number: f64) -> Option<Value> {
    number.is_finite().then(|| number.into())
}

fn moved(time: Timestamp, by: TimeSpan) -> Option<Timestamp> {
    time.checked_add(by)
}

fn span(value: &Value) -> Option<TimeSpan> {
    value.as_str()?.parse().ok()
}
