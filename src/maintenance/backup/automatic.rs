//! Backups by a policy: how often, where, and how many stay.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Backup, create};
use crate::config::BackupPolicy;
use crate::error::{Error, ErrorCode, Result};
use crate::maintenance::files;
use crate::maintenance::progress::OnProgress;
use crate::sqlite::{DatabaseLocation, copy_file};
use crate::store::Store;
use crate::types::Timestamp;

/// What [`run_if_due`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AutomaticBackup {
    /// The backup, where one was due.
    pub made: Option<Backup>,
    /// Old backups that were removed.
    pub removed: Vec<PathBuf>,
}

/// Makes a backup where the newest is as old as the interval or there is none, and then removes those
/// that the policy no longer keeps.
///
/// A backup is called `NAME-yyyymmdd-hhmmss.backup.db`, after the database and the time in UTC by the
/// store's clock, with `.gz` behind it where it is compressed. Only files of that form count and are removed; nothing is removed unless a backup
/// was made, so that a store which can't make any keeps those that it has.
pub fn run_if_due(
    store: &Store,
    policy: &BackupPolicy,
    on_progress: &mut OnProgress<'_>,
) -> Result<AutomaticBackup> {
    let now = store.read(|reader| Ok(reader.now()))?;
    let name = Name::of(store.path())?;
    files::make_private_directory(&policy.directory)?;
    let newest = name.backups_in(&policy.directory)?.pop();
    if newest.is_some_and(|(made, _)| now < made + policy.interval) {
        return Ok(AutomaticBackup::default());
    }
    let target = policy.directory.join(name.at(now, policy.compress));
    match create(store, &target, false, on_progress) {
        Ok(made) => Ok(AutomaticBackup {
            made: Some(made),
            removed: clean_up(policy, &name, now)?,
        }),
        // Somebody else follows the same policy.
        Err(e) if matches!(e.code(), ErrorCode::AlreadyExists | ErrorCode::Busy) => {
            Ok(AutomaticBackup::default())
        }
        Err(e) => Err(e),
    }
}

fn clean_up(policy: &BackupPolicy, name: &Name, now: Timestamp) -> Result<Vec<PathBuf>> {
    let backups = name.backups_in(&policy.directory)?;
    let beyond = backups.len().saturating_sub(policy.keep.max(1));
    let mut removed = Vec::new();
    for (made, path) in &backups[..beyond] {
        if *made + policy.keep_for <= now {
            std::fs::remove_file(path).map_err(|e| Error::from(e).while_doing(path.display()))?;
            removed.push(path.clone());
        }
    }
    remove_left_behind(policy, name)?;
    Ok(removed)
}

/// Removes what processes left that were killed while they made a backup.
fn remove_left_behind(policy: &BackupPolicy, name: &Name) -> Result<()> {
    for entry in std::fs::read_dir(&policy.directory)? {
        let path = entry?.path();
        let file = path.file_name().and_then(|file| file.to_str());
        if file.is_some_and(|file| name.is_of_partial(file)) {
            match copy_file::remove_left_behind(&DatabaseLocation::new(&path)?) {
                Err(e) if e.code() != ErrorCode::Busy => return Err(e),
                _ => {}
            }
        }
    }
    Ok(())
}

/// What the names of a database's backups begin with.
struct Name(String);

impl Name {
    const EXTENSION: &'static str = ".backup.db";
    const COMPRESSED: &'static str = ".gz";

    fn of(database: &Path) -> Result<Self> {
        let stem = database.file_stem().and_then(|stem| stem.to_str());
        stem.map(|stem| Self(format!("{stem}-")))
            .ok_or_else(|| Error::invalid("path", "has no name"))
    }

    fn at(&self, time: Timestamp, compress: bool) -> String {
        let end = if compress { Self::COMPRESSED } else { "" };
        format!("{}{}{}{end}", self.0, files::stamp(time), Self::EXTENSION)
    }

    /// When it was made, where this is the name of a backup.
    fn time_in(&self, name: &str) -> Option<Timestamp> {
        let (time, end) = self.time_and_end(name)?;
        matches!(end, "" | Self::COMPRESSED).then_some(time)
    }

    /// Whether this is the name of something that a backup leaves which is broken off.
    fn is_of_partial(&self, name: &str) -> bool {
        let end = self.time_and_end(name).map(|(_, end)| end);
        end.is_some_and(|end| end.ends_with(".partial"))
    }

    fn time_and_end<'n>(&self, name: &'n str) -> Option<(Timestamp, &'n str)> {
        let (stamp, end) = name.strip_prefix(&self.0)?.split_once(Self::EXTENSION)?;
        Some((files::time_of_stamp(stamp)?, end))
    }

    /// The backups of a directory, oldest first.
    fn backups_in(&self, directory: &Path) -> Result<Vec<(Timestamp, PathBuf)>> {
        let mut backups = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let made = entry
                .file_name()
                .to_str()
                .and_then(|name| self.time_in(name));
            backups.extend(made.map(|made| (made, entry.path())));
        }
        backups.sort();
        Ok(backups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_our_own_are_backups() {
        let name = Name::of(Path::new("/data/orchestra.db")).unwrap();
        let now: Timestamp = "2026-01-02 03:04:05".parse().unwrap();
        let [plain, compressed] = [false, true].map(|compress| name.at(now, compress));
        assert_eq!(plain, "orchestra-20260102-030405.backup.db");
        assert_eq!(compressed, format!("{plain}.gz"));
        for whole in [plain, compressed] {
            assert_eq!(name.time_in(&whole), Some(now));
            assert!(name.is_of_partial(&format!("{whole}.partial")) && !name.is_of_partial(&whole));
        }
        for other in [
            "orchestra.db",
            "orchestra-20260102-030405.db",
            "orchestra-20260102-030405.backup.db.partial",
            "orchestra-of-the-year.backup.db",
            "other-20260102-030405.backup.db",
            "orchestra-20261302-030405.backup.db",
        ] {
            assert_eq!(name.time_in(other), None, "{other}");
        }
    }
}
