//! Load of the agents.

use std::collections::HashMap;

use serde::Serialize;

use crate::error::Result;
use crate::rows::Reader;
use crate::tables::{Agent, AgentId, agents as rows, assignments};
use crate::types::AgentStatus;

/// Share of an agent's capacity that is in use, with its figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentLoad {
    /// Id of the agent.
    pub agent_id: AgentId,
    /// Name of the agent.
    pub agent_name: String,
    /// State of the agent.
    pub status: AgentStatus,
    /// Number of tasks that are assigned to it.
    pub current_tasks: i64,
    /// Number of tasks that it may hold at the same time.
    pub max_concurrent_tasks: i32,
    /// `current_tasks / max_concurrent_tasks`, 0 to 1.
    pub load: f64,
    /// Mean duration of its tasks, in milliseconds.
    pub average_execution_time: f64,
    /// Share of its ended tasks that completed, 0 to 1; 0 if none has ended. Cancelled tasks don't count.
    pub success_rate: f64,
}

/// Returns the load of every agent that is not removed, by id.
pub fn load_distribution(reader: &mut Reader<'_>) -> Result<Vec<AgentLoad>> {
    let conn = reader.conn();
    let agents = rows::list(conn)?;
    let held = assignments::count_by_agent(conn)?;
    Ok(agents
        .into_iter()
        .map(|agent| {
            let current_tasks = held_by(&held, &agent);
            AgentLoad {
                load: load_ratio(&agent, current_tasks),
                current_tasks,
                status: agent.status,
                max_concurrent_tasks: agent.max_concurrent_tasks,
                average_execution_time: agent.average_execution_time,
                success_rate: agent.success_rate,
                agent_id: agent.id,
                agent_name: agent.name,
            }
        })
        .collect())
}

pub(super) fn held_by(held: &HashMap<AgentId, i64>, agent: &Agent) -> i64 {
    held.get(&agent.id).copied().unwrap_or(0)
}

/// Returns the share of its capacity that an agent uses: at most 1, even if it registered again with a lower capacity
/// than it uses.
pub(super) fn load_ratio(agent: &Agent, held: i64) -> f64 {
    (held as f64 / f64::from(agent.max_concurrent_tasks)).min(1.0)
}
