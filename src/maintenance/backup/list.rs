//! What is in a directory of backups.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::compressed;
use crate::config::StoreConfig;
use crate::error::{ErrorCode, Result};
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::soundness::{self, Extras};
use crate::sqlite::{DatabaseLocation, gzip, migrations};
use crate::types::Timestamp;

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum BackupState {
    /// It was read as a whole just now, and is sound.
    Verified,
    /// A database of ours that was verified when it was made, and not looked at since.
    Unverified,
    /// A backup that was not finished: it is being made, or who made it was killed.
    Partial,
    /// Something is wrong with it; the text says what.
    Damaged(String),
}

/// A file in a directory of backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written last.
    pub modified_at: Timestamp,
    /// The newest migration that the database in it has had, where it can be read.
    pub schema_version: Option<String>,
    /// What is known of it.
    pub state: BackupState,
}

/// The backups in a directory, oldest first: databases of ours, also partial and damaged ones.
/// Files of others are left out.
///
/// `verified` reads each of them as a whole, for which compressed ones are unpacked beside themselves;
/// otherwise only their headers are looked at.
pub fn list(directory: &Path, verified: bool) -> Result<Vec<BackupFile>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = std::fs::metadata(entry.path());
        if let Some(metadata) = metadata.ok().filter(|m| m.is_file() && m.len() > 0)
            && !belongs_to_another(&entry.path())
        {
            found.extend(look_at(entry.path(), &metadata, verified)?);
        }
    }
    found.sort_by(|a, b| (a.modified_at, &a.path).cmp(&(b.modified_at, &b.path)));
    Ok(found)
}

/// Reads a backup as a whole, and tells what is known of it then.
///
/// Fails with [`ErrorCode::NotADatabase`] or [`ErrorCode::ForeignSchema`] where it isn't one of ours.
pub fn verify(path: &Path) -> Result<BackupFile> {
    let metadata = std::fs::metadata(path)?;
    match look_at(path.to_owned(), &metadata, true)? {
        Some(file) => Ok(file),
        None => read(path, true).map(|(version, state)| file(path, &metadata, version, state)),
    }
}

/// The write-ahead log and its like of a database that is in use.
fn belongs_to_another(path: &Path) -> bool {
    let name = path.as_os_str().to_string_lossy();
    ["-wal", "-shm", "-journal"]
        .iter()
        .any(|suffix| name.ends_with(suffix))
}

fn look_at(path: PathBuf, metadata: &Metadata, verified: bool) -> Result<Option<BackupFile>> {
    // One that is being made is locked, and not whole yet.
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
    migrations::standing_of(&mut conn, &location).map_err(|e| conn.explain(e))?;
    let versions = migrations::applied_versions(&mut conn)?;
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
