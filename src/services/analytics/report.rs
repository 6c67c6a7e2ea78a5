//! Report on a period in one document: tasks, agents, repositories, queues and errors.

use std::collections::BTreeMap;

use serde::Serialize;

use super::period::Period;
use super::tasks::{TaskAnalytics, TaskScope, success_rate, task_analytics};
use crate::error::Result;
use crate::rows::Reader;
use crate::services::error_logs::{self, ErrorCodeCount};
pub use crate::tables::task_analytics::QueueDepth;
use crate::tables::{AgentId, RepositoryId, task_analytics as rows};
use crate::types::{Id, TaskStatus, Timestamp};

/// Number of error codes in a report.
const TOP_CODES: u32 = 20;

/// Outcomes of the tasks of one agent or repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Outcomes<T> {
    /// Id of the agent or repository.
    pub id: Id<T>,
    /// Number of its tasks that were created in the period.
    pub total: i64,
    /// Number of these that completed.
    pub completed: i64,
    /// Number of these that failed.
    pub failed: i64,
    /// Number of these that were cancelled.
    pub cancelled: i64,
    /// Share of completed tasks among those that completed or failed, 0 to 1; 0 if there are none.
    pub success_rate: f64,
}

/// Report on a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Report {
    /// Time of the report.
    pub generated_at: Timestamp,
    /// Statistics of the tasks that were created in the period.
    pub tasks: TaskAnalytics,
    /// Agents with any of these tasks, by id.
    pub agents: Vec<Outcomes<crate::tables::Agent>>,
    /// Repositories with any of these tasks, by id.
    pub repositories: Vec<Outcomes<crate::tables::CodeRepository>>,
    /// Numbers of tasks that are waiting and running now, by repository path.
    pub queues: Vec<QueueDepth>,
    /// Most frequent codes of the error log in the period, at most twenty.
    pub errors: Vec<ErrorCodeCount>,
}

/// Creates the report on a period. Costs [`task_analytics`] and one more pass over the tasks of the period; memory grows
/// with the number of agents and repositories, not with that of tasks.
pub fn report(reader: &mut Reader<'_>, period: Period) -> Result<Report> {
    let scope = TaskScope::default();
    let tasks = task_analytics(reader, period, &scope)?;
    let mut agents = Tallies::<crate::tables::Agent>::default();
    let mut repositories = Tallies::<crate::tables::CodeRepository>::default();
    rows::for_each_outcome(
        reader.connection(),
        &scope.within(period),
        |agent_id: Option<AgentId>, repository_id: Option<RepositoryId>, status| {
            agents.add(agent_id, status);
            repositories.add(repository_id, status);
        },
    )?;
    Ok(Report {
        generated_at: reader.now(),
        tasks,
        agents: agents.finish(),
        repositories: repositories.finish(),
        queues: rows::queue_depths(reader.connection())?,
        errors: error_logs::counts_by_code(reader, period.from, period.to, TOP_CODES)?,
    })
}

/// Number of tasks in each state, by agent or repository.
struct Tallies<T>(BTreeMap<Id<T>, BTreeMap<TaskStatus, i64>>);

impl<T> Default for Tallies<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Tallies<T> {
    fn add(&mut self, id: Option<Id<T>>, status: TaskStatus) {
        if let Some(id) = id {
            *self.0.entry(id).or_default().entry(status).or_default() += 1;
        }
    }

    fn finish(self) -> Vec<Outcomes<T>> {
        self.0.into_iter().map(outcomes).collect()
    }
}

fn outcomes<T>((id, by_status): (Id<T>, BTreeMap<TaskStatus, i64>)) -> Outcomes<T> {
    let count = |status| by_status.get(&status).copied().unwrap_or(0);
    let (completed, failed) = (count(TaskStatus::Completed), count(TaskStatus::Failed));
    Outcomes {
        id,
        total: by_status.values().sum(),
        completed,
        failed,
        cancelled: count(TaskStatus::Cancelled),
        success_rate: success_rate(completed, failed),
    }
}
