//! The limits of one connection.

use std::ffi::c_int;

use libsqlite3_sys as ffi;

use super::RawHandle;

/// A limit of a connection.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) struct ConnectionLimit(c_int);

impl ConnectionLimit {
    pub(in crate::sqlite) const ATTACHED: Self = Self(ffi::SQLITE_LIMIT_ATTACHED);
    pub(in crate::sqlite) const COLUMN: Self = Self(ffi::SQLITE_LIMIT_COLUMN);
    pub(in crate::sqlite) const COMPOUND_SELECT: Self = Self(ffi::SQLITE_LIMIT_COMPOUND_SELECT);
    pub(in crate::sqlite) const EXPR_DEPTH: Self = Self(ffi::SQLITE_LIMIT_EXPR_DEPTH);
    pub(in crate::sqlite) const FUNCTION_ARG: Self = Self(ffi::SQLITE_LIMIT_FUNCTION_ARG);
    pub(in crate::sqlite) const LENGTH: Self = Self(ffi::SQLITE_LIMIT_LENGTH);
    pub(in crate::sqlite) const LIKE_PATTERN_LENGTH: Self =
        Self(ffi::SQLITE_LIMIT_LIKE_PATTERN_LENGTH);
    pub(in crate::sqlite) const TRIGGER_DEPTH: Self = Self(ffi::SQLITE_LIMIT_TRIGGER_DEPTH);
    pub(in crate::sqlite) const VARIABLE_NUMBER: Self = Self(ffi::SQLITE_LIMIT_VARIABLE_NUMBER);
    pub(in crate::sqlite) const VDBE_OP: Self = Self(ffi::SQLITE_LIMIT_VDBE_OP);
    pub(in crate::sqlite) const WORKER_THREADS: Self = Self(ffi::SQLITE_LIMIT_WORKER_THREADS);
}

impl RawHandle<'_> {
    /// Sets a limit of this connection, which SQLite lowers to its own.
    pub(in crate::sqlite) fn set_limit(self, limit: ConnectionLimit, value: u64) {
        let value = c_int::try_from(value).unwrap_or(c_int::MAX);
        // SAFETY: the connection is open, since `self` borrows it.
        unsafe { ffi::sqlite3_limit(self.as_ptr(), limit.0, value) };
    }
}
