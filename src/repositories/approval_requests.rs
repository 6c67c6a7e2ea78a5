//! Queries of `ApprovalRequests`.

use diesel::prelude::*;

use crate::db::Conn;
use crate::models::{AgentId, ApprovalRequest};
use crate::schema::approval_requests::dsl;
use crate::types::{ApprovalStatus, Timestamp};

/// Those that wait and haven't expired, of one agent or of all, the oldest first.
pub(crate) fn waiting(
    conn: &mut Conn,
    agent_id: Option<&AgentId>,
    now: Timestamp,
    limit: i64,
) -> QueryResult<Vec<ApprovalRequest>> {
    let mut query = dsl::approval_requests
        .filter(dsl::status.eq(ApprovalStatus::Pending))
        .filter(dsl::expires_at.is_null().or(dsl::expires_at.gt(now)))
        .order((dsl::created_at, dsl::id))
        .limit(limit)
        .select(ApprovalRequest::as_select())
        .into_boxed();
    if let Some(agent_id) = agent_id {
        query = query.filter(dsl::agent_id.eq(agent_id));
    }
    query.load(conn)
}

/// Those that wait and have expired, the longest ago first.
pub(crate) fn expired(
    conn: &mut Conn,
    now: Timestamp,
    limit: i64,
) -> QueryResult<Vec<ApprovalRequest>> {
    dsl::approval_requests
        .filter(dsl::status.eq(ApprovalStatus::Pending))
        .filter(dsl::expires_at.le(now))
        .order(dsl::expires_at)
        .limit(limit)
        .select(ApprovalRequest::as_select())
        .load(conn)
}
