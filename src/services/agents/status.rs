//! Reports of agents: their state, their heartbeats and their present work.

use serde::{Deserialize, Serialize};

use uuid::Uuid;

use super::get;
use crate::error::Result;
use crate::rows::{Entity as _, Reader, UnitOfWork};
use crate::tables::{Agent, AgentId, TaskId, agents as rows, assignments, integrity};
use crate::types::{AgentStatus, FieldChange, Timestamp};
use crate::validate;

/// Number of its health intervals without a heartbeat after which an agent counts as gone.
pub(super) const HEALTH_INTERVALS: u32 = 5;

/// Report of an agent; what isn't given stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct AgentReport {
    /// State of the agent.
    pub status: Option<AgentStatus>,
    /// Time of the report, by the host; `None`: now, and so is a time later than now.
    pub last_ping: Option<Timestamp>,
    /// Description of its present work, up to 2000 characters.
    #[serde(skip_serializing_if = "FieldChange::is_keep")]
    pub current_task: FieldChange<String>,
}

/// Records a report of an agent, which is a sign of life, and returns the agent.
///
/// An idle agent has no present work, whatever the report says. Without a state in the report, an agent that was
/// offline becomes idle or busy. A report that changes neither state nor work is neither audited nor a new version.
///
/// An agent in [`AgentStatus::Offline`] or [`AgentStatus::Error`] can't claim tasks. A busy agent that holds no task
/// says what it works on: otherwise the [check](crate::maintenance::integrity::check) has a warning about it.
pub fn report(uow: &mut UnitOfWork<'_>, id: &AgentId, report: &AgentReport) -> Result<Agent> {
    let current_task = report.current_task.new_value();
    validate::optional_text("CurrentTask", current_task.map(String::as_str), 0..=2000)?;
    let now = uow.now();
    let known = get(uow, id)?;
    let mut agent = known.clone();
    agent.last_ping = report.last_ping.map_or(now, |at| at.min(now));
    report.current_task.apply(&mut agent.current_task);
    match report.status {
        Some(status) => agent.status = status,
        None if is_away(&known) && is_alive(&agent, now) => set_working(uow, &mut agent)?,
        None => {}
    }
    if agent.status == AgentStatus::Idle {
        agent.current_task = None;
    }
    let is_ping = agent.status == known.status && agent.current_task == known.current_task;
    // The health sweep takes a bare ping of an agent that is away for its return.
    if is_ping && !is_away(&agent) {
        rows::update_ping(uow.conn(), id, agent.last_ping)?;
        uow.note_write(Agent::NAME, id.as_str());
    } else {
        uow.update(&mut agent)?;
    }
    Ok(agent)
}

/// Sets the state of an agent, and the description of its present work, up to 2000 characters: [`report`] with a state.
///
/// Without a description, a busy agent has none from now on, and that of another agent stays; an idle one never has any.
pub fn set_status(
    uow: &mut UnitOfWork<'_>,
    id: &AgentId,
    status: AgentStatus,
    current_task: Option<&str>,
) -> Result<Agent> {
    let given = AgentReport {
        status: Some(status),
        last_ping: None,
        current_task: match current_task {
            None if status != AgentStatus::Busy => FieldChange::Keep,
            text => text.map(str::to_owned).into(),
        },
    };
    report(uow, id, &given)
}

/// Records a heartbeat of an agent: a [`report`] of nothing else. An agent that was offline becomes idle or busy, which is
/// audited like any change; the heartbeat alone isn't.
pub fn heartbeat(uow: &mut UnitOfWork<'_>, id: &AgentId) -> Result<()> {
    report(uow, id, &AgentReport::default()).map(drop)
}

fn is_away(agent: &Agent) -> bool {
    matches!(agent.status, AgentStatus::Offline | AgentStatus::Unknown)
}

/// Makes an agent busy if it holds tasks, otherwise idle.
pub(super) fn set_working(uow: &mut UnitOfWork<'_>, agent: &mut Agent) -> Result<()> {
    agent.status = working_status(assignments::count(uow.conn(), &agent.id)?);
    if agent.status == AgentStatus::Idle {
        agent.current_task = None;
    }
    Ok(())
}

/// Returns the state of a working agent that holds this many tasks.
pub(crate) fn working_status(held: i64) -> AgentStatus {
    if held > 0 {
        AgentStatus::Busy
    } else {
        AgentStatus::Idle
    }
}

/// Returns true if the state of an agent lets it take tasks.
pub(crate) fn is_at_work(agent: &Agent) -> bool {
    matches!(agent.status, AgentStatus::Idle | AgentStatus::Busy)
}

/// Returns true if the last heartbeat of an agent is at most five of its health intervals old.
pub(crate) fn is_alive(agent: &Agent, now: Timestamp) -> bool {
    let interval = agent
        .health_check_interval
        .to_duration()
        .unwrap_or_default();
    now <= agent.last_ping + interval.saturating_mul(HEALTH_INTERVALS)
}

/// Returns the agents that are busy with a task that isn't theirs any more, or with nothing that they name. A host that
/// hands out work of its own says what it is, by [`set_status`].
pub(crate) fn busy_without_task(reader: &mut Reader<'_>) -> Result<Vec<AgentId>> {
    let mut found = Vec::new();
    for (id, current_task) in integrity::busy_agents_without_tasks(reader.conn())? {
        let is_own_work = match current_task {
            Some(text) => !names_task(reader, &text)?,
            None => false,
        };
        if !is_own_work {
            found.push(id);
        }
    }
    Ok(found)
}

/// Returns true if a text is the id of a task, or can only have been one's.
fn names_task(reader: &mut Reader<'_>, text: &str) -> Result<bool> {
    if Uuid::try_parse(text).is_ok() {
        return Ok(true);
    }
    match TaskId::new(text) {
        Ok(id) => Ok(reader.find(&id)?.is_some()),
        Err(_) => Ok(false),
    }
}

/// Makes an agent idle, whatever it was.
pub(crate) fn set_idle(uow: &mut UnitOfWork<'_>, id: &AgentId) -> Result<()> {
    let mut agent = get(uow, id)?;
    agent.status = AgentStatus::Idle;
    agent.current_task = None;
    uow.update(&mut agent).map(drop)
}
