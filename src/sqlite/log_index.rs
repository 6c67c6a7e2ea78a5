//! The index of a write-ahead log, as far as it tells which log it describes, and whether it has changed.
//!
//! <https://www.sqlite.org/walformat.html#the_wal_index_file_format>

use std::fs::File;
use std::io;

/// Returns whether the log has as many frames as its index counts. A log that took the place of a deleted one, under
/// processes that still have the index, has fewer: what is written to it is ignored by whoever opens it next.
pub(super) fn describes(index: &File, log: &File) -> io::Result<bool> {
    // A checkpoint may begin the log anew between the two looks; the index says so.
    for _ in 0..ATTEMPTS {
        let before = counted_bytes(index)?;
        let size = log.metadata()?.len();
        if before.is_none_or(|bytes| bytes <= size) {
            return Ok(true);
        }
        if counted_bytes(index)? == before {
            return Ok(false);
        }
    }
    Ok(true)
}

const ATTEMPTS: u32 = 10;

/// The first of the two copies of the header of an index. A commit writes it last, and counts in it.
pub(super) type IndexHeader = [u8; 48];

/// Returns the header of an index, or `None` where the index has none yet.
pub(super) fn header(index: &File) -> io::Result<Option<IndexHeader>> {
    let mut header = [0; 48];
    let length = read_beginning(index, &mut header)?;
    Ok((length == header.len()).then_some(header))
}

/// Returns the size that the log has at least, or `None` where the index counts no frames.
fn counted_bytes(index: &File) -> io::Result<Option<u64>> {
    const LOG_HEADER: u64 = 32;
    const FRAME_HEADER: u64 = 24;
    const PAGE_SIZE: usize = 14;
    const FRAMES: usize = 16;
    let mut header = [0; 24];
    if read_beginning(index, &mut header)? < header.len() {
        return Ok(None);
    }
    // The numbers of the index are in the byte order of the machine.
    let page_size = u16::from_ne_bytes([header[PAGE_SIZE], header[PAGE_SIZE + 1]]);
    let frames = u32::from_ne_bytes([
        header[FRAMES],
        header[FRAMES + 1],
        header[FRAMES + 2],
        header[FRAMES + 3],
    ]);
    let page_size = match page_size {
        1 => 65_536,
        size => u64::from(size),
    };
    Ok((frames > 0).then(|| LOG_HEADER + u64::from(frames) * (FRAME_HEADER + page_size)))
}

#[cfg(unix)]
fn read_beginning(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, 0)
}

#[cfg(windows)]
fn read_beginning(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, 0)
}
