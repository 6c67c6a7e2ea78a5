//! Queries of `AgentSessions`.

use diesel::prelude::*;

use crate::db::Conn;
use crate::models::{AgentId, AgentSession};
use crate::schema::agent_sessions::dsl;
use crate::types::SessionStatus;

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

/// The newest of this agent and in this state, at most `limit`.
pub(crate) fn list(
    conn: &mut Conn,
    agent_id: Option<&AgentId>,
    status: Option<SessionStatus>,
    limit: i64,
) -> QueryResult<Vec<AgentSession>> {
    let mut query = dsl::agent_sessions
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .limit(limit)
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
