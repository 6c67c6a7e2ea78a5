//! Reports of agents about themselves: their state, and that they are alive.

use super::get;
use crate::error::Result;
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::{Agent, AgentId, agents as rows, tasks as task_rows};
use crate::types::{AgentStatus, Timestamp};
use crate::validate;

/// An agent whose last sign of life is older than this many of its health intervals counts as
/// gone.
pub(super) const HEALTH_INTERVALS: u32 = 5;

/// Sets an agent's state and what it says that it works on. This is not a sign of life.
///
/// An agent that is [`AgentStatus::Offline`] or [`AgentStatus::Error`] claims no tasks.
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

/// Notes a sign of life. An agent that was offline is back at work, which is a change like any
/// other; the sign of life alone isn't audited.
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

/// Makes an agent idle, or busy while it holds tasks.
pub(super) fn set_working(uow: &mut UnitOfWork<'_>, agent: &mut Agent) -> Result<()> {
    agent.status = working_status(task_rows::count_held(uow.connection(), &agent.id)?);
    if agent.status == AgentStatus::Idle {
        agent.current_task = None;
    }
    Ok(())
}

/// Returns the state of an agent that is at work and holds this many tasks.
pub(crate) fn working_status(held: i64) -> AgentStatus {
    if held > 0 {
        AgentStatus::Busy
    } else {
        AgentStatus::Idle
    }
}

/// Returns `true` where the last sign of life is recent enough.
pub(crate) fn is_alive(agent: &Agent, now: Timestamp) -> bool {
    let interval = agent
        .health_check_interval
        .to_duration()
        .unwrap_or_default();
    now <= agent.last_ping + interval.saturating_mul(HEALTH_INTERVALS)
}
