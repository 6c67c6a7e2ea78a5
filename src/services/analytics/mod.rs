//! What the tasks of a period tell: counts, durations, waits, throughput, errors, trends.
//!
//! `docs/analytics.md` defines each figure.

pub(crate) mod distribution;
mod period;
mod report;
mod tasks;
mod throughput;
mod trends;

pub use distribution::Distribution;
pub(crate) use period::DEFAULT_PERIOD;
pub use period::Period;
pub use report::{Outcomes, QueueDepth, Report, report};
pub use tasks::{ErrorCount, TaskAnalytics, TaskScope, task_analytics};
pub use throughput::Throughput;
pub use trends::{TaskTrends, Trend, task_trends};
