//! Sole use of a database that no connection of this library may have open, for whoever moves or replaces its file.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;

use super::DatabaseLocation;
use super::file_lock::{self, LockRange};
use super::second_sqlite;
use super::store_lock::StoreLock;
use crate::error::{Error, ErrorCode, Result};

/// The locks of the library and of SQLite on a database, until this value is dropped.
#[derive(Debug)]
pub(crate) struct SoleUse {
    /// Holds SQLite's locks, which keep every program out that opens the database; `None` where there is no file.
    _file: Option<File>,
    _store_lock: StoreLock,
}

impl SoleUse {
    /// Takes the locks. Fails with [`ErrorCode::Busy`] where another store, process or program has the database open.
    pub(crate) fn of(location: &DatabaseLocation) -> Result<Self> {
        let store_lock = StoreLock::alone(location)?;
        // Locks of this process would not be seen below, and would be dropped with the file.
        second_sqlite::refuse_any(location)?;
        Ok(Self {
            _file: lock_file(location)?,
            _store_lock: store_lock,
        })
    }
}

fn lock_file(location: &DatabaseLocation) -> Result<Option<File>> {
    let failed = |e: std::io::Error| Error::from(e).while_doing(location);
    let file = match OpenOptions::new()
        .read(true)
        .write(true)
        .open(location.path())
    {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    if file_lock::take(&file, LockRange::Everyone).map_err(failed)? {
        return Ok(Some(file));
    }
    let message = format!("{location} is open in another program; end it first");
    Err(Error::new(ErrorCode::Busy, message))
}
