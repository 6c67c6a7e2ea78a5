//! The events that SQLite tells of the statements of a connection.

use std::borrow::Cow;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use libsqlite3_sys as ffi;

use super::{RawHandle, SqliteStatus};

/// A statement that has ended, or was left before its end.
pub(in crate::sqlite) struct EndedStatement<'s> {
    statement: *mut ffi::sqlite3_stmt,
    open: PhantomData<&'s Tracer>,
    pub(in crate::sqlite) elapsed: Duration,
    /// Number of rows that it returned, or else changed.
    pub(in crate::sqlite) rows: u64,
}

impl EndedStatement<'_> {
    /// Returns its text, with placeholders for values.
    pub(in crate::sqlite) fn sql(&self) -> Cow<'_, str> {
        // SAFETY: the statement is one of an open connection during the call that this is passed to; its text is
        // NUL-terminated or null, and its own.
        let text = unsafe { ffi::sqlite3_sql(self.statement) };
        match text.is_null() {
            true => Cow::Borrowed(""),
            // SAFETY: as above.
            false => unsafe { CStr::from_ptr(text) }.to_string_lossy(),
        }
    }

    /// Returns its text with the values of its parameters, or without where there is no memory for them.
    pub(in crate::sqlite) fn sql_with_values(&self) -> Cow<'_, str> {
        // SAFETY: the statement is one of an open connection during the call that this is passed to.
        let text = unsafe { ffi::sqlite3_expanded_sql(self.statement) };
        if text.is_null() {
            return self.sql();
        }
        // SAFETY: the text is NUL-terminated, copied at once, and ours to free.
        unsafe {
            let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
            ffi::sqlite3_free(text.cast());
            Cow::Owned(copy)
        }
    }
}

/// A function that is called for each statement that ends.
pub(in crate::sqlite) type OnStatement = dyn Fn(&EndedStatement<'_>) + Send + Sync;

/// The watch over the statements of one connection.
pub(super) struct Tracer {
    running: Mutex<Vec<RunningStatement>>,
    on_end: Box<OnStatement>,
}

struct RunningStatement {
    /// Address of the statement, to know it again.
    address: usize,
    began: Instant,
    rows: u64,
    changes_before: i64,
}

impl Tracer {
    pub(super) fn new(on_end: Box<OnStatement>) -> Self {
        Self {
            running: Mutex::default(),
            on_end,
        }
    }

    fn begins(&self, address: usize, changes_before: i64) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|statement| statement.address != address);
        running.push(RunningStatement {
            address,
            began: Instant::now(),
            rows: 0,
            changes_before,
        });
    }

    fn returns_row(&self, address: usize) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let statement = running.iter_mut().rev().find(|s| s.address == address);
        if let Some(statement) = statement {
            statement.rows += 1;
        }
    }

    fn ends(&self, address: usize) -> Option<RunningStatement> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let place = running.iter().rposition(|s| s.address == address)?;
        Some(running.remove(place))
    }

    /// Passes on a statement that has ended.
    ///
    /// # Safety
    /// `statement` is one of an open connection.
    unsafe fn pass_on(&self, statement: *mut ffi::sqlite3_stmt) {
        let Some(ended) = self.ends(statement.addr()) else {
            return;
        };
        let elapsed = ended.began.elapsed();
        // SAFETY: as the caller promises.
        let changes = unsafe { ffi::sqlite3_total_changes64(ffi::sqlite3_db_handle(statement)) };
        let changed = u64::try_from(changes - ended.changes_before).unwrap_or(0);
        let ended = EndedStatement {
            statement,
            open: PhantomData,
            elapsed,
            rows: ended.rows.max(changed),
        };
        // A subscriber of the host's that panics mustn't unwind through SQLite.
        let _panicked = catch_unwind(AssertUnwindSafe(|| (self.on_end)(&ended)));
    }
}

/// Makes a connection tell `tracer` of its statements. The connection's
/// [`RawConnection`](super::RawConnection) keeps the tracer.
pub(super) fn set_tracer(handle: RawHandle<'_>, tracer: &Arc<Tracer>) -> Result<(), SqliteStatus> {
    let tracer = Arc::as_ptr(tracer).cast_mut().cast();
    // SAFETY: the connection is open, since `handle` borrows it. The callback's argument outlives the connection,
    // since the connection is stored with it and closed first.
    let code = unsafe {
        ffi::sqlite3_trace_v2(
            handle.as_ptr(),
            ffi::SQLITE_TRACE_STMT | ffi::SQLITE_TRACE_ROW | ffi::SQLITE_TRACE_PROFILE,
            Some(trace),
            tracer,
        )
    };
    SqliteStatus::check(code)
}

/// Receives an event of a statement.
///
/// # Safety
/// `tracer` points to a [`Tracer`], `statement` is one of an open connection, and `text` is NUL-terminated where a
/// statement begins.
unsafe extern "C" fn trace(
    event: c_uint,
    tracer: *mut c_void,
    statement: *mut c_void,
    text: *mut c_void,
) -> c_int {
    let statement: *mut ffi::sqlite3_stmt = statement.cast();
    // SAFETY: `set_tracer` registers it with such a pointer, which outlives the connection; the rest is as SQLite
    // promises.
    unsafe {
        let tracer = &*tracer.cast::<Tracer>();
        match event {
            ffi::SQLITE_TRACE_STMT if !is_of_trigger(text.cast()) => {
                let changes = ffi::sqlite3_total_changes64(ffi::sqlite3_db_handle(statement));
                tracer.begins(statement.addr(), changes);
            }
            ffi::SQLITE_TRACE_ROW => tracer.returns_row(statement.addr()),
            ffi::SQLITE_TRACE_PROFILE => tracer.pass_on(statement),
            _ => {}
        }
    }
    0
}

/// Returns whether a text is the comment that SQLite gives for a trigger, which is a part of its statement.
///
/// # Safety
/// `text` is NUL-terminated or null.
unsafe fn is_of_trigger(text: *const c_char) -> bool {
    // SAFETY: as the caller promises.
    !text.is_null()
        && unsafe { CStr::from_ptr(text) }
            .to_bytes()
            .starts_with(b"--")
}
