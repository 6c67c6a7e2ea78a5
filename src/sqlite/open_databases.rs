//! The databases that this process has open through this library, by the identity of their files.
//!
//! Whatever opens, replaces, moves or deletes a file asks here first. On POSIX systems, locks belong to a process:
//! closing a file by ordinary I/O drops every lock that SQLite holds on it anywhere in the process, and another process
//! may then delete the log that this one writes to.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::DatabaseLocation;
use super::file_guard::{FileGuard, GuardLease, GuardSlot};
use super::file_identity::{FileIdentity, is_same_file};
use crate::clock::Clock;
use crate::error::{Error, ErrorCode, Result};

/// Suffixes of the files that belong to a database: those that SQLite keeps beside it, and the library's locks.
pub(crate) const COMPANIONS: [&str; 5] =
    ["-wal", "-shm", "-journal", ".store-lock", ".migration-lock"];

static OPEN: Mutex<Vec<Arc<OpenDatabase>>> = Mutex::new(Vec::new());

fn all_open() -> MutexGuard<'static, Vec<Arc<OpenDatabase>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A database that has connections.
#[derive(Debug)]
struct OpenDatabase {
    identity: FileIdentity,
    location: DatabaseLocation,
    /// The process that opened it.
    process: u32,
    guard: GuardSlot,
    /// Files of it that were open before it was, and are closed with it.
    kept_open: Mutex<Vec<Arc<File>>>,
}

impl OpenDatabase {
    /// Fails with [`ErrorCode::Misuse`] in a process that was forked from the one that opened the database: SQLite takes
    /// its locks for inherited, which they are not.
    ///
    /// <https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_across_a_fork_>
    fn check_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        let message = format!(
            "{} was open when this process was forked, and can't be used in it; close the store before a fork, or let \
             the new process execute a program",
            self.location
        );
        Err(Error::new(ErrorCode::Misuse, message))
    }

    fn keep_open(&self, file: &Arc<File>) {
        let mut kept = self
            .kept_open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        kept.push(Arc::clone(file));
    }
}

/// The entry of a connection in the list. It has to be dropped after the connection is closed.
#[derive(Debug)]
pub(super) struct InUse {
    /// `Some` until it is dropped.
    database: Option<Arc<OpenDatabase>>,
}

impl InUse {
    /// Enters a connection that is about to be opened. The file must exist.
    pub(super) fn enter(location: &DatabaseLocation) -> Result<Self> {
        let mut all = all_open();
        let identity = FileIdentity::of(location.path())
            .map_err(|e| Error::from(e).while_doing(location))?
            .ok_or_else(|| {
                let message = format!("{location}: no such file");
                Error::new(ErrorCode::Io, message)
            })?;
        refuse_companion(location, &all)?;
        let known = all.iter().find(|open| open.identity == identity);
        known.map_or(Ok(()), |open| open.check_process())?;
        let database = known.map(Arc::clone).unwrap_or_else(|| {
            let new = Arc::new(OpenDatabase {
                identity,
                location: location.clone(),
                process: std::process::id(),
                guard: GuardSlot::default(),
                kept_open: Mutex::default(),
            });
            all.push(Arc::clone(&new));
            new
        });
        Ok(Self {
            database: Some(database),
        })
    }

    /// Fails with [`ErrorCode::Misuse`] in a process that was forked from the one that opened the database.
    pub(super) fn check_process(&self) -> Result<()> {
        self.database
            .as_ref()
            .map_or(Ok(()), |open| open.check_process())
    }

    /// Returns whether the database is still the file of its name.
    pub(super) fn is_in_place(&self) -> Result<bool> {
        let Some(database) = &self.database else {
            return Ok(false);
        };
        let found = FileIdentity::of(database.location.path());
        let found = found.map_err(|e| Error::from(e).while_doing(&database.location))?;
        Ok(found.as_ref() == Some(&database.identity))
    }

    /// Returns the path of the database.
    pub(super) fn path(&self) -> Option<&Path> {
        self.database.as_ref().map(|open| open.location.path())
    }

    /// Returns the guard of the database's files, which is created with the first lease.
    pub(super) fn guard(&self) -> Option<Arc<FileGuard>> {
        self.database.as_ref()?.guard.current()
    }

    /// Guards the files as long as the returned value exists, which must end before the connection is closed.
    pub(super) fn lease_guard(&self, clock: &Arc<dyn Clock>) -> Result<Option<GuardLease>> {
        let lease = |database: &Arc<OpenDatabase>| database.guard.lease(&database.location, clock);
        self.database.as_ref().map(lease).transpose()
    }
}

/// Refuses to open a file that belongs to an open database as a database of its own: closing it would drop the locks on
/// that.
fn refuse_companion(location: &DatabaseLocation, all: &[Arc<OpenDatabase>]) -> Result<()> {
    let is_owner = |open: &&Arc<OpenDatabase>| is_companion_of(location.path(), &open.location);
    match all.iter().find(is_owner) {
        None => Ok(()),
        Some(owner) => {
            let reason = format!(
                "must be a database, but {location} belongs to {}",
                owner.location
            );
            Err(Error::invalid("path", reason))
        }
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        // Held until the guard's files are closed, which drops SQLite's locks: nobody may open the database meanwhile.
        let mut all = all_open();
        if let Some(database) = self.database.take() {
            // The list's share and this one.
            if Arc::strong_count(&database) == 2 {
                all.retain(|open| !Arc::ptr_eq(open, &database));
            }
        }
    }
}

/// Returns whether this process has connections to a database through this library.
pub(super) fn has_connections(location: &DatabaseLocation) -> bool {
    let identity = FileIdentity::of(location.path()).ok().flatten();
    identity.is_some_and(|identity| all_open().iter().any(|open| open.identity == identity))
}

/// A time at which no database is opened. It ends when this value is dropped.
pub(super) struct Closing {
    _all: MutexGuard<'static, Vec<Arc<OpenDatabase>>>,
}

impl std::fmt::Debug for Closing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Closing")
    }
}

/// Begins to close a file that was opened by ordinary I/O. Where it belongs to a database that is open by now, it is
/// kept open until that is closed.
pub(super) fn begin_closing(file: &Arc<File>) -> Closing {
    let all = all_open();
    if let Some(database) = all.iter().find(|open| is_file_of(open, file)) {
        database.keep_open(file);
    }
    Closing { _all: all }
}

#[cfg(unix)]
fn is_file_of(open: &OpenDatabase, file: &File) -> bool {
    let Ok(file) = file.metadata().map(|file| FileIdentity::of_metadata(&file)) else {
        return false;
    };
    let is_file = |path: PathBuf| FileIdentity::of(&path).is_ok_and(|found| found == Some(file));
    open.identity == file || companions_of(&open.location).any(is_file)
}

/// Elsewhere, closing a file drops no locks but its own.
#[cfg(not(unix))]
fn is_file_of(_: &OpenDatabase, _: &File) -> bool {
    false
}

fn companions_of(location: &DatabaseLocation) -> impl Iterator<Item = PathBuf> {
    COMPANIONS.iter().map(|suffix| location.sibling(suffix))
}

/// Returns the path of the open database that this path names, or to which the file that it names belongs, by
/// whatever name.
pub(crate) fn open_database_of(path: &Path) -> Option<PathBuf> {
    let path = DatabaseLocation::new(path).ok()?;
    let path = path.path();
    let owns = |open: &&Arc<OpenDatabase>| {
        FileIdentity::of(path).is_ok_and(|found| found.as_ref() == Some(&open.identity))
            || is_companion_of(path, &open.location)
    };
    let all = all_open();
    all.iter()
        .find(owns)
        .map(|open| open.location.path().to_owned())
}

/// Returns whether a path names a database, be it open or not, or one of the files that belong to it, by whatever
/// name.
pub(crate) fn belongs_to(path: &Path, database: &DatabaseLocation) -> bool {
    let path =
        DatabaseLocation::new(path).map_or_else(|_| path.to_owned(), |l| l.path().to_owned());
    path == database.path()
        || is_same_file(&path, database.path())
        || is_companion_of(&path, database)
}

fn is_companion_of(path: &Path, database: &DatabaseLocation) -> bool {
    companions_of(database).any(|own| own == path || is_same_file(&own, path))
}
