//! The cached results that the specification names, each with its longest age.

use std::sync::Arc;
use std::time::Duration;

use super::TableDependency;
use crate::error::Result;
use crate::services::agents::{self, AgentStatistics};
use crate::services::analytics::{self, Period, TaskAnalytics, TaskScope};
use crate::store::Store;
use crate::tables::{Agent, AgentId, Task};
use crate::types::TimeSpan;

const MINUTE: Duration = Duration::from_secs(60);
const AVAILABLE_AGENTS: Duration = MINUTE.saturating_mul(2);
const AGENT_STATISTICS: Duration = MINUTE.saturating_mul(10);
const TASK_ANALYTICS: Duration = MINUTE.saturating_mul(15);

/// A claim, a heartbeat and a new status change agents; each step of a task changes what an agent holds.
const AGENTS_AND_TASKS: [TableDependency; 2] = [
    TableDependency::on::<Agent>(),
    TableDependency::on::<Task>(),
];

impl Store {
    /// Returns the agents that could take a task of this repository, as [`agents::find_available`] does, from memory if they
    /// were asked for in the last 2 minutes and nobody has written an agent or a task since.
    ///
    /// An agent that has fallen silent meanwhile, which no commit says, may still be among them.
    pub fn available_agents(&self, repository_path: Option<&str>) -> Result<Arc<Vec<Agent>>> {
        // As Rust writes it: a path may be called like anything that stands for none.
        let key = format!("AvailableAgents_{repository_path:?}");
        self.cached_result(&key, &AGENTS_AND_TASKS, Some(AVAILABLE_AGENTS), |reader| {
            agents::find_available(reader, repository_path)
        })
    }

    /// Returns the statistics of an agent, as [`agents::statistics`] does, from memory if they were asked for in the last 10
    /// minutes and nobody has written an agent or a task since. The period then ends when they were computed.
    pub fn agent_statistics(
        &self,
        id: &AgentId,
        length: Option<TimeSpan>,
    ) -> Result<Arc<AgentStatistics>> {
        let length = length.unwrap_or(analytics::DEFAULT_PERIOD);
        let key = format!("AgentStats_{id}_{length}");
        self.cached_result(&key, &AGENTS_AND_TASKS, Some(AGENT_STATISTICS), |reader| {
            agents::statistics(reader, id, Some(length))
        })
    }

    /// Returns the statistics of the tasks of a period of this length until now, as [`analytics::task_analytics`] does, from
    /// memory if they were asked for in the last 15 minutes and nobody has written a task since. The period then ends when
    /// they were computed. `None`: 30 days.
    pub fn task_analytics(
        &self,
        length: Option<TimeSpan>,
        scope: &TaskScope,
    ) -> Result<Arc<TaskAnalytics>> {
        let length = length.unwrap_or(analytics::DEFAULT_PERIOD);
        let agent = scope.agent_id.as_ref().map(|id| id.as_str());
        let repository = scope.repository_id.as_ref().map(|id| id.as_str());
        let key = format!("TaskAnalytics_{length}_{agent:?}_{repository:?}");
        let on_tasks = [TableDependency::on::<Task>()];
        self.cached_result(&key, &on_tasks, Some(TASK_ANALYTICS), |reader| {
            let period = Period::until_now(reader, length)?;
            analytics::task_analytics(reader, period, scope)
        })
    }
}
