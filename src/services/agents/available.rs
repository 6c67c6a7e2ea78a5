//! Which agents could take a task.

use super::load::{held_by, load_ratio};
use super::status::is_alive;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::code_repositories::normalize_path;
use crate::tables::{Agent, agents as rows, tasks as task_rows};
use crate::types::AgentStatus;

/// An agent that could take a task.
pub(super) struct AgentCandidate {
    pub(super) agent: Agent,
    /// How much of its capacity is in use, 0 to less than 1.
    pub(super) load: f64,
}

/// Returns the agents that could take a task now, the least loaded first: idle or busy with room, with
/// a sign of life within five health intervals, and for this repository or any.
pub fn find_available(
    reader: &mut Reader<'_>,
    repository_path: Option<&str>,
) -> Result<Vec<Agent>> {
    let candidates = candidates(reader, repository_path)?;
    Ok(candidates.into_iter().map(|c| c.agent).collect())
}

/// Returns them with their loads; of those with the same load the more successful is first.
pub(super) fn candidates(
    reader: &mut Reader<'_>,
    repository_path: Option<&str>,
) -> Result<Vec<AgentCandidate>> {
    let path = repository_path.map(normalize_path);
    let now = reader.now();
    let conn = reader.connection();
    let agents = rows::list_serving(conn, &[AgentStatus::Idle, AgentStatus::Busy], path)?;
    let held = task_rows::count_held_by_agent(conn)?;
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
