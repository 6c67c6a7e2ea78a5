//! The files that an import leaves: the copy of the database, and the source under a new name.

use std::path::{Path, PathBuf};

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
