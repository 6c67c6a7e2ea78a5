//! Values on their way into statements and out of them.

use std::ffi::c_int;
use std::io::Write as _;

use libsqlite3_sys as ffi;
use orchestra_store::types::{
    AccessLevel, AgentStatus, ChangeAction, Id, Json, PreferenceType, RepositoryType, RiskLevel,
    StringList, TaskPriority, TaskStatus, TimeSpan, Timestamp,
};

/// A prepared statement, only to be had from a [`Statement`](super::Statement).
#[derive(Debug, Clone, Copy)]
pub struct Handle(pub(super) *mut ffi::sqlite3_stmt);

/// What can be bound to a parameter.
///
/// The statement is run and reset while the value is borrowed, so texts needn't be copied.
pub trait Value {
    /// Binds it to a parameter of a prepared statement, from 1.
    fn bind(&self, statement: Handle, index: c_int);
}

/// What can be read from a column.
pub trait FromColumn: Sized {
    /// Reads a column, from 0, of a statement that is at a row.
    fn read(statement: Handle, index: c_int) -> Self;
}

fn bind_text(statement: Handle, index: c_int, text: &str, life: ffi::sqlite3_destructor_type) {
    let length = text.len() as c_int;
    // SAFETY: the statement is prepared, and the text has that length and lives as `life` says.
    unsafe { ffi::sqlite3_bind_text(statement.0, index, text.as_ptr().cast(), length, life) };
}

impl Value for &str {
    fn bind(&self, statement: Handle, index: c_int) {
        bind_text(statement, index, self, ffi::SQLITE_STATIC());
    }
}

impl Value for String {
    fn bind(&self, statement: Handle, index: c_int) {
        self.as_str().bind(statement, index);
    }
}

impl<T> Value for Id<T> {
    fn bind(&self, statement: Handle, index: c_int) {
        self.as_str().bind(statement, index);
    }
}

impl Value for i64 {
    fn bind(&self, statement: Handle, index: c_int) {
        // SAFETY: the statement is prepared.
        unsafe { ffi::sqlite3_bind_int64(statement.0, index, *self) };
    }
}

impl Value for f64 {
    fn bind(&self, statement: Handle, index: c_int) {
        // SAFETY: the statement is prepared.
        unsafe { ffi::sqlite3_bind_double(statement.0, index, *self) };
    }
}

impl<T: Value> Value for Option<T> {
    fn bind(&self, statement: Handle, index: c_int) {
        match self {
            Some(value) => value.bind(statement, index),
            // SAFETY: the statement is prepared.
            None => unsafe {
                ffi::sqlite3_bind_null(statement.0, index);
            },
        }
    }
}

/// Times are written to the stack, and copied by SQLite.
fn bind_short(statement: Handle, index: c_int, value: &impl std::fmt::Display) {
    let mut text = [0; 40];
    let mut rest = &mut text[..];
    write!(rest, "{value}").unwrap();
    let length = 40 - rest.len();
    let text = std::str::from_utf8(&text[..length]).unwrap();
    bind_text(statement, index, text, ffi::SQLITE_TRANSIENT());
}

impl Value for Timestamp {
    fn bind(&self, statement: Handle, index: c_int) {
        bind_short(statement, index, self);
    }
}

impl Value for TimeSpan {
    fn bind(&self, statement: Handle, index: c_int) {
        bind_short(statement, index, self);
    }
}

impl FromColumn for i64 {
    fn read(statement: Handle, index: c_int) -> Self {
        // SAFETY: the statement is at a row.
        unsafe { ffi::sqlite3_column_int64(statement.0, index) }
    }
}

impl FromColumn for f64 {
    fn read(statement: Handle, index: c_int) -> Self {
        // SAFETY: the statement is at a row.
        unsafe { ffi::sqlite3_column_double(statement.0, index) }
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn read(statement: Handle, index: c_int) -> Self {
        // SAFETY: the statement is at a row.
        let kind = unsafe { ffi::sqlite3_column_type(statement.0, index) };
        (kind != ffi::SQLITE_NULL).then(|| T::read(statement, index))
    }
}

/// The text of a column, until the statement goes on.
fn text<'s>(statement: Handle, index: c_int) -> &'s str {
    // SAFETY: the statement is at a row; SQLite says where the text of the column is and how long,
    // and keeps it until the statement goes on, which it doesn't before the caller has copied it.
    let bytes = unsafe {
        let text = ffi::sqlite3_column_text(statement.0, index);
        let length = ffi::sqlite3_column_bytes(statement.0, index);
        std::slice::from_raw_parts(text, length as usize)
    };
    std::str::from_utf8(bytes).unwrap()
}

impl FromColumn for String {
    fn read(statement: Handle, index: c_int) -> Self {
        text(statement, index).to_owned()
    }
}

impl<T> FromColumn for Id<T> {
    fn read(statement: Handle, index: c_int) -> Self {
        Self::new(text(statement, index)).unwrap()
    }
}

macro_rules! numbers {
    ($($type:ty: $from:expr, $to:expr;)*) => {$(
        impl Value for $type {
            fn bind(&self, statement: Handle, index: c_int) {
                let to: fn($type) -> i64 = $to;
                to(*self).bind(statement, index);
            }
        }

        impl FromColumn for $type {
            fn read(statement: Handle, index: c_int) -> Self {
                let from: fn(i64) -> $type = $from;
                from(i64::read(statement, index))
            }
        }
    )*};
}

numbers! {
    bool: |number| number != 0, i64::from;
    i32: |number| number as i32, i64::from;
}

macro_rules! enums {
    ($($type:ty),*) => {
        numbers! {$(
            $type: |number| (number as i32).try_into().unwrap(), |value| value.number().into();
        )*}
    };
}

enums!(
    AccessLevel,
    AgentStatus,
    ChangeAction,
    PreferenceType,
    RepositoryType,
    RiskLevel,
    TaskPriority,
    TaskStatus
);

macro_rules! parsed {
    ($($type:ty),*) => {$(
        impl FromColumn for $type {
            fn read(statement: Handle, index: c_int) -> Self {
                text(statement, index).parse().unwrap()
            }
        }
    )*};
}

parsed!(Json, StringList, TimeSpan, Timestamp);

macro_rules! documents {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn bind(&self, statement: Handle, index: c_int) {
                let text = serde_json::to_string(self).unwrap();
                bind_text(statement, index, &text, ffi::SQLITE_TRANSIENT());
            }
        }
    )*};
}

documents!(Json, StringList);
