//! New rows given as JSON, whose missing columns are filled from the schema.

use std::marker::PhantomData;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::rows::query::column;
use crate::rows::query::columns::{Column, ColumnKind};
use crate::rows::{Entity, UnitOfWork, writers};
use crate::services::data;
use crate::sqlite::dialect;
use crate::types::{Id, Timestamp};

/// Values of the columns that a new row leaves out.
pub(super) struct NewRow<E> {
    defaults: Vec<(&'static Column, Value)>,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> NewRow<E> {
    /// Reads the defaults from the schema of the database.
    pub(super) fn describe(uow: &mut UnitOfWork<'_>) -> Result<Self> {
        let in_schema = dialect::column_defaults(uow.connection(), E::NAME)?;
        let now = uow.now();
        let default = |column: &'static Column| {
            let text = in_schema.iter().find(|(name, _)| name == column.name);
            let value = text.and_then(|(_, text)| default_value(column, text, now));
            Some((column, value.or_else(|| absent_value(column))?))
        };
        Ok(Self {
            defaults: E::columns().iter().filter_map(default).collect(),
            entity: PhantomData,
        })
    }

    /// Returns the complete row. An error names a column that is unknown, missing, or does not accept its value.
    pub(super) fn read(&self, uow: &UnitOfWork<'_>, given: &Map<String, Value>) -> Result<E> {
        let mut values = given.clone();
        for (name, value) in given {
            let column = column::<E>(name)?;
            if !(column.is_generated && value.is_null()) {
                data::check_value(column, value)?;
            }
            values.insert(name.clone(), data::taken(column, value)?);
        }
        if !values.contains_key("Id") {
            let id: Id<E> = uow.new_id()?;
            values.insert("Id".to_owned(), json!(id));
        }
        for (column, value) in &self.defaults {
            let given = values.entry(column.name).or_insert_with(|| value.clone());
            if given.is_null() && column.is_generated {
                *given = value.clone();
            }
        }
        let missing = E::columns().iter().find(|c| !values.contains_key(c.name));
        match missing {
            Some(column) => Err(Error::invalid(column.name, "must be given")),
            None => self.checked(uow, data::row_of(values)?, given),
        }
    }

    /// Refuses stamps, and columns that are there for queries alone.
    fn checked(&self, uow: &UnitOfWork<'_>, row: E, given: &Map<String, Value>) -> Result<E> {
        let user = &uow.user().user_id;
        writers::check_stamps(&row, user, |name| given.contains_key(name))?;
        let of_queries = |name: &&String| !row.cells().any(|cell| cell.name == **name);
        let of_queries = given.keys().find(of_queries);
        of_queries.map_or(Ok(()), |name| writers::check_column::<E>(name))?;
        Ok(row)
    }
}

/// Returns the value of a column without a default.
fn absent_value(column: &Column) -> Option<Value> {
    match column.kind {
        _ if column.nullable => Some(Value::Null),
        ColumnKind::Real if column.is_generated => Some(json!(0.0)),
        ColumnKind::Integer if column.is_generated => Some(json!(0)),
        _ => None,
    }
}

/// Returns the value of a default in the schema: a number, a quoted text, or the current time.
fn default_value(column: &Column, text: &str, now: Timestamp) -> Option<Value> {
    let quoted = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
    match column.kind {
        ColumnKind::Time => Some(json!(now)),
        ColumnKind::Text | ColumnKind::Span => quoted.map(|text| json!(text)),
        ColumnKind::Integer | ColumnKind::Enum(..) => {
            text.parse::<i64>().ok().map(|number| json!(number))
        }
        ColumnKind::Real => text.parse::<f64>().ok().map(|number| json!(number)),
        ColumnKind::Bool => Some(json!(text != "0")),
        ColumnKind::Json | ColumnKind::List => {
            quoted.and_then(|text| serde_json::from_str(text).ok())
        }
    }
}
