//! Backups by a policy, which sets how often they are made, where, and how many are kept.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Backup, create};
use crate::config::BackupPolicy;
use crate::error::{Error, ErrorCode, Result};
use crate::maintenance::files;
use crate::maintenance::progress::OnProgress;
use crate::sqlite::open_databases::open_database_of;
use crate::sqlite::{
    DatabaseLocation, copy_file, file_names, make_private_directory, plain_file, target,
};
use crate::store::Store;
use crate::types::Timestamp;

/// Result of [`run_if_due`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AutomaticBackup {
    /// New backup, if one was due.
    pub made: Option<Backup>,
    /// Paths of the old backups that were removed.
    pub removed: Vec<PathBuf>,
}

/// Makes a backup if the newest is as old as the interval or there is none, and then removes those that the policy no
/// longer keeps. A backup whose name has a time in the future, by a clock that was wrong, keeps none from being made.
///
/// A backup is named `NAME-yyyymmdd-hhmmss.backup.db`, after the database and the time in UTC by the store's clock,
/// with `.gz` appended if it is compressed. Only files of that form count and are removed. Nothing is removed unless a
/// backup was made, so that a store which can't make any keeps those that it has.
///
/// ```
/// use orchestra_store::maintenance::backup::{BackupPolicy, run_if_due};
/// use orchestra_store::maintenance::unobserved;
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let policy = BackupPolicy::new(directory.path().join("backups"));
/// let first = run_if_due(&store, &policy, &mut unobserved)?;
/// let second = run_if_due(&store, &policy, &mut unobserved)?;
/// assert!(first.made.is_some() && second.made.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run_if_due(
    store: &Store,
    policy: &BackupPolicy,
    on_progress: &mut OnProgress<'_>,
) -> Result<AutomaticBackup> {
    let now = store.read(|reader| Ok(reader.now()))?;
    let name = Name::of(store.path())?;
    target::refuse_reserved(&policy.directory)?;
    make_private_directory(&policy.directory)?;
    if !is_due(&name.backups_in(&policy.directory)?, policy, now) {
        return Ok(AutomaticBackup::default());
    }
    let target = policy.directory.join(name.at(now, policy.compress));
    match create(store, &target, false, on_progress) {
        Ok(made) => Ok(AutomaticBackup {
            made: Some(made),
            removed: clean_up(policy, &name, now)?,
        }),
        // Another process follows the same policy.
        Err(e) if matches!(e.code(), ErrorCode::AlreadyExists | ErrorCode::Busy) => {
            Ok(AutomaticBackup::default())
        }
        Err(e) => Err(e),
    }
}

/// Returns true unless one of the backups is younger than the interval. One from the future was named by a clock that was
/// wrong, and says nothing about its age.
fn is_due(backups: &[(Timestamp, PathBuf)], policy: &BackupPolicy, now: Timestamp) -> bool {
    let from_the_future = |(made, _): &&(Timestamp, PathBuf)| *made > now;
    if let Some((made, path)) = backups.iter().find(from_the_future) {
        tracing::warn!(path = %path.display(), %made, %now, "the name of a backup has a time in the future");
    }
    let mut known = backups.iter().filter(|backup| !from_the_future(backup));
    !known.any(|(made, _)| now < *made + policy.interval)
}

fn clean_up(policy: &BackupPolicy, name: &Name, now: Timestamp) -> Result<Vec<PathBuf>> {
    let backups = name.backups_in(&policy.directory)?;
    let beyond = backups.len().saturating_sub(policy.keep.max(1));
    let mut removed = Vec::new();
    for (made, path) in &backups[..beyond] {
        // One that this process has open is removed by a later call.
        if *made + policy.keep_for <= now && open_database_of(path).is_none() {
            plain_file::remove(path)?;
            removed.push(path.clone());
        }
    }
    remove_left_behind(policy, name)?;
    Ok(removed)
}

/// Removes the partial backups of processes that were killed.
fn remove_left_behind(policy: &BackupPolicy, name: &Name) -> Result<()> {
    for path in files::entries(&policy.directory)? {
        let file = path.file_name().and_then(|file| file.to_str());
        if file.is_some_and(|file| name.is_of_partial(file)) {
            match copy_file::remove_left_behind(&DatabaseLocation::of_target(&path)?) {
                Err(e) if e.code() != ErrorCode::Busy => return Err(e),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Beginning of the names of a database's backups.
struct Name(String);

impl Name {
    const EXTENSION: &'static str = ".backup.db";
    const COMPRESSED: &'static str = ".gz";

    fn of(database: &Path) -> Result<Self> {
        let stem = database.file_stem().and_then(|stem| stem.to_str());
        stem.map(|stem| Self(format!("{stem}-"))).ok_or_else(|| {
            let reason = format!("must name a file in UTF-8, got {}", database.display());
            Error::invalid("path", reason)
        })
    }

    fn at(&self, time: Timestamp, compress: bool) -> String {
        let end = if compress { Self::COMPRESSED } else { "" };
        format!(
            "{}{}{}{end}",
            self.0,
            file_names::stamp(time),
            Self::EXTENSION
        )
    }

    /// Returns the time in the name of a backup.
    fn time_in(&self, name: &str) -> Option<Timestamp> {
        let (time, end) = self.time_and_end(name)?;
        matches!(end, "" | Self::COMPRESSED).then_some(time)
    }

    /// Returns true for the name of an unfinished backup.
    fn is_of_partial(&self, name: &str) -> bool {
        let end = self.time_and_end(name).map(|(_, end)| end);
        end.is_some_and(|end| end.ends_with(target::PARTIAL))
    }

    fn time_and_end<'n>(&self, name: &'n str) -> Option<(Timestamp, &'n str)> {
        let (stamp, end) = name.strip_prefix(&self.0)?.split_once(Self::EXTENSION)?;
        Some((file_names::time_of_stamp(stamp)?, end))
    }

    /// Returns the backups in a directory, oldest first.
    fn backups_in(&self, directory: &Path) -> Result<Vec<(Timestamp, PathBuf)>> {
        let mut backups = Vec::new();
        for path in files::entries(directory)? {
            let name = path.file_name().and_then(|name| name.to_str());
            let made = name.and_then(|name| self.time_in(name));
            backups.extend(made.map(|made| (made, path)));
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
