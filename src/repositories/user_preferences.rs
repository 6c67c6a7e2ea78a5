//! Queries of `UserPreferences`.

use diesel::dsl::not;
use diesel::prelude::*;

use crate::db::{Conn, Kept};
use crate::models::{AgentId, RepositoryId, UserPreference, UserPreferenceId};
use crate::schema::user_preferences::dsl;

/// The row of exactly this user, repository and agent.
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

/// All rows of these users, by user, key and scope.
pub(crate) fn of_users(conn: &mut Conn, user_ids: &[&str]) -> QueryResult<Vec<UserPreference>> {
    let query = dsl::user_preferences
        .filter(dsl::user_id.eq_any(user_ids))
        .order((dsl::user_id, dsl::key, dsl::repository_id, dsl::agent_id))
        .select(UserPreference::as_select());
    Kept(query).load(conn)
}

/// The rows of these users, of this key or any, that apply to work of this agent in this
/// repository.
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

/// Encrypted rows that are not sealed with this key, by id, behind an id.
pub(crate) fn sealed_otherwise(
    conn: &mut Conn,
    key_id: &str,
    behind: Option<&UserPreferenceId>,
    limit: i64,
) -> QueryResult<Vec<UserPreference>> {
    let mut query = dsl::user_preferences
        .filter(dsl::is_encrypted.and(not(dsl::encryption_key_id.is(key_id))))
        .order(dsl::id)
        .limit(limit)
        .select(UserPreference::as_select())
        .into_boxed();
    if let Some(behind) = behind {
        query = query.filter(dsl::id.gt(behind));
    }
    query.load(conn)
}

/// How many encrypted rows are not sealed with this key.
pub(crate) fn count_sealed_otherwise(conn: &mut Conn, key_id: &str) -> QueryResult<i64> {
    dsl::user_preferences
        .filter(dsl::is_encrypted.and(not(dsl::encryption_key_id.is(key_id))))
        .count()
        .get_result(conn)
}
