//! Agents that are available for work.

use super::load::{held_by, load_ratio};
use super::status::is_alive;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::code_repositories::{ANY_PATH, is_same_on_windows, normalize_path};
use crate::tables::{Agent, agents as rows, assignments};
use crate::types::AgentStatus;

/// An available agent, with its load.
pub(super) struct AgentCandidate {
    pub(super) agent: Agent,
    /// Share of its capacity that is in use, 0 to less than 1.
    pub(super) load: f64,
}

/// Returns the agents that could take a task of this repository now, or of any if no path is given: those that completed
/// the fewest tasks first, and of those with equally many the more successful.
///
/// They are idle or busy, have capacity left, have sent a heartbeat within five health intervals, and work in this
/// repository or in all.
pub fn find_available(
    reader: &mut Reader<'_>,
    repository_path: Option<&str>,
) -> Result<Vec<Agent>> {
    let candidates = candidates(reader, repository_path)?;
    let mut agents: Vec<Agent> = candidates.into_iter().map(|c| c.agent).collect();
    agents.sort_by(|a, b| {
        a.total_tasks_completed
            .cmp(&b.total_tasks_completed)
            .then(b.success_rate.total_cmp(&a.success_rate))
            .then_with(|| a.id.cmp(&b.id))
    });
    Ok(agents)
}

/// Returns the available agents with their loads, the least loaded first. Among equally loaded ones, the more successful comes first.
pub(super) fn candidates(
    reader: &mut Reader<'_>,
    repository_path: Option<&str>,
) -> Result<Vec<AgentCandidate>> {
    let agents = serving(reader, repository_path)?;
    let now = reader.now();
    let held = assignments::count_by_agent(reader.conn())?;
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

/// Returns the idle and busy agents of a repository.
fn serving(reader: &mut Reader<'_>, repository_path: Option<&str>) -> Result<Vec<Agent>> {
    let states = [AgentStatus::Idle, AgentStatus::Busy];
    let path = repository_path.map(normalize_path);
    let Some(path) = path.filter(|_| reader.has_windows_paths()) else {
        return Ok(rows::list_serving(reader.conn(), &states, path)?);
    };
    let mut agents = rows::list_serving(reader.conn(), &states, None)?;
    agents.retain(|agent| {
        let own = &agent.repository_path;
        own == ANY_PATH || is_same_on_windows(own, path)
    });
    Ok(agents)
}
