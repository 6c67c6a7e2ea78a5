use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::AgentId;
use crate::schema::agent_sessions;
use crate::types::{Id, SessionStatus, Timestamp};

/// Id of an [`AgentSession`].
pub type AgentSessionId = Id<AgentSession>;

/// A session of an agent's process: its cost, duration and state.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = agent_sessions, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct AgentSession {
    /// Primary key.
    pub id: AgentSessionId,
    /// Agent the session belongs to.
    pub agent_id: AgentId,
    /// The agent's own name of the session, unique.
    pub session_id: String,
    /// Process id of the agent while it runs.
    pub process_id: Option<i64>,
    /// Directory the agent works in.
    pub working_directory: String,
    /// State of the session.
    pub status: SessionStatus,
    /// When the row was created.
    pub created_at: Timestamp,
    /// When the row was last changed.
    pub updated_at: Timestamp,
    /// When it was last resumed.
    pub last_resumed_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Cost so far, in US dollars.
    pub total_cost_usd: f64,
    /// Time worked so far, in milliseconds.
    pub total_duration_ms: i64,
    /// Messages exchanged so far.
    pub message_count: i64,
    /// Version of the row: each update adds one.
    pub row_version: i64,
}
