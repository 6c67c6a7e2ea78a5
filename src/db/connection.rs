//! One connection: how it is opened, and what is set on it in which order.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::dialect::{self, Synchronous};
use super::library::{RawHandle, establish};
use super::{Conn, DatabaseLocation, control};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one connection that writes.
    Writer,
    /// One of those that only read.
    Reader,
    /// Looks at a file that may not be ours, and leaves every byte of it as it is.
    Probe,
    /// Writes a file that nobody else knows, and that is thrown away when anything goes wrong:
    /// without a write-ahead log, and without waiting for the disk.
    Scratch,
}

/// A connection of the library, with its handle in SQLite's C interface.
pub(crate) struct Connection {
    diesel: Conn,
    handle: RawHandle,
    /// What [`Connection::others_committed`] found last.
    data_version: Option<i32>,
    /// Behind the connection, so that it is let go when that is closed.
    held: Option<Arc<()>>,
}

impl Connection {
    /// Opens the file, which has to be there, for a role.
    pub(crate) fn open(
        location: &DatabaseLocation,
        role: Role,
        config: &StoreConfig,
    ) -> Result<Self> {
        let exists = |suffix| location.sibling(suffix).exists();
        // Writing, a connection would roll back what a killed process left in a journal. Reading
        // only, it would leave the files of the write-ahead log behind that it makes to read.
        let read_only = role == Role::Probe && exists("-journal");
        let (diesel, handle) = establish(&location.uri(if read_only { "ro" } else { "rw" }))
            .map_err(|e| e.while_doing(format!("{location} can't be opened")))?;
        if role == Role::Probe && exists("-wal") {
            handle.disable_checkpoint_on_close()?;
        }
        let mut connection = Self {
            diesel,
            handle,
            data_version: None,
            held: None,
        };
        connection
            .set_up(role, config)
            .map_err(|e| connection.explain(e).while_doing(location))?;
        Ok(connection)
    }

    /// Whether the file is marked as ours as it lies there, whatever a journal says beside it.
    pub(super) fn has_our_mark(location: &DatabaseLocation) -> bool {
        let marked = establish(&location.uri("ro&immutable=1"))
            .and_then(|(mut conn, _)| Ok(dialect::application_id(&mut conn)?));
        marked.is_ok_and(|mark| mark == dialect::APPLICATION_ID)
    }

    fn set_up(&mut self, role: Role, config: &StoreConfig) -> Result<()> {
        control::let_diesel_nest(self)?;
        self.handle.wait_when_busy(config.busy_timeout)?;
        self.handle.end_when_cancelled();
        match role {
            Role::Writer => {
                if dialect::page_count(self)? == 0 {
                    dialect::set_incremental_vacuum(self)?;
                }
                use_write_ahead_log(self)?;
                dialect::set_synchronous(self, config.durability.into())?;
                dialect::set_wal_limits(
                    self,
                    config.wal_autocheckpoint,
                    config.journal_size_limit,
                )?;
            }
            Role::Scratch => {
                dialect::set_journal_mode(self, "MEMORY")?;
                dialect::set_synchronous(self, Synchronous::Off)?;
            }
            Role::Reader | Role::Probe => {}
        }
        dialect::set_safety(self)?;
        dialect::set_memory(self, config.cache_size_kib, config.mmap_size)?;
        match role {
            Role::Writer => self.others_committed().map(drop),
            Role::Scratch => Ok(()),
            Role::Reader | Role::Probe => Ok(dialect::set_query_only(self)?),
        }
    }

    /// Uses what can be read of a schema from now on, where it can't be read as a whole, and runs no
    /// triggers.
    pub(crate) fn prepare_for_salvage(&self) -> Result<()> {
        self.handle.prepare_for_salvage()
    }

    pub(super) fn handle(&self) -> RawHandle {
        self.handle
    }

    /// Whether another connection has committed since this one was last asked. The first answer is
    /// yes. Not to be asked inside a transaction, which doesn't see what others commit.
    pub(crate) fn others_committed(&mut self) -> Result<bool> {
        let now = dialect::data_version(self).map_err(|e| self.explain(e.into()))?;
        Ok(self.data_version.replace(now) != Some(now))
    }

    /// How many rows this connection has written since it was opened, with those of triggers and
    /// foreign keys, and also where that was rolled back since.
    pub(crate) fn total_changes(&self) -> i64 {
        self.handle.total_changes()
    }

    /// Whether a transaction is open.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.handle.is_in_transaction()
    }

    /// Whether foreign keys point to nothing, which are only checked by the commit.
    pub(super) fn has_dangling_references(&self) -> bool {
        self.handle.has_dangling_references()
    }

    /// Whether it can't be used any more: a transaction was left open, or Diesel lost count.
    pub(super) fn is_broken(&mut self) -> bool {
        self.is_in_transaction() || !control::is_diesel_sound(self)
    }

    /// Keeps this until the connection is closed.
    pub(super) fn hold(&mut self, until_closed: Arc<()>) {
        self.held = Some(until_closed);
    }

    /// Adds SQLite's extended code to an error that just came from this connection. The error may
    /// have the plain code already, which its text told, and then keeps it where the connection
    /// has gone on to something else.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let code = self.handle.last_error_code();
        let fits = match error.details().sqlite_code {
            Some(known) => known & 0xff == code & 0xff,
            None => code != 0 && is_from_sqlite(error.code()),
        };
        if !fits {
            return error;
        }
        error.with_details(|d| d.sqlite_code = Some(code))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Deref for Connection {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.diesel
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.diesel
    }
}

fn use_write_ahead_log(connection: &mut Connection) -> Result<()> {
    let mode = dialect::set_journal_mode(connection, "WAL")?;
    if mode == "wal" {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::Io,
        format!("the file system can't keep a write-ahead log (journal mode {mode})"),
    ))
}

fn is_from_sqlite(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::AlreadyExists
            | ErrorCode::ConstraintViolation
            | ErrorCode::Busy
            | ErrorCode::Cancelled
            | ErrorCode::OutcomeUnknown
            | ErrorCode::PermissionDenied
            | ErrorCode::Io
            | ErrorCode::DiskFull
            | ErrorCode::Corrupt
            | ErrorCode::NotADatabase
            | ErrorCode::Internal
    )
}
