//! What the statements of this thread make SQLite do.
#![allow(unsafe_code, reason = "SQLite's counters are in its C interface alone")]

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ptr::null_mut;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use libsqlite3_sys as ffi;

/// What a piece of work cost.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    /// Steps of the virtual machine.
    pub(super) steps: u64,
    /// Pages that were looked at.
    pub(super) pages: u64,
}

/// Whether connections that are opened are watched, which makes them slower. Not only those that
/// this thread opens: a pool opens connections on a thread of its own.
static WATCHING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What the statements of this thread cost since it was last asked.
    static COST: Cell<Cost> = const { Cell::new(Cost { steps: 0, pages: 0 }) };
}

/// Does `work` and returns what its statements cost, on connections that are watched.
pub(super) fn count<T>(work: impl FnOnce() -> T) -> Cost {
    COST.set(Cost::default());
    work();
    COST.take()
}

/// Does `work`, and watches the connections that are opened meanwhile.
pub(super) fn watching<T>(work: impl FnOnce() -> T) -> T {
    register();
    WATCHING.store(true, Ordering::SeqCst);
    let outcome = work();
    WATCHING.store(false, Ordering::SeqCst);
    outcome
}

fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: `watch` has the signature that SQLite calls.
        let status = unsafe { ffi::sqlite3_auto_extension(Some(watch)) };
        assert_eq!(status, ffi::SQLITE_OK);
    });
}

/// # Safety
/// SQLite calls it with an open connection.
unsafe extern "C" fn watch(
    db: *mut ffi::sqlite3,
    _message: *mut *mut c_char,
    _api: *const ffi::sqlite3_api_routines,
) -> c_int {
    if !WATCHING.load(Ordering::SeqCst) {
        return ffi::SQLITE_OK;
    }
    // SAFETY: the connection is open, and the callback needs no context.
    unsafe { ffi::sqlite3_trace_v2(db, ffi::SQLITE_TRACE_PROFILE, Some(add), null_mut()) }
}

/// # Safety
/// SQLite calls it with the statement that has just ended.
unsafe extern "C" fn add(
    _event: c_uint,
    _context: *mut c_void,
    statement: *mut c_void,
    _nanoseconds: *mut c_void,
) -> c_int {
    let statement = statement.cast::<ffi::sqlite3_stmt>();
    // SAFETY: SQLite passes a prepared statement, and its connection is open.
    let (steps, db) = unsafe {
        let steps = ffi::sqlite3_stmt_status(statement, ffi::SQLITE_STMTSTATUS_VM_STEP, 1);
        (steps, ffi::sqlite3_db_handle(statement))
    };
    let looked_at = [
        ffi::SQLITE_DBSTATUS_CACHE_HIT,
        ffi::SQLITE_DBSTATUS_CACHE_MISS,
    ];
    let pages: c_int = looked_at.iter().map(|&kind| reset(db, kind)).sum();
    let before = COST.get();
    COST.set(Cost {
        steps: before.steps + u64::from(steps.unsigned_abs()),
        pages: before.pages + u64::from(pages.unsigned_abs()),
    });
    0
}

/// A counter of a connection since it was last asked.
fn reset(db: *mut ffi::sqlite3, kind: c_int) -> c_int {
    let (mut current, mut highest) = (0, 0);
    // SAFETY: the connection is open, and both numbers are received.
    unsafe { ffi::sqlite3_db_status(db, kind, &mut current, &mut highest, 1) };
    current
}
