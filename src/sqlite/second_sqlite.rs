//! Detection of another copy of SQLite in the process, such as the one of Entity Framework Core, that uses a database.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::open_databases::has_connections;
use super::{DatabaseLocation, plain_file};
use crate::config::SecondSqlite;
use crate::error::{Error, ErrorCode, Result};

/// Set where no other code of the process can use this library's copy of SQLite.
static IS_PRIVATE: AtomicBool = AtomicBool::new(false);

/// Declares that no code of the process but this library can use its copy of SQLite, as in a C library that shows
/// nothing of it. Then a database that this library doesn't have open, but the process has, belongs to another copy.
pub fn declare_private() {
    IS_PRIVATE.store(true, Ordering::Relaxed);
}

/// Fails with [`ErrorCode::FileUnsafe`] where another copy of SQLite in this process has the database open and the
/// policy refuses that. Finds none on operating systems other than Linux.
pub(crate) fn check(location: &DatabaseLocation, policy: SecondSqlite) -> Result<()> {
    if policy == SecondSqlite::Off || !is_there(location) {
        return Ok(());
    }
    let message = format!(
        "{location} must not be used by another copy of SQLite in this process: neither sees the other's locks. Let \
         that code use this library (`maintenance::sql` for queries, a backup for a copy), or run it in a process of \
         its own"
    );
    if policy == SecondSqlite::Warn {
        tracing::warn!("{message}");
        return Ok(());
    }
    Err(Error::new(ErrorCode::FileUnsafe, message))
}

/// Returns whether the index of the log is in the memory of this process more often than this library maps it: SQLite
/// maps each part of it once, for all its connections.
fn is_there(location: &DatabaseLocation) -> bool {
    let mappings = mappings();
    let may_be_ours = has_connections(location) || !IS_PRIVATE.load(Ordering::Relaxed);
    count_mappings(&mappings, &location.sibling("-shm")) > usize::from(may_be_ours)
}

/// Fails with [`ErrorCode::Busy`] where any code of this process has the database open.
pub(super) fn refuse_any(location: &DatabaseLocation) -> Result<()> {
    if count_mappings(&mappings(), &location.sibling("-shm")) == 0 {
        return Ok(());
    }
    let message = format!("{location} is open in this process; close it first");
    Err(Error::new(ErrorCode::Busy, message))
}

/// Reads the list of the mapped files of this process, which is empty on operating systems other than Linux.
fn mappings() -> String {
    plain_file::read_of_system("/proc/self/maps").unwrap_or_default()
}

/// Counts the mappings of the beginning of a file.
fn count_mappings(mappings: &str, file: &Path) -> usize {
    let is_beginning = |line: &&str| {
        let mut fields = line.splitn(6, ' ');
        let (_addresses, _rights, offset) = (fields.next(), fields.next(), fields.next());
        let name = fields.nth(2).unwrap_or_default().trim_start();
        let name = name.strip_suffix(" (deleted)").unwrap_or(name);
        Path::new(name) == file
            && offset.is_some_and(|text| text.bytes().all(|digit| digit == b'0'))
    };
    mappings.lines().filter(is_beginning).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_of_the_beginning_of_a_file_are_counted() {
        let mappings = "\
7f0000000000-7f0000008000 rw-s 00000000 fe:00 1234   /data/a b.db-shm
7f0000008000-7f0000010000 rw-s 00008000 fe:00 1234   /data/a b.db-shm
7f0000020000-7f0000028000 rw-s 00000000 fe:00 1234   /data/a b.db-shm (deleted)
7f0000030000-7f0000038000 rw-s 00000000 fe:00 1235   /data/b.db-shm
7f0000040000-7f0000048000 rw-p 00000000 00:00 0
";
        assert_eq!(count_mappings(mappings, Path::new("/data/a b.db-shm")), 2);
        assert_eq!(count_mappings(mappings, Path::new("/data/b.db-shm")), 1);
        assert_eq!(count_mappings(mappings, Path::new("/data/c.db-shm")), 0);
    }
}
