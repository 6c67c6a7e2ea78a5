//! The statistics of an agent over a period.

use serde::Serialize;

use super::get;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::analytics::{
    DEFAULT_PERIOD, Period, TaskAnalytics, TaskScope, task_analytics,
};
use crate::tables::AgentId;
use crate::types::{AgentStatus, TimeSpan};

/// An agent, and the statistics of its tasks in a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentStatistics {
    /// The agent.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// Its state now.
    pub agent_status: AgentStatus,
    /// Its tasks: counts, success rate, durations, waits, throughput, errors.
    #[serde(flatten)]
    pub tasks: TaskAnalytics,
}

/// Returns the statistics of an agent's tasks that were made in the period of this length up to now, 30
/// days where none is given. The period has to be positive and ten years at the most.
///
/// A task counts for the agent that has it, or had it last. The cost is that of
/// [`task_analytics`].
pub fn statistics(
    reader: &mut Reader<'_>,
    id: &AgentId,
    length: Option<TimeSpan>,
) -> Result<AgentStatistics> {
    let period = Period::until_now(reader, length.unwrap_or(DEFAULT_PERIOD))?;
    let agent = get(reader, id)?;
    let scope = TaskScope {
        agent_id: Some(id.clone()),
        ..TaskScope::default()
    };
    Ok(AgentStatistics {
        agent_id: agent.id,
        agent_name: agent.name,
        agent_status: agent.status,
        tasks: task_analytics(reader, period, &scope)?,
    })
}
