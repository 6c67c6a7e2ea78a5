//! What statements cost, counted in steps of SQLite's virtual machine.
#![allow(unsafe_code, reason = "SQLite's counters are in its C interface alone")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr::null_mut;
use std::sync::Once;

use libsqlite3_sys as ffi;

use crate::support::TestStore;

/// What a piece of work made SQLite do.
#[derive(Debug, Default)]
pub struct Watched {
    /// Steps of the virtual machine.
    pub steps: i64,
    /// The different statements.
    pub statements: BTreeSet<String>,
    /// How often each ran.
    pub runs: BTreeMap<String, usize>,
    /// How many queries ran.
    pub selects: usize,
    /// How many connections were opened.
    pub connections: usize,
}

thread_local! {
    /// Where the statements of this thread are counted, if they are.
    static WATCHED: RefCell<Option<Watched>> = const { RefCell::new(None) };
}

/// Does `work` and returns what all its statements cost.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, Watched) {
    WATCHED.set(Some(Watched::default()));
    let outcome = work();
    (outcome, WATCHED.take().unwrap())
}

/// Watches all connections that are opened from now on.
pub fn watch_new_connections() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // A store configures SQLite before it is first used, which this would be.
        drop(TestStore::new());
        // SAFETY: `trace_connection` has the signature that SQLite calls.
        let status = unsafe { ffi::sqlite3_auto_extension(Some(trace_connection)) };
        assert_eq!(status, ffi::SQLITE_OK);
    });
}

/// # Safety
/// SQLite calls it with an open connection.
unsafe extern "C" fn trace_connection(
    db: *mut ffi::sqlite3,
    _message: *mut *mut c_char,
    _api: *const ffi::sqlite3_api_routines,
) -> c_int {
    WATCHED.with_borrow_mut(|watched| {
        if let Some(watched) = watched {
            watched.connections += 1;
        }
    });
    // SAFETY: the connection is open, and the callback needs no context.
    unsafe { ffi::sqlite3_trace_v2(db, ffi::SQLITE_TRACE_PROFILE, Some(count), null_mut()) }
}

/// # Safety
/// SQLite calls it with the statement that has just ended.
unsafe extern "C" fn count(
    _event: c_uint,
    _context: *mut c_void,
    statement: *mut c_void,
    _nanoseconds: *mut c_void,
) -> c_int {
    let statement = statement.cast::<ffi::sqlite3_stmt>();
    // SAFETY: SQLite passes a prepared statement, whose text lives as long as it does.
    let (steps, sql) = unsafe {
        let steps = ffi::sqlite3_stmt_status(statement, ffi::SQLITE_STMTSTATUS_VM_STEP, 1);
        (steps, CStr::from_ptr(ffi::sqlite3_sql(statement)))
    };
    WATCHED.with_borrow_mut(|watched| {
        if let Some(watched) = watched {
            watched.steps += i64::from(steps);
            let sql = sql.to_string_lossy().into_owned();
            watched.selects += usize::from(sql.starts_with("SELECT"));
            *watched.runs.entry(sql.clone()).or_default() += 1;
            watched.statements.insert(sql);
        }
    });
    0
}
