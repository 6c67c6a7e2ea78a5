//! Looking at agents.

use crate::error::{Error, Result};
use crate::rows::Reader;
use crate::services::analytics::Period;
use crate::tables::{Agent, AgentId, agents as rows};
use crate::types::{AgentStatus, TimeSpan};

/// Returns the agent with this id, unless it was removed.
pub fn get(reader: &mut Reader<'_>, id: &AgentId) -> Result<Agent> {
    reader
        .find(id)?
        .filter(|agent: &Agent| !agent.is_deleted)
        .ok_or_else(|| Error::not_found("Agents", id))
}

/// Returns all agents that were not removed, by id.
pub fn list(reader: &mut Reader<'_>) -> Result<Vec<Agent>> {
    Ok(rows::list(reader.connection())?)
}

/// Returns all agents in this state that were not removed, by id.
pub fn list_by_status(reader: &mut Reader<'_>, status: AgentStatus) -> Result<Vec<Agent>> {
    Ok(rows::list_by_status(reader.connection(), status)?)
}

/// Returns the agents whose last sign of life is older than this, the longest ago first, whatever their
/// state and their own health intervals.
///
/// The threshold has to be positive and ten years at the most.
pub fn list_stale(reader: &mut Reader<'_>, threshold: TimeSpan) -> Result<Vec<Agent>> {
    let silent = Period::until_now(reader, threshold)
        .map_err(|e| e.with_details(|d| d.column = Some("threshold".to_owned())))?;
    Ok(rows::list_pinged_before(reader.connection(), silent.from)?)
}
