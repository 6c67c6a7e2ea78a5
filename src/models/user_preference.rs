use std::fmt;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{AgentId, RepositoryId, UserId};
use crate::encryption::ENCRYPTED;
use crate::schema::user_preferences;
use crate::types::{Id, PreferenceType, Timestamp};

/// Id of a [`UserPreference`].
pub type UserPreferenceId = Id<UserPreference>;

/// A setting of a user, for all work or for one repository or agent.
#[derive(
    Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = user_preferences, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct UserPreference {
    /// Primary key.
    pub id: UserPreferenceId,
    /// User, or `default` for everyone.
    pub user_id: UserId,
    /// Name of the setting.
    pub key: String,
    /// Value, or its sealed form when `IsEncrypted`.
    pub value: String,
    /// Kind of setting.
    pub type_: PreferenceType,
    /// Category, for lists.
    pub category: Option<String>,
    /// Repository it is for; none: all.
    pub repository_id: Option<RepositoryId>,
    /// Agent it is for; none: all.
    pub agent_id: Option<AgentId>,
    /// What it is, for people.
    pub description: Option<String>,
    /// Whether the value is sealed.
    pub is_encrypted: bool,
    /// Key that the value is sealed with.
    pub encryption_key_id: Option<String>,
    /// Whether changing it is refused.
    pub is_read_only: bool,
    /// When the row was created.
    pub created_at: Timestamp,
    /// When the row was last changed.
    pub updated_at: Timestamp,
    /// Who created the row.
    pub created_by: String,
    /// Who last changed the row.
    pub updated_by: String,
    /// Version of the row: each update adds one.
    pub row_version: i64,
}

impl UserPreference {
    /// The columns that hold what is sealed.
    pub(crate) fn sealed_columns(&self) -> &'static [&'static str] {
        if self.is_encrypted { &["Value"] } else { &[] }
    }
}

// By hand, for one reason: what is sealed must not appear in a log, not even in its sealed form.
impl fmt::Debug for UserPreference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.is_encrypted {
            ENCRYPTED
        } else {
            self.value.as_str()
        };
        f.debug_struct("UserPreference")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("key", &self.key)
            .field("value", &value)
            .field("type_", &self.type_)
            .field("category", &self.category)
            .field("repository_id", &self.repository_id)
            .field("agent_id", &self.agent_id)
            .field("description", &self.description)
            .field("is_encrypted", &self.is_encrypted)
            .field("encryption_key_id", &self.encryption_key_id)
            .field("is_read_only", &self.is_read_only)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("created_by", &self.created_by)
            .field("updated_by", &self.updated_by)
            .field("row_version", &self.row_version)
            .finish()
    }
}
