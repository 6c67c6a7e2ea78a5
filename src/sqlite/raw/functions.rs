//! Functions of SQL that are written in Rust.

use std::ffi::{CStr, c_int};

use libsqlite3_sys as ffi;

use super::{RawHandle, SqliteStatus};

/// Result of a function.
pub(in crate::sqlite) enum FunctionResult {
    Null,
    Integer(i64),
    Text(Vec<u8>),
    /// The result would be longer than the connection allows.
    TooLong,
}

/// Arguments of a call, and the limit of its result.
pub(in crate::sqlite) struct FunctionCall<'c> {
    context: *mut ffi::sqlite3_context,
    arguments: &'c [*mut ffi::sqlite3_value],
}

/// A function of SQL: it depends on its arguments only.
pub(in crate::sqlite) trait Function {
    /// Its name.
    const NAME: &'static CStr;
    /// The number of its arguments.
    const ARGUMENTS: c_int;

    /// Computes the result.
    fn call(call: &FunctionCall<'_>) -> FunctionResult;
}

impl FunctionCall<'_> {
    fn kind(&self, index: usize) -> c_int {
        let Some(&value) = self.arguments.get(index) else {
            return ffi::SQLITE_NULL;
        };
        // SAFETY: SQLite passes valid values for the duration of the call.
        unsafe { ffi::sqlite3_value_type(value) }
    }

    /// Returns whether an argument is a BLOB.
    pub(in crate::sqlite) fn is_blob(&self, index: usize) -> bool {
        self.kind(index) == ffi::SQLITE_BLOB
    }

    /// Returns an argument's bytes: those of a BLOB, or of the text of anything else. None for null.
    pub(in crate::sqlite) fn bytes(&self, index: usize) -> Option<&[u8]> {
        let &value = self.arguments.get(index)?;
        if self.kind(index) == ffi::SQLITE_NULL {
            return None;
        }
        // SAFETY: SQLite passes valid values for the duration of the call. The pointer, fetched before the length, is
        // valid for that many bytes until the value is converted, which happens once, here. Null stands for no bytes.
        unsafe {
            let begin = match self.is_blob(index) {
                true => ffi::sqlite3_value_blob(value).cast::<u8>(),
                false => ffi::sqlite3_value_text(value),
            };
            let length = usize::try_from(ffi::sqlite3_value_bytes(value)).unwrap_or(0);
            match begin.is_null() || length == 0 {
                true => Some(&[]),
                false => Some(std::slice::from_raw_parts(begin, length)),
            }
        }
    }

    /// Returns how many bytes the result may have at the most.
    pub(in crate::sqlite) fn longest(&self) -> usize {
        // SAFETY: SQLite passes a valid context, whose connection is open; a negative value changes no limit.
        let longest = unsafe {
            let database = ffi::sqlite3_context_db_handle(self.context);
            ffi::sqlite3_limit(database, ffi::SQLITE_LIMIT_LENGTH, -1)
        };
        usize::try_from(longest).unwrap_or(0)
    }

    fn set_result(&self, result: &FunctionResult) {
        // SAFETY: SQLite passes a valid context, and copies the bytes.
        unsafe {
            match result {
                FunctionResult::Null => ffi::sqlite3_result_null(self.context),
                FunctionResult::Integer(number) => {
                    ffi::sqlite3_result_int64(self.context, *number);
                }
                FunctionResult::Text(text) => ffi::sqlite3_result_text64(
                    self.context,
                    text.as_ptr().cast(),
                    text.len() as u64,
                    ffi::SQLITE_TRANSIENT(),
                    ffi::SQLITE_UTF8 as u8,
                ),
                FunctionResult::TooLong => ffi::sqlite3_result_error_toobig(self.context),
            }
        }
    }
}

impl RawHandle<'_> {
    /// Defines a function on this connection, in the place of SQLite's own of this name and number of arguments.
    pub(in crate::sqlite) fn define<F: Function>(self) -> Result<(), SqliteStatus> {
        // SAFETY: the connection is open, since `self` borrows it, the name is NUL-terminated and copied, and the
        // callback takes nothing from its user data.
        let code = unsafe {
            ffi::sqlite3_create_function_v2(
                self.as_ptr(),
                F::NAME.as_ptr(),
                F::ARGUMENTS,
                ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC | ffi::SQLITE_INNOCUOUS,
                std::ptr::null_mut(),
                Some(call::<F>),
                None,
                None,
                None,
            )
        };
        SqliteStatus::check(code)
    }
}

/// Computes the result of a call.
///
/// # Safety
/// SQLite passes a valid context and that many valid values.
unsafe extern "C" fn call<F: Function>(
    context: *mut ffi::sqlite3_context,
    count: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    let arguments = match usize::try_from(count) {
        // SAFETY: there are that many values, which stay during the call.
        Ok(count) if count > 0 => unsafe { std::slice::from_raw_parts(arguments, count) },
        _ => &[],
    };
    let call = FunctionCall { context, arguments };
    call.set_result(&F::call(&call));
}
