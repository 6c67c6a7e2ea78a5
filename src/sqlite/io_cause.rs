//! Causes of I/O errors that SQLite doesn't tell apart: a full disk, and a process that has too many files open.

use std::path::Path;

use libsqlite3_sys as ffi;

use super::disk;
use crate::error::{Error, ErrorCode, has_too_many_files};

/// Free space below which a failure is put down to a full disk, in bytes: SQLite extends the index of the log by 32 KiB
/// at once.
const ALMOST_NOTHING: u64 = 64 << 10;

/// Gives an I/O error that was met at this path the code and the message of its cause, where it can be found.
pub(super) fn explain(error: Error, path: &Path) -> Error {
    if error.code() != ErrorCode::Io || !is_from_the_disk(&error) {
        return error;
    }
    if disk::free(path).is_ok_and(|free| free < ALMOST_NOTHING) {
        let hint = "the disk is full; make room, then try again";
        return error.recoded(ErrorCode::DiskFull).while_doing(hint);
    }
    match too_many_files(path) {
        Some(cause) => error.while_doing(cause.message()),
        None => error,
    }
}

fn is_from_the_disk(error: &Error) -> bool {
    let code = error.details().sqlite_code.map(|code| code & 0xff);
    matches!(
        code,
        None | Some(ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN | ffi::SQLITE_FULL)
    )
}

/// Returns the error of opening the directory of a file, where that is that nothing more can be opened.
fn too_many_files(path: &Path) -> Option<Error> {
    let error = std::fs::read_dir(path.parent()?).err()?;
    has_too_many_files(&error).then(|| error.into())
}
