//! Large results, row by row.

use std::sync::{Mutex, MutexGuard};

use kernel::maintenance::sql::{self, SqlStep, SqlValue};
use kernel::{Error, ErrorCode, Result, registry};
use serde_json::Value;

use crate::abi::boundary::{boundary, boundary_infallible};
use crate::abi::error::orchestra_error;
use crate::abi::handle::{self, Opaque};
use crate::abi::one_at_a_time;
use crate::abi::output::Output;
use crate::abi::row_stream::{Row, RowStream};
use crate::abi::status::orchestra_status;
use crate::abi::store_config::millis;
use crate::abi::text::text;
use crate::exports::entity_queries::document_or_all;
use crate::exports::store::orchestra_store;

/// A query that is read row by row, in the memory of a few rows. One thread at a time uses it; a call
/// that meets another one is ORCHESTRA_MISUSE.
pub struct orchestra_cursor {
    _opaque: [u8; 0],
}

impl Opaque for orchestra_cursor {
    type Value = Cursor;
    const NAME: &'static str = "orchestra_cursor";
    const TAG: u64 = u64::from_ne_bytes(*b"orch_cur");
}

/// Rows, for one thread at a time.
pub(crate) struct Cursor(Mutex<RowStream>);

impl Cursor {
    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, RowStream>> {
        one_at_a_time::lock("orchestra_cursor", &self.0)
    }
}

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
    // SAFETY: the header asks for this of the caller.
    let (store, specification, cursor, error) = unsafe {
        (
            handle::borrow(store),
            text("specification", specification, specification_len),
            Output::new(cursor),
            Output::new(error),
        )
    };
    boundary(error, || {
        let cursor = cursor.required("cursor")?;
        let entity = registry::by_number(entity)?;
        let specification = document_or_all(specification)?;
        let columns: Vec<_> = entity.columns().iter().map(|column| column.name).collect();
        let rows = RowStream::start(store?.store()?, move |store, on_step| {
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
        cursor.set(handle::into_raw(Cursor(Mutex::new(rows))));
        Ok(())
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
/// orchestra_cursor_next(): it takes too long.
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
    // SAFETY: the header asks for this of the caller.
    let (store, sql, parameters, cursor, error) = unsafe {
        (
            handle::borrow(store),
            text("sql", sql, sql_len),
            text("parameters", parameters, parameters_len),
            Output::new(cursor),
            Output::new(error),
        )
    };
    boundary(error, || {
        let cursor = cursor.required("cursor")?;
        let sql = sql.required()?.to_owned();
        let parameters = parameters.json_values()?;
        let time = millis(time_limit_ms).unwrap_or(std::time::Duration::MAX);
        let rows = RowStream::start(store?.store()?, move |store, on_step| {
            sql::for_each(store, &sql, &parameters, time, on_step)
        })?;
        cursor.set(handle::into_raw(Cursor(Mutex::new(rows))));
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (cursor, has_row, error) = unsafe {
        (
            handle::borrow(cursor),
            Output::new(has_row),
            Output::new(error),
        )
    };
    boundary(error, || {
        let has_row = has_row.required("has_row")?;
        has_row.set(cursor?.lock()?.advance()?.into());
        Ok(())
    })
}

/// Frees a cursor, and ends its query. NULL is fine. No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cursor_free(cursor: *mut orchestra_cursor) {
    // SAFETY: the header asks for a handle that nobody uses any more.
    boundary_infallible(|| unsafe { handle::free(cursor) });
}

/// Does `work` with a value of the row that a cursor is on.
pub(crate) fn with_value<T>(
    cursor: Result<&Cursor>,
    column: u32,
    work: impl FnOnce(&SqlValue) -> Result<T>,
) -> Result<T> {
    let rows = cursor?.lock()?;
    let row: &Row = rows.row()?;
    work(&row[column_index(column, row.len())?])
}

/// The place of a column, where there is one.
pub(crate) fn column_index(column: u32, count: usize) -> Result<usize> {
    let index = usize::try_from(column).ok();
    index
        .filter(|&index| index < count)
        .ok_or_else(|| Error::invalid("column", format!("{column}, but there are {count} columns")))
}
