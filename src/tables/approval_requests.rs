//! The table `ApprovalRequests`: its row and its queries.

use diesel::prelude::*;

use super::{Agent, AgentId};
use crate::rows::entity;
use crate::schema::approval_requests::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{ApprovalStatus, Id, Json, Timestamp};

/// Id of an [`ApprovalRequest`].
pub type ApprovalRequestId = Id<ApprovalRequest>;

entity! {
    /// A question of an agent to a person, decided once.
    #[derive(Debug)]
    pub struct ApprovalRequest in approval_requests as "ApprovalRequests" {
        /// Primary key.
        pub id: ApprovalRequestId,
        /// Session of the agent that asks.
        pub session_id: Option<String>,
        /// Agent that asks.
        pub agent_id: AgentId,
        /// State of the request.
        pub status: ApprovalStatus,
        /// When it is too late to decide.
        pub expires_at: Option<Timestamp>,
        /// When it was decided or cancelled.
        pub decided_at: Option<Timestamp>,
        /// Who decided.
        pub decided_by: Option<String>,
        /// What is asked for.
        pub request_details: Option<Json>,
        /// Why it was cancelled.
        pub cancellation_reason: Option<String>,
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
        /// Why it was approved or rejected.
        pub decision_reason: Option<String>,
    }
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
    relations {
        Agent: one Agent by "AgentId",
    },
}

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
