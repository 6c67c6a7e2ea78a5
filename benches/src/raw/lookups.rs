//! Reading the audit log and preferences.

use orchestra_store::models::{AgentId, AuditLog, RepositoryId, UserPreference};
use orchestra_store::types::Timestamp;

use super::{Connection, Row as _, Statement};

/// Reads the audit log.
#[derive(Debug)]
pub struct AuditReader {
    newest: Statement,
}

impl AuditReader {
    /// On this connection.
    pub fn new(connection: &Connection) -> Self {
        let newest = AuditLog::prepare_select(
            connection,
            "WHERE Timestamp >= ? AND UserId = ? ORDER BY Timestamp DESC, rowid DESC LIMIT ?",
        );
        Self { newest }
    }

    /// The newest entries of a user.
    pub fn newest(&mut self, user: &str, size: i64) -> Vec<AuditLog> {
        let values: [&dyn super::Value; 3] = [&Timestamp::MIN, &user, &size];
        self.newest.all(&values, AuditLog::read)
    }
}

/// Finds the preference that holds.
#[derive(Debug)]
pub struct Preferences {
    applying: Statement,
}

impl Preferences {
    /// On this connection.
    pub fn new(connection: &Connection) -> Self {
        let applying = UserPreference::prepare_select(
            connection,
            "WHERE UserId IN (?1, 'default') AND (RepositoryId IS NULL OR RepositoryId IS ?2)
                 AND (AgentId IS NULL OR AgentId IS ?3) AND Key = ?4",
        );
        Self { applying }
    }

    /// The most specific one of a key.
    pub fn resolve(
        &mut self,
        user: &str,
        key: &str,
        repository: &RepositoryId,
        agent: &AgentId,
    ) -> Option<UserPreference> {
        let values: [&dyn super::Value; 4] = [&user, repository, agent, &key];
        let found = self.applying.all(&values, UserPreference::read);
        found.into_iter().max_by_key(|row| {
            let is_own = row.user_id.as_str() != "default";
            (is_own, row.agent_id.is_some(), row.repository_id.is_some())
        })
    }
}
