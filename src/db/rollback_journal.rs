//! The rollback journal that SQLite keeps until a file is in write-ahead mode.
//!
//! A process that is killed while it makes a database may leave one behind. It has to be rolled
//! back before anybody reads the file, which changes the file: so it must be known first whether
//! there is anything in the file that belongs to somebody else.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Result};

use super::DatabaseLocation;

/// What a journal begins with.
///
/// <https://www.sqlite.org/fileformat2.html#the_rollback_journal>
const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// Where it tells how many pages the database had before, a big-endian number of four bytes.
const PAGES_BEFORE: std::ops::Range<usize> = 16..20;

/// Whether rolling back leaves an empty file. Fails where there is no journal.
pub(super) fn leads_to_an_empty_file(location: &DatabaseLocation) -> Result<bool> {
    let mut header = [0; PAGES_BEFORE.end];
    match File::open(location.sibling("-journal"))?.read_exact(&mut header) {
        Ok(()) => Ok(header.starts_with(&MAGIC) && header[PAGES_BEFORE] == [0; 4]),
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}
