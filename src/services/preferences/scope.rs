//! Scope that a preference applies to.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rows::Reader;
use crate::rows::visibility::DEFAULT_USER;
use crate::tables::{AgentId, RepositoryId, UserPreference, user_preferences as rows};

/// Scope of a preference: one user or everyone, all work or that of one repository or agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct PreferenceScope {
    /// True for everyone (`default`), false for the acting user.
    pub is_default: bool,
    /// Repository; none means all.
    pub repository_id: Option<RepositoryId>,
    /// Agent; none means all.
    pub agent_id: Option<AgentId>,
}

impl PreferenceScope {
    /// Returns the scope of all work of the acting user.
    pub fn user() -> Self {
        Self::default()
    }

    /// Returns the scope of all work of everyone.
    pub fn everyone() -> Self {
        Self {
            is_default: true,
            ..Self::default()
        }
    }

    /// Narrows the scope to this repository.
    #[must_use]
    pub fn in_repository(mut self, id: &RepositoryId) -> Self {
        self.repository_id = Some(id.clone());
        self
    }

    /// Narrows the scope to this agent.
    #[must_use]
    pub fn of_agent(mut self, id: &AgentId) -> Self {
        self.agent_id = Some(id.clone());
        self
    }

    pub(super) fn user_id<'a>(&self, reader: &'a Reader<'_>) -> &'a str {
        if self.is_default {
            DEFAULT_USER
        } else {
            &reader.user().user_id
        }
    }

    /// Returns the row with exactly this scope, if there is one.
    pub(super) fn find(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
    ) -> Result<Option<UserPreference>> {
        let user_id = self.user_id(reader).to_owned();
        let (repository, agent) = (self.repository_id.as_ref(), self.agent_id.as_ref());
        Ok(rows::get(
            reader.connection(),
            &user_id,
            key,
            repository,
            agent,
        )?)
    }
}
