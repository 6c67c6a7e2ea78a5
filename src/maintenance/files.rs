//! Files beside the database: names of copies and of what is moved aside, and the kind of a file.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::sqlite::{dialect, private_directory};
use crate::types::Timestamp;

/// Suffixes of the files that SQLite keeps beside a database.
pub(crate) const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Returns `path` with `suffix` appended to its name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Returns the unused name `PATH.LABEL-yyyymmdd-hhmmss` with `extension` behind it, numbered where that is taken.
pub(crate) fn stamped(path: &Path, label: &str, now: Timestamp, extension: &str) -> PathBuf {
    let stamp = stamp(now);
    let named = |number: &str| with_suffix(path, &format!(".{label}-{stamp}{number}{extension}"));
    let first = named("");
    if !is_taken(&first) {
        return first;
    }
    (2_u32..)
        .map(|number| named(&format!("-{number}")))
        .find(|candidate| !is_taken(candidate))
        .unwrap_or(first)
}

/// Returns true if something has this name, be it a link that leads nowhere.
pub(crate) fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Returns true if the file begins as every SQLite database does.
pub(crate) fn is_database(path: &Path) -> Result<bool> {
    // Opening a pipe would wait for a writer.
    if !metadata(path)?.is_file() {
        return Ok(false);
    }
    let failed = |e: std::io::Error| Error::from(e).while_doing(path.display());
    let mut begin = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(dialect::FILE_MAGIC.len() as u64)
        .read_to_end(&mut begin)
        .map_err(failed)?;
    Ok(begin == dialect::FILE_MAGIC)
}

/// Reads the metadata of a file; an error names the file.
pub(crate) fn metadata(path: &Path) -> Result<Metadata> {
    std::fs::metadata(path).map_err(|e| Error::from(e).while_doing(path.display()))
}

/// Names the kind of a thing that is no regular file.
pub(crate) fn kind_of(irregular: &Metadata) -> &'static str {
    if irregular.is_dir() {
        "a directory"
    } else {
        "a special file"
    }
}

/// Lists the paths of the entries of a directory, in no order; an error names the directory.
pub(super) fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let paths: std::io::Result<_> = std::fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    paths.map_err(|e| Error::from(e).while_doing(directory.display()))
}

/// Renames a database that nobody has open, and its companions with it.
pub(crate) fn rename_database(from: &Path, to: &Path) -> std::io::Result<()> {
    rename_companions(from, to)?;
    std::fs::rename(from, to)
}

/// Renames the companions of a database, and returns their old and new names.
pub(super) fn rename_companions(
    from: &Path,
    to: &Path,
) -> std::io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut renamed = Vec::new();
    for companion in COMPANIONS {
        let (old, new) = (with_suffix(from, companion), with_suffix(to, companion));
        if old.exists() {
            std::fs::rename(&old, &new)?;
            renamed.push((old, new));
        }
    }
    Ok(renamed)
}

/// Formats a time as `yyyymmdd-hhmmss`.
pub(super) fn stamp(time: Timestamp) -> String {
    let digits: String = time
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .take(14)
        .collect();
    let (date, time) = digits.split_at(8);
    format!("{date}-{time}")
}

/// Parses the time that [`stamp`] formatted.
pub(super) fn time_of_stamp(stamp: &str) -> Option<Timestamp> {
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

/// Makes a directory, and those above it, for the user alone; one that exists stays as it is.
pub(super) fn make_private_directory(path: &Path) -> Result<()> {
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
        let now = "2026-01-02 03:04:05.6789".parse().unwrap();
        for end in ["20260102-030405", "20260102-030405-2", "20260102-030405-3"] {
            let name = stamped(&path, "imported", now, "");
            let end = format!("state.json.imported-{end}");
            assert!(name.to_str().unwrap().ends_with(&end), "{}", name.display());
            std::fs::write(name, "").unwrap();
        }
    }

    #[test]
    fn a_stamp_is_read_back() {
        let time: Timestamp = "2026-01-02 03:04:05".parse().unwrap();
        assert_eq!(time_of_stamp(&stamp(time)), Some(time));
        assert_eq!(time_of_stamp("20260102-0304"), None);
    }
}
