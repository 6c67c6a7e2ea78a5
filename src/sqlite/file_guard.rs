//! The guard of a database's files: it knows which files they were when the database was opened, keeps other code from
//! deleting them as far as locks can, and detects that they are no longer the ones under their names.
//!
//! Two things make an acknowledged write disappear: the files are moved, deleted or replaced, or another copy of SQLite
//! in the process closes them. The latter drops every lock of the process on them, and, since SQLite can't see the
//! locks of its own process, deletes the log that this one goes on writing to. See
//! `docs/decisions/storage.md#guarded-files`.

use std::fs::File;
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use super::file_identity::FileIdentity;
use super::file_lock::{self, LockRange};
use super::log_index::IndexHeader;
use super::{DatabaseLocation, disk, file_names, log_index, plain_file};
use crate::clock::Clock;
use crate::error::{Error, ErrorCode, Result};

/// The files of a database in write-ahead mode, kept open.
#[derive(Debug)]
pub(crate) struct FileGuard {
    location: DatabaseLocation,
    clock: Arc<dyn Clock>,
    /// The process that opened the files. One that was forked from it shares the locks.
    process: u32,
    /// The name of the copy of the lost files, once there is one.
    kept: OnceLock<PathBuf>,
    /// The time of the last look at all files that found them in place, by [`elapsed_nanos`].
    looked: AtomicU64,
    database: GuardedFile,
    log: GuardedFile,
    index: GuardedFile,
}

/// A file that is to stay under its name.
#[derive(Debug)]
struct GuardedFile {
    path: PathBuf,
    identity: FileIdentity,
    file: File,
}

impl GuardedFile {
    fn open(path: PathBuf) -> Result<Self> {
        let opened =
            plain_file::open_guarded(&path).and_then(|file| Ok((identity_of(&file, &path)?, file)));
        let (identity, file) = opened.map_err(|e| Error::from(e).while_doing(path.display()))?;
        Ok(Self {
            path,
            identity,
            file,
        })
    }

    fn is_in_place(&self) -> bool {
        FileIdentity::of(&self.path).is_ok_and(|found| found.as_ref() == Some(&self.identity))
    }

    /// Copies the content of the file, whatever has its name now, to a new file.
    fn copy_to(&self, target: &Path) -> io::Result<()> {
        let mut source = &self.file;
        source.rewind()?;
        let copy = plain_file::create(target)?;
        io::copy(&mut source, &mut &*copy)?;
        copy.sync_all()
    }
}

/// The time between two looks where one may be spared, in nanoseconds: 10 ms.
const LOOK: u64 = 10_000_000;

/// Returns the time since the first call in this process, which is at least [`LOOK`].
fn elapsed_nanos() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed().as_nanos();
    u64::try_from(elapsed)
        .unwrap_or(u64::MAX)
        .saturating_add(LOOK)
}

#[cfg(unix)]
fn identity_of(file: &File, _: &Path) -> io::Result<FileIdentity> {
    file.metadata().map(|file| FileIdentity::of_metadata(&file))
}

#[cfg(not(unix))]
fn identity_of(_: &File, path: &Path) -> io::Result<FileIdentity> {
    FileIdentity::of(path)?.ok_or_else(|| io::ErrorKind::NotFound.into())
}

impl FileGuard {
    /// Guards the files of a database that a connection of this process has open in write-ahead mode.
    fn new(location: &DatabaseLocation, clock: &Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            // SQLite holds no locks on the log: it is the one that may be closed again where another is missing.
            log: GuardedFile::open(location.sibling("-wal"))?,
            index: GuardedFile::open(location.sibling("-shm"))?,
            database: GuardedFile::open(location.path().to_owned())?,
            location: location.clone(),
            clock: Arc::clone(clock),
            process: std::process::id(),
            kept: OnceLock::new(),
            looked: AtomicU64::new(0),
        })
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where the log is not the one that the index describes.
    fn check_log(&self) -> Result<()> {
        let name = self.log.path.display();
        let described = log_index::describes(&self.index.file, &self.log.file);
        if described.map_err(|e| Error::from(e).while_doing(&name))? {
            return Ok(());
        }
        Err(self.lost(&format!(
            "{name} is not the log that other processes write to: theirs was deleted or replaced; end them first"
        )))
    }

    /// Keeps every other SQLite, of this process too, from taking itself for the only one.
    fn lock(&self) {
        for (file, range) in self.shared_ranges() {
            match file_lock::share(file, range) {
                Ok(true) => {}
                outcome => {
                    tracing::warn!(?outcome, ?range, database = %self.location, "can't be guarded by a lock");
                }
            }
        }
    }

    /// Returns whether another process opened the files, of which this one is a fork.
    pub(super) fn is_inherited(&self) -> bool {
        self.process != std::process::id()
    }

    fn unlock(&self) {
        if self.is_inherited() {
            return;
        }
        for (file, range) in self.shared_ranges() {
            if let Err(error) = file_lock::give_back(file, range) {
                tracing::error!(%error, ?range, database = %self.location, "a lock can't be given back");
            }
        }
    }

    fn shared_ranges(&self) -> [(&File, LockRange); 2] {
        [
            (&self.database.file, LockRange::Readers),
            (&self.index.file, LockRange::IndexUsers),
        ]
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where the database, its log or its index is no longer the file that was
    /// opened.
    pub(super) fn check_files(&self) -> Result<()> {
        self.check_database()?;
        match [&self.log, &self.index]
            .into_iter()
            .find(|file| !file.is_in_place())
        {
            None => Ok(()),
            Some(lost) => Err(self.lost(&format!(
                "{} was deleted or replaced while the store was open, most likely by another copy of SQLite in \
                 this process, which takes itself for the only one",
                lost.path.display()
            ))),
        }
    }

    /// Fails as [`check_files`](Self::check_files) does, unless a look less than [`LOOK`] ago found them in place: a
    /// look takes three system calls, as much as a third of a read.
    pub(super) fn check_files_now_and_then(&self) -> Result<()> {
        let now = elapsed_nanos();
        if now.saturating_sub(self.looked.load(Ordering::Relaxed)) < LOOK {
            return Ok(());
        }
        self.check_files()?;
        self.looked.store(now, Ordering::Relaxed);
        Ok(())
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where the database or its log, which together hold what was committed, is no
    /// longer the file that was opened.
    pub(super) fn check_committed(&self) -> Result<()> {
        match self.database.is_in_place() && self.log.is_in_place() {
            true => Ok(()),
            false => self.check_files(),
        }
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where the database is no longer the file that was opened.
    fn check_database(&self) -> Result<()> {
        if self.database.is_in_place() {
            return Ok(());
        }
        Err(self.lost(&format!(
            "{} was deleted, moved or replaced while the store was open",
            self.location
        )))
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where SQLite has lost the lock of the write that is under way: another
    /// process may be writing too.
    pub(super) fn check_write_lock(&self) -> Result<()> {
        match file_lock::is_held(&self.index.file, LockRange::Writer) {
            Ok(Some(false)) => Err(self.lost(&format!(
                "the lock on {} is lost: other code of this process opened and closed the file",
                self.location
            ))),
            _ => Ok(()),
        }
    }

    /// Returns the header of the index of the log, which each commit changes.
    pub(super) fn index_header(&self) -> io::Result<Option<IndexHeader>> {
        log_index::header(&self.index.file)
    }

    fn lost(&self, why: &str) -> Error {
        let message = format!(
            "{why}; close the store, which keeps the content of the lost files, and open it again; \
             docs/operations.md, \"The file is not safe\", says how to prevent it"
        );
        Error::new(ErrorCode::FileUnsafe, message)
    }

    /// Copies the database and its log, as this process sees them, to new names beside the database, where they can
    /// be opened or recovered. Returns the name of the database's copy, which is made once.
    pub(super) fn keep_content(&self) -> Result<&Path> {
        if let Some(kept) = self.kept.get() {
            return Ok(kept);
        }
        let kept = self.copy_content()?;
        Ok(self.kept.get_or_init(|| kept))
    }

    fn copy_content(&self) -> Result<PathBuf> {
        let target = file_names::stamped(self.location.path(), "kept", self.clock.now(), ".db");
        let failed = |e: io::Error| Error::from(e).while_doing(target.display());
        let size = |file: &File| file.metadata().map_or(0, |file| file.len());
        disk::require(&target, size(&self.database.file) + size(&self.log.file), 0)?;
        // The log first: without the database it is never taken for one.
        self.log
            .copy_to(&file_names::with_suffix(&target, "-wal"))
            .and_then(|()| self.database.copy_to(&target))
            .map_err(failed)?;
        plain_file::sync_directory_of(&target)?;
        Ok(target)
    }
}

/// The guard of a database, while connections lease it.
#[derive(Debug, Default, Clone)]
pub(super) struct GuardSlot(Arc<Mutex<GuardState>>);

#[derive(Debug, Default)]
struct GuardState {
    /// The last one guards; those before stay open, since closing their files would drop SQLite's locks.
    guards: Vec<Arc<FileGuard>>,
    leases: usize,
}

impl GuardSlot {
    fn state(&self) -> MutexGuard<'_, GuardState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn current(&self) -> Option<Arc<FileGuard>> {
        self.state().guards.last().map(Arc::clone)
    }

    /// Guards the files until the last lease is dropped.
    pub(super) fn lease(
        &self,
        location: &DatabaseLocation,
        clock: &Arc<dyn Clock>,
    ) -> Result<GuardLease> {
        let mut state = self.state();
        let present = state.guards.last().map(Arc::clone);
        let guard = match present {
            Some(guard) if state.leases > 0 || guard.check_files().is_ok() => guard,
            _ => {
                let new = Arc::new(FileGuard::new(location, clock)?);
                state.guards.push(Arc::clone(&new));
                new
            }
        };
        guard.check_files()?;
        if state.leases == 0 {
            guard.check_log()?;
            guard.lock();
        }
        state.leases += 1;
        drop(state);
        Ok(GuardLease {
            slot: self.clone(),
            guard,
        })
    }
}

/// A share in the guard of a database.
#[derive(Debug)]
pub(super) struct GuardLease {
    slot: GuardSlot,
    guard: Arc<FileGuard>,
}

impl GuardLease {
    pub(super) fn guard(&self) -> &FileGuard {
        &self.guard
    }
}

impl Drop for GuardLease {
    fn drop(&mut self) {
        let mut state = self.slot.state();
        state.leases -= 1;
        // Otherwise this process's SQLite couldn't empty and delete its own log when it closes the last connection.
        if state.leases == 0 {
            self.guard.unlock();
        }
    }
}
