//! Columns of an entity: the names that a query may use, and the values that each accepts.

use std::fmt::Display;

use diesel::sql_types::{BigInt, Bool, Double, Integer, Nullable, Text};
use serde_json::{Value, json};

use super::value::StoredValue;
use crate::types::sql_types::{Interval, JsonText, StringListText, UtcTime};
use crate::types::{TimeSpan, Timestamp};

/// Function that returns the number and the name of an enum's value, given either.
pub(crate) type ReadEnum = fn(&Value) -> Result<(i32, &'static str), String>;

/// Kind of values that a column holds.
#[derive(Debug, Clone, Copy)]
pub enum ColumnKind {
    Text,
    Integer,
    Real,
    Bool,
    Time,
    Span,
    Json,
    List,
    Enum(ReadEnum),
}

/// A column of an entity.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name, the same in SQL and JSON.
    pub name: &'static str,
    pub kind: ColumnKind,
    pub nullable: bool,
    /// True if the database computes the column.
    pub is_generated: bool,
}

impl Column {
    /// Returns the value of the column that audit entries on whole rows leave out.
    pub(crate) fn left_out(&self) -> Value {
        match self.kind {
            _ if self.nullable => Value::Null,
            ColumnKind::Bool => json!(false),
            ColumnKind::Integer => json!(0),
            ColumnKind::Real => json!(0.0),
            _ => Value::Null,
        }
    }

    /// Returns the storage form of a JSON value, or the reason why the column does not accept it.
    pub(crate) fn value(&self, json: &Value) -> Result<StoredValue, String> {
        let read = match self.kind {
            ColumnKind::Text => json.as_str().map(|text| StoredValue::Text(text.to_owned())),
            ColumnKind::Integer => json.as_i64().map(StoredValue::Integer),
            ColumnKind::Real => json.as_f64().map(StoredValue::Real),
            ColumnKind::Bool => json.as_bool().map(|b| StoredValue::Integer(b.into())),
            ColumnKind::Time => return parse::<Timestamp>(json, "a time in ISO 8601"),
            ColumnKind::Span => return parse::<TimeSpan>(json, "a time span such as 00:01:00"),
            ColumnKind::Enum(read) => {
                return read(json).map(|(n, _)| StoredValue::Integer(n.into()));
            }
            ColumnKind::Json | ColumnKind::List => Some(StoredValue::Text(json.to_string())),
        };
        read.ok_or_else(|| must_be(self.expects(), json))
    }

    /// Returns the JSON form of a stored value; the number of an enum's value if it is unknown.
    pub(crate) fn json(&self, value: StoredValue) -> Value {
        match (self.kind, value) {
            (ColumnKind::Bool, StoredValue::Integer(number)) => (number != 0).into(),
            (ColumnKind::Enum(read), StoredValue::Integer(number)) => match read(&number.into()) {
                Ok((_, name)) => name.into(),
                Err(_) => number.into(),
            },
            (ColumnKind::Time, StoredValue::Text(text)) => match text.parse::<Timestamp>() {
                Ok(time) => serde_json::json!(time),
                Err(_) => text.into(),
            },
            (_, StoredValue::Text(text)) => text.into(),
            (_, StoredValue::Integer(number)) => number.into(),
            (_, StoredValue::Real(number)) => number.into(),
        }
    }

    /// Returns the time span that a stored value is, if it is one.
    pub(crate) fn span(&self, value: &StoredValue) -> Option<TimeSpan> {
        match value {
            StoredValue::Text(text) => text.parse().ok(),
            StoredValue::Integer(_) | StoredValue::Real(_) => None,
        }
    }

    /// Returns true if the database orders the values as they mean.
    pub(crate) fn is_sortable(&self) -> bool {
        !matches!(
            self.kind,
            ColumnKind::Span | ColumnKind::Json | ColumnKind::List
        )
    }

    /// Returns true if the values are numbers, which can be added up.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.kind, ColumnKind::Integer | ColumnKind::Real)
    }

    /// Returns true if the values are lengths of time, whose text has another order than they have.
    pub(crate) fn is_span(&self) -> bool {
        matches!(self.kind, ColumnKind::Span)
    }

    /// Returns the reason to refuse the column where an order is needed.
    pub(crate) fn without_order(&self) -> String {
        format!(
            "must be a column with an order, and {} holds {}",
            self.name,
            self.expects()
        )
    }

    /// Returns the kind of its values, with an article.
    pub(crate) fn expects(&self) -> &'static str {
        match self.kind {
            ColumnKind::Text => "a text",
            ColumnKind::Integer => "a whole number",
            ColumnKind::Real => "a number",
            ColumnKind::Bool => "true or false",
            ColumnKind::Time => "a time",
            ColumnKind::Span => "a time span",
            ColumnKind::Json => "a JSON value",
            ColumnKind::List => "a list",
            ColumnKind::Enum(_) => "a name or number",
        }
    }
}

/// Returns the reason to refuse a JSON value. Objects and lists, which can be long, are shown by their kind.
pub(crate) fn must_be(expected: impl Display, json: &Value) -> String {
    match json {
        Value::Object(_) => format!("must be {expected}, got an object"),
        Value::Array(_) => format!("must be {expected}, got a list"),
        other => format!("must be {expected}, got {other}"),
    }
}

fn parse<T>(json: &Value, expected: &str) -> Result<StoredValue, String>
where
    T: std::str::FromStr + Display,
{
    let text = json.as_str().ok_or_else(|| must_be(expected, json))?;
    match text.parse::<T>() {
        Ok(value) => Ok(StoredValue::Text(value.to_string())),
        Err(_) => Err(must_be(expected, json)),
    }
}

/// An SQL type with the kind of values that it holds.
trait Holds {
    const KIND: ColumnKind;
    const NULLABLE: bool = false;
}

macro_rules! holds {
    ($($sql_type:ty => $kind:ident,)+) => {
        $(impl Holds for $sql_type {
            const KIND: ColumnKind = ColumnKind::$kind;
        })+
    };
}

holds! {
    Text => Text,
    Integer => Integer,
    BigInt => Integer,
    Double => Real,
    Bool => Bool,
    UtcTime => Time,
    Interval => Span,
    JsonText => Json,
    StringListText => List,
}

impl<T: Holds + diesel::sql_types::SqlType> Holds for Nullable<T>
where
    Nullable<T>: diesel::sql_types::SqlType,
{
    const KIND: ColumnKind = T::KIND;
    const NULLABLE: bool = true;
}

/// A tuple of columns.
pub(crate) trait Columns {
    fn describe() -> Vec<Column>;
}

macro_rules! columns {
    ($first:ident $(, $rest:ident)*) => {
        impl<$first, $($rest),*> Columns for ($first, $($rest,)*)
        where
            $first: diesel::Column,
            $first::SqlType: Holds,
            $($rest: diesel::Column, $rest::SqlType: Holds,)*
        {
            fn describe() -> Vec<Column> {
                vec![
                    describe::<$first>(),
                    $(describe::<$rest>(),)*
                ]
            }
        }
        columns!($($rest),*);
    };
    () => {};
}

columns!(
    C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15, C16, C17, C18, C19, C20, C21,
    C22, C23, C24, C25, C26, C27, C28, C29, C30, C31, C32, C33, C34, C35, C36, C37, C38, C39, C40,
    C41, C42, C43, C44, C45, C46, C47, C48
);

/// Names of the columns that the database fills in, in all tables.
const GENERATED: [&str; 7] = [
    "ComputedDuration",
    "IsExpected",
    "OpenPriority",
    "PinnedPriority",
    "DueAt",
    "Sequence",
    "SuccessRate",
];

fn describe<C: diesel::Column>() -> Column
where
    C::SqlType: Holds,
{
    Column {
        name: C::NAME,
        kind: C::SqlType::KIND,
        nullable: C::SqlType::NULLABLE,
        is_generated: GENERATED.contains(&C::NAME),
    }
}
