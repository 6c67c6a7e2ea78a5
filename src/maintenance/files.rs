//! Names of the files that are made beside others: copies, and what was moved aside.

use std::path::{Path, PathBuf};

use crate::db::private_directory;
use crate::error::{Error, Result};
use crate::types::Timestamp;

/// `path` with `suffix` behind it, and with a number where that is taken.
pub(super) fn unused(path: &Path, suffix: &str, extension: &str) -> PathBuf {
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

fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// `yyyymmdd-hhmmss`
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

/// The moment that a stamp tells.
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

/// Makes a directory for the user alone, where it isn't there.
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
        let stamp = stamp("2026-01-02 03:04:05.6789".parse().unwrap());
        let suffix = format!(".imported-{stamp}");
        for end in ["20260102-030405", "20260102-030405-2", "20260102-030405-3"] {
            let name = unused(&path, &suffix, "");
            assert!(name.to_str().unwrap().ends_with(end), "{}", name.display());
            std::fs::write(name, "").unwrap();
        }
    }
}
