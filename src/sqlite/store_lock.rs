//! The lock of stores that have a database open: each store holds a lock on a file beside the database, shared with
//! the others; an operation that replaces the database needs the lock alone.
//!
//! The lock is on a file of its own, since closing the database file would drop SQLite's locks. That file is never
//! removed, since a process may be waiting for the lock.

use std::fs::{File, TryLockError};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::file_lock::{self, LockRange};
use super::{DatabaseLocation, plain_file};
use crate::error::{Error, ErrorCode, Result};

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

/// A share in the lock, given up when it is dropped.
#[derive(Debug)]
pub(crate) struct StoreLock {
    file: File,
    location: DatabaseLocation,
}

impl StoreLock {
    /// Waits until nobody holds the lock alone, and fails with [`ErrorCode::Busy`] after this long.
    pub(crate) fn share(location: &DatabaseLocation, patience: Duration) -> Result<Self> {
        let lock = Self::open(location)?;
        lock.acquire(patience, File::try_lock_shared, BEING_REPLACED)?;
        Ok(lock)
    }

    /// Takes a share as [`share`](Self::share) does, for a store that may not write. `None` where there is no lock, or
    /// this user may not open it.
    pub(crate) fn share_if_there(
        location: &DatabaseLocation,
        patience: Duration,
    ) -> Result<Option<Self>> {
        let Ok(file) = plain_file::open_present_lock_file(&location.sibling(LOCK)) else {
            return Ok(None);
        };
        let location = location.clone();
        let lock = Self { file, location };
        lock.acquire(patience, File::try_lock_shared, BEING_REPLACED)?;
        Ok(Some(lock))
    }

    /// Takes the whole lock without having a share in it. Fails with [`ErrorCode::Busy`] where any store has the
    /// database open.
    pub(crate) fn alone(location: &DatabaseLocation) -> Result<Self> {
        let lock = Self::open(location)?;
        lock.acquire(Duration::ZERO, File::try_lock, OPEN_ELSEWHERE)?;
        Ok(lock)
    }

    fn open(location: &DatabaseLocation) -> Result<Self> {
        Ok(Self {
            file: location.lock_file(LOCK)?,
            location: location.clone(),
        })
    }

    /// Turns the share into the whole lock until the returned value is dropped. Fails with [`ErrorCode::Busy`]
    /// where another store, of this process or another, has the database open.
    pub(crate) fn upgrade(&self) -> Result<Alone<'_>> {
        self.file.unlock().map_err(|e| self.failed(e))?;
        let alone = Alone(self);
        self.acquire(Duration::ZERO, File::try_lock, OPEN_ELSEWHERE)?;
        Ok(alone)
    }

    /// Shows, until the returned value is dropped, that this store waits for others to end their writes.
    pub(super) fn show_waiting(&self) -> Waiting<'_> {
        if let Err(error) = file_lock::share(&self.file, LockRange::Waiters) {
            tracing::warn!(%error, database = %self.location, "can't show others that it waits");
        }
        Waiting(self)
    }

    /// Returns whether another store, of this process or another, shows that it waits to write. Where the operating
    /// system can't say, one might.
    pub(super) fn is_awaited(&self) -> bool {
        let held = file_lock::is_held(&self.file, LockRange::Waiters);
        held.ok().flatten().unwrap_or(true)
    }

    fn acquire(
        &self,
        patience: Duration,
        attempt: impl Fn(&File) -> Result<(), TryLockError>,
        why_not: &str,
    ) -> Result<()> {
        let started = Instant::now();
        loop {
            match attempt(&self.file) {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(e)) => return Err(self.failed(e)),
                Err(TryLockError::WouldBlock) if started.elapsed() >= patience => {
                    let message = format!("{}: {why_not}", self.location);
                    return Err(Error::new(ErrorCode::Busy, message));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::from(error).while_doing(format!("{}.store-lock", self.location))
    }
}

pub(super) const LOCK: &str = ".store-lock";
const BEING_REPLACED: &str = "it is being replaced";
const OPEN_ELSEWHERE: &str = "another store or process has it open";

/// The sign of a store that waits for others to end their writes.
pub(super) struct Waiting<'l>(&'l StoreLock);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let StoreLock { file, location } = self.0;
        if let Err(error) = file_lock::give_back(file, LockRange::Waiters) {
            tracing::warn!(%error, database = %location, "it goes on showing others that it waits");
        }
    }
}

/// The whole lock; when it is dropped, it becomes a share again.
#[derive(Debug)]
pub(crate) struct Alone<'l>(&'l StoreLock);

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        let file = &self.0.file;
        // A process that took the lock in between holds it for a moment only, or shares it.
        if let Err(error) = file.unlock().and_then(|()| file.lock_shared()) {
            tracing::error!(%error, database = %self.0.location, "the store's lock is lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn each_store_sees_whether_another_waits_to_write() {
        let directory = tempfile::tempdir().unwrap();
        let location = DatabaseLocation::new(&directory.path().join("a.db")).unwrap();
        let [a, b, c] = [(); 3].map(|()| StoreLock::share(&location, Duration::ZERO).unwrap());
        assert!(!a.is_awaited());
        let first = b.show_waiting();
        assert!(a.is_awaited() && !b.is_awaited());
        let second = c.show_waiting();
        drop(first);
        assert!(a.is_awaited());
        drop(second);
        assert!(!a.is_awaited());
    }

    #[test]
    fn who_replaces_is_alone() {
        let directory = tempfile::tempdir().unwrap();
        let location = DatabaseLocation::new(&directory.path().join("a.db")).unwrap();
        let share = || StoreLock::share(&location, Duration::ZERO);
        let busy = |outcome: Result<()>| outcome.unwrap_err().code() == ErrorCode::Busy;

        let first = share().unwrap();
        let second = share().unwrap();
        assert!(busy(first.upgrade().map(drop)));
        assert!(busy(StoreLock::alone(&location).map(drop)));
        drop(second);
        let alone = first.upgrade().unwrap();
        assert!(busy(share().map(drop)));
        drop(alone);
        share().unwrap();
        drop(first);
        let alone = StoreLock::alone(&location).unwrap();
        assert!(busy(share().map(drop)));
        drop(alone);
    }
}
