//! A connection that Diesel opened, with its handle in SQLite's C interface.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

use diesel::{Connection as _, ConnectionError};
use libsqlite3_sys as ffi;

use super::hooks::{self, LockWait};
use super::opening::{self, ExpectedConnection};
use super::trace::{self, OnStatement, Tracer};
use super::{RawHandle, SqliteStatus};
use crate::sqlite::Conn;

/// A connection with its handle in SQLite's C interface.
pub(in crate::sqlite) struct RawConnection {
    // Declared before the state that SQLite's callbacks read, so that the connection is closed first.
    diesel: Conn,
    database: DatabaseHandle,
    lock_wait: Arc<LockWait>,
    tracer: Option<Arc<Tracer>>,
}

/// SQLite's pointer to an open connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct DatabaseHandle(pub(super) NonNull<ffi::sqlite3>);

// SAFETY: one thread at a time uses it, like the connection that it is stored with, and SQLite's connections may
// move between threads when that is so.
unsafe impl Send for DatabaseHandle {}

impl RawConnection {
    /// Opens the database that a URI with a query names. Returns `None` where SQLite didn't run the library's
    /// extension.
    pub(in crate::sqlite) fn open(uri: &str) -> Result<Option<Self>, ConnectionError> {
        let expected = ExpectedConnection::new();
        let diesel = Conn::establish(&format!("{uri}&{}", expected.query()))?;
        Ok(expected.opened().map(|database| Self {
            diesel,
            database,
            lock_wait: Arc::default(),
            tracer: None,
        }))
    }

    /// Makes SQLite run the library's extension, by which [`open`](Self::open) gets handles, for each new
    /// connection of the process.
    pub(in crate::sqlite) fn prepare_process() -> Result<(), SqliteStatus> {
        opening::register_extension()
    }

    /// Returns the handle.
    pub(in crate::sqlite) fn handle(&self) -> RawHandle<'_> {
        RawHandle {
            database: self.database,
            connection: PhantomData,
        }
    }

    /// Returns the Diesel connection and its handle, to be used alternately.
    pub(in crate::sqlite) fn parts(&mut self) -> (&mut Conn, RawHandle<'_>) {
        let handle = RawHandle {
            database: self.database,
            connection: PhantomData,
        };
        (&mut self.diesel, handle)
    }

    /// Sets how long this connection waits for locks that others hold.
    pub(in crate::sqlite) fn wait_when_busy(&self, timeout: Duration) -> Result<(), SqliteStatus> {
        self.lock_wait.set_timeout(timeout);
        hooks::set_busy_handler(self.handle(), &self.lock_wait)
    }

    /// Calls `on_end` for each statement that ends on this connection from now on.
    pub(in crate::sqlite) fn trace(
        &mut self,
        on_end: Box<OnStatement>,
    ) -> Result<(), SqliteStatus> {
        let tracer = Arc::new(Tracer::new(on_end));
        trace::set_tracer(self.handle(), &tracer)?;
        self.tracer = Some(tracer);
        Ok(())
    }
}

impl Deref for RawConnection {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.diesel
    }
}

impl DerefMut for RawConnection {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.diesel
    }
}
