//! Reports of agents: their state and their heartbeats.

use uuid::Uuid;

use super::get;
use crate::error::Result;
use crate::rows::{Entity as _, Reader, UnitOfWork};
use crate::tables::{Agent, AgentId, TaskId, agents as rows, assignments, integrity};
use crate::types::{AgentStatus, Timestamp};
use crate::validate;

/// Number of its health intervals without a heartbeat after which an agent counts as gone.
pub(super) const HEALTH_INTERVALS: u32 = 5;

/// Sets the state of an agent, and the description of its present work, up to 2000 characters. This doesn't count as a
/// heartbeat.
///
/// An agent in [`AgentStatus::Offline`] or [`AgentStatus::Error`] can't claim tasks. A busy agent that holds no task
/// says what it works on: otherwise the [check](crate::maintenance::integrity::check) has a warning about it.
pub fn set_status(
    uow: &mut UnitOfWork<'_>,
    id: &AgentId,
    status: AgentStatus,
    current_task: Option<&str>,
) -> Result<Agent> {
    validate::optional_text("CurrentTask", current_task, 0..=2000)?;
    let mut agent = get(uow, id)?;
    agent.status = status;
    agent.current_task = current_task.map(str::to_owned);
    uow.update(&mut agent)?;
    Ok(agent)
}

/// Records a heartbeat of an agent. An agent that was offline becomes idle or busy, which is audited like any change;
/// the heartbeat alone isn't.
pub fn heartbeat(uow: &mut UnitOfWork<'_>, id: &AgentId) -> Result<()> {
    let mut agent = get(uow, id)?;
    let now = uow.now();
    if matches!(agent.status, AgentStatus::Offline | AgentStatus::Unknown) {
        set_working(uow, &mut agent)?;
        agent.last_ping = now;
        return uow.update(&mut agent).map(drop);
    }
    rows::update_ping(uow.connection(), id, now)?;
    uow.note_write(Agent::NAME, id.as_str());
    Ok(())
}

/// Makes an agent busy if it holds tasks, otherwise idle.
pub(super) fn set_working(uow: &mut UnitOfWork<'_>, agent: &mut Agent) -> Result<()> {
    agent.status = working_status(assignments::count(uow.connection(), &agent.id)?);
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
    for (id, current_task) in integrity::busy_agents_without_tasks(reader.connection())? {
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
