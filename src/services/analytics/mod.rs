//! Statistics of the tasks of a period: counts, durations, waiting times, throughput, errors and trends.
//!
//! `docs/analytics.md` defines each figure.
//!
//! ```
//! use orchestra_store::services::analytics::{self, Period, TaskScope};
//! use orchestra_store::services::tasks::{self, NewTask};
//! use orchestra_store::types::TaskStatus;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
//! let figures = store.read(|reader| {
//!     let period = Period::new("2020-01-01".parse()?, "2029-12-31".parse()?)?;
//!     analytics::task_analytics(reader, period, &TaskScope::default())
//! })?;
//! assert_eq!((figures.total, figures.count(TaskStatus::Pending)), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
