//! A query in SQL, for looking into the database where nothing else answers the question.
//!
//! It is for people, not for programs: columns may change with any version. It can only read:
//! anything else is refused before it runs.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::config::StoreConfig;
use crate::error::{Error, Result};
use crate::sqlite::SqlParameter;
use crate::sqlite::connection::{Connection, Role};
use crate::store::Store;

pub use crate::sqlite::{OnSqlStep, SqlStep, SqlValue};

/// How far a query may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqlLimits {
    /// Rows that are returned at the most. Default: 1000.
    pub rows: usize,
    /// The time that it may take. Default: 30 s.
    pub time: Duration,
}

impl Default for SqlLimits {
    fn default() -> Self {
        Self {
            rows: 1000,
            time: Duration::from_secs(30),
        }
    }
}

/// What a query brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SqlAnswer {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows: null, numbers and texts as JSON says them, a BLOB as `{"Base64": …}`.
    pub rows: Vec<Vec<Value>>,
    /// Whether there are more rows than the limit allowed.
    pub truncated: bool,
}

/// Runs one query with values for its `?`, on a connection of its own.
///
/// It sees all rows, also those that are marked as deleted and the preferences of everybody; sealed
/// values stay sealed.
///
/// ```
/// use orchestra_store::maintenance::sql::{SqlLimits, query};
/// use orchestra_store::{ErrorCode, Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let limits = SqlLimits::default();
/// let answer = query(&store, "SELECT count(*) AS Waiting FROM Tasks WHERE Status = ?", &[0.into()], &limits)?;
/// assert_eq!(answer.columns, ["Waiting"]);
///
/// let refused = query(&store, "DELETE FROM Tasks", &[], &limits).unwrap_err();
/// assert_eq!(refused.code(), ErrorCode::ReadOnly);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorCode::ReadOnly`](crate::ErrorCode::ReadOnly) where it would do anything but read,
/// [`ErrorCode::Timeout`](crate::ErrorCode::Timeout) where it takes too long,
/// [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) where it isn't one statement
/// that SQLite understands, or has another number of `?` than values are given.
pub fn query(
    store: &Store,
    sql: &str,
    parameters: &[Value],
    limits: &SqlLimits,
) -> Result<SqlAnswer> {
    let mut answer = SqlAnswer {
        columns: Vec::new(),
        rows: Vec::new(),
        truncated: false,
    };
    for_each(store, sql, parameters, limits.time, &mut |step| {
        match step {
            SqlStep::Columns(columns) => answer.columns = columns,
            SqlStep::Row(_) if answer.rows.len() == limits.rows => {
                answer.truncated = true;
                return ControlFlow::Break(());
            }
            SqlStep::Row(row) => answer.rows.push(row.into_iter().map(Value::from).collect()),
        }
        ControlFlow::Continue(())
    })?;
    Ok(answer)
}

/// Runs one query as [`query`] does, and hands out its columns and then its rows one by one, until
/// `on_step` breaks: one row is in memory at a time. The time counts to the end.
pub fn for_each(
    store: &Store,
    sql: &str,
    parameters: &[Value],
    time: Duration,
    on_step: &mut OnSqlStep<'_>,
) -> Result<()> {
    let parameters = parameters
        .iter()
        .enumerate()
        .map(|(index, value)| parameter(index, value))
        .collect::<Result<Vec<_>>>()?;
    // Fails where the store is closed, and keeps it from being replaced meanwhile.
    let _connections = store.connections()?;
    let config = StoreConfig::new(store.path());
    let mut connection = Connection::open(store.location(), Role::Reader, &config)?;
    store.cancellably(|| connection.run_foreign_query(sql, &parameters, time, on_step))
}

fn parameter(index: usize, value: &Value) -> Result<SqlParameter> {
    match value {
        Value::Null => Ok(SqlParameter::Null),
        Value::Bool(flag) => Ok(SqlParameter::Integer((*flag).into())),
        Value::String(text) => Ok(SqlParameter::Text(text.clone())),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Ok(SqlParameter::Integer(integer)),
            (None, Some(real)) => Ok(SqlParameter::Real(real)),
            (None, None) => Err(Error::invalid(
                "parameters",
                format!("{number} is too large"),
            )),
        },
        Value::Array(_) | Value::Object(_) => {
            let reason = format!(
                "number {} is not a text, a number, a bool or null",
                index + 1
            );
            Err(Error::invalid("parameters", reason))
        }
    }
}
