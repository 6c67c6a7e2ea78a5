//! Checks of a connection that its files are still the ones that it opened.

use super::connection::Connection;
use super::file_guard::FileGuard;
use super::{DatabaseLocation, read_only};
use crate::error::Result;

impl Connection {
    /// Fails with [`ErrorCode::FileUnsafe`] where a file of the database is no longer the one that was opened.
    /// Connections that don't write are not checked.
    pub(super) fn check_files(&self) -> Result<()> {
        self.guarded(FileGuard::check_files)
    }

    /// Fails as [`check_files`](Self::check_files) does, but doesn't look each time.
    pub(super) fn check_files_now_and_then(&self) -> Result<()> {
        self.guarded(FileGuard::check_files_now_and_then)
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where a file that a commit went to is no longer the one that was opened.
    pub(super) fn check_committed(&self) -> Result<()> {
        self.guarded(FileGuard::check_committed)
    }

    fn guarded(&self, check: fn(&FileGuard) -> Result<()>) -> Result<()> {
        let lease = self.lease.as_ref();
        lease.map_or(Ok(()), |lease| check(lease.guard()))
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where SQLite has lost the lock of the open write transaction.
    pub(super) fn check_write_lock(&self) -> Result<()> {
        match self.handle().is_writing() {
            true => self.guarded(FileGuard::check_write_lock),
            false => Ok(()),
        }
    }

    /// Fails with [`ErrorCode::Busy`] where the connection takes the file for one that doesn't change, and somebody
    /// has begun to write to it.
    pub(crate) fn check_unchanged(&self, location: &DatabaseLocation) -> Result<()> {
        match self.is_immutable && read_only::is_in_use(location) {
            true => Err(read_only::changed(location)),
            false => Ok(()),
        }
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where a file of the database is no longer the one that was opened, and
    /// keeps the content of the lost ones.
    pub(crate) fn keep_lost_files(&self) -> Result<()> {
        self.check_files().map_err(|lost| {
            let kept = self
                .lease
                .as_ref()
                .map(|lease| lease.guard().keep_content());
            match kept {
                Some(Ok(kept)) => lost.while_doing(format!("kept as {}", kept.display())),
                Some(Err(e)) => lost.while_doing(format!("its content can't be kept ({e})")),
                None => lost,
            }
        })
    }
}
