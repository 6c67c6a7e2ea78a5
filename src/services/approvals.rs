//! Approvals: questions of agents to people, each decided once.
//!
//! A request waits until somebody approves or rejects it, until it is cancelled, or until it
//! expires. From then on it stays what it is; the database refuses to change it too. One that has
//! expired can't be decided any more, whether [`expire`] has cancelled it already or not.
//!
//! ```
//! use orchestra_store::ErrorCode;
//! use orchestra_store::services::agents::{self, NewAgent};
//! use orchestra_store::services::approvals::{self, Decision, NewApproval};
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let request = store.write(|uow| {
//!     let ada = agents::register(uow, &NewAgent::new("Ada", "claude-code", "/srv/app"))?;
//!     approvals::request(uow, &NewApproval::new(&ada.id))
//! })?;
//! let decision = Decision { decided_by: Some("ann".to_owned()), reason: None };
//! store.write(|uow| approvals::approve(uow, &request.id, &decision))?;
//! let second = store.write(|uow| approvals::reject(uow, &request.id, &decision));
//! assert_eq!(second.unwrap_err().code(), ErrorCode::InvalidTransition);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};

use super::agents;
use crate::error::{Error, Result};
use crate::rows::{Entity as _, Reader, UnitOfWork};
use crate::tables::{AgentId, ApprovalRequest, ApprovalRequestId, approval_requests as rows};
use crate::types::{ApprovalStatus, Json, Timestamp};
use crate::validate;

/// The most requests that one call lists or expires.
const MAX_BATCH: i64 = 1000;
/// The reason that [`expire`] notes.
const EXPIRED: &str = "Expired";

/// A question that somebody is to decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewApproval {
    /// Its id; a new one is made where there is none.
    #[serde(default)]
    pub id: Option<ApprovalRequestId>,
    /// The agent that asks.
    pub agent_id: AgentId,
    /// The agent's session, up to 128 characters.
    #[serde(default)]
    pub session_id: Option<String>,
    /// When it is too late to decide, in the future; none: never.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Details of the question.
    #[serde(default)]
    pub request_details: Option<Json>,
}

impl NewApproval {
    /// Makes a question without details that doesn't expire.
    pub fn new(agent_id: &AgentId) -> Self {
        Self {
            id: None,
            agent_id: agent_id.clone(),
            session_id: None,
            expires_at: None,
            request_details: None,
        }
    }
}

/// The decision on a request: by whom, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Decision {
    /// The person who decides, 1 to 128 characters; none: the acting user.
    pub decided_by: Option<String>,
    /// Why, up to 500 characters.
    pub reason: Option<String>,
}

/// Returns the request with this id.
pub fn get(reader: &mut Reader<'_>, id: &ApprovalRequestId) -> Result<ApprovalRequest> {
    reader.get(id)
}

/// Returns the requests that can be decided now, of one agent or of all, the oldest first, at most
/// `limit`, 1 to 1000.
pub fn list_waiting(
    reader: &mut Reader<'_>,
    agent_id: Option<&AgentId>,
    limit: i64,
) -> Result<Vec<ApprovalRequest>> {
    validate::number("limit", limit, 1..=MAX_BATCH)?;
    let now = reader.now();
    Ok(rows::waiting(reader.connection(), agent_id, now, limit)?)
}

/// Asks for a decision.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) where it would
/// have expired already, and with [`ErrorCode::NotFound`](crate::ErrorCode::NotFound) where there
/// is no such agent.
pub fn request(uow: &mut UnitOfWork<'_>, new: &NewApproval) -> Result<ApprovalRequest> {
    validate::optional_text("SessionId", new.session_id.as_deref(), 1..=128)?;
    let now = uow.now();
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::invalid("ExpiresAt", "not in the future"));
    }
    agents::get(uow, &new.agent_id)?;
    let user = uow.user().user_id.clone();
    let mut request = ApprovalRequest {
        id: match &new.id {
            Some(id) => id.clone(),
            None => uow.new_id()?,
        },
        session_id: new.session_id.clone(),
        agent_id: new.agent_id.clone(),
        status: ApprovalStatus::Pending,
        expires_at: new.expires_at,
        decided_at: None,
        decided_by: None,
        request_details: new.request_details.clone(),
        cancellation_reason: None,
        created_at: now,
        updated_at: now,
        created_by: user.clone(),
        updated_by: user,
        row_version: 1,
        decision_reason: None,
    };
    uow.insert(&mut request)?;
    Ok(request)
}

/// Grants what was asked for.
///
/// Fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition) where it was
/// decided or cancelled before, or has expired; the details tell which.
pub fn approve(
    uow: &mut UnitOfWork<'_>,
    id: &ApprovalRequestId,
    decision: &Decision,
) -> Result<ApprovalRequest> {
    decide(uow, id, ApprovalStatus::Approved, decision)
}

/// Denies what was asked for. Fails like [`approve`].
pub fn reject(
    uow: &mut UnitOfWork<'_>,
    id: &ApprovalRequestId,
    decision: &Decision,
) -> Result<ApprovalRequest> {
    decide(uow, id, ApprovalStatus::Rejected, decision)
}

fn decide(
    uow: &mut UnitOfWork<'_>,
    id: &ApprovalRequestId,
    status: ApprovalStatus,
    decision: &Decision,
) -> Result<ApprovalRequest> {
    validate::optional_text("DecidedBy", decision.decided_by.as_deref(), 1..=128)?;
    validate::optional_text("Reason", decision.reason.as_deref(), 0..=500)?;
    let mut request = get(uow, id)?;
    let acting = &uow.user().user_id;
    request.decided_by = Some(decision.decided_by.as_ref().unwrap_or(acting).clone());
    request.decision_reason.clone_from(&decision.reason);
    refuse_expired(&request, uow.now(), status)?;
    end(uow, request, status)
}

/// Withdraws a request, for a reason of up to 500 characters; one that has expired too. Fails like
/// [`approve`] where it was decided or cancelled before.
pub fn cancel(
    uow: &mut UnitOfWork<'_>,
    id: &ApprovalRequestId,
    reason: Option<&str>,
) -> Result<ApprovalRequest> {
    validate::optional_text("CancellationReason", reason, 0..=500)?;
    let mut request = get(uow, id)?;
    request.cancellation_reason = reason.map(str::to_owned);
    end(uow, request, ApprovalStatus::Cancelled)
}

/// Cancels requests that have expired, the longest ago first, at most `limit`, 1 to 1000, and
/// returns their ids. Call it, one transaction each, until it returns less.
pub fn expire(uow: &mut UnitOfWork<'_>, limit: i64) -> Result<Vec<ApprovalRequestId>> {
    validate::number("limit", limit, 1..=MAX_BATCH)?;
    let now = uow.now();
    let expired = rows::expired(uow.connection(), now, limit)?;
    let cancelled = expired.into_iter().map(|mut request| {
        request.cancellation_reason = Some(EXPIRED.to_owned());
        Ok(end(uow, request, ApprovalStatus::Cancelled)?.id)
    });
    cancelled.collect()
}

fn end(
    uow: &mut UnitOfWork<'_>,
    mut request: ApprovalRequest,
    status: ApprovalStatus,
) -> Result<ApprovalRequest> {
    if request.status != ApprovalStatus::Pending {
        return Err(refused(&request, request.status.name(), status));
    }
    request.status = status;
    request.decided_at = Some(uow.now());
    uow.update(&mut request)?;
    Ok(request)
}

fn refuse_expired(request: &ApprovalRequest, now: Timestamp, to: ApprovalStatus) -> Result<()> {
    let is_waiting = request.status == ApprovalStatus::Pending;
    match request.expires_at {
        Some(end) if is_waiting && end <= now => Err(refused(request, EXPIRED, to)),
        _ => Ok(()),
    }
}

fn refused(request: &ApprovalRequest, from: &str, to: ApprovalStatus) -> Error {
    Error::invalid_transition(ApprovalRequest::NAME, &request.id, from, to)
}
