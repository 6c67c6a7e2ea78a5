//! Preferences as a JSON document, to be kept or taken elsewhere.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rows::Reader;
use crate::rows::entity::DEFAULT_USER;
use crate::tables::{
    AgentId, CodeRepository, RepositoryId, UserPreference, UserPreferenceId,
    user_preferences as rows,
};
use crate::types::PreferenceType;

/// The version of the document's form.
pub(super) const VERSION: u32 = 1;

/// The treatment of sealed values. They are never exported in clear.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SealedValues {
    /// They are left out, with all that is said of them.
    #[default]
    LeaveOut,
    /// They are exported as they are stored: who imports them needs the same key.
    KeepSealed,
}

/// Preferences outside of a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PreferenceDocument {
    /// The version of this form, 1.
    pub version: u32,
    /// The preferences, in any order.
    pub preferences: Vec<ExportedPreference>,
}

/// A preference outside of a database: repositories are named by their paths, which are the same
/// everywhere.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ExportedPreference {
    /// Name of the setting.
    pub key: String,
    /// Value, or its sealed form where `SealedAs` is given.
    pub value: String,
    /// `true` where it is for everyone (`default`) and not for the user.
    #[serde(default)]
    pub is_default: bool,
    /// Where the repository is that it is for; none: all.
    #[serde(default)]
    pub repository_path: Option<String>,
    /// The agent that it is for; none: all.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// Kind of setting.
    #[serde(default)]
    pub type_: Option<PreferenceType>,
    /// Category.
    #[serde(default)]
    pub category: Option<String>,
    /// Description, for people.
    #[serde(default)]
    pub description: Option<String>,
    /// `true` where the value is stored sealed; one that comes in clear is sealed by the import.
    #[serde(default)]
    pub is_encrypted: bool,
    /// The row that the sealed form is bound to, where `Value` is one.
    #[serde(default)]
    pub sealed_as: Option<SealedAs>,
    /// `true` where later changes are refused.
    #[serde(default)]
    pub is_read_only: bool,
}

/// The row that a sealed value is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SealedAs {
    /// The id of the row that it was sealed for.
    pub id: UserPreferenceId,
    /// The id of the key.
    pub encryption_key_id: String,
}

// By hand, since the value of a document that somebody wrote may be meant to be sealed.
impl fmt::Debug for ExportedPreference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportedPreference")
            .field("key", &self.key)
            .field("is_default", &self.is_default)
            .field("is_encrypted", &self.is_encrypted)
            .finish_non_exhaustive()
    }
}

/// The outcome of [`export`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Exported {
    /// The document, which [`import`](super::import) takes.
    pub document: PreferenceDocument,
    /// How many sealed preferences were left out.
    pub left_out: usize,
}

/// Returns the preferences of the acting user, and those of everyone if `with_default`, by user, key, and
/// scope.
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

/// Where the repositories are that were asked for.
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
