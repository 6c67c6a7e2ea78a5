//! Queries in SQL, for people who look into the database.

use kernel::maintenance::sql::{self, SqlLimits};

use crate::abi::prelude::*;

/// Runs one query in SQL, for looking into the database where nothing else answers the question: the
/// columns may change with any version. It can only read, on a connection of its own, and sees all
/// rows, also other users' preferences; sealed values stay sealed.
///
/// `parameters` is a JSON array with a text, number, bool or null for each `?`, or NULL for none.
/// `max_rows` and `time_limit_ms` are 0 for 1000 rows and 30 s. `answer` receives a JSON object with
/// Columns (names), Rows (an array of values for each; a BLOB is `{"Base64": …}`) and Truncated (whether
/// there are more). Its memory is limited by the option sql_memory_kib of the store. Free it with orchestra_buffer_free(). orchestra_sql_open_cursor() has no limit of
/// rows.
///
/// ORCHESTRA_READ_ONLY: it would do anything but read; ORCHESTRA_TIMEOUT: it takes too long;
/// ORCHESTRA_LIMIT_EXCEEDED: it needs more memory, or is larger, than allowed; ORCHESTRA_MISUSE: `store` is one of a transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_sql_query(
    store: *const orchestra_store,
    sql: *const u8,
    sql_len: usize,
    parameters: *const u8,
    parameters_len: usize,
    max_rows: u32,
    time_limit_ms: u32,
    answer: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(sql.query reads [ReadOnly, Timeout, LimitExceeded, Misuse]; error; whole store,
          text sql + sql_len, json_values parameters + parameters_len,
          millis time_limit_ms -> required answer => {
        let defaults = SqlLimits::default();
        let limits = SqlLimits {
            rows: match max_rows {
                0 => defaults.rows,
                given => usize::try_from(given).unwrap_or(usize::MAX),
            },
            time: time_limit_ms.unwrap_or(defaults.time),
            memory: None,
        };
        answer.set_json(&sql::query(store, sql, &parameters, &limits)?)?;
    })
}
