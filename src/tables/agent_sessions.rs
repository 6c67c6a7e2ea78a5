//! Row and queries of the table `AgentSessions`.

use diesel::prelude::*;

use super::{Agent, AgentId};
use crate::rows::entity;
use crate::schema::agent_sessions::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{Id, SessionStatus, Timestamp};

/// Id of an [`AgentSession`].
pub type AgentSessionId = Id<AgentSession>;

entity! {
    /// A session of an agent's process: its cost, duration and state.
    #[derive(Debug)]
    pub struct AgentSession in agent_sessions as "AgentSessions" {
        /// Primary key.
        pub id: AgentSessionId,
        /// Agent the session belongs to.
        pub agent_id: AgentId,
        /// Name that the agent itself gives to the session, unique.
        pub session_id: String,
        /// Process id of the agent while it runs.
        pub process_id: Option<i64>,
        /// Directory the agent works in.
        pub working_directory: String,
        /// State of the session.
        pub status: SessionStatus,
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// Time of the last change to the row.
        pub updated_at: Timestamp,
        /// Time at which the session was last resumed.
        pub last_resumed_at: Option<Timestamp>,
        /// Time at which the session was closed.
        pub closed_at: Option<Timestamp>,
        /// Cost so far, in US dollars.
        pub total_cost_usd: f64,
        /// Time worked so far, in milliseconds.
        pub total_duration_ms: i64,
        /// Messages exchanged so far.
        pub message_count: i64,
        /// Version of the row; each update raises it.
        pub row_version: i64,
    }
    created { created_at, updated_at },
    updated { updated_at },
    version row_version,
    kept {
        [status, last_resumed_at, closed_at] by "resume, mark_error and close",
        [total_cost_usd, total_duration_ms, message_count] by "add_usage",
    },
    relations {
        Agent: one Agent by "AgentId",
    },
}

pub(crate) fn get_by_session_id(
    conn: &mut Conn,
    session_id: &str,
) -> QueryResult<Option<AgentSession>> {
    dsl::agent_sessions
        .filter(dsl::session_id.eq(session_id))
        .select(AgentSession::as_select())
        .first(conn)
        .optional()
}

/// Lists the newest sessions, of one agent or of all, in one state or in any.
pub(crate) fn list(
    conn: &mut Conn,
    agent_id: Option<&AgentId>,
    status: Option<SessionStatus>,
    limit: u32,
) -> QueryResult<Vec<AgentSession>> {
    let mut query = dsl::agent_sessions
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .limit(limit.into())
        .select(AgentSession::as_select())
        .into_boxed();
    if let Some(agent_id) = agent_id {
        query = query.filter(dsl::agent_id.eq(agent_id));
    }
    if let Some(status) = status {
        query = query.filter(dsl::status.eq(status));
    }
    query.load(conn)
}
