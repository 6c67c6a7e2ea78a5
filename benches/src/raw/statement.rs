//! A prepared statement: bound, stepped and reset, as the C API has it.

use std::ffi::{CStr, c_int};
use std::ptr::{NonNull, null_mut};

use libsqlite3_sys as ffi;

use super::{Connection, FromColumn, Handle, Value};

/// A prepared statement, with its connection.
#[derive(Debug)]
pub struct Statement {
    handle: NonNull<ffi::sqlite3_stmt>,
    connection: Connection,
}

// SAFETY: a statement moves between threads together with its connection, and is used by one
// thread at a time.
unsafe impl Send for Statement {}

impl Statement {
    pub(super) fn prepare(connection: &Connection, sql: &str) -> Self {
        let mut handle = null_mut();
        let length = c_int::try_from(sql.len()).unwrap();
        // SAFETY: the text has the length that is passed, and `handle` receives the statement.
        let status = unsafe {
            ffi::sqlite3_prepare_v3(
                connection.db(),
                sql.as_ptr().cast(),
                length,
                ffi::SQLITE_PREPARE_PERSISTENT,
                &mut handle,
                null_mut(),
            )
        };
        let connection = connection.clone();
        assert_eq!(status, ffi::SQLITE_OK, "{sql}: {}", message(&connection));
        Self {
            handle: NonNull::new(handle).unwrap(),
            connection,
        }
    }

    /// Runs it with these values, and calls `each` with one row after the other.
    #[inline]
    pub fn for_each(&mut self, values: &[&dyn Value], mut each: impl FnMut(Columns<'_>)) {
        for (index, value) in values.iter().enumerate() {
            value.bind(Handle(self.handle.as_ptr()), index as c_int + 1);
        }
        // SAFETY: the statement is prepared, and what is bound lives until it is reset below.
        while self.is_row(unsafe { ffi::sqlite3_step(self.handle.as_ptr()) }) {
            each(Columns(self));
        }
        // SAFETY: as above.
        unsafe { ffi::sqlite3_reset(self.handle.as_ptr()) };
    }

    /// Runs it with these values; rows that it returns are dropped.
    #[inline]
    pub fn execute(&mut self, values: &[&dyn Value]) {
        self.for_each(values, |_| ());
    }

    /// The row that it returns, if it does.
    #[inline]
    pub fn first<T>(
        &mut self,
        values: &[&dyn Value],
        read: impl Fn(Columns<'_>) -> T,
    ) -> Option<T> {
        let mut found = None;
        self.for_each(values, |row| found = Some(read(row)));
        found
    }

    /// All rows that it returns.
    #[inline]
    pub fn all<T>(&mut self, values: &[&dyn Value], read: impl Fn(Columns<'_>) -> T) -> Vec<T> {
        let mut found = Vec::new();
        self.for_each(values, |row| found.push(read(row)));
        found
    }

    fn is_row(&self, status: c_int) -> bool {
        match status {
            ffi::SQLITE_ROW => true,
            ffi::SQLITE_DONE => false,
            other => panic!("SQLite returned {other}: {}", message(&self.connection)),
        }
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: nobody uses the statement any more.
        unsafe { ffi::sqlite3_finalize(self.handle.as_ptr()) };
    }
}

fn message(connection: &Connection) -> String {
    // SAFETY: the connection is open, and the text is copied at once.
    let text = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(connection.db())) };
    text.to_string_lossy().into_owned()
}

/// The columns of the row that a statement is at.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'s>(&'s Statement);

impl Columns<'_> {
    /// One of them, from 0.
    #[inline]
    pub fn get<T: FromColumn>(self, index: c_int) -> T {
        T::read(Handle(self.0.handle.as_ptr()), index)
    }
}
