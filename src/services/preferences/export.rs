//! Export of preferences as a JSON document, to be kept or imported elsewhere.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rows::Reader;
use crate::rows::visibility::DEFAULT_USER;
use crate::tables::{
    AgentId, CodeRepository, RepositoryId, UserPreference, UserPreferenceId,
    user_preferences as rows,
};
use crate::types::PreferenceType;

/// Version of the document's format.
pub(super) const VERSION: u32 = 1;

/// Treatment of sealed values, which are never exported in plain text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SealedValues {
    /// Leaves out the preferences whose values are sealed.
    #[default]
    LeaveOut,
    /// Exports the sealed values as they are stored; the import needs the same key.
    KeepSealed,
}

/// Document with preferences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PreferenceDocument {
    /// Version of the format, 1.
    pub version: u32,
    /// Preferences, in any order.
    pub preferences: Vec<ExportedPreference>,
}

/// A preference in a document. It names its repository by path, since ids differ between databases.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ExportedPreference {
    /// Name of the setting.
    pub key: String,
    /// Value, or its sealed form if `SealedAs` is given.
    pub value: String,
    /// True if the preference applies to everyone (`default`), not to the user alone.
    #[serde(default)]
    pub is_default: bool,
    /// Path of the repository that it applies to; none means all.
    pub repository_path: Option<String>,
    /// Agent that it applies to; none means all.
    pub agent_id: Option<AgentId>,
    /// Kind of setting.
    pub type_: Option<PreferenceType>,
    /// Category, for lists.
    pub category: Option<String>,
    /// Description, for people.
    pub description: Option<String>,
    /// True if the value is stored sealed; the import seals a plain value.
    #[serde(default)]
    pub is_encrypted: bool,
    /// Row that the sealed form is bound to, if `Value` is one.
    pub sealed_as: Option<SealedAs>,
    /// True if later changes are refused.
    #[serde(default)]
    pub is_read_only: bool,
}

/// Row that a sealed value is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SealedAs {
    /// Id of the row that the value was sealed for.
    pub id: UserPreferenceId,
    /// Id of the encryption key.
    pub encryption_key_id: String,
}

// Not derived, since a plain value in a document may be confidential.
impl fmt::Debug for ExportedPreference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportedPreference")
            .field("key", &self.key)
            .field("is_default", &self.is_default)
            .field("is_encrypted", &self.is_encrypted)
            .finish_non_exhaustive()
    }
}

/// Outcome of [`export`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Exported {
    /// Document for [`import`](super::import).
    pub document: PreferenceDocument,
    /// Number of sealed preferences that were left out.
    pub left_out: usize,
}

/// Exports the preferences of the acting user and, if `with_default`, those of everyone, by user, key and scope.
pub fn export(
    reader: &mut Reader<'_>,
    with_default: bool,
    sealed: SealedValues,
) -> Result<Exported> {
    let user_id = reader.user().user_id.clone();
    let mut users = vec![user_id.as_str()];
    if with_default {
        users.push(DEFAULT_USER);
    }
    let all = rows::of_users(reader.connection(), &users)?;
    let known = all.len();
    let kept = |row: &UserPreference| !row.is_encrypted || sealed == SealedValues::KeepSealed;
    let mut paths = Paths::default();
    let preferences = all
        .into_iter()
        .filter(kept)
        .map(|row| exported(reader, &mut paths, row))
        .collect::<Result<Vec<_>>>()?;
    Ok(Exported {
        left_out: known - preferences.len(),
        document: PreferenceDocument {
            version: VERSION,
            preferences,
        },
    })
}

fn exported(
    reader: &mut Reader<'_>,
    paths: &mut Paths,
    row: UserPreference,
) -> Result<ExportedPreference> {
    let repository_path = match &row.repository_id {
        Some(id) => paths.get(reader, id)?,
        None => None,
    };
    let sealed_as = row.encryption_key_id.map(|encryption_key_id| SealedAs {
        id: row.id,
        encryption_key_id,
    });
    Ok(ExportedPreference {
        key: row.key,
        value: row.value,
        is_default: row.user_id.as_str() == DEFAULT_USER,
        repository_path,
        agent_id: row.agent_id,
        type_: Some(row.type_),
        category: row.category,
        description: row.description,
        is_encrypted: row.is_encrypted,
        sealed_as,
        is_read_only: row.is_read_only,
    })
}

/// Paths of the repositories that were read so far.
#[derive(Default)]
struct Paths(HashMap<RepositoryId, Option<String>>);

impl Paths {
    fn get(&mut self, reader: &mut Reader<'_>, id: &RepositoryId) -> Result<Option<String>> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let repository = reader.find::<CodeRepository>(id)?;
        let path = repository.map(|repository| repository.path);
        self.0.insert(id.clone(), path.clone());
        Ok(path)
    }
}
