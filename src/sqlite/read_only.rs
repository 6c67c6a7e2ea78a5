//! Databases that are opened for reading only: by a user who may not write to them, on a read-only disk, or as a
//! snapshot.

use super::DatabaseLocation;
use crate::error::{Error, ErrorCode};

/// Returns the mode for the URI of a connection that only reads, and whether that takes the file for one that doesn't
/// change.
///
/// SQLite reads a database in write-ahead mode with a log and its index, and a connection that only reads would create
/// them and leave them behind, as its user's. So a database that nobody has open is read without them.
pub(super) fn mode(location: &DatabaseLocation) -> (&'static str, bool) {
    if is_in_use(location) {
        ("ro", false)
    } else {
        ("ro&immutable=1", true)
    }
}

/// Size of the smallest index of a log, in bytes. A smaller one is left of a connection that a full disk refused.
const SMALLEST_INDEX: u64 = 32 << 10;

/// Returns whether somebody has the database open, or left it open: a connection has an index of the log.
pub(super) fn is_in_use(location: &DatabaseLocation) -> bool {
    let index = std::fs::metadata(location.sibling("-shm"));
    index.is_ok_and(|file| file.len() >= SMALLEST_INDEX) || location.has_journal()
}

/// Returns the error of a read during which somebody began to write to a database that was taken for one that doesn't
/// change.
pub(super) fn changed(location: &DatabaseLocation) -> Error {
    let message =
        format!("{location} was opened by a program that writes while it was read; try again");
    Error::new(ErrorCode::Busy, message)
}

/// Returns the error of a write to a store that is open for reading only.
pub(crate) fn refused() -> Error {
    let message = "the store is open for reading only; open it without `read_only` to write";
    Error::new(ErrorCode::ReadOnly, message)
}
