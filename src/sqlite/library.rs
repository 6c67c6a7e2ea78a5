//! The SQLite library itself: its version, its process-wide settings, and what is set on each
//! connection through its C interface, which Diesel doesn't reach.
#![allow(unsafe_code, reason = "SQLite's C interface")]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{NonNull, null_mut};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use diesel::Connection as _;
use libsqlite3_sys as ffi;

use super::Conn;
use crate::cancel;
use crate::error::{Error, ErrorCode, Result};

/// The first version without the WAL-reset bug, which corrupts databases.
const OLDEST: c_int = 3_051_003;

/// A connection's handle in SQLite's C interface.
///
/// It is valid as long as the Diesel connection that it came with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawHandle(NonNull<ffi::sqlite3>);

// SAFETY: the handle is used by one thread at a time, like the connection it is stored with, and
// SQLite's connections may move between threads when that is so.
unsafe impl Send for RawHandle {}

impl RawHandle {
    /// The pointer, for calls of SQLite's that have a file of their own.
    pub(crate) fn as_ptr(self) -> *mut ffi::sqlite3 {
        self.0.as_ptr()
    }

    /// The extended result code of the call that failed last on this connection.
    pub(crate) fn last_error_code(self) -> c_int {
        // SAFETY: the connection is open, since `self` is stored with it.
        unsafe { ffi::sqlite3_extended_errcode(self.0.as_ptr()) }
    }

    /// How many rows this connection has inserted, changed or deleted since it was opened, with
    /// those of triggers and foreign keys, and also where that was rolled back since.
    pub(crate) fn total_changes(self) -> i64 {
        // SAFETY: the connection is open, since `self` is stored with it.
        unsafe { ffi::sqlite3_total_changes64(self.0.as_ptr()) }
    }

    /// How many statements are prepared on this connection.
    pub(crate) fn prepared_statements(self) -> usize {
        let next = |statement| {
            // SAFETY: the connection is open, since `self` is stored with it, and the statement is
            // one that it just gave, or null for the first.
            unsafe { ffi::sqlite3_next_stmt(self.0.as_ptr(), statement) }
        };
        let first = next(std::ptr::null_mut());
        std::iter::successors(Some(first), |&statement| Some(next(statement)))
            .take_while(|statement| !statement.is_null())
            .count()
    }

    /// The number of the row that this connection inserted last.
    pub(crate) fn last_insert_rowid(self) -> i64 {
        // SAFETY: the connection is open, since `self` is stored with it.
        unsafe { ffi::sqlite3_last_insert_rowid(self.0.as_ptr()) }
    }

    /// Whether a transaction is open.
    pub(crate) fn is_in_transaction(self) -> bool {
        // SAFETY: the connection is open, since `self` is stored with it.
        unsafe { ffi::sqlite3_get_autocommit(self.0.as_ptr()) == 0 }
    }

    /// Whether the open transaction has foreign keys that point to nothing, which are only checked
    /// when it is committed.
    pub(crate) fn has_dangling_references(self) -> bool {
        let (mut current, mut highest) = (0, 0);
        // SAFETY: the connection is open, and both places outlive the call.
        let status = unsafe {
            ffi::sqlite3_db_status(
                self.0.as_ptr(),
                ffi::SQLITE_DBSTATUS_DEFERRED_FKS,
                &raw mut current,
                &raw mut highest,
                0,
            )
        };
        status == ffi::SQLITE_OK && current != 0
    }

    /// Makes this connection wait this long for locks that others hold.
    ///
    /// SQLite's own wait sleeps longer with each try, up to 100 ms. Where several processes write
    /// without a pause, a late-comer always finds the lock taken and others, who try more often,
    /// ahead of it: with eight processes of four threads it ran into a timeout of 5 s each time.
    pub(crate) fn wait_when_busy(self, timeout: Duration) -> Result<()> {
        let millis = usize::try_from(timeout.as_millis()).unwrap_or(usize::MAX);
        // SAFETY: the connection is open. The callback reads its argument as a number, so nothing
        // has to outlive the connection.
        let status = unsafe {
            ffi::sqlite3_busy_handler(
                self.0.as_ptr(),
                Some(wait_for_lock),
                std::ptr::without_provenance_mut(millis),
            )
        };
        ok_or_internal(status, "sqlite3_busy_handler")
    }

    /// Interrupts the statements of this connection where the operation that they belong to is
    /// cancelled.
    pub(crate) fn end_when_cancelled(self) {
        // SAFETY: the connection is open; the callback takes nothing from its argument.
        unsafe {
            ffi::sqlite3_progress_handler(
                self.0.as_ptr(),
                INSTRUCTIONS_PER_LOOK,
                Some(is_cancelled),
                null_mut(),
            );
        }
    }

    /// Refuses each commit of this connection from now on, or no longer.
    pub(crate) fn refuse_commits(self, refuses: bool) {
        let hook: Option<unsafe extern "C" fn(*mut c_void) -> c_int> =
            if refuses { Some(refuse) } else { None };
        // SAFETY: the connection is open; the callback takes nothing from its argument.
        unsafe { ffi::sqlite3_commit_hook(self.0.as_ptr(), hook, null_mut()) };
    }

    /// Leaves the write-ahead log as it is when this connection is closed.
    pub(crate) fn disable_checkpoint_on_close(self) -> Result<()> {
        self.set(ffi::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }

    /// Makes this connection use what it could read of a schema, where it can't read all, and run no
    /// triggers. The schema stays write-protected by the defensive mode.
    pub(crate) fn prepare_for_salvage(self) -> Result<()> {
        self.set(ffi::SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1)?;
        self.set(ffi::SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    }

    fn set(self, option: c_int, value: c_int) -> Result<()> {
        // SAFETY: the connection is open, and the arguments are those that these options take.
        let status =
            unsafe { ffi::sqlite3_db_config(self.0.as_ptr(), option, value, null_mut::<c_int>()) };
        ok_or_internal(status, "sqlite3_db_config")
    }
}

thread_local! {
    /// Set while this thread opens a connection of ours, and then the handle that SQLite made.
    ///
    /// The extension below runs for every connection of the process, also for those of a host
    /// that shares this SQLite: only ours are to be changed.
    static OPENING: Cell<Opening> = const { Cell::new(Opening::No) };
}

#[derive(Clone, Copy)]
enum Opening {
    No,
    Expected,
    Opened(NonNull<ffi::sqlite3>),
}

/// The pause between two tries to get a lock that another process holds. A try costs one call of
/// the system; most transactions take less than a millisecond.
const PAUSE: Duration = Duration::from_millis(1);

thread_local! {
    /// When this thread began to wait for the lock that it is waiting for.
    static WAITING_SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Instructions of SQLite's machine between two looks at whether the operation was cancelled: less
/// than 0.1 ms.
const INSTRUCTIONS_PER_LOOK: c_int = 1000;

/// What SQLite calls now and then while a statement runs; not 0 interrupts it.
extern "C" fn is_cancelled(_: *mut c_void) -> c_int {
    cancel::is_asked().into()
}

/// What SQLite calls before it commits; not 0 makes it roll back.
extern "C" fn refuse(_: *mut c_void) -> c_int {
    1
}

/// What SQLite calls each time that it finds a lock taken; 0 gives up.
extern "C" fn wait_for_lock(millis: *mut c_void, tries: c_int) -> c_int {
    let now = Instant::now();
    if tries == 0 {
        WAITING_SINCE.set(Some(now));
    }
    let waited = now - WAITING_SINCE.get().unwrap_or(now);
    let left = Duration::from_millis(millis.addr() as u64).saturating_sub(waited);
    std::thread::sleep(left.min(PAUSE));
    c_int::from(!left.is_zero() && !cancel::is_asked())
}

/// Opens a connection through Diesel and returns it with its handle.
pub(crate) fn establish(uri: &str) -> Result<(Conn, RawHandle)> {
    initialise()?;
    OPENING.set(Opening::Expected);
    let connection = Conn::establish(uri);
    let opened = OPENING.replace(Opening::No);
    let connection = connection.map_err(|e| match e {
        diesel::ConnectionError::CouldntSetupConfiguration(e) => Error::from(e),
        e => Error::new(ErrorCode::Io, e.to_string()).with_source(e),
    })?;
    match opened {
        Opening::Opened(handle) => Ok((connection, RawHandle(handle))),
        Opening::No | Opening::Expected => Err(Error::new(
            ErrorCode::Internal,
            "SQLite did not run the library's set-up for a new connection",
        )),
    }
}

/// The version of the SQLite that is linked.
pub(crate) fn sqlite_version() -> &'static str {
    // SAFETY: the function returns a constant, NUL-terminated text.
    let version = unsafe { CStr::from_ptr(ffi::sqlite3_libversion()) };
    version.to_str().unwrap_or("unknown")
}

/// SQLite's text for a result code.
pub(crate) fn text_of_code(code: c_int) -> &'static str {
    // SAFETY: the function returns a constant, NUL-terminated text for every number.
    let text = unsafe { CStr::from_ptr(ffi::sqlite3_errstr(code)) };
    text.to_str().unwrap_or("unknown error")
}

/// Sets up SQLite for the process, once.
fn initialise() -> Result<()> {
    static STATUS: OnceLock<Result<(), (ErrorCode, String)>> = OnceLock::new();
    STATUS
        .get_or_init(|| {
            refuse_old_version()?;
            configure_process();
            register_extension()
        })
        .clone()
        .map_err(|(code, message)| Error::new(code, message))
}

fn refuse_old_version() -> Result<(), (ErrorCode, String)> {
    // SAFETY: the function takes nothing and returns a constant.
    let number = unsafe { ffi::sqlite3_libversion_number() };
    if number < OLDEST {
        return Err((
            ErrorCode::SqliteTooOld,
            format!(
                "SQLite {} corrupts databases; 3.51.3 is the oldest that doesn't",
                sqlite_version()
            ),
        ));
    }
    Ok(())
}

/// Removes locks and counters that nobody needs: a connection is never used by two threads at
/// once. Only for the SQLite that is ours; one that the host shares isn't ours to configure.
fn configure_process() {
    if cfg!(feature = "bundled") {
        // SAFETY: both options take what is passed. Once SQLite is initialised the calls change
        // nothing and return SQLITE_MISUSE, which costs speed and nothing else.
        let done = unsafe {
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0 as c_int) == ffi::SQLITE_OK
                && ffi::sqlite3_config(ffi::SQLITE_CONFIG_MULTITHREAD) == ffi::SQLITE_OK
        };
        tracing::debug!(done, "SQLite configured for the process");
    }
}

fn register_extension() -> Result<(), (ErrorCode, String)> {
    // SAFETY: `set_up_connection` has the signature that SQLite calls, and lives as long as the
    // library.
    match unsafe { ffi::sqlite3_auto_extension(Some(set_up_connection)) } {
        ffi::SQLITE_OK => Ok(()),
        code => Err((
            ErrorCode::Internal,
            format!("sqlite3_auto_extension failed with {code}"),
        )),
    }
}

/// What SQLite calls for each new connection of the process.
///
/// # Safety
/// SQLite calls it with an open connection.
unsafe extern "C" fn set_up_connection(
    db: *mut ffi::sqlite3,
    _message: *mut *mut c_char,
    _api: *const ffi::sqlite3_api_routines,
) -> c_int {
    if !matches!(OPENING.get(), Opening::Expected) {
        return ffi::SQLITE_OK;
    }
    let Some(handle) = NonNull::new(db) else {
        return ffi::SQLITE_MISUSE;
    };
    // SAFETY: SQLite passes an open connection.
    let status = unsafe { configure_connection(db) };
    if status == ffi::SQLITE_OK {
        OPENING.set(Opening::Opened(handle));
    }
    status
}

/// # Safety
/// `db` is an open connection.
unsafe fn configure_connection(db: *mut ffi::sqlite3) -> c_int {
    const SETTINGS: [(c_int, c_int); 5] = [
        // Without it SQLite prepares a statement anew at each run if its LIMIT is bound, and
        // Diesel binds every LIMIT.
        (ffi::SQLITE_DBCONFIG_ENABLE_QPSG, 1),
        (ffi::SQLITE_DBCONFIG_DEFENSIVE, 1),
        (ffi::SQLITE_DBCONFIG_DQS_DML, 0),
        (ffi::SQLITE_DBCONFIG_DQS_DDL, 0),
        (ffi::SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    ];
    for (option, value) in SETTINGS {
        // SAFETY: the connection is open; each of these options takes an int and a pointer that
        // may be null.
        let status = unsafe { ffi::sqlite3_db_config(db, option, value, null_mut::<c_int>()) };
        if status != ffi::SQLITE_OK {
            return status;
        }
    }
    // SAFETY: the connection is open. One attachment is left, which VACUUM INTO needs.
    unsafe { ffi::sqlite3_limit(db, ffi::SQLITE_LIMIT_ATTACHED, 1) };
    ffi::SQLITE_OK
}

fn ok_or_internal(status: c_int, what: &str) -> Result<()> {
    if status == ffi::SQLITE_OK {
        return Ok(());
    }
    Err(
        Error::new(ErrorCode::Internal, format!("{what} failed with {status}"))
            .with_details(|d| d.sqlite_code = Some(status)),
    )
}

#[cfg(all(test, feature = "bundled"))]
mod tests {
    use super::*;

    #[test]
    fn each_connection_has_a_page_cache_of_its_own() {
        // SAFETY: the text is NUL-terminated.
        let is_shared =
            unsafe { ffi::sqlite3_compileoption_used(c"ENABLE_MEMORY_MANAGEMENT".as_ptr()) };
        assert_eq!(is_shared, 0, ".cargo/config.toml was not read");
    }
}
