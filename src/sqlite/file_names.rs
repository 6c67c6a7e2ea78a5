//! Names of files beside a database: those that SQLite keeps, copies, and files that are moved aside.

use std::path::{Path, PathBuf};

use crate::types::Timestamp;

/// Suffixes of the files that SQLite keeps beside a database.
pub(crate) const SQLITE_COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

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

/// Formats a time as `yyyymmdd-hhmmss`.
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

/// Parses the time that [`stamp`] formatted.
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
