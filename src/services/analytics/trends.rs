//! Comparison of the tasks of a period with those of the previous period.

use serde::Serialize;

use super::period::Period;
use super::tasks::{TaskAnalytics, TaskScope, task_analytics};
use crate::error::Result;
use crate::rows::Reader;
use crate::types::TaskStatus;

/// A figure of a period, compared with that of the previous period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Trend {
    /// Figure of the previous period.
    pub before: f64,
    /// Figure of the period.
    pub now: f64,
    /// Difference `now - before`.
    pub difference: f64,
    /// Ratio `now / before`; none if `before` is 0.
    pub ratio: Option<f64>,
}

impl Trend {
    fn between(before: f64, now: f64) -> Self {
        Self {
            before,
            now,
            difference: now - before,
            ratio: (before != 0.0).then(|| now / before),
        }
    }
}

/// Figures of a period, compared with those of the previous period of equal length.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskTrends {
    /// Statistics of the period.
    pub current: TaskAnalytics,
    /// Statistics of the previous period.
    pub previous: TaskAnalytics,
    /// Number of tasks that were created.
    pub total: Trend,
    /// Number of these that completed.
    pub completed: Trend,
    /// Number of these that failed.
    pub failed: Trend,
    /// Share of completed tasks among those that completed or failed, 0 to 1.
    pub success_rate: Trend,
    /// Number of retries of these.
    pub retries: Trend,
    /// Median duration, in milliseconds.
    pub median_duration: Trend,
    /// Median waiting time, in milliseconds.
    pub median_queue_wait: Trend,
}

/// Compares the tasks that were created in a period with those of the previous period. Costs [`task_analytics`] for each
/// of the two.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if the period begins with the year 1,
/// so that none precedes it.
pub fn task_trends(
    reader: &mut Reader<'_>,
    period: Period,
    scope: &TaskScope,
) -> Result<TaskTrends> {
    let previous = task_analytics(reader, period.before()?, scope)?;
    let current = task_analytics(reader, period, scope)?;
    Ok(compare(previous, current))
}

fn compare(previous: TaskAnalytics, current: TaskAnalytics) -> TaskTrends {
    let change =
        |figure: fn(&TaskAnalytics) -> f64| Trend::between(figure(&previous), figure(&current));
    TaskTrends {
        total: change(|a| a.total as f64),
        completed: change(|a| a.count(TaskStatus::Completed) as f64),
        failed: change(|a| a.count(TaskStatus::Failed) as f64),
        success_rate: change(|a| a.success_rate),
        retries: change(|a| a.retries as f64),
        median_duration: change(|a| a.duration.p50 as f64),
        median_queue_wait: change(|a| a.queue_wait.p50 as f64),
        previous,
        current,
    }
}
