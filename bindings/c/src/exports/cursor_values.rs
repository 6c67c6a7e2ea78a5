//! What a cursor's columns are, and the values of the row that it is on.

use kernel::Error;
use kernel::maintenance::sql::SqlValue;

use crate::abi::boundary::boundary;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::exports::cursor::{column_index, orchestra_cursor, with_value};

/// A whole number.
pub const ORCHESTRA_VALUE_INTEGER: i32 = 1;
/// A number.
pub const ORCHESTRA_VALUE_REAL: i32 = 2;
/// A text.
pub const ORCHESTRA_VALUE_TEXT: i32 = 3;
/// Bytes.
pub const ORCHESTRA_VALUE_BLOB: i32 = 4;
/// No value.
pub const ORCHESTRA_VALUE_NULL: i32 = 5;

/// How many columns a cursor's rows have.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_column_count(
    cursor: *const orchestra_cursor,
    count: *mut u32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cursor, count, error) = unsafe {
        (
            handle::borrow(cursor),
            Output::new(count),
            Output::new(error),
        )
    };
    boundary(error, || {
        let count = count.required("count")?;
        let columns = cursor?.lock()?.columns().len();
        count.set(u32::try_from(columns).unwrap_or(u32::MAX));
        Ok(())
    })
}

/// The name of a column, from 0. It is UTF-8 without a NUL at its end, and lives as long as the cursor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_column_name(
    cursor: *const orchestra_cursor,
    column: u32,
    name: *mut *const u8,
    name_len: *mut usize,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cursor, name, name_len, error) = unsafe {
        (
            handle::borrow(cursor),
            Output::new(name),
            Output::new(name_len),
            Output::new(error),
        )
    };
    boundary(error, || {
        let (name, name_len) = (name.required("name")?, name_len.required("name_len")?);
        let rows = cursor?.lock()?;
        let column = &rows.columns()[column_index(column, rows.columns().len())?];
        name.set(column.as_ptr());
        name_len.set(column.len());
        Ok(())
    })
}

/// The type of a value of the row that the cursor is on, one of ORCHESTRA_VALUE_*; each row may have
/// others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_type(
    cursor: *const orchestra_cursor,
    column: u32,
    value_type: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cursor, value_type, error) = unsafe {
        (
            handle::borrow(cursor),
            Output::new(value_type),
            Output::new(error),
        )
    };
    boundary(error, || {
        let value_type = value_type.required("value_type")?;
        value_type.set(with_value(cursor, column, |value| Ok(type_of(value)))?);
        Ok(())
    })
}

fn type_of(value: &SqlValue) -> i32 {
    match value {
        SqlValue::Integer(_) => ORCHESTRA_VALUE_INTEGER,
        SqlValue::Real(_) => ORCHESTRA_VALUE_REAL,
        SqlValue::Text(_) => ORCHESTRA_VALUE_TEXT,
        SqlValue::Blob(_) => ORCHESTRA_VALUE_BLOB,
        SqlValue::Null => ORCHESTRA_VALUE_NULL,
    }
}

/// Whether a value of the row that the cursor is on is none: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_is_null(
    cursor: *const orchestra_cursor,
    column: u32,
    is_null: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cursor, is_null, error) = unsafe {
        (
            handle::borrow(cursor),
            Output::new(is_null),
            Output::new(error),
        )
    };
    boundary(error, || {
        let is_null = is_null.required("is_null")?;
        let found = with_value(cursor, column, |value| Ok(*value == SqlValue::Null))?;
        is_null.set(found.into());
        Ok(())
    })
}

/// A whole number of the row that the cursor is on; 0 for none. A value of another type is
/// ORCHESTRA_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_int64(
    cursor: *const orchestra_cursor,
    column: u32,
    value: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cursor, value, error) = unsafe {
        (
            handle::borrow(cursor),
            Output::new(value),
            Output::new(error),
        )
    };
    boundary(error, || {
        let value = value.required("value")?;
        value.set(with_value(cursor, column, |found| match found {
            SqlValue::Integer(number) => Ok(*number),
            SqlValue::Null => Ok(0),
            _ => Err(of_another_type("a whole number")),
        })?);
        Ok(())
    })
}

/// A number of the row that the cursor is on, also a whole one; 0 for none. A value of another type is
/// ORCHESTRA_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_double(
    cursor: *const orchestra_cursor,
    column: u32,
    value: *mut f64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cursor, value, error) = unsafe {
        (
            handle::borrow(cursor),
            Output::new(value),
            Output::new(error),
        )
    };
    boundary(error, || {
        let value = value.required("value")?;
        value.set(with_value(cursor, column, |found| match found {
            SqlValue::Real(number) => Ok(*number),
            #[expect(clippy::cast_precision_loss, reason = "as SQLite does it")]
            SqlValue::Integer(number) => Ok(*number as f64),
            SqlValue::Null => Ok(0.0),
            _ => Err(of_another_type("a number")),
        })?);
        Ok(())
    })
}

/// A text of the row that the cursor is on, UTF-8 without a NUL at its end; NULL for none. It is gone
/// with the next call of orchestra_cursor_next() or orchestra_cursor_free(). A value of another type is
/// ORCHESTRA_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_text(
    cursor: *const orchestra_cursor,
    column: u32,
    value: *mut *const u8,
    value_len: *mut usize,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cursor, value, value_len, error) = unsafe {
        (
            handle::borrow(cursor),
            Output::new(value),
            Output::new(value_len),
            Output::new(error),
        )
    };
    boundary(error, || {
        let (value, value_len) = (value.required("value")?, value_len.required("value_len")?);
        let (address, length) = with_value(cursor, column, |found| match found {
            SqlValue::Text(text) => Ok((text.as_ptr(), text.len())),
            SqlValue::Null => Ok((std::ptr::null(), 0)),
            _ => Err(of_another_type("a text")),
        })?;
        value.set(address);
        value_len.set(length);
        Ok(())
    })
}

/// The bytes of the row that the cursor is on, in the manner of orchestra_cursor_text().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_blob(
    cursor: *const orchestra_cursor,
    column: u32,
    value: *mut *const u8,
    value_len: *mut usize,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cursor, value, value_len, error) = unsafe {
        (
            handle::borrow(cursor),
            Output::new(value),
            Output::new(value_len),
            Output::new(error),
        )
    };
    boundary(error, || {
        let (value, value_len) = (value.required("value")?, value_len.required("value_len")?);
        let (address, length) = with_value(cursor, column, |found| match found {
            SqlValue::Blob(bytes) => Ok((bytes.as_ptr(), bytes.len())),
            SqlValue::Null => Ok((std::ptr::null(), 0)),
            _ => Err(of_another_type("bytes")),
        })?;
        value.set(address);
        value_len.set(length);
        Ok(())
    })
}

fn of_another_type(wanted: &str) -> Error {
    Error::invalid("column", format!("the value is not {wanted}"))
}
