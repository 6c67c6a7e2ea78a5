//! Agents that are available for work.

use super::load::{held_by, load_ratio};
use super::status::is_alive;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::code_repositories::normalize_path;
use crate::tables::{Agent, agents as rows, assignments};
use crate::types::AgentStatus;

/// An available agent, with its load.
pub(super) struct AgentCandidate {
    pub(super) agent: Agent,
    /// Share of its capacity that is in use, 0 to less than 1.
    pub(super) load: f64,
}

/// Returns the agents that could take a task of this repository now, or of any if no path is given, the least loaded
/// first.
///
/// They are idle or busy, have capacity left, have sent a heartbeat within five health intervals, and work in this
/// repository or in all.
pub fn find_available(
    reader: &mut Reader<'_>,
    repository_path: Option<&str>,
) -> Result<Vec<Agent>> {
    let candidates = candidates(reader, repository_path)?;
    Ok(candidates.into_iter().map(|c| c.agent).collect())
}

/// Returns the available agents with their loads. Among equally loaded ones, the more successful comes first.
pub(super) fn candidates(
    reader: &mut Reader<'_>,
    repository_path: Option<&str>,
) -> Result<Vec<AgentCandidate>> {
    let path = repository_path.map(normalize_path);
    let now = reader.now();
    let conn = reader.connection();
    let agents = rows::list_serving(conn, &[AgentStatus::Idle, AgentStatus::Busy], path)?;
    let held = assignments::count_by_agent(conn)?;
    let mut candidates: Vec<AgentCandidate> = agents
        .into_iter()
        .filter(|agent| is_alive(agent, now))
        .map(|agent| AgentCandidate {
            load: load_ratio(&agent, held_by(&held, &agent)),
            agent,
        })
        .filter(|candidate| candidate.load < 1.0)
        .collect();
    candidates.sort_by(|a, b| {
        a.load
            .total_cmp(&b.load)
            .then(b.agent.success_rate.total_cmp(&a.agent.success_rate))
            .then_with(|| a.agent.id.cmp(&b.agent.id))
    });
    Ok(candidates)
}
