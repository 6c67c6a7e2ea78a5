//! Row and queries of the table `UserPreferences`.

use std::fmt;

use diesel::dsl::not;
use diesel::prelude::*;

use super::{Agent, AgentId, CodeRepository, RepositoryId, UserId};
use crate::encryption::ENCRYPTED;
use crate::rows::entity;
use crate::schema::user_preferences::{self, dsl};
use crate::sqlite::{Conn, Kept};
use crate::types::{Id, PreferenceType, Timestamp};

/// Id of a [`UserPreference`].
pub type UserPreferenceId = Id<UserPreference>;

entity! {
    /// A setting of a user, for all work or for one repository or agent.
    pub struct UserPreference in user_preferences as "UserPreferences" {
        /// Primary key.
        pub id: UserPreferenceId,
        /// User, or `default` for everyone.
        pub user_id: UserId,
        /// Name of the setting.
        pub key: String,
        /// Value, in sealed form if `IsEncrypted`.
        pub value: String,
        /// Kind of setting.
        pub type_: PreferenceType,
        /// Category to group by in lists.
        pub category: Option<String>,
        /// Repository that the setting is for; none means all.
        pub repository_id: Option<RepositoryId>,
        /// Agent that the setting is for; none means all.
        pub agent_id: Option<AgentId>,
        /// Description for people.
        pub description: Option<String>,
        /// True if the value is sealed.
        pub is_encrypted: bool,
        /// Id of the key that the value is sealed with.
        pub encryption_key_id: Option<String>,
        /// True if the setting can't be changed.
        pub is_read_only: bool,
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// Time of the last change to the row.
        pub updated_at: Timestamp,
        /// User who created the row.
        pub created_by: String,
        /// User who last changed the row.
        pub updated_by: String,
        /// Version of the row; each update raises it.
        pub row_version: i64,
    }
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
    seen by user_id,
    secret sealed_columns,
    locked is_read_only,
    kept {
        [is_encrypted, encryption_key_id] by "set",
    },
    relations {
        Agent: one Agent by "AgentId",
        Repository: one CodeRepository by "RepositoryId",
    },
}

impl UserPreference {
    /// Returns the columns whose values are sealed.
    pub(crate) fn sealed_columns(&self) -> &'static [&'static str] {
        if self.is_encrypted { &["Value"] } else { &[] }
    }
}

// Not derived: a sealed value must not appear in a log, not even in its sealed form.
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

/// Returns the preference of exactly this user, key, repository and agent.
pub(crate) fn get(
    conn: &mut Conn,
    user_id: &str,
    key: &str,
    repository_id: Option<&RepositoryId>,
    agent_id: Option<&AgentId>,
) -> QueryResult<Option<UserPreference>> {
    dsl::user_preferences
        .filter(dsl::user_id.eq(user_id).and(dsl::key.eq(key)))
        .filter(dsl::repository_id.is(repository_id))
        .filter(dsl::agent_id.is(agent_id))
        .select(UserPreference::as_select())
        .first(conn)
        .optional()
}

/// Returns the preferences of these users by user, key and scope.
pub(crate) fn of_users(conn: &mut Conn, user_ids: &[&str]) -> QueryResult<Vec<UserPreference>> {
    let query = dsl::user_preferences
        .filter(dsl::user_id.eq_any(user_ids))
        .order((dsl::user_id, dsl::key, dsl::repository_id, dsl::agent_id))
        .select(UserPreference::as_select());
    Kept(query).load(conn)
}

/// Returns the preferences of these users, of one key or of all, that apply to work of an agent in a repository.
pub(crate) fn applying(
    conn: &mut Conn,
    user_ids: &[&str],
    key: Option<&str>,
    repository_id: Option<&RepositoryId>,
    agent_id: Option<&AgentId>,
) -> QueryResult<Vec<UserPreference>> {
    let mut query = dsl::user_preferences
        .filter(dsl::user_id.eq_any(user_ids))
        .filter(
            dsl::repository_id
                .is_null()
                .or(dsl::repository_id.is(repository_id)),
        )
        .filter(dsl::agent_id.is_null().or(dsl::agent_id.is(agent_id)))
        .select(UserPreference::as_select())
        .into_boxed();
    if let Some(key) = key {
        query = query.filter(dsl::key.eq(key));
    }
    Kept(query).load(conn)
}

/// Returns encrypted rows that are not sealed with this key, by id, starting behind `behind`.
pub(crate) fn sealed_otherwise(
    conn: &mut Conn,
    key_id: &str,
    behind: Option<&UserPreferenceId>,
    limit: u32,
) -> QueryResult<Vec<UserPreference>> {
    let mut query = dsl::user_preferences
        .filter(dsl::is_encrypted.and(not(dsl::encryption_key_id.is(key_id))))
        .order(dsl::id)
        .limit(limit.into())
        .select(UserPreference::as_select())
        .into_boxed();
    if let Some(behind) = behind {
        query = query.filter(dsl::id.gt(behind));
    }
    query.load(conn)
}

/// Counts the encrypted rows that are not sealed with this key.
pub(crate) fn count_sealed_otherwise(conn: &mut Conn, key_id: &str) -> QueryResult<i64> {
    dsl::user_preferences
        .filter(dsl::is_encrypted.and(not(dsl::encryption_key_id.is(key_id))))
        .count()
        .get_result(conn)
}
