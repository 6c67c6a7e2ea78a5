//! Approvals: requests of agents that a person decides, each once.
//!
//! A request is pending until it is approved, rejected or cancelled. From then on it is final, which the database
//! enforces as well. A request that has expired can't be decided any more, even before [`expire`] cancels it.
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
//! let decision = Decision { decided_by: Some("ann".to_owned()), ..Decision::default() };
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

/// Most requests that one call lists or expires.
const MAX_BATCH: u32 = 1000;
/// Cancellation reason that [`expire`] writes.
const EXPIRED: &str = "Expired";

/// Data of a new request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewApproval {
    /// Id of the request; `None`: a new one.
    #[serde(default)]
    pub id: Option<ApprovalRequestId>,
    /// Agent that asks.
    pub agent_id: AgentId,
    /// Session of the agent, 1 to 128 characters.
    #[serde(default)]
    pub session_id: Option<String>,
    /// Time at which the request expires, in the future; `None`: never.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Details for the person who decides.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub request_details: Option<Json>,
}

impl NewApproval {
    /// Creates a request without details that doesn't expire.
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

/// Decision on a request: its author and reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Decision {
    /// Person who decides, 1 to 128 characters; `None`: the acting user.
    pub decided_by: Option<String>,
    /// Reason, up to 500 characters.
    pub reason: Option<String>,
    /// True to note that the session of the request goes on now: it is active, and `LastResumedAt` is the present time.
    pub resume_session: bool,
}

/// Returns the request with this id.
pub fn get(reader: &mut Reader<'_>, id: &ApprovalRequestId) -> Result<ApprovalRequest> {
    reader.get(id)
}

/// Returns the requests of one agent, or of all, that can be decided now, the oldest first, at most `limit`, 1 to 1000.
pub fn list_waiting(
    reader: &mut Reader<'_>,
    agent_id: Option<&AgentId>,
    limit: u32,
) -> Result<Vec<ApprovalRequest>> {
    validate::number("limit", limit, 1..=MAX_BATCH)?;
    let now = reader.now();
    Ok(rows::waiting(reader.conn(), agent_id, now, limit)?)
}

/// Creates a pending request and returns it.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if it would have expired already, and
/// with [`ErrorCode::NotFound`](crate::ErrorCode::NotFound) if there is no such agent.
pub fn request(uow: &mut UnitOfWork<'_>, new: &NewApproval) -> Result<ApprovalRequest> {
    validate::optional_text("SessionId", new.session_id.as_deref(), 1..=128)?;
    let now = uow.now();
    if let Some(end) = new.expires_at.filter(|end| *end <= now) {
        let (now, end) = (now.to_iso8601(), end.to_iso8601());
        let reason = format!("must be later than now ({now}), got {end}");
        return Err(Error::invalid("ExpiresAt", reason));
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

/// Approves a request.
///
/// Fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition) if it was decided or cancelled
/// before, or has expired; [`ErrorDetails::from`](crate::ErrorDetails) says which. It also fails if its session is to go on
/// and is closed, and with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if it has none.
pub fn approve(
    uow: &mut UnitOfWork<'_>,
    id: &ApprovalRequestId,
    decision: &Decision,
) -> Result<ApprovalRequest> {
    decide(uow, id, ApprovalStatus::Approved, decision)
}

/// Rejects a request. Fails like [`approve`].
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
    let request = end(uow, request, status)?;
    if decision.resume_session {
        let Some(session_id) = &request.session_id else {
            let reason = format!("must be false for '{id}', which names no session, got true");
            return Err(Error::invalid("ResumeSession", reason));
        };
        agents::sessions::go_on(uow, session_id)?;
    }
    Ok(request)
}

/// Cancels a request, even one that has expired, for a reason of up to 500 characters.
///
/// Fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition) if it was decided or cancelled
/// before.
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

/// Cancels requests that have expired, the longest expired first, at most `limit`, 1 to 1000, and returns their ids.
/// Repeat it, each time in a transaction of its own, until it returns fewer.
pub fn expire(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<Vec<ApprovalRequestId>> {
    validate::number("limit", limit, 1..=MAX_BATCH)?;
    let now = uow.now();
    let expired = rows::expired(uow.conn(), now, limit)?;
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
