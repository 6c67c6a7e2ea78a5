//! Repositories of a state file.

use serde_json::Value;
use uuid::Uuid;

use super::NAMESPACE;
use super::record::{Record, Rejection};
use super::status_numbering::StatusCounts;
use crate::services::code_repositories::name_of_path;
use crate::tables::RepositoryId;
use crate::types::Timestamp;
use crate::validate;

/// A repository that the schema allows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RepositoryRecord {
    pub(super) place: String,
    pub(super) name: String,
    pub(super) path: String,
    /// Numbers of its agents by state, if the file has all four.
    pub(super) counts: Option<StatusCounts>,
    pub(super) last_update: Option<Timestamp>,
}

impl RepositoryRecord {
    /// Reads an entry of `Repositories`. Its key is its name if it has no other.
    pub(super) fn read(place: String, key: &str, value: Value) -> Result<Self, Rejection> {
        let mut record = Record::new(place, value)?;
        let path = record.path_of_one("Path")?;
        let name: Option<String> = record.optional("Name")?;
        let name = [
            name.as_deref().unwrap_or_default(),
            key,
            name_of_path(&path),
        ]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default()
        .to_owned();
        let name = record.checked("Name", name, |field, name| {
            validate::text(field, name, validate::NAME)
        })?;
        Ok(Self {
            name,
            path,
            counts: counts(&mut record)?,
            last_update: record.optional("LastUpdate")?,
            place: record.place().to_owned(),
        })
    }

    /// Makes the record of a repository of which the file has only the path.
    pub(super) fn at(path: &str) -> Self {
        Self {
            place: String::new(),
            name: name_of_path(path).chars().take(255).collect(),
            path: path.to_owned(),
            counts: None,
            last_update: None,
        }
    }

    /// Returns the id. It is derived from the path, so that every import gives a repository the same id.
    pub(super) fn id(&self) -> RepositoryId {
        Uuid::new_v5(&NAMESPACE, self.path.as_bytes()).into()
    }
}

fn counts(record: &mut Record) -> Result<Option<StatusCounts>, Rejection> {
    let idle = record.optional("IdleCount")?;
    let working = record.optional("WorkingCount")?;
    let error = record.optional("ErrorCount")?;
    let offline = record.optional("OfflineCount")?;
    Ok((|| {
        Some(StatusCounts {
            idle: idle?,
            working: working?,
            error: error?,
            offline: offline?,
        })
    })())
}
