//! Running a query that comes from outside as text: the one place where that happens. The
//! connection can't write, an authoriser refuses everything but reading, and rows and time are
//! limited.
#![allow(unsafe_code, reason = "SQLite's C interface")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::ControlFlow;
use std::ptr::{NonNull, null, null_mut};
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};
use libsqlite3_sys as ffi;
use serde_json::{Value, json};

use super::connection::Connection;
use crate::cancel;
use crate::error::{Error, ErrorCode, Result};

/// Instructions of SQLite's machine between two looks at the clock: some 10 ms at the most.
const INSTRUCTIONS_PER_LOOK: c_int = 10_000;

/// What a pragma without an argument may tell. Those with one would change something, but for
/// those that name what they tell of.
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
pub(crate) enum Parameter {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text; what is not UTF-8 in it is replaced.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// As JSON says it; a BLOB is `{"Base64": …}`, and what JSON has no number for is null.
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

/// What a query brings, one after the other: the names of its columns, then its rows.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlStep {
    /// The names of the columns.
    Columns(Vec<String>),
    /// A row, with a value for each column.
    Row(Vec<SqlValue>),
}

/// Who takes what a query brings, until it has enough.
pub type OnSqlStep<'a> = dyn FnMut(SqlStep) -> ControlFlow<()> + 'a;

impl Connection {
    /// Runs a query on this connection, which is used for nothing else afterwards.
    pub(crate) fn run_foreign_query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        time: Duration,
        on_step: &mut OnSqlStep<'_>,
    ) -> Result<()> {
        let db = self.handle().as_ptr();
        let deadline = Deadline::new(time);
        // SAFETY: the connection is open; the callbacks take what they are registered with, and
        // `deadline` outlives the statement, after which the callback is taken away again.
        unsafe {
            ffi::sqlite3_set_authorizer(db, Some(authorise), null_mut());
            ffi::sqlite3_progress_handler(
                db,
                INSTRUCTIONS_PER_LOOK,
                Some(is_over),
                (&raw const deadline).cast_mut().cast(),
            );
        }
        let answer = Statement::prepare(db, sql).and_then(|mut statement| {
            statement.bind(parameters)?;
            statement.read(on_step)
        });
        // SAFETY: the connection is open.
        unsafe { ffi::sqlite3_progress_handler(db, 0, None, null_mut()) };
        answer.map_err(|error| match deadline.is_over() {
            true if error.code() == ErrorCode::Cancelled => Error::new(
                ErrorCode::Timeout,
                format!("the query took longer than {} ms", time.as_millis()),
            ),
            _ => error,
        })
    }
}

/// When a query has to be done.
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

/// What SQLite calls now and then while a statement runs; not 0 interrupts it.
///
/// # Safety
/// `deadline` points to a [`Deadline`].
unsafe extern "C" fn is_over(deadline: *mut c_void) -> c_int {
    // SAFETY: it was registered with a pointer to a `Deadline` that outlives the statement.
    let deadline = unsafe { &*deadline.cast::<Deadline>() };
    c_int::from(deadline.is_over() || cancel::is_asked())
}

/// What SQLite asks about each thing that a statement would do.
///
/// # Safety
/// The texts are NUL-terminated or null.
unsafe extern "C" fn authorise(
    _: *mut c_void,
    action: c_int,
    first: *const c_char,
    second: *const c_char,
    _: *const c_char,
    _: *const c_char,
) -> c_int {
    // SAFETY: SQLite passes NUL-terminated texts or null.
    let text = |text: *const c_char| unsafe {
        NonNull::new(text.cast_mut()).map(|text| CStr::from_ptr(text.as_ptr()).to_string_lossy())
    };
    let is_allowed = match action {
        ffi::SQLITE_SELECT | ffi::SQLITE_READ | ffi::SQLITE_RECURSIVE => true,
        ffi::SQLITE_FUNCTION => !text(second).is_some_and(|name| is_dangerous(&name)),
        ffi::SQLITE_PRAGMA => {
            text(first).is_some_and(|name| pragma_is_allowed(&name, text(second).is_some()))
        }
        _ => false,
    };
    if is_allowed {
        ffi::SQLITE_OK
    } else {
        ffi::SQLITE_DENY
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

/// A prepared statement, finalised when it is dropped.
struct Statement {
    db: *mut ffi::sqlite3,
    statement: NonNull<ffi::sqlite3_stmt>,
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: the statement was prepared and is finalised once.
        unsafe { ffi::sqlite3_finalize(self.statement.as_ptr()) };
    }
}

impl Statement {
    /// Prepares the one statement that a text has to be, and refuses one that could write.
    fn prepare(db: *mut ffi::sqlite3, sql: &str) -> Result<Self> {
        let length =
            c_int::try_from(sql.len()).map_err(|_| Error::invalid("sql", "longer than 2 GiB"))?;
        let mut statement = null_mut();
        let mut tail = null();
        // SAFETY: the connection is open, and the text has the length that is passed.
        let status = unsafe {
            ffi::sqlite3_prepare_v3(
                db,
                sql.as_ptr().cast(),
                length,
                0,
                &mut statement,
                &mut tail,
            )
        };
        if status != ffi::SQLITE_OK {
            return Err(error_of(db, status));
        }
        let Some(statement) = NonNull::new(statement) else {
            return Err(Error::invalid("sql", "holds no statement"));
        };
        let statement = Self { db, statement };
        let rest = sql.len() - (tail.addr() - sql.as_ptr().addr());
        if !sql[sql.len() - rest..]
            .trim_matches([' ', '\t', '\r', '\n', ';'])
            .is_empty()
        {
            return Err(Error::invalid("sql", "more than one statement"));
        }
        // SAFETY: the statement is prepared.
        if unsafe { ffi::sqlite3_stmt_readonly(statement.statement.as_ptr()) } == 0 {
            return Err(Error::new(
                ErrorCode::ReadOnly,
                "sql: the statement would write",
            ));
        }
        Ok(statement)
    }

    fn bind(&mut self, parameters: &[Parameter]) -> Result<()> {
        let statement = self.statement.as_ptr();
        // SAFETY: the statement is prepared.
        let expected = unsafe { ffi::sqlite3_bind_parameter_count(statement) };
        if usize::try_from(expected) != Ok(parameters.len()) {
            let reason = format!("{} given, but the query has {expected}", parameters.len());
            return Err(Error::invalid("parameters", reason));
        }
        for (index, parameter) in (1..).zip(parameters) {
            // SAFETY: the index is one of the statement's, and SQLite copies the text.
            let status = unsafe {
                match parameter {
                    Parameter::Null => ffi::sqlite3_bind_null(statement, index),
                    Parameter::Integer(number) => {
                        ffi::sqlite3_bind_int64(statement, index, *number)
                    }
                    Parameter::Real(number) => ffi::sqlite3_bind_double(statement, index, *number),
                    Parameter::Text(text) => ffi::sqlite3_bind_text64(
                        statement,
                        index,
                        text.as_ptr().cast(),
                        text.len() as u64,
                        ffi::SQLITE_TRANSIENT(),
                        ffi::SQLITE_UTF8 as u8,
                    ),
                }
            };
            if status != ffi::SQLITE_OK {
                return Err(error_of(self.db, status));
            }
        }
        Ok(())
    }

    fn read(&mut self, on_step: &mut OnSqlStep<'_>) -> Result<()> {
        let statement = self.statement.as_ptr();
        // SAFETY: the statement is prepared.
        let width = unsafe { ffi::sqlite3_column_count(statement) };
        let columns = (0..width).map(|index| self.column_name(index)).collect();
        let mut next = SqlStep::Columns(columns);
        while on_step(next).is_continue() {
            // SAFETY: the statement is prepared.
            match unsafe { ffi::sqlite3_step(statement) } {
                ffi::SQLITE_DONE => break,
                ffi::SQLITE_ROW => {
                    next = SqlStep::Row((0..width).map(|index| self.value(index)).collect());
                }
                status => return Err(error_of(self.db, status)),
            }
        }
        Ok(())
    }

    fn column_name(&self, index: c_int) -> String {
        // SAFETY: the index is one of the statement's; the name is NUL-terminated, or null where
        // there is no memory.
        unsafe {
            let name = ffi::sqlite3_column_name(self.statement.as_ptr(), index);
            match NonNull::new(name.cast_mut()) {
                Some(name) => CStr::from_ptr(name.as_ptr()).to_string_lossy().into_owned(),
                None => String::new(),
            }
        }
    }

    fn value(&self, index: c_int) -> SqlValue {
        let statement = self.statement.as_ptr();
        // SAFETY: the statement is on a row, and the index is one of its columns.
        match unsafe { ffi::sqlite3_column_type(statement, index) } {
            ffi::SQLITE_INTEGER => {
                // SAFETY: the same.
                SqlValue::Integer(unsafe { ffi::sqlite3_column_int64(statement, index) })
            }
            ffi::SQLITE_FLOAT => {
                // SAFETY: the same.
                SqlValue::Real(unsafe { ffi::sqlite3_column_double(statement, index) })
            }
            ffi::SQLITE_TEXT => {
                SqlValue::Text(String::from_utf8_lossy(self.bytes(index)).into_owned())
            }
            ffi::SQLITE_BLOB => SqlValue::Blob(self.bytes(index).to_vec()),
            _ => SqlValue::Null,
        }
    }

    /// The bytes of a text or a BLOB, which are there until the next step.
    fn bytes(&self, index: c_int) -> &[u8] {
        let statement = self.statement.as_ptr();
        // SAFETY: the statement is on a row; the pointer, asked for before the length, is valid
        // for that many bytes, or null for none.
        unsafe {
            let begin = ffi::sqlite3_column_blob(statement, index);
            let length = ffi::sqlite3_column_bytes(statement, index);
            match (begin.is_null(), usize::try_from(length)) {
                (false, Ok(length)) => std::slice::from_raw_parts(begin.cast(), length),
                _ => &[],
            }
        }
    }
}

/// What SQLite says of the call that failed last.
fn error_of(db: *mut ffi::sqlite3, status: c_int) -> Error {
    // SAFETY: the connection is open; the text is NUL-terminated and copied at once.
    let message = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(db)) }.to_string_lossy();
    let code = match status & 0xff {
        ffi::SQLITE_AUTH => ErrorCode::ReadOnly,
        ffi::SQLITE_READONLY => ErrorCode::ReadOnly,
        ffi::SQLITE_INTERRUPT => ErrorCode::Cancelled,
        ffi::SQLITE_BUSY => ErrorCode::Busy,
        ffi::SQLITE_CORRUPT => ErrorCode::Corrupt,
        ffi::SQLITE_IOERR => ErrorCode::Io,
        ffi::SQLITE_ERROR | ffi::SQLITE_TOOBIG | ffi::SQLITE_RANGE => ErrorCode::InvalidArgument,
        _ => ErrorCode::Internal,
    };
    Error::new(code, format!("sql: {message}")).with_details(|d| d.sqlite_code = Some(status))
}
