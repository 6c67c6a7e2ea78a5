//! Page-by-page copies of one database into another.

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr::NonNull;

use libsqlite3_sys as ffi;

use super::{RawConnection, RawHandle, SqliteStatus};

const MAIN: &CStr = c"main";

/// A copy in progress; dropped before it is complete, it leaves the target as it was.
pub(in crate::sqlite) struct RawBackup<'c> {
    backup: NonNull<ffi::sqlite3_backup>,
    connections: PhantomData<(RawHandle<'c>, &'c mut RawConnection)>,
}

/// The progress of a copy, in pages.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) struct BackupProgress {
    pub(in crate::sqlite) is_done: bool,
    pub(in crate::sqlite) left: c_int,
    pub(in crate::sqlite) total: c_int,
}

impl<'c> RawBackup<'c> {
    /// Begins to copy all of `source`. Nobody else may use the target meanwhile.
    pub(in crate::sqlite) fn begin(
        source: RawHandle<'c>,
        target: &'c mut RawConnection,
    ) -> Result<Self, SqliteStatus> {
        let (from, to) = (source.as_ptr(), target.handle().as_ptr());
        // SAFETY: both connections are open and outlive the backup, which borrows them.
        let backup = unsafe { ffi::sqlite3_backup_init(to, MAIN.as_ptr(), from, MAIN.as_ptr()) };
        match NonNull::new(backup) {
            Some(backup) => Ok(Self {
                backup,
                connections: PhantomData,
            }),
            None => Err(SqliteStatus(target.handle().last_error_code())),
        }
    }

    /// Copies this many more pages.
    pub(in crate::sqlite) fn step(&mut self, pages: c_int) -> Result<BackupProgress, SqliteStatus> {
        let backup = self.backup.as_ptr();
        // SAFETY: the backup is not finished yet, nor are its connections closed.
        let (code, left, total) = unsafe {
            (
                ffi::sqlite3_backup_step(backup, pages),
                ffi::sqlite3_backup_remaining(backup),
                ffi::sqlite3_backup_pagecount(backup),
            )
        };
        let is_done = code == ffi::SQLITE_DONE;
        if !is_done {
            SqliteStatus::check(code)?;
        }
        Ok(BackupProgress {
            is_done,
            left,
            total,
        })
    }

    /// Ends the copy. The target keeps the copied pages only if the copy is complete.
    pub(in crate::sqlite) fn finish(self) -> Result<(), SqliteStatus> {
        let backup = self.backup.as_ptr();
        std::mem::forget(self);
        // SAFETY: the backup was not finished yet; `self` is gone, so it isn't finished twice.
        SqliteStatus::check(unsafe { ffi::sqlite3_backup_finish(backup) })
    }
}

impl Drop for RawBackup<'_> {
    fn drop(&mut self) {
        // SAFETY: `finish` forgets each backup that it finishes, so this one was not finished.
        unsafe { ffi::sqlite3_backup_finish(self.backup.as_ptr()) };
    }
}
