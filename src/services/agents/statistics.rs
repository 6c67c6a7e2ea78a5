//! Statistics of an agent over a period.

use serde::Serialize;

use super::get;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::analytics::{
    DEFAULT_PERIOD, Period, TaskAnalytics, TaskScope, task_analytics,
};
use crate::tables::AgentId;
use crate::types::{AgentStatus, TimeSpan};

/// Statistics of an agent's tasks in a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentStatistics {
    /// Id of the agent.
    pub agent_id: AgentId,
    /// Name of the agent.
    pub agent_name: String,
    /// Present state of the agent.
    pub agent_status: AgentStatus,
    /// Statistics of its tasks: counts, success rate, durations, waits, throughput, errors.
    #[serde(flatten)]
    pub tasks: TaskAnalytics,
}

/// Returns the statistics of an agent's tasks that were created in the period of this length that ends now; `None`: 30
/// days.
///
/// A task counts for the agent that has it, or had it last. Fails with
/// [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) unless the period is positive and at most ten
/// years. The cost is that of [`task_analytics`].
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
