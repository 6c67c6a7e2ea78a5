//! Queries that come from outside as text; this is the only place that runs them. The connection can't write, an
//! authoriser refuses everything but reading, and time, memory and temporary files are limited.

mod allowed;
mod budget;
mod expansion;
mod functions;

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};
use libsqlite3_sys as codes;
use serde_json::{Value, json};

use allowed::ReadOnly;
pub(crate) use budget::memory_of_rows;

use super::connection::{Connection, Role};
use super::raw::{RawHandle, RawStatement, RawValue, SqliteStatus, TemporaryFiles};
use super::{DatabaseLocation, dialect};
use crate::cancel;
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

/// Instructions of SQLite's virtual machine between two checks of the clock. One may copy a value of some MiB.
const INSTRUCTIONS_PER_LOOK: i32 = 100;
/// How often the clock is checked while a query is prepared, at the most: each time stands for some 100 KiB of what
/// SQLite makes of the query.
const LOOKS_WHILE_PREPARING: u32 = 200;

/// A value for a `?` of a query.
pub(crate) enum SqlParameter {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

/// A value of a row in an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// No value.
    Null,
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A text; invalid UTF-8 in it is replaced.
    Text(String),
    /// A BLOB.
    Blob(Vec<u8>),
}

/// Converts to JSON; a BLOB becomes `{"Base64": …}`, and a number that JSON doesn't have becomes null.
impl From<SqlValue> for Value {
    fn from(value: SqlValue) -> Self {
        match value {
            SqlValue::Null => Self::Null,
            SqlValue::Integer(number) => number.into(),
            SqlValue::Real(number) => number.into(),
            SqlValue::Text(text) => text.into(),
            SqlValue::Blob(bytes) => json!({ "Base64": Base64::encode_string(&bytes) }),
        }
    }
}

/// A part of the answer to a query: first the names of its columns, then its rows, one at a time.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlStep {
    /// The names of the columns.
    Columns(Vec<String>),
    /// A row, with a value for each column.
    Row(Vec<SqlValue>),
}

/// Receives the parts of the answer to a query, and breaks off once it has enough.
pub type OnSqlStep<'a> = dyn FnMut(SqlStep) -> ControlFlow<()> + 'a;

/// Limits of a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryLimits {
    /// Maximum time until the last row was passed on.
    pub(crate) time: Duration,
    /// Memory in bytes, with that of the rows that the caller collects.
    pub(crate) memory: u64,
}

impl Connection {
    /// Opens a connection for one query.
    pub(crate) fn open_for_query(
        location: &DatabaseLocation,
        config: &StoreConfig,
        limits: &QueryLimits,
    ) -> Result<Self> {
        let files = TemporaryFiles::at_most(budget::temporary_files(limits.memory))
            .map_err(|status| status.of("sqlite3_vfs_register"))?;
        let mut connection = Self::open_bounded(location, Role::Reader, config, Some(files))?;
        dialect::set_small_memory(&mut connection, budget::CACHE_KIB)?;
        Ok(connection)
    }

    /// Runs a query on this connection, which mustn't be used for anything else afterwards.
    pub(crate) fn run_foreign_query(
        &mut self,
        sql: &str,
        parameters: &[SqlParameter],
        limits: &QueryLimits,
        on_step: &mut OnSqlStep<'_>,
    ) -> Result<()> {
        let connection = self.handle();
        functions::define_all(connection).map_err(|status| status.of("sqlite3_create_function"))?;
        connection
            .authorize_with::<ReadOnly>()
            .map_err(|status| status.of("sqlite3_set_authorizer"))?;
        budget::limit_form(connection);
        expansion::check(sql)?;
        let watch = Watch::new(limits.time);
        let longest = Cell::new(None);
        let is_over = || watch.is_over();
        let answer = connection.interrupt_when(INSTRUCTIONS_PER_LOOK, &is_over, || {
            let mut statement = prepare(connection, sql)?;
            let limit = budget::limit_values(connection, sql, &statement, limits.memory)?;
            longest.set(Some(limit));
            watch.is_prepared();
            bind(&mut statement, parameters)?;
            read(&mut statement, on_step)
        });
        answer.map_err(|error| match error.code() {
            ErrorCode::Cancelled => watch.explain(error),
            ErrorCode::DiskFull if self.has_full_temporary_files() => limit_exceeded(format!(
                "the query must keep at most {} bytes in temporary files; {LESS}",
                budget::temporary_files(limits.memory)
            )),
            _ if is_too_long(&error) && longest.get().is_some() => limit_exceeded(format!(
                "a value, or a row that is sorted, must have at most {} bytes in this query; {LESS}",
                longest.get().unwrap_or_default()
            )),
            _ => error,
        })
    }
}

/// The way out of the limits on memory.
const LESS: &str =
    "ask for less at a time, or raise the limit on its memory (`SqlLimits::memory`, --memory)";

fn limit_exceeded(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::LimitExceeded, format!("sql: {reason}"))
}

fn is_too_long(error: &Error) -> bool {
    error.details().sqlite_code == Some(codes::SQLITE_TOOBIG)
}

/// Decides when a query has to end.
struct Watch {
    deadline: Deadline,
    /// How often to look until the query is prepared. None once it is.
    looks_left: Cell<Option<u32>>,
}

impl Watch {
    fn new(time: Duration) -> Self {
        Self {
            deadline: Deadline::new(time),
            looks_left: Cell::new(Some(LOOKS_WHILE_PREPARING)),
        }
    }

    fn is_prepared(&self) {
        self.looks_left.set(None);
    }

    fn is_over(&self) -> bool {
        let looks_left = self.looks_left.get();
        self.looks_left
            .set(looks_left.map(|left| left.saturating_sub(1)));
        looks_left == Some(0) || self.deadline.is_over() || cancel::is_asked()
    }

    /// Returns the error of a query that this has ended.
    fn explain(&self, error: Error) -> Error {
        if cancel::is_asked() {
            return error;
        }
        if self.deadline.is_over() {
            let message = format!(
                "the query took longer than {} ms",
                self.deadline.time.as_millis()
            );
            return Error::new(ErrorCode::Timeout, message);
        }
        limit_exceeded("the query is too large to be prepared; make it shorter")
    }
}

/// A time limit, counted from its creation.
struct Deadline {
    started: Instant,
    time: Duration,
}

impl Deadline {
    fn new(time: Duration) -> Self {
        Self {
            started: Instant::now(),
            time,
        }
    }

    fn is_over(&self) -> bool {
        self.started.elapsed() > self.time
    }
}

/// Prepares a text that must be a single statement, and refuses one that could write.
fn prepare<'c>(connection: RawHandle<'c>, sql: &str) -> Result<RawStatement<'c>> {
    let prepared = RawStatement::prepare(connection, sql);
    let (statement, rest) = prepared.map_err(|status| error_of(connection, status))?;
    let Some(statement) = statement else {
        return Err(Error::invalid("sql", "holds no statement"));
    };
    let is_blank = |c| matches!(c, ' ' | '\t' | '\r' | '\n' | ';');
    if !rest.chars().all(is_blank) {
        return Err(Error::invalid("sql", "more than one statement"));
    }
    if !statement.is_read_only() {
        let message = "sql: the statement would write";
        return Err(Error::new(ErrorCode::ReadOnly, message));
    }
    Ok(statement)
}

fn bind(statement: &mut RawStatement<'_>, parameters: &[SqlParameter]) -> Result<()> {
    let expected = statement.parameter_count();
    if usize::try_from(expected) != Ok(parameters.len()) {
        let reason = format!("{} given, but the query has {expected}", parameters.len());
        return Err(Error::invalid("parameters", reason));
    }
    for (index, parameter) in (1..).zip(parameters) {
        let value = match parameter {
            SqlParameter::Null => RawValue::Null,
            SqlParameter::Integer(number) => RawValue::Integer(*number),
            SqlParameter::Real(number) => RawValue::Real(*number),
            SqlParameter::Text(text) => RawValue::Text(text.as_bytes()),
        };
        let bound = statement.bind(index, value);
        bound.map_err(|status| error_of(statement.connection(), status))?;
    }
    Ok(())
}

fn read(statement: &mut RawStatement<'_>, on_step: &mut OnSqlStep<'_>) -> Result<()> {
    let connection = statement.connection();
    let mut next = SqlStep::Columns(statement.column_names());
    while on_step(next).is_continue() {
        let row = statement.step();
        match row.map_err(|status| error_of(connection, status))? {
            Some(row) => next = SqlStep::Row(row.into_iter().map(SqlValue::from).collect()),
            None => break,
        }
    }
    Ok(())
}

impl From<RawValue<'_>> for SqlValue {
    fn from(value: RawValue<'_>) -> Self {
        match value {
            RawValue::Null => Self::Null,
            RawValue::Integer(number) => Self::Integer(number),
            RawValue::Real(number) => Self::Real(number),
            RawValue::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            RawValue::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

/// Beginnings of SQLite's messages about the form of a query.
const FORM_EXCEEDED: [&str; 9] = [
    "Expression tree is too large",
    "too many columns",
    "too many references to",
    "too many terms in",
    "too many arguments on function",
    "too many SQL variables",
    "variable number must be",
    "LIKE or GLOB pattern too complex",
    "at most ",
];

/// Returns the error of the call that failed last, with SQLite's message.
fn error_of(connection: RawHandle<'_>, SqliteStatus(status): SqliteStatus) -> Error {
    let message = connection.last_error_message();
    let is_form = FORM_EXCEEDED
        .iter()
        .any(|beginning| message.starts_with(beginning));
    let code = match status & 0xff {
        codes::SQLITE_AUTH | codes::SQLITE_READONLY => ErrorCode::ReadOnly,
        codes::SQLITE_INTERRUPT => ErrorCode::Cancelled,
        codes::SQLITE_BUSY => ErrorCode::Busy,
        codes::SQLITE_CORRUPT => ErrorCode::Corrupt,
        codes::SQLITE_FULL => ErrorCode::DiskFull,
        codes::SQLITE_IOERR => ErrorCode::Io,
        codes::SQLITE_TOOBIG | codes::SQLITE_NOMEM => ErrorCode::LimitExceeded,
        codes::SQLITE_ERROR if is_form => ErrorCode::LimitExceeded,
        codes::SQLITE_ERROR | codes::SQLITE_RANGE => ErrorCode::InvalidArgument,
        _ => ErrorCode::Internal,
    };
    if let Some((function, instead)) = allowed::instead_of_refused(&message) {
        let reason = format!("{function} has no bound on its time or memory; use {instead}");
        return limit_exceeded(reason);
    }
    let message = match (code, status & 0xff) {
        (ErrorCode::Cancelled, _) => cancel::MESSAGE.to_owned(),
        (_, codes::SQLITE_NOMEM) => {
            "the query's program is too long; make the query shorter".to_owned()
        }
        (ErrorCode::LimitExceeded, _) => format!("{message}; make the query shorter"),
        _ => message,
    };
    Error::new(code, format!("sql: {message}")).with_details(|d| d.sqlite_code = Some(status))
}
