//! Queries that come from outside as text; this is the only place that runs them. The connection can't write, an
//! authoriser refuses everything but reading, and rows and time are limited.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};
use libsqlite3_sys as codes;
use serde_json::{Value, json};

use super::connection::Connection;
use super::raw::{Authorizer, RawHandle, RawStatement, RawValue, SqlAction, SqliteStatus};
use crate::cancel;
use crate::error::{Error, ErrorCode, Result};

/// Instructions of SQLite's virtual machine between two checks of the clock: 10 ms or so at the most.
const INSTRUCTIONS_PER_LOOK: i32 = 10_000;

/// The pragmas that are allowed without an argument. One with an argument would change something, unless the
/// argument names an object to describe.
const PRAGMAS: [&str; 21] = [
    "application_id",
    "collation_list",
    "compile_options",
    "data_version",
    "database_list",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "journal_mode",
    "page_count",
    "page_size",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];
const PRAGMAS_WITH_ARGUMENT: [&str; 9] = [
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "quick_check",
    "table_info",
    "table_xinfo",
];

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

impl Connection {
    /// Runs a query on this connection, which mustn't be used for anything else afterwards.
    pub(crate) fn run_foreign_query(
        &mut self,
        sql: &str,
        parameters: &[SqlParameter],
        time: Duration,
        on_step: &mut OnSqlStep<'_>,
    ) -> Result<()> {
        let connection = self.handle();
        connection
            .authorize_with::<ReadOnly>()
            .map_err(|status| status.of("sqlite3_set_authorizer"))?;
        let deadline = Deadline::new(time);
        let is_over = || deadline.is_over() || cancel::is_asked();
        let answer = connection.interrupt_when(INSTRUCTIONS_PER_LOOK, &is_over, || {
            let mut statement = prepare(connection, sql)?;
            bind(&mut statement, parameters)?;
            read(&mut statement, on_step)
        });
        answer.map_err(|error| match deadline.is_over() {
            true if error.code() == ErrorCode::Cancelled => Error::new(
                ErrorCode::Timeout,
                format!("the query took longer than {} ms", time.as_millis()),
            ),
            _ => error,
        })
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

/// An authoriser that allows statements to read, and nothing else.
struct ReadOnly;

impl Authorizer for ReadOnly {
    fn allows(action: &SqlAction<'_>) -> bool {
        match action {
            SqlAction::Read => true,
            SqlAction::Function(name) => !is_dangerous(name),
            SqlAction::Pragma { name, has_argument } => pragma_is_allowed(name, *has_argument),
            SqlAction::Other => false,
        }
    }
}

fn is_dangerous(function: &str) -> bool {
    let function = function.to_ascii_lowercase();
    ["load_extension", "fts3_tokenizer", "writefile", "edit"].contains(&function.as_str())
}

fn pragma_is_allowed(name: &str, has_argument: bool) -> bool {
    let name = name.to_ascii_lowercase();
    let allowed: &[&str] = if has_argument {
        &PRAGMAS_WITH_ARGUMENT
    } else {
        &PRAGMAS
    };
    allowed.contains(&name.as_str())
}

/// Prepares a text that must be a single statement, and refuses one that could write.
fn prepare<'c>(connection: RawHandle<'c>, sql: &str) -> Result<RawStatement<'c>> {
    if i32::try_from(sql.len()).is_err() {
        return Err(Error::invalid("sql", "longer than 2 GiB"));
    }
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

/// Returns the error of the call that failed last, with SQLite's message.
fn error_of(connection: RawHandle<'_>, SqliteStatus(status): SqliteStatus) -> Error {
    let code = match status & 0xff {
        codes::SQLITE_AUTH | codes::SQLITE_READONLY => ErrorCode::ReadOnly,
        codes::SQLITE_INTERRUPT => ErrorCode::Cancelled,
        codes::SQLITE_BUSY => ErrorCode::Busy,
        codes::SQLITE_CORRUPT => ErrorCode::Corrupt,
        codes::SQLITE_IOERR => ErrorCode::Io,
        codes::SQLITE_ERROR | codes::SQLITE_TOOBIG | codes::SQLITE_RANGE => {
            ErrorCode::InvalidArgument
        }
        _ => ErrorCode::Internal,
    };
    let message = match code {
        ErrorCode::Cancelled => cancel::MESSAGE.to_owned(),
        _ => connection.last_error_message(),
    };
    let message = format!("sql: {message}");
    Error::new(code, message).with_details(|d| d.sqlite_code = Some(status))
}
