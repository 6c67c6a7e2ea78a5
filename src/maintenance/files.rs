//! Names of the files that are made beside others: copies, and what was moved aside; and what kind
//! a file is.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::sqlite::private_directory;
use crate::types::Timestamp;

/// `path` with `suffix` behind it, and with a number where that is taken.
pub(crate) fn unused(path: &Path, suffix: &str, extension: &str) -> PathBuf {
    let named = |number: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!("{suffix}{number}{extension}"));
        PathBuf::from(name)
    };
    let first = named("");
    if !is_taken(&first) {
        return first;
    }
    (2_u32..)
        .map(|number| named(&format!("-{number}")))
        .find(|candidate| !is_taken(candidate))
        .unwrap_or(first)
}

/// Whether a file says that it is a database of SQLite.
pub(crate) fn is_database(path: &Path) -> Result<bool> {
    const MAGIC: &[u8; 16] = b"SQLite format 3\0";
    let failed = |e: std::io::Error| Error::from(e).while_doing(path.display());
    // Opening a pipe would wait for somebody who writes.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Ok(false);
    }
    let mut begin = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAGIC.len() as u64)
        .read_to_end(&mut begin)
        .map_err(failed)?;
    Ok(begin == MAGIC)
}

/// Renames a file, and with it what SQLite may have left of its write-ahead log.
pub(crate) fn rename_database(from: &Path, to: &Path) -> std::io::Result<()> {
    let sibling = |path: &Path, suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    for suffix in ["-wal", "-shm"] {
        if sibling(from, suffix).exists() {
            std::fs::rename(sibling(from, suffix), sibling(to, suffix))?;
        }
    }
    std::fs::rename(from, to)
}

fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// `yyyymmdd-hhmmss`
pub(crate) fn stamp(time: Timestamp) -> String {
    let digits: String = time
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .take(14)
        .collect();
    let (date, time) = digits.split_at(8);
    format!("{date}-{time}")
}

/// The moment that a stamp tells.
pub(crate) fn time_of_stamp(stamp: &str) -> Option<Timestamp> {
    let (date, time) = stamp.split_once('-')?;
    let is_number =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(date, 8) || !is_number(time, 6) {
        return None;
    }
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    let (hour, minute, second) = (&time[..2], &time[2..4], &time[4..]);
    let text = format!("{year}-{month}-{day} {hour}:{minute}:{second}");
    text.parse().ok()
}

/// Makes a directory for the user alone, where it isn't there.
pub(crate) fn make_private_directory(path: &Path) -> Result<()> {
    let made = private_directory().create(path);
    made.map_err(|e| Error::from(e).while_doing(path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_not_used_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        let stamp = stamp("2026-01-02 03:04:05.6789".parse().unwrap());
        let suffix = format!(".imported-{stamp}");
        for end in ["20260102-030405", "20260102-030405-2", "20260102-030405-3"] {
            let name = unused(&path, &suffix, "");
            assert!(name.to_str().unwrap().ends_with(end), "{}", name.display());
            std::fs::write(name, "").unwrap();
        }
    }
}
