//! The callbacks that SQLite runs during a statement.

use std::borrow::Cow;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use libsqlite3_sys as ffi;

use super::{RawHandle, SqliteStatus};
use crate::cancel;

/// Instructions of SQLite's virtual machine between two checks for cancellation: less than 0.1 ms.
const INSTRUCTIONS_PER_LOOK: c_int = 1000;

impl RawHandle<'_> {
    /// Interrupts the statements of this connection once the operation that they belong to is cancelled.
    pub(in crate::sqlite) fn interrupt_when_cancelled(self) {
        // SAFETY: the connection is open, since `self` borrows it, and whenever it runs a statement, which is when it
        // calls the callback with itself.
        unsafe {
            ffi::sqlite3_progress_handler(
                self.as_ptr(),
                INSTRUCTIONS_PER_LOOK,
                Some(is_cancelled),
                self.as_ptr().cast(),
            );
        }
    }

    /// Runs `work`, whose statements are interrupted once `is_over` returns true; it is called each time after this
    /// many instructions. Afterwards, nothing interrupts the statements of this connection.
    pub(in crate::sqlite) fn interrupt_when<T>(
        self,
        instructions: c_int,
        is_over: &dyn Fn() -> bool,
        work: impl FnOnce() -> T,
    ) -> T {
        struct Reset<'c>(RawHandle<'c>);
        impl Drop for Reset<'_> {
            fn drop(&mut self) {
                // SAFETY: the connection is open, since the handle borrows it.
                unsafe { ffi::sqlite3_progress_handler(self.0.as_ptr(), 0, None, null_mut()) };
            }
        }
        let _reset = Reset(self);
        // SAFETY: the connection is open, since `self` borrows it. The callback's argument outlives it: `_reset`
        // removes the callback again.
        unsafe {
            ffi::sqlite3_progress_handler(
                self.as_ptr(),
                instructions,
                Some(is_over_now),
                (&raw const is_over).cast_mut().cast(),
            );
        }
        work()
    }

    /// Turns the refusal of this connection's commits on or off.
    pub(in crate::sqlite) fn refuse_commits(self, refuses: bool) {
        let hook: Option<unsafe extern "C" fn(*mut c_void) -> c_int> =
            if refuses { Some(refuse) } else { None };
        // SAFETY: the connection is open, since `self` borrows it; the callback takes nothing from its argument.
        unsafe { ffi::sqlite3_commit_hook(self.as_ptr(), hook, null_mut()) };
    }

    /// Refuses, from now on, to prepare statements that `A` doesn't allow.
    pub(in crate::sqlite) fn authorize_with<A: Authorizer>(self) -> Result<(), SqliteStatus> {
        // SAFETY: the connection is open, since `self` borrows it; the callback takes nothing from its argument.
        let code =
            unsafe { ffi::sqlite3_set_authorizer(self.as_ptr(), Some(authorize::<A>), null_mut()) };
        SqliteStatus::check(code)
    }
}

/// Interrupts the statement by returning a number other than 0. SQLite calls it now and then while a statement
/// runs.
///
/// # Safety
/// `database` is the connection that runs the statement.
unsafe extern "C" fn is_cancelled(database: *mut c_void) -> c_int {
    // SAFETY: as the caller says.
    let is_spared = || cancel::spares_writes() && unsafe { is_writing(database.cast()) };
    (cancel::is_asked() && !is_spared()).into()
}

/// Returns whether a statement that writes is running.
///
/// # Safety
/// `database` is an open connection that this thread uses.
unsafe fn is_writing(database: *mut ffi::sqlite3) -> bool {
    let mut statement = null_mut();
    loop {
        // SAFETY: the connection is open, and the statement is null or one of its own that isn't finalized: this thread
        // is inside a call on the connection.
        unsafe {
            statement = ffi::sqlite3_next_stmt(database, statement);
            if statement.is_null() {
                return false;
            }
            let is_running = ffi::sqlite3_stmt_busy(statement) != 0;
            if is_running && ffi::sqlite3_stmt_readonly(statement) == 0 {
                return true;
            }
        }
    }
}

/// Interrupts the statement by returning a number other than 0.
///
/// # Safety
/// `is_over` points to a `&dyn Fn() -> bool`.
unsafe extern "C" fn is_over_now(is_over: *mut c_void) -> c_int {
    // SAFETY: `interrupt_when` registers it with such a pointer, and removes it before that ends.
    let is_over = unsafe { *is_over.cast::<&dyn Fn() -> bool>() };
    is_over().into()
}

/// Makes SQLite roll back instead of committing.
extern "C" fn refuse(_: *mut c_void) -> c_int {
    1
}

/// Decides which actions statements may take.
pub(in crate::sqlite) trait Authorizer {
    /// Returns whether a statement may take this action.
    fn allows(action: &SqlAction<'_>) -> bool;
}

/// An action that a statement would take.
#[derive(Debug)]
pub(in crate::sqlite) enum SqlAction<'t> {
    /// Reads.
    Read,
    /// Calls the function of this name.
    Function(Cow<'t, str>),
    /// Runs a pragma.
    Pragma {
        name: Cow<'t, str>,
        has_argument: bool,
    },
    /// Does anything else.
    Other,
}

/// Asks `A` about each action that a statement would take.
///
/// # Safety
/// The texts are NUL-terminated or null.
unsafe extern "C" fn authorize<A: Authorizer>(
    _: *mut c_void,
    code: c_int,
    first: *const c_char,
    second: *const c_char,
    _: *const c_char,
    _: *const c_char,
) -> c_int {
    // SAFETY: SQLite passes NUL-terminated texts or null, which are valid during the call.
    let text = |text: *const c_char| unsafe {
        (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy())
    };
    let action = match code {
        ffi::SQLITE_SELECT | ffi::SQLITE_READ | ffi::SQLITE_RECURSIVE => SqlAction::Read,
        ffi::SQLITE_FUNCTION => SqlAction::Function(text(second).unwrap_or_default()),
        ffi::SQLITE_PRAGMA => SqlAction::Pragma {
            name: text(first).unwrap_or_default(),
            has_argument: !second.is_null(),
        },
        _ => SqlAction::Other,
    };
    match A::allows(&action) {
        true => ffi::SQLITE_OK,
        false => ffi::SQLITE_DENY,
    }
}

/// The pause between two attempts to get a lock that another process holds. An attempt costs one system call; most
/// transactions take less than a millisecond.
pub(in crate::sqlite) const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// A connection's wait for locks.
#[derive(Debug, Default)]
pub(super) struct LockWait {
    timeout_millis: AtomicU64,
    /// The moment when the present wait began.
    began: Mutex<Option<Instant>>,
}

impl LockWait {
    pub(super) fn set_timeout(&self, timeout: Duration) {
        let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self.timeout_millis.store(millis, Ordering::Relaxed);
    }

    /// Pauses, and returns whether to try again.
    fn pause(&self, is_first: bool) -> bool {
        let now = Instant::now();
        let began = {
            let mut began = self.began.lock().unwrap_or_else(PoisonError::into_inner);
            if is_first {
                *began = None;
            }
            *began.get_or_insert(now)
        };
        let timeout = Duration::from_millis(self.timeout_millis.load(Ordering::Relaxed));
        let left = timeout.saturating_sub(now - began);
        std::thread::sleep(left.min(LOCK_PAUSE));
        !left.is_zero() && !cancel::is_asked()
    }
}

/// Makes a connection wait for locks as `wait` says, which the connection's [`RawConnection`](super::RawConnection)
/// keeps.
///
/// SQLite's own wait sleeps longer after each attempt, up to 100 ms. Where several processes write without a pause,
/// a latecomer always finds the lock taken and others, who try more often, ahead of it: with eight processes of
/// four threads it ran into a timeout of 5 s each time.
pub(super) fn set_busy_handler(
    handle: RawHandle<'_>,
    wait: &Arc<LockWait>,
) -> Result<(), SqliteStatus> {
    let wait = Arc::as_ptr(wait).cast_mut().cast();
    // SAFETY: the connection is open, since `handle` borrows it. The callback's argument outlives the connection,
    // since the connection is stored with it and closed first.
    let code = unsafe { ffi::sqlite3_busy_handler(handle.as_ptr(), Some(wait_for_lock), wait) };
    SqliteStatus::check(code)
}

/// Gives up by returning 0. SQLite calls it each time that it finds a lock taken.
///
/// # Safety
/// `wait` points to a [`LockWait`].
unsafe extern "C" fn wait_for_lock(wait: *mut c_void, tries: c_int) -> c_int {
    // SAFETY: `set_busy_handler` registers it with such a pointer, which outlives the connection.
    let wait = unsafe { &*wait.cast::<LockWait>() };
    wait.pause(tries == 0).into()
}
