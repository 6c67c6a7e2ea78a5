//! Databases that are opened for reading only: by a user who may not write to them, on a read-only disk, or as a
//! snapshot.

use std::path::Path;

use super::DatabaseLocation;
use crate::error::{Error, ErrorCode, Result};

/// Returns the mode for the URI of a connection that only reads.
///
/// SQLite reads a database in write-ahead mode only with a log and its index, and creates them where there are none.
/// Where it can't, or where they would belong to another user than the database, a database without a log is read as
/// one that doesn't change.
pub(super) fn mode(location: &DatabaseLocation) -> &'static str {
    if is_taken_as_immutable(location) {
        "ro&immutable=1"
    } else {
        "ro"
    }
}

fn is_taken_as_immutable(location: &DatabaseLocation) -> bool {
    let directory = location.path().parent().unwrap_or(location.path());
    let may_write = may_write(location.path()) && may_write(directory);
    !may_write && !location.has_journal()
}

#[cfg(target_os = "linux")]
fn may_write(path: &Path) -> bool {
    nix::unistd::access(path, nix::unistd::AccessFlags::W_OK).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn may_write(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| !file.permissions().readonly())
}

/// The state in which a database was opened for reading only.
#[derive(Debug)]
pub(super) struct ReadOnlyState {
    is_immutable: bool,
}

impl ReadOnlyState {
    pub(super) fn of(location: &DatabaseLocation) -> Self {
        Self {
            is_immutable: is_taken_as_immutable(location),
        }
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where somebody has begun to write to a database that was taken as one that
    /// doesn't change.
    pub(super) fn check(&self, location: &DatabaseLocation) -> Result<()> {
        if !self.is_immutable || !location.has_journal() {
            return Ok(());
        }
        let message = format!(
            "{location} was opened for reading only, as a file that nobody writes, and is written to now; open it again"
        );
        Err(Error::new(ErrorCode::FileUnsafe, message))
    }
}

/// Returns the error of a write to a store that is open for reading only.
pub(crate) fn refused() -> Error {
    let message = "the store is open for reading only; open it without `read_only` to write";
    Error::new(ErrorCode::ReadOnly, message)
}
