//! The columns of an entity: what a query may name, and which values each takes.

use diesel::sql_types::{BigInt, Bool, Double, Integer, Nullable, Text};
use serde_json::Value;

use super::value::StoredValue;
use crate::types::sql_types::{Interval, JsonText, StringListText, UtcTime};
use crate::types::{TimeSpan, Timestamp};

/// Reads the name or number of an enum's value, and returns both.
pub(crate) type ReadEnum = fn(&Value) -> Result<(i32, &'static str), String>;

/// What a column holds.
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
    /// Its name, which is the same in SQL and JSON.
    pub name: &'static str,
    pub kind: ColumnKind,
    pub nullable: bool,
    /// Whether the database computes it.
    pub is_generated: bool,
}

impl Column {
    /// The storage form of a JSON value, or what the column takes instead.
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
        read.ok_or_else(|| format!("{json} is not {}", self.expects()))
    }

    /// The JSON form of a value as it is stored; the number of an enum that has no such value.
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

    /// Whether its values have an order that the database knows.
    pub(crate) fn is_sortable(&self) -> bool {
        !matches!(
            self.kind,
            ColumnKind::Span | ColumnKind::Json | ColumnKind::List
        )
    }

    /// Whether its values add up.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.kind, ColumnKind::Integer | ColumnKind::Real)
    }

    fn expects(&self) -> &'static str {
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

fn parse<T>(json: &Value, expected: &str) -> Result<StoredValue, String>
where
    T: std::str::FromStr + std::fmt::Display,
{
    let text = json
        .as_str()
        .ok_or_else(|| format!("{json} is not {expected}"))?;
    match text.parse::<T>() {
        Ok(value) => Ok(StoredValue::Text(value.to_string())),
        Err(_) => Err(format!("{json} is not {expected}")),
    }
}

/// What a column of an SQL type holds.
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

/// The columns that the database computes, of whatever table.
const GENERATED: [&str; 4] = [
    "ComputedDuration",
    "OpenPriority",
    "PinnedPriority",
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
