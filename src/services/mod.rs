//! Operations of a host: functions that take a [`Reader`](crate::Reader) or a [`UnitOfWork`](crate::UnitOfWork), so
//! that any number of them can share one transaction.
//!
//! ```
//! use orchestra_store::ErrorCode;
//! use orchestra_store::services::agents::{self, NewAgent};
//! use orchestra_store::services::tasks::{self, NewTask};
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let refused: orchestra_store::Result<()> = store.write(|uow| {
//!     tasks::enqueue(uow, &NewTask::new("make", "/srv/app"))?;
//!     agents::register(uow, &NewAgent::new("", "claude-code", "/srv/app"))?;
//!     Ok(())
//! });
//! // The second function failed, so the first one is rolled back.
//! assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidArgument);
//! assert!(store.read(tasks::list_queues)?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod agents;
pub mod analytics;
pub mod approvals;
pub mod caches;
pub mod chat;
pub mod code_repositories;
pub(crate) mod counters;
pub mod data;
pub(crate) mod erasure;
pub mod error_logs;
mod json_schema;
pub mod metrics;
pub mod orchestration_logs;
pub mod preferences;
pub mod retention_clock;
pub(crate) mod statistics;
pub mod steps;
pub mod tasks;
pub mod templates;
mod versions;
pub mod workflows;

pub use crate::rows::audit;
