//! State and settings of one connection.

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr::null_mut;

use libsqlite3_sys as ffi;

use super::connection::DatabaseHandle;
use super::{RawConnection, SqliteStatus};

/// The handle of a connection that stays open as long as this value exists.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawHandle<'c> {
    pub(super) database: DatabaseHandle,
    pub(super) connection: PhantomData<&'c RawConnection>,
}

/// An option of a connection that can be turned on or off.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) struct ConnectionOption(c_int);

impl ConnectionOption {
    pub(in crate::sqlite) const DEFENSIVE: Self = Self(ffi::SQLITE_DBCONFIG_DEFENSIVE);
    pub(in crate::sqlite) const LOAD_EXTENSION: Self =
        Self(ffi::SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION);
    pub(in crate::sqlite) const NO_CHECKPOINT_ON_CLOSE: Self =
        Self(ffi::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE);
    pub(in crate::sqlite) const QUERY_PLANNER_STABILITY: Self =
        Self(ffi::SQLITE_DBCONFIG_ENABLE_QPSG);
    pub(in crate::sqlite) const TEXTS_IN_DOUBLE_QUOTES_IN_QUERIES: Self =
        Self(ffi::SQLITE_DBCONFIG_DQS_DML);
    pub(in crate::sqlite) const TEXTS_IN_DOUBLE_QUOTES_IN_SCHEMA: Self =
        Self(ffi::SQLITE_DBCONFIG_DQS_DDL);
    pub(in crate::sqlite) const TRIGGERS: Self = Self(ffi::SQLITE_DBCONFIG_ENABLE_TRIGGER);
    pub(in crate::sqlite) const WRITABLE_SCHEMA: Self = Self(ffi::SQLITE_DBCONFIG_WRITABLE_SCHEMA);
}

impl RawHandle<'_> {
    pub(super) fn as_ptr(self) -> *mut ffi::sqlite3 {
        self.database.0.as_ptr()
    }

    /// Returns the extended result code of the call that failed last on this connection.
    pub(in crate::sqlite) fn last_error_code(self) -> c_int {
        // SAFETY: the connection is open, since `self` borrows it.
        unsafe { ffi::sqlite3_extended_errcode(self.as_ptr()) }
    }

    /// Returns SQLite's text for the call that failed last on this connection.
    pub(in crate::sqlite) fn last_error_message(self) -> String {
        // SAFETY: the connection is open, since `self` borrows it; the text is NUL-terminated, and copied at once.
        let message = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(self.as_ptr())) };
        message.to_string_lossy().into_owned()
    }

    /// Returns how many rows this connection has inserted, changed or deleted since it was opened, including those
    /// of triggers and foreign keys, and those that were rolled back since.
    pub(crate) fn total_changes(self) -> i64 {
        // SAFETY: the connection is open, since `self` borrows it.
        unsafe { ffi::sqlite3_total_changes64(self.as_ptr()) }
    }

    /// Returns how many statements are prepared on this connection.
    pub(in crate::sqlite) fn prepared_statements(self) -> usize {
        let next = |statement| {
            // SAFETY: the connection is open, since `self` borrows it, and the statement is the one that the last
            // call returned, or null for the first.
            unsafe { ffi::sqlite3_next_stmt(self.as_ptr(), statement) }
        };
        let first = next(null_mut());
        std::iter::successors(Some(first), |&statement| Some(next(statement)))
            .take_while(|statement| !statement.is_null())
            .count()
    }

    /// Returns the rowid of the row that this connection inserted last.
    pub(crate) fn last_insert_rowid(self) -> i64 {
        // SAFETY: the connection is open, since `self` borrows it.
        unsafe { ffi::sqlite3_last_insert_rowid(self.as_ptr()) }
    }

    /// Returns a number that changes with each change of the database that this connection has seen: its own commits,
    /// and, once a transaction has begun, those of others. None where SQLite doesn't tell.
    pub(in crate::sqlite) fn seen_version(self) -> Option<u32> {
        let mut version: u32 = 0;
        // SAFETY: the connection is open, since `self` borrows it; null means its main database, and SQLite writes an
        // unsigned int into the variable, which outlives the call.
        let code = unsafe {
            ffi::sqlite3_file_control(
                self.as_ptr(),
                std::ptr::null(),
                ffi::SQLITE_FCNTL_DATA_VERSION,
                (&raw mut version).cast(),
            )
        };
        (code == ffi::SQLITE_OK).then_some(version)
    }

    /// Returns whether the database was opened for reading only.
    pub(in crate::sqlite) fn is_read_only(self) -> bool {
        // SAFETY: the connection is open, since `self` borrows it; null means its main database.
        unsafe { ffi::sqlite3_db_readonly(self.as_ptr(), std::ptr::null()) != 0 }
    }

    /// Returns whether a transaction is open.
    pub(crate) fn is_in_transaction(self) -> bool {
        // SAFETY: the connection is open, since `self` borrows it.
        unsafe { ffi::sqlite3_get_autocommit(self.as_ptr()) == 0 }
    }

    /// Returns whether a transaction is open that may write.
    pub(in crate::sqlite) fn is_writing(self) -> bool {
        // SAFETY: the connection is open, since `self` borrows it; null means any of its databases.
        unsafe { ffi::sqlite3_txn_state(self.as_ptr(), std::ptr::null()) == ffi::SQLITE_TXN_WRITE }
    }

    /// Returns whether the open transaction has foreign keys that point to missing rows, which are only checked
    /// when it is committed.
    pub(crate) fn has_dangling_references(self) -> bool {
        let (mut current, mut highest) = (0, 0);
        // SAFETY: the connection is open, since `self` borrows it, and both variables outlive the call.
        let status = unsafe {
            ffi::sqlite3_db_status(
                self.as_ptr(),
                ffi::SQLITE_DBSTATUS_DEFERRED_FKS,
                &raw mut current,
                &raw mut highest,
                0,
            )
        };
        status == ffi::SQLITE_OK && current != 0
    }

    /// Turns an option on or off.
    pub(in crate::sqlite) fn set_option(
        self,
        option: ConnectionOption,
        is_on: bool,
    ) -> Result<(), SqliteStatus> {
        // SAFETY: the connection is open, since `self` borrows it. All these options take an int and a pointer
        // that may be null.
        let code = unsafe {
            ffi::sqlite3_db_config(
                self.as_ptr(),
                option.0,
                c_int::from(is_on),
                null_mut::<c_int>(),
            )
        };
        SqliteStatus::check(code)
    }
}
