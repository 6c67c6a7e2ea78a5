//! Backups by a policy: how often, where, and how many stay.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::{Backup, create};
use crate::db::{DatabaseLocation, copy_file};
use crate::error::{Error, ErrorCode, Result};
use crate::maintenance::files;
use crate::maintenance::progress::OnProgress;
use crate::store::Store;
use crate::types::Timestamp;

/// When backups are made by themselves, and how long they stay.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupPolicy {
    /// Where they are; made for the user alone where it isn't there. Best on another disk.
    pub directory: PathBuf,
    /// The least time between two. Default: a day.
    pub interval: Duration,
    /// How many of the newest always stay, at least 1. Default: 7.
    pub keep: usize,
    /// How old those beyond may get. Default: nothing beyond stays.
    pub keep_for: Duration,
}

impl BackupPolicy {
    /// A backup each day into this directory, of which seven stay.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            interval: Duration::from_secs(24 * 3600),
            keep: 7,
            keep_for: Duration::ZERO,
        }
    }
}

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
/// store's clock. Only files of that form count and are removed; nothing is removed unless a backup
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
    let target = policy.directory.join(name.at(now));
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
        let whole = path.with_extension("");
        let whole = whole.file_name().and_then(|name| name.to_str());
        let is_partial = path.extension() == Some(OsStr::new("partial"));
        if is_partial && whole.is_some_and(|whole| name.time_in(whole).is_some()) {
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

    fn of(database: &Path) -> Result<Self> {
        let stem = database.file_stem().and_then(|stem| stem.to_str());
        stem.map(|stem| Self(format!("{stem}-")))
            .ok_or_else(|| Error::invalid("path", "has no name"))
    }

    fn at(&self, time: Timestamp) -> String {
        format!("{}{}{}", self.0, files::stamp(time), Self::EXTENSION)
    }

    /// When it was made, where this is the name of a backup.
    fn time_in(&self, name: &str) -> Option<Timestamp> {
        let stamp = name.strip_prefix(&self.0)?;
        files::time_of_stamp(stamp.strip_suffix(Self::EXTENSION)?)
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
        assert_eq!(name.at(now), "orchestra-20260102-030405.backup.db");
        assert_eq!(name.time_in(&name.at(now)), Some(now));
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
