//! Reading agents.

use crate::error::{Error, Result};
use crate::rows::{Entity as _, Reader};
use crate::services::analytics::Period;
use crate::tables::{Agent, AgentId, agents as rows};
use crate::types::{AgentStatus, TimeSpan};

/// Returns the agent with this id, or `None` if there is none or it was removed.
pub(crate) fn find(reader: &mut Reader<'_>, id: &AgentId) -> Result<Option<Agent>> {
    let found = reader.find(id)?;
    Ok(found.filter(|agent: &Agent| !agent.is_deleted))
}

/// Returns the agent with this id.
///
/// Fails with [`ErrorCode::NotFound`](crate::ErrorCode::NotFound) if there is none or it was removed.
pub fn get(reader: &mut Reader<'_>, id: &AgentId) -> Result<Agent> {
    find(reader, id)?.ok_or_else(|| Error::not_found(Agent::NAME, id))
}

/// Returns all agents that are not removed, by id.
pub fn list(reader: &mut Reader<'_>) -> Result<Vec<Agent>> {
    Ok(rows::list(reader.conn())?)
}

/// Returns the agents in this state that are not removed, by id.
pub fn list_by_status(reader: &mut Reader<'_>, status: AgentStatus) -> Result<Vec<Agent>> {
    Ok(rows::list_by_status(reader.conn(), status)?)
}

/// Returns the agents whose last heartbeat is older than `threshold`, the oldest first, whatever their state and their
/// own health intervals.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) unless the threshold is positive and at
/// most ten years.
pub fn list_stale(reader: &mut Reader<'_>, threshold: TimeSpan) -> Result<Vec<Agent>> {
    let silent = Period::until_now(reader, threshold)
        .map_err(|e| e.with_details(|d| d.column = Some("threshold".to_owned())))?;
    Ok(rows::list_pinged_before(reader.conn(), silent.from)?)
}
