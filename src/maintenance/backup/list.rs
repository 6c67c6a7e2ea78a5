//! The backups in a directory, and their states.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::compressed;
use crate::config::StoreConfig;
use crate::error::{ErrorCode, Result};
use crate::maintenance::files;
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::open_databases::open_database_of;
use crate::sqlite::soundness::{self, Extras};
use crate::sqlite::{
    DatabaseLocation, file_names, gzip, is_same_file, migration_history, plain_file, standing,
};
use crate::types::Timestamp;

/// State of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum BackupState {
    /// Sound: it was read as a whole just now.
    Verified,
    /// A database of this library, verified when it was made and not since.
    Unverified,
    /// Unfinished: it is being made, or its process was killed.
    Partial,
    /// Damaged; the text names the damage.
    Damaged(String),
}

/// A file in a directory of backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupFile {
    /// Path of the file.
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last write.
    pub modified_at: Timestamp,
    /// Newest migration that the database in it has had, if that can be read.
    pub schema_version: Option<String>,
    /// State of the backup.
    pub state: BackupState,
}

/// Lists the backups in a directory, oldest first: databases of this library, including partial and damaged ones. Other
/// files are left out. A database that this process has open is listed as unverified, without being read.
///
/// If `verified` is true, each is read as a whole, for which compressed ones are unpacked beside themselves; otherwise
/// only the headers are read.
///
/// ```
/// use orchestra_store::maintenance::backup::{self, BackupState};
/// use orchestra_store::maintenance::unobserved;
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// # let backups = directory.path().join("backups");
/// # std::fs::create_dir(&backups)?;
/// backup::create(&store, &backups.join("monday.db"), false, &mut unobserved)?;
/// let listed = backup::list(&backups, true)?;
/// assert_eq!(listed[0].state, BackupState::Verified);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn list(directory: &Path, verified: bool) -> Result<Vec<BackupFile>> {
    let mut found = Vec::new();
    for path in files::entries(directory)? {
        let metadata = std::fs::metadata(&path);
        if let Some(metadata) = metadata.ok().filter(|m| m.is_file() && m.len() > 0)
            && !is_companion(&path)
        {
            match open_database_of(&path) {
                None => found.extend(look_at(path, &metadata, verified)?),
                // Not touched: closing it would drop SQLite's locks.
                Some(open) if is_same_file(&open, &path) => {
                    found.push(file(&path, &metadata, None, BackupState::Unverified));
                }
                Some(_) => {}
            }
        }
    }
    found.sort_by(|a, b| (a.modified_at, &a.path).cmp(&(b.modified_at, &b.path)));
    Ok(found)
}

/// Verifies a backup: reads it as a whole, and returns its state.
///
/// Fails with [`ErrorCode::NotADatabase`] or [`ErrorCode::ForeignSchema`] if it isn't a database of this library, and
/// with [`ErrorCode::InvalidArgument`] if it is no regular file, or belongs to a database that this process has open. A
/// damaged one is no error: its state is [`BackupState::Damaged`].
///
/// ```
/// use orchestra_store::maintenance::backup::{self, BackupState};
/// use orchestra_store::maintenance::unobserved;
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let target = directory.path().join("backup.db");
/// backup::create(&store, &target, false, &mut unobserved)?;
/// assert_eq!(backup::verify(&target)?.state, BackupState::Verified);
///
/// let whole = std::fs::read(&target)?;
/// std::fs::write(&target, &whole[..whole.len() / 2])?;
/// assert!(matches!(backup::verify(&target)?.state, BackupState::Damaged(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(path: &Path) -> Result<BackupFile> {
    let metadata = plain_file::metadata(path)?;
    match look_at(path.to_owned(), &metadata, true)? {
        Some(file) => Ok(file),
        None => read(path, true).map(|(version, state)| file(path, &metadata, version, state)),
    }
}

/// Returns true for the write-ahead log and the like of a database.
fn is_companion(path: &Path) -> bool {
    let name = path.as_os_str().to_string_lossy();
    file_names::SQLITE_COMPANIONS
        .iter()
        .any(|suffix| name.ends_with(suffix))
}

fn look_at(path: PathBuf, metadata: &Metadata, verified: bool) -> Result<Option<BackupFile>> {
    // One that is being made is locked and incomplete.
    if path.extension() == Some(OsStr::new("partial")) {
        return Ok(Some(file(&path, metadata, None, BackupState::Partial)));
    }
    match read(&path, verified) {
        Ok((version, state)) => Ok(Some(file(&path, metadata, version, state))),
        Err(error) => match error.code() {
            ErrorCode::NotADatabase | ErrorCode::ForeignSchema => Ok(None),
            ErrorCode::Corrupt | ErrorCode::SchemaTooNew => {
                let state = BackupState::Damaged(error.message().to_owned());
                Ok(Some(file(&path, metadata, None, state)))
            }
            _ => Err(error),
        },
    }
}

fn read(path: &Path, verified: bool) -> Result<(Option<String>, BackupState)> {
    if gzip::is_compressed(path)? {
        return compressed::read(path, verified);
    }
    let location = DatabaseLocation::new(path)?;
    let config = StoreConfig::new(path);
    let mut conn = Connection::open(&location, Role::Probe, &config)?;
    if verified {
        let sound = soundness::require(&mut conn, &location, Extras::Allowed);
        let sound = sound.map_err(|e| conn.explain(e))?;
        return Ok((Some(sound.schema_version), BackupState::Verified));
    }
    standing::standing_of(&mut conn, &location).map_err(|e| conn.explain(e))?;
    let versions = migration_history::applied_versions(&mut conn)?;
    Ok((versions.into_iter().max(), BackupState::Unverified))
}

fn file(
    path: &Path,
    metadata: &Metadata,
    schema_version: Option<String>,
    state: BackupState,
) -> BackupFile {
    BackupFile {
        path: path.to_owned(),
        size: metadata.len(),
        modified_at: Timestamp::from(metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)),
        schema_version,
        state,
    }
}
