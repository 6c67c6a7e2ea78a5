//! Files compressed with gzip, written and unpacked as streams: in little memory, whatever their size.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read as _, Seek as _};
use std::ops::ControlFlow;
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use flate2::{Compression, GzBuilder};

use super::copy_stream::pump;
use super::online_backup::Copied;
use super::{dialect, disk, plain_file};
use crate::error::{Error, ErrorCode, Result};

/// First bytes of a compressed file.
const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Comment in the header of a compressed database, before the number of its newest migration.
const COMMENT: &str = "orchestra-store, schema ";

/// Returns whether the name of a file asks for compression.
pub(crate) fn is_wanted(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("gz"))
}

/// Returns whether a file is compressed, whatever its name.
pub(crate) fn is_compressed(path: &Path) -> Result<bool> {
    Ok(plain_file::beginning_of(path, MAGIC.len())? == MAGIC)
}

/// Compresses a database that nobody has open into `target`.
pub(crate) fn compress(
    database: &Path,
    target: &File,
    schema_version: &str,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<()> {
    let source = plain_file::open_input(database)?;
    let total = source.metadata()?.len();
    let mut encoder = GzBuilder::new()
        .comment(format!("{COMMENT}{schema_version}"))
        .write(target, Compression::default());
    pump(&mut &*source, &mut encoder, Error::from, &mut |done| {
        tell(on_step, done, total)
    })?;
    encoder.finish()?;
    Ok(())
}

/// Limits on unpacking: a small file can unpack to more than a disk holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// The largest size of the unpacked file, in bytes.
    pub(crate) max_size: u64,
    /// The number of bytes that stay free on the disk.
    pub(crate) min_free_disk: u64,
}

/// Unpacks a file into `target`, which is at `path`. `on_step` receives how much of the compressed file is done.
///
/// Fails with `Corrupt` where the checksum doesn't match or anything else is wrong with the file.
pub(crate) fn unpack(
    compressed: &Path,
    target: &File,
    path: &Path,
    room: Room,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<()> {
    let source = plain_file::open_input(compressed)?;
    let total = source.metadata()?.len();
    let mut decoder = MultiGzDecoder::new(BufReader::new(&*source));
    pump(&mut decoder, &mut &*target, of_decoding, &mut |unpacked| {
        if unpacked > room.max_size {
            let reason = format!("unpacks to more than {} bytes", room.max_size);
            return Err(Error::invalid("backup", reason));
        }
        disk::require(path, 0, room.min_free_disk)?;
        tell(on_step, (&*source).stream_position()?, total)
    })
}

/// Header of a compressed file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// Set where the compressed file is a database.
    pub(crate) is_database: bool,
    /// The newest migration of the database, where the header names it.
    pub(crate) schema_version: Option<String>,
}

/// Reads the header of a compressed file.
pub(crate) fn label(compressed: &Path) -> Result<Label> {
    let source = plain_file::open_input(compressed)?;
    let mut decoder = MultiGzDecoder::new(BufReader::new(&*source));
    let mut begin = Vec::new();
    let limit = dialect::FILE_MAGIC.len() as u64;
    let read = decoder.by_ref().take(limit).read_to_end(&mut begin);
    read.map_err(of_decoding)?;
    let comment = decoder.header().and_then(|header| header.comment());
    let comment = comment.and_then(|comment| std::str::from_utf8(comment).ok());
    let version = comment.and_then(|comment| comment.strip_prefix(COMMENT));
    Ok(Label {
        is_database: begin == dialect::FILE_MAGIC,
        schema_version: version.map(str::to_owned),
    })
}

fn tell(on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>, done: u64, total: u64) -> Result<()> {
    match on_step(Copied { done, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::new(ErrorCode::Cancelled, "it was cancelled")),
    }
}

/// Separates a decoder's complaints about the data from errors of the disk.
fn of_decoding(error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
            let message = format!("the compressed file is damaged: {error}");
            Error::new(ErrorCode::Corrupt, message).with_source(error)
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Room = Room {
        max_size: u64::MAX,
        min_free_disk: 0,
    };

    fn go_on(_: Copied) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn content() -> Vec<u8> {
        let numbers = (0..300_000_u32).flat_map(|number| (number / 7).to_le_bytes());
        dialect::FILE_MAGIC.iter().copied().chain(numbers).collect()
    }

    /// Creates a directory with a database, and a compressed copy of it.
    fn compressed() -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let (plain, path) = (directory.path().join("a.db"), directory.path().join("a.gz"));
        std::fs::write(&plain, content()).unwrap();
        let target = File::create(&path).unwrap();
        compress(&plain, &target, "20260102", &mut go_on).unwrap();
        (directory, path)
    }

    fn unpacked(path: &Path, room: Room) -> Result<Vec<u8>> {
        let target = path.with_extension("unpacked");
        unpack(path, &File::create(&target)?, &target, room, &mut go_on)?;
        Ok(std::fs::read(target)?)
    }

    #[test]
    fn what_was_compressed_comes_back_and_is_labelled() {
        let (_directory, path) = compressed();
        assert!(is_wanted(&path) && is_compressed(&path).unwrap());
        assert!(std::fs::metadata(&path).unwrap().len() < content().len() as u64 / 4);
        assert_eq!(unpacked(&path, ALL).unwrap(), content());
        let label = label(&path).unwrap();
        assert_eq!(
            (label.is_database, label.schema_version.as_deref()),
            (true, Some("20260102"))
        );
    }

    #[test]
    fn what_was_cut_off_or_changed_is_damaged() {
        let (_directory, path) = compressed();
        let whole = std::fs::read(&path).unwrap();
        let mut broken: Vec<Vec<u8>> = [20, whole.len() / 2, whole.len() - 1]
            .map(|length| whole[..length].to_vec())
            .into();
        for place in [whole.len() / 3, whole.len() / 2, whole.len() - 6] {
            let mut changed = whole.clone();
            changed[place] ^= 4;
            broken.push(changed);
        }
        broken.push([&whole[..], b"more"].concat());
        for content in broken {
            std::fs::write(&path, content).unwrap();
            assert_eq!(unpacked(&path, ALL).unwrap_err().code(), ErrorCode::Corrupt);
        }
    }

    #[test]
    fn no_more_is_unpacked_than_there_is_room_for() {
        let (_directory, path) = compressed();
        let small = Room {
            max_size: 1000,
            ..ALL
        };
        assert_eq!(
            unpacked(&path, small).unwrap_err().code(),
            ErrorCode::InvalidArgument
        );
        let full = Room {
            min_free_disk: u64::MAX,
            ..ALL
        };
        assert_eq!(
            unpacked(&path, full).unwrap_err().code(),
            ErrorCode::DiskFull
        );
    }
}
