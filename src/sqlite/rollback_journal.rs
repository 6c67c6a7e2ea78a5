//! The rollback journal that SQLite keeps until a file is in write-ahead mode.
//!
//! A process that is killed while it creates a database may leave a journal behind. The journal has to be rolled
//! back before anybody reads the file, which changes the file: so the kernel must know first whether anything in
//! the file belongs to somebody else.

use std::io::{ErrorKind, Read, Result, Seek, SeekFrom};

use super::{DatabaseLocation, plain_file};

/// First bytes of a journal.
///
/// <https://www.sqlite.org/fileformat2.html#the_rollback_journal>
const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// Offset of the number of pages that the database had before. All numbers of the header are big-endian, of four
/// bytes.
const PAGES_BEFORE: usize = 16;
/// Offset of the size of a sector; the original pages follow in the second sector.
const SECTOR_SIZE: usize = 20;
const HEADER_LENGTH: usize = 24;

/// Ranges of a database's first page that show that somebody uses it: the version that programs set, their mark,
/// and the number of tables, views and triggers.
///
/// <https://www.sqlite.org/fileformat2.html#the_database_header>
const SIGNS_OF_USE: [std::ops::Range<usize>; 3] = [60..64, 68..72, 103..105];

/// Returns whether rolling back leaves an unused file: an empty one, or the single page that SQLite begins with.
/// Fails where there is no journal.
pub(super) fn leads_to_a_blank_file(location: &DatabaseLocation) -> Result<bool> {
    let journal = plain_file::open_unlocked(&location.sibling("-journal"))?;
    match is_blank(&mut &*journal) {
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
        blank => blank,
    }
}

fn is_blank(journal: &mut (impl Read + Seek)) -> Result<bool> {
    let mut header = [0; HEADER_LENGTH];
    journal.read_exact(&mut header)?;
    if !header.starts_with(&MAGIC) {
        return Ok(false);
    }
    match number(&header, PAGES_BEFORE) {
        0 => Ok(true),
        1 => {
            let mut page = [0; 4 + 105];
            journal.seek(SeekFrom::Start(number(&header, SECTOR_SIZE).into()))?;
            journal.read_exact(&mut page)?;
            let (page_number, page) = page.split_at(4);
            let is_unused = |sign: std::ops::Range<usize>| page[sign].iter().all(|byte| *byte == 0);
            Ok(number(page_number, 0) == 1 && SIGNS_OF_USE.into_iter().all(is_unused))
        }
        _ => Ok(false),
    }
}

fn number(bytes: &[u8], place: usize) -> u32 {
    let digits = bytes[place..].iter().take(4);
    digits.fold(0, |number, byte| number << 8 | u32::from(*byte))
}
