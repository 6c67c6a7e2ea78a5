//! Statements prepared from texts.

use std::ffi::{CStr, c_int};
use std::ptr::{NonNull, null, null_mut};

use libsqlite3_sys as ffi;

use super::{RawHandle, SqliteStatus};

/// A prepared statement, finalised when it is dropped.
pub(in crate::sqlite) struct RawStatement<'c> {
    statement: NonNull<ffi::sqlite3_stmt>,
    connection: RawHandle<'c>,
}

/// A value of a column, or one to bind to a `?`.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) enum RawValue<'r> {
    Null,
    Integer(i64),
    Real(f64),
    /// A text, mostly UTF-8.
    Text(&'r [u8]),
    Blob(&'r [u8]),
}

impl Drop for RawStatement<'_> {
    fn drop(&mut self) {
        // SAFETY: the statement was prepared and is finalised once.
        unsafe { ffi::sqlite3_finalize(self.as_ptr()) };
    }
}

impl<'c> RawStatement<'c> {
    /// Prepares the first statement of a text. Returns the statement, if there is one, and the rest of the text.
    pub(in crate::sqlite) fn prepare<'s>(
        connection: RawHandle<'c>,
        sql: &'s str,
    ) -> Result<(Option<Self>, &'s str), SqliteStatus> {
        let length = c_int::try_from(sql.len()).map_err(|_| SqliteStatus(ffi::SQLITE_TOOBIG))?;
        let (mut statement, mut tail) = (null_mut(), null());
        // SAFETY: the connection is open, since `connection` borrows it, and the text has the length that is passed.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(
                connection.as_ptr(),
                sql.as_ptr().cast(),
                length,
                0,
                &raw mut statement,
                &raw mut tail,
            )
        };
        SqliteStatus::check(code)?;
        let end = tail.addr().saturating_sub(sql.as_ptr().addr());
        let statement = NonNull::new(statement).map(|statement| Self {
            statement,
            connection,
        });
        Ok((statement, sql.get(end..).unwrap_or_default()))
    }

    fn as_ptr(&self) -> *mut ffi::sqlite3_stmt {
        self.statement.as_ptr()
    }

    /// Returns the connection that the statement is prepared on.
    pub(in crate::sqlite) fn connection(&self) -> RawHandle<'c> {
        self.connection
    }

    /// Returns whether the statement writes nothing.
    pub(in crate::sqlite) fn is_read_only(&self) -> bool {
        // SAFETY: the statement is prepared.
        unsafe { ffi::sqlite3_stmt_readonly(self.as_ptr()) != 0 }
    }

    /// Returns whether the statement is an EXPLAIN, which runs nothing.
    pub(in crate::sqlite) fn is_explain(&self) -> bool {
        // SAFETY: the statement is prepared.
        unsafe { ffi::sqlite3_stmt_isexplain(self.as_ptr()) != 0 }
    }

    /// Returns how many values the statement takes.
    pub(in crate::sqlite) fn parameter_count(&self) -> c_int {
        // SAFETY: the statement is prepared.
        unsafe { ffi::sqlite3_bind_parameter_count(self.as_ptr()) }
    }

    /// Binds a copy of a value. The first one has the index 1.
    pub(in crate::sqlite) fn bind(
        &mut self,
        index: c_int,
        value: RawValue<'_>,
    ) -> Result<(), SqliteStatus> {
        let statement = self.as_ptr();
        // SAFETY: the statement is prepared, the lengths are those of the bytes, which SQLite copies, and it refuses
        // an index that isn't one of the statement's.
        let code = unsafe {
            match value {
                RawValue::Null => ffi::sqlite3_bind_null(statement, index),
                RawValue::Integer(number) => ffi::sqlite3_bind_int64(statement, index, number),
                RawValue::Real(number) => ffi::sqlite3_bind_double(statement, index, number),
                RawValue::Text(text) => ffi::sqlite3_bind_text64(
                    statement,
                    index,
                    text.as_ptr().cast(),
                    text.len() as u64,
                    ffi::SQLITE_TRANSIENT(),
                    ffi::SQLITE_UTF8 as u8,
                ),
                RawValue::Blob(bytes) => ffi::sqlite3_bind_blob64(
                    statement,
                    index,
                    bytes.as_ptr().cast(),
                    bytes.len() as u64,
                    ffi::SQLITE_TRANSIENT(),
                ),
            }
        };
        SqliteStatus::check(code)
    }

    /// Returns how many columns the statement's rows have.
    fn column_count(&self) -> c_int {
        // SAFETY: the statement is prepared.
        unsafe { ffi::sqlite3_column_count(self.as_ptr()) }
    }

    /// Returns the names of the statement's columns.
    pub(in crate::sqlite) fn column_names(&self) -> Vec<String> {
        let name = |index| {
            // SAFETY: the index is one of the statement's; the name is NUL-terminated, or null where memory ran out.
            let name = unsafe {
                let name = ffi::sqlite3_column_name(self.as_ptr(), index);
                (!name.is_null()).then(|| CStr::from_ptr(name))
            };
            name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        };
        (0..self.column_count()).map(name).collect()
    }

    /// Advances to the next row, if there is one, and returns its values.
    pub(in crate::sqlite) fn step(&mut self) -> Result<Option<Vec<RawValue<'_>>>, SqliteStatus> {
        // SAFETY: the statement is prepared.
        match unsafe { ffi::sqlite3_step(self.as_ptr()) } {
            ffi::SQLITE_DONE => Ok(None),
            ffi::SQLITE_ROW => Ok(Some(
                (0..self.column_count()).map(|i| self.value(i)).collect(),
            )),
            code => Err(SqliteStatus(code)),
        }
    }

    /// Returns the value of a column of the current row.
    fn value(&self, index: c_int) -> RawValue<'_> {
        let statement = self.as_ptr();
        // SAFETY: only `step` calls it: the statement is on a row, and the index is one of its columns.
        unsafe {
            match ffi::sqlite3_column_type(statement, index) {
                ffi::SQLITE_INTEGER => {
                    RawValue::Integer(ffi::sqlite3_column_int64(statement, index))
                }
                ffi::SQLITE_FLOAT => RawValue::Real(ffi::sqlite3_column_double(statement, index)),
                ffi::SQLITE_TEXT => RawValue::Text(self.bytes(index)),
                ffi::SQLITE_BLOB => RawValue::Blob(self.bytes(index)),
                _ => RawValue::Null,
            }
        }
    }

    /// Returns the bytes of a text or a BLOB, which are valid until the next step.
    ///
    /// # Safety
    /// The statement is on a row, and the index is one of its columns.
    unsafe fn bytes(&self, index: c_int) -> &[u8] {
        // SAFETY: the pointer, fetched before the length, is valid for that many bytes, or null for none.
        unsafe {
            let begin = ffi::sqlite3_column_blob(self.as_ptr(), index);
            let length = ffi::sqlite3_column_bytes(self.as_ptr(), index);
            match (begin.is_null(), usize::try_from(length)) {
                (false, Ok(length)) => std::slice::from_raw_parts(begin.cast(), length),
                _ => &[],
            }
        }
    }
}
