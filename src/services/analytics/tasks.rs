//! Statistics of the tasks of a period.

use std::collections::BTreeMap;

use serde::Serialize;

use super::distribution::{Distribution, ValueDistribution};
use super::period::Period;
use super::throughput::{Throughput, ThroughputCounter};
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::task_analytics::{CreatedTask, PeriodScope};
use crate::tables::{AgentId, RepositoryId, task_analytics as rows};
use crate::types::{TaskPriority, TaskStatus};

/// Number of the most frequent errors that are listed.
const TOP_ERRORS: u32 = 10;

/// Selection of tasks: all, or those of one agent or repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskScope {
    /// Agent of the tasks; none means any.
    pub agent_id: Option<AgentId>,
    /// Repository of the tasks; none means any.
    pub repository_id: Option<RepositoryId>,
}

impl TaskScope {
    /// Selects the tasks of an agent.
    pub fn agent(id: &AgentId) -> Self {
        Self {
            agent_id: Some(id.clone()),
            repository_id: None,
        }
    }

    /// Selects the tasks of a repository.
    pub fn repository(id: &RepositoryId) -> Self {
        Self {
            agent_id: None,
            repository_id: Some(id.clone()),
        }
    }

    pub(super) fn within(&self, period: Period) -> PeriodScope<'_> {
        PeriodScope {
            from: period.from,
            to: period.to,
            agent_id: self.agent_id.as_ref(),
            repository_id: self.repository_id.as_ref(),
        }
    }
}

/// An error, and the number of tasks that failed with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorCount {
    /// Message of the error.
    pub error_message: String,
    /// Number of tasks.
    pub count: i64,
}

/// Statistics of the tasks of a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskAnalytics {
    /// Period in which the tasks were created, and for which throughput is counted.
    pub period: Period,
    /// Number of tasks that were created.
    pub total: i64,
    /// Number of these in each state.
    pub by_status: BTreeMap<TaskStatus, i64>,
    /// Number of these with each priority.
    pub by_priority: BTreeMap<TaskPriority, i64>,
    /// Share of completed tasks among those that completed or failed, 0 to 1; 0 if there are none.
    pub success_rate: f64,
    /// Number of retries of these.
    pub retries: i64,
    /// Time from start to end of those that completed or failed, in milliseconds.
    pub duration: Distribution,
    /// Time from becoming available to the start of the last run, in milliseconds.
    pub queue_wait: Distribution,
    /// Tasks that ended in the period: by hour up to two days, otherwise by day, including those without any.
    pub throughput: Vec<Throughput>,
    /// Most frequent errors of failed tasks, at most ten.
    pub top_errors: Vec<ErrorCount>,
}

impl TaskAnalytics {
    /// Returns the number of tasks in this state.
    pub fn count(&self, status: TaskStatus) -> i64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }
}

/// Computes the statistics of the tasks that were created in a period.
///
/// Throughput counts the tasks that ended in the period, whenever they were created. Costs one pass over the tasks of
/// the period, and usually one more if a percentile is above 70 minutes. Memory doesn't grow with the number of tasks
/// (at most 35 MB), only with that of different errors.
pub fn task_analytics(
    reader: &mut Reader<'_>,
    period: Period,
    scope: &TaskScope,
) -> Result<TaskAnalytics> {
    let scope = scope.within(period);
    let conn = reader.connection();
    let mut counts = PeriodCounts::default();
    let mut times = Times::default();
    let mut throughput = ThroughputCounter::new(period);
    rows::for_each_created(conn, &scope, |task| {
        counts.add(&task);
        times.add(&task);
        if let Some(ended_at) = task.completed_at {
            throughput.add(ended_at, task.status);
        }
    })?;
    times.end_pass();
    while times.want_pass() {
        rows::for_each_created(conn, &scope, |task| times.add(&task))?;
        times.end_pass();
    }
    rows::for_each_carried_over(conn, &scope, |ended_at, status| {
        throughput.add(ended_at, status);
    })?;
    let top_errors = rows::top_errors(conn, &scope, TOP_ERRORS)?;
    Ok(TaskAnalytics {
        period,
        total: counts.by_status.values().sum(),
        success_rate: counts.success_rate(),
        by_status: counts.by_status,
        by_priority: counts.by_priority,
        retries: counts.retries,
        duration: times.duration.distribution(),
        queue_wait: times.queue_wait.distribution(),
        throughput: throughput.finish(),
        top_errors: top_errors.into_iter().map(error_count).collect(),
    })
}

/// Returns the share of completed tasks among those that completed or failed; 0 if there are none.
pub(super) fn success_rate(completed: i64, failed: i64) -> f64 {
    match completed + failed {
        0 => 0.0,
        ended => completed as f64 / ended as f64,
    }
}

fn error_count((error_message, count): (String, i64)) -> ErrorCount {
    ErrorCount {
        error_message,
        count,
    }
}

#[derive(Default)]
struct PeriodCounts {
    by_status: BTreeMap<TaskStatus, i64>,
    by_priority: BTreeMap<TaskPriority, i64>,
    retries: i64,
}

impl PeriodCounts {
    fn add(&mut self, task: &CreatedTask) {
        *self.by_status.entry(task.status).or_default() += 1;
        *self.by_priority.entry(task.priority).or_default() += 1;
        self.retries += i64::from(task.retry_count);
    }

    fn success_rate(&self) -> f64 {
        let count = |status| self.by_status.get(&status).copied().unwrap_or(0);
        success_rate(count(TaskStatus::Completed), count(TaskStatus::Failed))
    }
}

#[derive(Default)]
struct Times {
    duration: ValueDistribution,
    queue_wait: ValueDistribution,
}

impl Times {
    fn add(&mut self, task: &CreatedTask) {
        if let Some(millis) = task.duration() {
            self.duration.add(millis);
        }
        if let Some(millis) = task.queue_wait() {
            self.queue_wait.add(millis);
        }
    }

    fn want_pass(&self) -> bool {
        self.duration.wants_pass() || self.queue_wait.wants_pass()
    }

    fn end_pass(&mut self) {
        self.duration.end_pass();
        self.queue_wait.end_pass();
    }
}
