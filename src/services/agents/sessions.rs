//! Sessions of agents: the runs of an agent's process, with their cost.
//!
//! ```text
//! open ──▶ Active ──pause──▶ Paused        Active, Paused, Error ──close──▶ Closed
//!            ▲ └──────────resume──┘        Active, Paused ──mark_error──▶ Error
//!            └──open── Paused, Error
//! ```
//!
//! A session is identified by the name that the agent's program gave it (`SessionId`). Any other transition fails with
//! [`ErrorCode::InvalidTransition`]: a closed session stays closed, and only a paused one is resumed.
//!
//! ```
//! use orchestra_store::services::agents::sessions::{self, NewSession, SessionUsage};
//! use orchestra_store::services::agents::{self, NewAgent};
//! use orchestra_store::types::SessionStatus;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let session = store.write(|uow| {
//!     let ada = agents::register(uow, &NewAgent::new("Ada", "claude-code", "/srv/app"))?;
//!     sessions::open(uow, &NewSession::new(&ada.id, "run-17", "/srv/app"))?;
//!     let usage = SessionUsage { cost_usd: 0.25, messages: 3, ..SessionUsage::default() };
//!     sessions::add_usage(uow, "run-17", &usage)?;
//!     sessions::close(uow, "run-17")
//! })?;
//! assert_eq!((session.status, session.message_count), (SessionStatus::Closed, 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};

use super::get as get_agent;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, Reader, UnitOfWork};
use crate::tables::{AgentId, AgentSession, agent_sessions as rows};
use crate::types::SessionStatus::{self, Active, Closed, Error as Failed, Paused};
use crate::types::{FieldChange, Timestamp};
use crate::validate;

/// Most sessions that one call lists.
const MAX_LISTED: u32 = 1000;

/// Data with which a session is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewSession {
    /// Agent that the session belongs to.
    pub agent_id: AgentId,
    /// Name that the agent's program gave the session, unique, 1 to 128 characters.
    pub session_id: String,
    /// Directory that the agent works in, 1 to 500 characters.
    pub working_directory: String,
    /// Id of the agent's process.
    #[serde(default)]
    pub process_id: Option<u32>,
}

impl NewSession {
    /// Creates the data of a session without the id of its process.
    pub fn new(
        agent_id: &AgentId,
        session_id: impl Into<String>,
        working_directory: impl Into<String>,
    ) -> Self {
        Self {
            agent_id: agent_id.clone(),
            session_id: session_id.into(),
            working_directory: working_directory.into(),
            process_id: None,
        }
    }

    fn validate(&self) -> Result<()> {
        validate::text("SessionId", &self.session_id, 1..=128)?;
        validate::text("WorkingDirectory", &self.working_directory, validate::PATH)
    }
}

/// Resources that a session used since the last report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct SessionUsage {
    /// Cost in US dollars, 0 or more.
    pub cost_usd: f64,
    /// Working time in milliseconds, 0 or more.
    pub duration_ms: i64,
    /// Number of messages exchanged, 0 or more.
    pub messages: i64,
}

/// Conditions on the sessions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct SessionFilter {
    /// Agent of the sessions; `None`: any.
    pub agent_id: Option<AgentId>,
    /// State of the sessions; `None`: any.
    pub status: Option<SessionStatus>,
}

/// Returns the session with this `SessionId`.
pub fn get(reader: &mut Reader<'_>, session_id: &str) -> Result<AgentSession> {
    let found = rows::get_by_session_id(reader.conn(), session_id)?;
    found.ok_or_else(|| Error::not_found(AgentSession::NAME, session_id))
}

/// Returns the sessions that meet the conditions, the newest first, at most `limit`, 1 to 1000.
pub fn list(
    reader: &mut Reader<'_>,
    filter: &SessionFilter,
    limit: u32,
) -> Result<Vec<AgentSession>> {
    validate::number("limit", limit, 1..=MAX_LISTED)?;
    let (agent_id, status) = (filter.agent_id.as_ref(), filter.status);
    Ok(rows::list(reader.conn(), agent_id, status, limit)?)
}

/// Opens a session: begins a new one, or continues an existing one, which becomes active with this process and
/// directory and keeps its usage. An active session is taken over as well, since a program that crashed and starts
/// again can't have paused its session.
///
/// Fails with [`ErrorCode::AlreadyExists`] if the session belongs to another agent, and with
/// [`ErrorCode::InvalidTransition`] if it is closed.
pub fn open(uow: &mut UnitOfWork<'_>, new: &NewSession) -> Result<AgentSession> {
    new.validate()?;
    get_agent(uow, &new.agent_id)?;
    match rows::get_by_session_id(uow.conn(), &new.session_id)? {
        Some(known) => reopen(uow, known, new),
        None => begin(uow, new),
    }
}

fn begin(uow: &mut UnitOfWork<'_>, new: &NewSession) -> Result<AgentSession> {
    let now = uow.now();
    let mut session = AgentSession {
        id: uow.new_id()?,
        agent_id: new.agent_id.clone(),
        session_id: new.session_id.clone(),
        process_id: new.process_id.map(i64::from),
        working_directory: new.working_directory.clone(),
        status: Active,
        created_at: now,
        updated_at: now,
        last_resumed_at: None,
        closed_at: None,
        total_cost_usd: 0.0,
        total_duration_ms: 0,
        message_count: 0,
        row_version: 1,
    };
    uow.insert(&mut session)?;
    Ok(session)
}

fn reopen(
    uow: &mut UnitOfWork<'_>,
    mut known: AgentSession,
    new: &NewSession,
) -> Result<AgentSession> {
    if known.agent_id != new.agent_id {
        return Err(of_another_agent(&known, &new.agent_id));
    }
    check(&known, &[Active, Paused, Failed], Active)?;
    known.process_id = new.process_id.map(i64::from);
    known.working_directory.clone_from(&new.working_directory);
    activate(uow, known)
}

/// Adds resources to the usage of a session. It may be closed: a bill can come late.
///
/// Fails with [`ErrorCode::InvalidArgument`] and the name of a value that is negative or makes its sum too large.
pub fn add_usage(
    uow: &mut UnitOfWork<'_>,
    session_id: &str,
    usage: &SessionUsage,
) -> Result<AgentSession> {
    let mut session = get(uow, session_id)?;
    use_more(&mut session, usage)?;
    uow.update(&mut session)?;
    Ok(session)
}

fn use_more(session: &mut AgentSession, usage: &SessionUsage) -> Result<()> {
    validate::number("CostUsd", usage.cost_usd, 0.0..=f64::MAX)?;
    validate::number("DurationMs", usage.duration_ms, 0..=i64::MAX)?;
    validate::number("Messages", usage.messages, 0..=i64::MAX)?;
    session.total_cost_usd += usage.cost_usd;
    validate::number("CostUsd", session.total_cost_usd, 0.0..=f64::MAX)?;
    session.total_duration_ms = sum("DurationMs", session.total_duration_ms, usage.duration_ms)?;
    session.message_count = sum("Messages", session.message_count, usage.messages)?;
    Ok(())
}

/// Report on a session: what isn't given stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct SessionReport {
    /// State that the session is to have, reached by the steps that lead there.
    pub status: Option<SessionStatus>,
    /// Id of the agent's process.
    #[serde(skip_serializing_if = "FieldChange::is_keep")]
    pub process_id: FieldChange<u32>,
    /// Directory that the agent works in, 1 to 500 characters.
    pub working_directory: Option<String>,
    /// Resources used since the last report.
    pub usage: SessionUsage,
}

/// Records what changed of a session in one call: its state, process, directory and usage. Returns the session.
///
/// A session that is in the state already stays in it. Fails with [`ErrorCode::InvalidTransition`] if no steps lead to the
/// state, as from Closed, and like [`add_usage`]. Then nothing changes.
pub fn report(
    uow: &mut UnitOfWork<'_>,
    session_id: &str,
    report: &SessionReport,
) -> Result<AgentSession> {
    if let Some(directory) = &report.working_directory {
        validate::text("WorkingDirectory", directory, validate::PATH)?;
    }
    let mut session = get(uow, session_id)?;
    use_more(&mut session, &report.usage)?;
    match report.process_id {
        FieldChange::Keep => {}
        FieldChange::Clear => session.process_id = None,
        FieldChange::Set(id) => session.process_id = Some(id.into()),
    }
    if let Some(directory) = &report.working_directory {
        session.working_directory.clone_from(directory);
    }
    if let Some(to) = report.status.filter(|&to| to != session.status) {
        move_to(&mut session, to, uow.now())?;
    }
    uow.update(&mut session)?;
    Ok(session)
}

/// Moves a session to another state, through those that lie between.
fn move_to(session: &mut AgentSession, to: SessionStatus, now: Timestamp) -> Result<()> {
    check(session, &[Active, Paused, Failed], to)?;
    session.status = to;
    match to {
        Active => session.last_resumed_at = Some(now),
        Closed => session.closed_at = Some(now),
        Paused | Failed => {}
    }
    Ok(())
}

/// Pauses an active session.
pub fn pause(uow: &mut UnitOfWork<'_>, session_id: &str) -> Result<AgentSession> {
    step(uow, session_id, &[Active], Paused)
}

/// Resumes a paused session.
pub fn resume(uow: &mut UnitOfWork<'_>, session_id: &str) -> Result<AgentSession> {
    let session = get(uow, session_id)?;
    check(&session, &[Paused], Active)?;
    activate(uow, session)
}

/// Marks an active or paused session as broken off. Opening it again continues it.
pub fn mark_error(uow: &mut UnitOfWork<'_>, session_id: &str) -> Result<AgentSession> {
    step(uow, session_id, &[Active, Paused], Failed)
}

/// Closes a session for good.
pub fn close(uow: &mut UnitOfWork<'_>, session_id: &str) -> Result<AgentSession> {
    step(uow, session_id, &[Active, Paused, Failed], Closed)
}

fn step(
    uow: &mut UnitOfWork<'_>,
    session_id: &str,
    from: &[SessionStatus],
    to: SessionStatus,
) -> Result<AgentSession> {
    let mut session = get(uow, session_id)?;
    check(&session, from, to)?;
    session.status = to;
    if to == Closed {
        session.closed_at = Some(uow.now());
    }
    uow.update(&mut session)?;
    Ok(session)
}

/// Notes that a session goes on now, for a reason outside of it; it is active then.
pub(crate) fn go_on(uow: &mut UnitOfWork<'_>, session_id: &str) -> Result<AgentSession> {
    let session = get(uow, session_id)?;
    check(&session, &[Active, Paused, Failed], Active)?;
    activate(uow, session)
}

fn activate(uow: &mut UnitOfWork<'_>, mut session: AgentSession) -> Result<AgentSession> {
    session.status = Active;
    session.last_resumed_at = Some(uow.now());
    uow.update(&mut session)?;
    Ok(session)
}

fn check(session: &AgentSession, from: &[SessionStatus], to: SessionStatus) -> Result<()> {
    if from.contains(&session.status) {
        return Ok(());
    }
    let (name, id, status) = (AgentSession::NAME, &session.session_id, session.status);
    Err(Error::invalid_transition(name, id, status, to))
}

fn sum(column: &str, total: i64, more: i64) -> Result<i64> {
    total.checked_add(more).ok_or_else(|| {
        let most = i64::MAX - total;
        Error::invalid(column, format!("must be between 0 and {most}, got {more}"))
    })
}

fn of_another_agent(known: &AgentSession, agent_id: &AgentId) -> Error {
    let (session_id, owner) = (&known.session_id, &known.agent_id);
    let message = format!(
        "AgentSessions: '{session_id}' must be opened by its agent '{owner}', got '{agent_id}'; \
         choose another SessionId"
    );
    Error::new(ErrorCode::AlreadyExists, message).with_details(|d| {
        d.entity = Some(AgentSession::NAME);
        d.id = Some(known.id.to_string());
        d.column = Some("SessionId".to_owned());
    })
}
