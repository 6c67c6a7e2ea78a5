//! Finding the preference that applies.

use std::cmp::Reverse;

use super::sealing::value_of;
use super::{Preference, PreferenceScope};
use crate::error::Result;
use crate::rows::Reader;
use crate::rows::visibility::{self, DEFAULT_USER};
use crate::tables::{AgentId, RepositoryId, UserPreference, user_preferences as rows};

/// Returns the preference with exactly this scope, if there is one.
pub fn get(
    reader: &mut Reader<'_>,
    key: &str,
    scope: &PreferenceScope,
) -> Result<Option<Preference>> {
    let row = scope.find(reader, key)?;
    row.map(|row| open(reader, row)).transpose()
}

/// Returns the preference that applies to the acting user's work with this agent in this repository: the most specific
/// one, if there is any.
pub fn resolve(
    reader: &mut Reader<'_>,
    key: &str,
    repository_id: Option<&RepositoryId>,
    agent_id: Option<&AgentId>,
) -> Result<Option<Preference>> {
    let candidates = applying(reader, Some(key), repository_id, agent_id)?;
    let most_specific = candidates.into_iter().max_by_key(precedence);
    most_specific.map(|row| open(reader, row)).transpose()
}

/// Returns the rows that apply to the acting user's work with this agent in this repository: the most specific one of
/// each key, by key. Sealed values stay sealed; [`open`] opens one.
pub fn list_effective(
    reader: &mut Reader<'_>,
    repository_id: Option<&RepositoryId>,
    agent_id: Option<&AgentId>,
) -> Result<Vec<UserPreference>> {
    let mut found = applying(reader, None, repository_id, agent_id)?;
    found.sort_by(|a, b| (&a.key, Reverse(precedence(a))).cmp(&(&b.key, Reverse(precedence(b)))));
    found.dedup_by(|later, kept| later.key == kept.key);
    Ok(found)
}

/// Opens the value of a row.
///
/// Fails with [`ErrorCode::NotFound`](crate::ErrorCode::NotFound) if the row is another user's, and with
/// [`ErrorCode::EncryptionFailed`](crate::ErrorCode::EncryptionFailed) if its value is sealed and can't be opened.
pub fn open(reader: &Reader<'_>, row: UserPreference) -> Result<Preference> {
    visibility::require(reader.user(), &row)?;
    let value = value_of(reader, &row)?;
    Ok(Preference { row, value })
}

fn applying(
    reader: &mut Reader<'_>,
    key: Option<&str>,
    repository_id: Option<&RepositoryId>,
    agent_id: Option<&AgentId>,
) -> Result<Vec<UserPreference>> {
    let users = visibility::owners_seen_by(reader.user());
    Ok(rows::applying(
        reader.connection(),
        &users,
        key,
        repository_id,
        agent_id,
    )?)
}

/// Returns the precedence of a row among those that apply: the user's own over everyone's, then rows with an agent over
/// rows with a repository alone, and rows with both over all.
fn precedence(row: &UserPreference) -> (bool, bool, bool) {
    let is_own = row.user_id.as_str() != DEFAULT_USER;
    (is_own, row.agent_id.is_some(), row.repository_id.is_some())
}
