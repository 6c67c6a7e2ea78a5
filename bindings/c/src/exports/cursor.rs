//! Cursors over large results, row by row.

use kernel::maintenance::sql::{self, SqlLimits, SqlStep, SqlValue};
use kernel::{Error, ErrorCode};
use serde_json::Value;

use crate::abi::exclusive::Exclusive;
use crate::abi::handle::opaque;
use crate::abi::prelude::*;
use crate::abi::row_stream::RowStream;

/// A query that is read row by row, in the memory of a few rows. One thread at a time uses it; a call
/// that meets another one is ORCHESTRA_MISUSE.
pub struct orchestra_cursor {
    _opaque: [u8; 0],
}

opaque!(orchestra_cursor, b"orch_cur", Exclusive<RowStream>);

/// Opens a cursor over the rows of an entity, one of ORCHESTRA_ENTITY_*: those of a specification, a
/// JSON object with any of where, orderBy, withDeleted as docs/queries.md describes them, or NULL for
/// all. Its columns are those of the table; what JSON writes as a text, a bool, a list or an object is
/// a text, 0 or 1, and JSON text.
///
/// All rows are of one moment, that of this call. The cursor keeps a reading connection and the
/// store busy, and the write-ahead log growing, until it is freed with orchestra_cursor_free(). What
/// cancels `store` cancels it too. A handle of a transaction is ORCHESTRA_MISUSE: a cursor sees what
/// is committed.
///
///     orchestra_cursor *cursor;
///     int32_t has_row;
///     status = orchestra_entity_open_cursor(store, ORCHESTRA_ENTITY_TASKS, NULL, 0, &cursor, &error);
///     while (status == ORCHESTRA_OK &&
///            (status = orchestra_cursor_next(cursor, &has_row, &error)) == ORCHESTRA_OK && has_row) {
///         status = orchestra_cursor_text(cursor, 0, &id, &id_len, &error);
///     }
///     orchestra_cursor_free(cursor);
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_open_cursor(
    store: *const orchestra_store,
    entity: i32,
    specification: *const u8,
    specification_len: usize,
    cursor: *mut *mut orchestra_cursor,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.open_cursor reads [Misuse]; error; whole store, entity entity,
          document specification + specification_len -> required cursor => {
        let columns: Vec<_> = entity.columns().iter().map(|column| column.name).collect();
        let rows = RowStream::start(store, move |store, on_step| {
            let names = columns.iter().map(|&name| name.to_owned()).collect();
            if on_step(SqlStep::Columns(names)).is_break() {
                return Ok(());
            }
            store.read(|reader| {
                entity.for_each_of(reader, &specification, &mut |mut row| {
                    let value = |name: &&str| cell(row.remove(*name));
                    let row = columns.iter().map(value).collect();
                    if on_step(SqlStep::Row(row)).is_break() {
                        return Err(Error::new(ErrorCode::Cancelled, "the cursor was freed"));
                    }
                    Ok(())
                })
            })
        })?;
        cursor.set_handle(Exclusive::new("orchestra_cursor", rows));
    })
}

fn cell(value: Option<Value>) -> SqlValue {
    match value {
        None | Some(Value::Null) => SqlValue::Null,
        Some(Value::Bool(flag)) => SqlValue::Integer(flag.into()),
        Some(Value::String(text)) => SqlValue::Text(text),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(integer) => SqlValue::Integer(integer),
            None => SqlValue::Real(number.as_f64().unwrap_or_default()),
        },
        Some(document) => SqlValue::Text(document.to_string()),
    }
}

/// Opens a cursor over the rows of a query in SQL, as orchestra_sql_query() takes it: it can only read,
/// and sees everything, on a connection of its own.
///
/// `parameters` is a JSON array with a value for each `?`, or NULL for none. `time_limit_ms` counts
/// until the last row, with the time that the host takes for them; 0 is for ever. All rows are of one
/// moment. Free it with orchestra_cursor_free().
///
/// ORCHESTRA_READ_ONLY: it would do anything but read; ORCHESTRA_TIMEOUT, also from
/// orchestra_cursor_next(): it takes too long; ORCHESTRA_LIMIT_EXCEEDED, also from
/// orchestra_cursor_next(): it needs more memory, or is larger, than allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_sql_open_cursor(
    store: *const orchestra_store,
    sql: *const u8,
    sql_len: usize,
    parameters: *const u8,
    parameters_len: usize,
    time_limit_ms: u32,
    cursor: *mut *mut orchestra_cursor,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(sql.open_cursor reads [ReadOnly, Timeout, LimitExceeded]; error; whole store,
          text sql + sql_len, json_values parameters + parameters_len,
          millis time_limit_ms -> required cursor => {
        let sql = sql.to_owned();
        let limits = SqlLimits {
            time: time_limit_ms.unwrap_or(std::time::Duration::MAX),
            ..SqlLimits::default()
        };
        let rows = RowStream::start(store, move |store, on_step| {
            sql::for_each(store, &sql, &parameters, &limits, on_step)
        })?;
        cursor.set_handle(Exclusive::new("orchestra_cursor", rows));
    })
}

/// Goes to the next row. `has_row` receives 1, or 0 behind the last one. What was read of the row
/// before is gone.
///
/// After an error there are no more rows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_next(
    cursor: *const orchestra_cursor,
    has_row: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(cursor.next reads; error; borrow cursor -> required has_row => {
        has_row.set(cursor.lock()?.advance()?.into());
    })
}

/// Frees a cursor, and ends its query. NULL is fine. No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_free(cursor: *mut orchestra_cursor) {
    call!(cursor.free; release cursor)
}

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
    call!(cursor.column_count; error; lock cursor -> required count => {
        count.set(u32::try_from(cursor.columns().len()).unwrap_or(u32::MAX));
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
    call!(cursor.column_name; error; lock cursor -> required name, required name_len => {
        let column = cursor.column(column)?;
        name.set(column.as_ptr());
        name_len.set(column.len());
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
    call!(cursor.type; error; lock cursor -> required value_type => {
        value_type.set(type_of(cursor.value(column)?));
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
    call!(cursor.is_null; error; lock cursor -> required is_null => {
        is_null.set((*cursor.value(column)? == SqlValue::Null).into());
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
    call!(cursor.int64 [InvalidArgument]; error; lock cursor -> required value => {
        value.set(match cursor.value(column)? {
            SqlValue::Integer(number) => *number,
            SqlValue::Null => 0,
            _ => return Err(of_another_type("a whole number")),
        });
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
    call!(cursor.double [InvalidArgument]; error; lock cursor -> required value => {
        value.set(match cursor.value(column)? {
            SqlValue::Real(number) => *number,
            #[expect(clippy::cast_precision_loss, reason = "as SQLite does it")]
            SqlValue::Integer(number) => *number as f64,
            SqlValue::Null => 0.0,
            _ => return Err(of_another_type("a number")),
        });
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
    call!(cursor.text [InvalidArgument]; error;
          lock cursor -> required value, required value_len => {
        let (address, length) = match cursor.value(column)? {
            SqlValue::Text(text) => (text.as_ptr(), text.len()),
            SqlValue::Null => (std::ptr::null(), 0),
            _ => return Err(of_another_type("a text")),
        };
        value.set(address);
        value_len.set(length);
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
    call!(cursor.blob; error; lock cursor -> required value, required value_len => {
        let (address, length) = match cursor.value(column)? {
            SqlValue::Blob(bytes) => (bytes.as_ptr(), bytes.len()),
            SqlValue::Null => (std::ptr::null(), 0),
            _ => return Err(of_another_type("bytes")),
        };
        value.set(address);
        value_len.set(length);
    })
}

fn of_another_type(wanted: &str) -> Error {
    Error::invalid("column", format!("the value is not {wanted}"))
}
