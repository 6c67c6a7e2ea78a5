//! Sole use of a database that no connection of this library may have open, for whoever moves or replaces its file.

use super::DatabaseLocation;
use super::file_lock::{self, LockRange};
use super::plain_file::{self, PlainFile};
use super::second_sqlite;
use super::store_lock::StoreLock;
use crate::error::{Error, ErrorCode, Result};

/// The locks of the library and of SQLite on a database, until this value is dropped.
#[derive(Debug)]
pub(crate) struct SoleUse {
    /// Holds SQLite's locks, which keep every program out that opens the database; `None` where there is no file.
    file: Option<PlainFile>,
    _store_lock: StoreLock,
}

impl Drop for SoleUse {
    fn drop(&mut self) {
        // The file may stay open longer.
        if let Some(file) = &self.file
            && let Err(error) = file_lock::give_back(file, LockRange::Everyone)
        {
            tracing::error!(%error, "the locks of a database can't be given back");
        }
    }
}

impl SoleUse {
    /// Takes the locks. Fails with [`ErrorCode::Busy`] where another store, process or program has the database open.
    pub(crate) fn of(location: &DatabaseLocation) -> Result<Self> {
        let store_lock = StoreLock::alone(location)?;
        // Locks of this process would not be seen below, and would be dropped with the file.
        second_sqlite::refuse_any(location)?;
        Ok(Self {
            file: lock_file(location)?,
            _store_lock: store_lock,
        })
    }
}

fn lock_file(location: &DatabaseLocation) -> Result<Option<PlainFile>> {
    let Some(file) = plain_file::open_to_lock(location.path())? else {
        return Ok(None);
    };
    let taken = file_lock::take(&file, LockRange::Everyone);
    if taken.map_err(|e| Error::from(e).while_doing(location))? {
        return Ok(Some(file));
    }
    let message = format!("{location} is open in another program; end it first");
    Err(Error::new(ErrorCode::Busy, message))
}
