//! The first hundred bytes of a database file, without which nothing of it can be read.
//!
//! <https://www.sqlite.org/fileformat2.html#the_database_header>

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use crate::error::Result;
use crate::sqlite::dialect;

/// Writes the header that our databases have: pages of 4096 bytes, UTF-8, no write-ahead log. It lists no free
/// pages, which matters only to a writer.
pub(super) fn renew(mut file: &File) -> Result<()> {
    let pages = u32::try_from(file.metadata()?.len() / 4096).unwrap_or(u32::MAX);
    let mut header = [0; 100];
    header[..16].copy_from_slice(dialect::FILE_MAGIC);
    header[16..18].copy_from_slice(&4096_u16.to_be_bytes());
    // Versions for writing and reading, no reserved bytes, and fractions that are always these.
    header[18..24].copy_from_slice(&[1, 1, 0, 64, 32, 32]);
    header[28..32].copy_from_slice(&pages.to_be_bytes());
    // Formats of the schema and of texts.
    header[44..48].copy_from_slice(&4_u32.to_be_bytes());
    header[56..60].copy_from_slice(&1_u32.to_be_bytes());
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header)?;
    Ok(())
}
