//! How the tasks of a period compare with those of the period before.

use serde::Serialize;

use super::period::Period;
use super::tasks::{TaskAnalytics, TaskScope, task_analytics};
use crate::error::Result;
use crate::rows::Reader;
use crate::types::TaskStatus;

/// A figure of a period, and of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Trend {
    /// In the period before.
    pub before: f64,
    /// In the period.
    pub now: f64,
    /// `now - before`.
    pub difference: f64,
    /// `now / before`; none where nothing was before.
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

/// A period beside the one of the same length before it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskTrends {
    /// The period, with its throughput by hour or day.
    pub current: TaskAnalytics,
    /// The one before.
    pub previous: TaskAnalytics,
    /// How many tasks were made.
    pub total: Trend,
    /// How many of these completed.
    pub completed: Trend,
    /// How many of these failed.
    pub failed: Trend,
    /// Completed among those that completed or failed, 0 to 1.
    pub success_rate: Trend,
    /// How often these were run again.
    pub retries: Trend,
    /// The median duration, in milliseconds.
    pub median_duration: Trend,
    /// The median wait, in milliseconds.
    pub median_queue_wait: Trend,
}

/// Returns how the tasks that were made in a period compare with those of the period before. Costs what
/// [`task_analytics`] costs for each of the two.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) where no period is
/// before this one.
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
