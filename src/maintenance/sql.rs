//! Queries in SQL, for questions that nothing else answers.
//!
//! They are for people, not for programs: columns may change with any version. They can only read: anything else is
//! refused before it runs.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::config::StoreConfig;
use crate::error::{Error, Result};
use crate::sqlite::connection::Connection;
use crate::sqlite::{QueryLimits, SqlParameter, memory_of_rows};
use crate::store::Store;

pub use crate::sqlite::{OnSqlStep, SqlStep, SqlValue};

/// Limits of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqlLimits {
    /// Maximum number of rows returned. Default: 1000.
    pub rows: usize,
    /// Maximum time that it may take. Default: 30 s.
    pub time: Duration,
    /// Maximum memory in bytes: half of it for the rows that [`query`] collects, half to work with. It bounds the length
    /// of a value, the more the more values the query handles at a time. None: that of the store
    /// ([`StoreConfig::sql_memory`]).
    pub memory: Option<u64>,
}

impl Default for SqlLimits {
    fn default() -> Self {
        Self {
            rows: 1000,
            time: Duration::from_secs(30),
            memory: None,
        }
    }
}

/// Result of a query.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SqlAnswer {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows: null, numbers and texts as in JSON, a BLOB as `{"Base64": …}`.
    pub rows: Vec<Vec<Value>>,
    /// True if there are more rows than the limit.
    pub truncated: bool,
}

/// Runs one query with values for its `?`, on a connection of its own, and returns its rows.
///
/// It sees all rows, including those marked as deleted and the preferences of all users; sealed values stay sealed.
///
/// Its memory is limited, and its temporary files have at most eight times as much. It may call SQLite's functions, but
/// for a few whose time or memory has no bound; the error names what to use instead. Where the library links the SQLite
/// of its host (without the feature `bundled`), and that was built to keep temporary files in memory, they count for
/// nothing.
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
/// [`ErrorCode::ReadOnly`](crate::ErrorCode::ReadOnly) if it would do anything but read,
/// [`ErrorCode::Timeout`](crate::ErrorCode::Timeout) if it takes too long,
/// [`ErrorCode::LimitExceeded`](crate::ErrorCode::LimitExceeded) if it needs more memory, or is larger, than allowed,
/// [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if it isn't one statement that SQLite accepts, or
/// the number of its `?` differs from that of the values.
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
    let room = memory_of_rows(memory_of(store, limits)?);
    let mut taken = 0;
    for_each(store, sql, parameters, limits, &mut |step| {
        match step {
            SqlStep::Columns(columns) => answer.columns = columns,
            SqlStep::Row(_) if answer.rows.len() == limits.rows => {
                answer.truncated = true;
                return ControlFlow::Break(());
            }
            SqlStep::Row(row) => {
                taken += size_of_row(&row);
                if taken > room {
                    return ControlFlow::Break(());
                }
                answer.rows.push(row.into_iter().map(Value::from).collect());
            }
        }
        ControlFlow::Continue(())
    })?;
    if taken > room {
        let reason = format!(
            "the rows must take at most {room} bytes, half of the query's memory, got {taken} and more; ask for fewer, or \
             raise the limit (`SqlLimits::memory`, --memory)"
        );
        return Err(Error::limit_exceeded("sql", reason));
    }
    Ok(answer)
}

fn memory_of(store: &Store, limits: &SqlLimits) -> Result<u64> {
    let connections = store.connections()?;
    Ok(limits.memory.unwrap_or(connections.config().sql_memory))
}

/// Returns the memory of a row as JSON.
fn size_of_row(row: &[SqlValue]) -> u64 {
    let content = |value: &SqlValue| match value {
        SqlValue::Text(text) => text.len(),
        // In base 64, in an object.
        SqlValue::Blob(bytes) => bytes.len() / 3 * 4 + 128,
        SqlValue::Null | SqlValue::Integer(_) | SqlValue::Real(_) => 0,
    };
    let size = |value| size_of::<Value>() + content(value);
    (size_of::<Vec<Value>>() + row.iter().map(size).sum::<usize>()) as u64
}

/// Runs one query as [`query`] does, and passes its columns and then its rows to `on_step`, one by one, until that
/// breaks. One row is in memory at a time, and `limits.rows` doesn't count. `limits.time` counts until the last call has
/// returned.
///
/// # Errors
///
/// Those of [`query`].
pub fn for_each(
    store: &Store,
    sql: &str,
    parameters: &[Value],
    limits: &SqlLimits,
    on_step: &mut OnSqlStep<'_>,
) -> Result<()> {
    let parameters = parameters
        .iter()
        .enumerate()
        .map(|(index, value)| parameter(index, value))
        .collect::<Result<Vec<_>>>()?;
    let limits = QueryLimits {
        time: limits.time,
        memory: memory_of(store, limits)?,
    };
    // Fails where the store is closed, and keeps it from being replaced meanwhile.
    let _connections = store.connections()?;
    let config = StoreConfig::new(store.path());
    let mut connection = Connection::open_for_query(store.location(), &config, &limits)?;
    store.cancellably(|| connection.run_foreign_query(sql, &parameters, &limits, on_step))
}

fn parameter(index: usize, value: &Value) -> Result<SqlParameter> {
    match value {
        Value::Null => Ok(SqlParameter::Null),
        Value::Bool(flag) => Ok(SqlParameter::Integer((*flag).into())),
        Value::String(text) => Ok(SqlParameter::Text(text.clone())),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Ok(SqlParameter::Integer(integer)),
            (None, Some(real)) => Ok(SqlParameter::Real(real)),
            (None, None) => Err(refused(index, "a number too large for SQLite")),
        },
        Value::Array(_) => Err(refused(index, "an array")),
        Value::Object(_) => Err(refused(index, "an object")),
    }
}

fn refused(index: usize, got: &str) -> Error {
    let number = index + 1;
    let reason = format!("value {number} must be a text, a number, a bool or null, got {got}");
    Error::invalid("parameters", reason)
}
