//! Row and queries of the table `ApprovalRequests`.

use diesel::prelude::*;

use super::{Agent, AgentId};
use crate::rows::entity;
use crate::schema::approval_requests::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{ApprovalStatus, Id, Json, Timestamp};

/// Id of an [`ApprovalRequest`].
pub type ApprovalRequestId = Id<ApprovalRequest>;

entity! {
    /// A request of an agent for the approval of a person, decided once.
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
        /// Time after which the request can no longer be decided.
        pub expires_at: Option<Timestamp>,
        /// Time at which the request was decided or cancelled.
        pub decided_at: Option<Timestamp>,
        /// User who decided.
        pub decided_by: Option<String>,
        /// Details of the action that needs approval.
        pub request_details: Option<Json>,
        /// Reason of the cancellation.
        pub cancellation_reason: Option<String>,
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
        /// Reason of the approval or rejection.
        pub decision_reason: Option<String>,
    }
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
    kept {
        [
            status, decided_at, decided_by, decision_reason, cancellation_reason,
        ] by "approve, reject, cancel and the expiry",
    },
    relations {
        Agent: one Agent by "AgentId",
    },
}

/// Returns the pending requests that have not expired, of one agent or of all, the oldest first.
pub(crate) fn waiting(
    conn: &mut Conn,
    agent_id: Option<&AgentId>,
    now: Timestamp,
    limit: u32,
) -> QueryResult<Vec<ApprovalRequest>> {
    let mut query = dsl::approval_requests
        .filter(dsl::status.eq(ApprovalStatus::Pending))
        .filter(dsl::expires_at.is_null().or(dsl::expires_at.gt(now)))
        .order((dsl::created_at, dsl::id))
        .limit(limit.into())
        .select(ApprovalRequest::as_select())
        .into_boxed();
    if let Some(agent_id) = agent_id {
        query = query.filter(dsl::agent_id.eq(agent_id));
    }
    query.load(conn)
}

/// Returns the pending requests that have expired, the longest expired first.
pub(crate) fn expired(
    conn: &mut Conn,
    now: Timestamp,
    limit: u32,
) -> QueryResult<Vec<ApprovalRequest>> {
    dsl::approval_requests
        .filter(dsl::status.eq(ApprovalStatus::Pending))
        .filter(dsl::expires_at.le(now))
        .order(dsl::expires_at)
        .limit(limit.into())
        .select(ApprovalRequest::as_select())
        .load(conn)
}
