//! Locks on byte ranges of SQLite's files and of the store's lock, held by an open file instead of the process ("open file description
//! locks", Linux): they conflict with SQLite's own locks of every process, this one included, and stay when other code
//! of the process closes the same file.
//!
//! The ranges of SQLite's files are those of its `os_unix.c`, part of its file format.
//!
//! <https://www.sqlite.org/src/file/src/os_unix.c>

use std::fs::File;
use std::io;

/// A range of bytes that SQLite or a store locks.
#[derive(Debug, Clone, Copy)]
pub(super) enum LockRange {
    /// Bytes of the database file that each connection shares while it may read, in write-ahead mode as long as it is
    /// open. The last one deletes the log, and locks them alone for it.
    Readers,
    /// Bytes of the database file that are locked by whoever reads, writes, or deletes the log.
    Everyone,
    /// Byte of the log's index that is locked by each process that uses it. The first one empties the index.
    IndexUsers,
    /// Byte of the log's index that is locked by the one that writes.
    Writer,
    /// Byte of the file of the store's lock that each store shares while it waits for the one that writes.
    Waiters,
}

#[cfg(target_os = "linux")]
impl LockRange {
    /// Returns the first byte and the number of bytes.
    const fn bytes(self) -> (i64, i64) {
        const PENDING: i64 = 0x4000_0000;
        const SHARED: i64 = PENDING + 2;
        const SHARED_SIZE: i64 = 510;
        const INDEX: i64 = 120;
        match self {
            Self::Readers => (SHARED, SHARED_SIZE),
            Self::Everyone => (PENDING, SHARED - PENDING + SHARED_SIZE),
            Self::IndexUsers => (INDEX + 8, 1),
            Self::Writer => (INDEX, 1),
            Self::Waiters => (0, 1),
        }
    }
}

/// Takes a share in a range, next to others that only share it. Returns whether that was possible at once.
pub(super) fn share(file: &File, range: LockRange) -> io::Result<bool> {
    system::set(file, range, system::SHARED)
}

/// Takes a range alone. Returns whether that was possible at once. The file must be open for writing.
pub(super) fn take(file: &File, range: LockRange) -> io::Result<bool> {
    system::set(file, range, system::ALONE)
}

/// Gives a range back.
pub(super) fn give_back(file: &File, range: LockRange) -> io::Result<()> {
    system::set(file, range, system::NONE).map(drop)
}

/// Returns whether anybody but this open file holds a lock in a range, be it shared; `None` where the operating system
/// can't say.
pub(super) fn is_held(file: &File, range: LockRange) -> io::Result<Option<bool>> {
    system::is_held(file, range)
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    use super::LockRange;

    pub(super) const SHARED: i32 = libc::F_RDLCK;
    pub(super) const ALONE: i32 = libc::F_WRLCK;
    pub(super) const NONE: i32 = libc::F_UNLCK;

    fn request(range: LockRange, kind: i32) -> libc::flock {
        let (start, length) = range.bytes();
        libc::flock {
            l_type: kind as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: start,
            l_len: length,
            l_pid: 0,
        }
    }

    pub(super) fn set(file: &File, range: LockRange, kind: i32) -> io::Result<bool> {
        match fcntl(file, FcntlArg::F_OFD_SETLK(&request(range, kind))) {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn is_held(file: &File, range: LockRange) -> io::Result<Option<bool>> {
        let mut answer = request(range, ALONE);
        fcntl(file, FcntlArg::F_OFD_GETLK(&mut answer))?;
        Ok(Some(i32::from(answer.l_type) != NONE))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::File;
    use std::io;

    use super::LockRange;

    pub(super) const SHARED: i32 = 0;
    pub(super) const ALONE: i32 = 1;
    pub(super) const NONE: i32 = 2;

    pub(super) fn set(_: &File, _: LockRange, _: i32) -> io::Result<bool> {
        Ok(true)
    }

    pub(super) fn is_held(_: &File, _: LockRange) -> io::Result<Option<bool>> {
        Ok(None)
    }
}
