//! What a host does with the store: functions over a [`Reader`](crate::Reader) or a
//! [`UnitOfWork`](crate::UnitOfWork), so that any number of them share one transaction.

pub mod agents;
pub mod analytics;
pub mod approvals;
pub mod caches;
pub mod chat;
pub mod code_repositories;
pub mod error_logs;
mod json_schema;
pub mod metrics;
pub mod orchestration_logs;
pub mod preferences;
pub(crate) mod statistics;
pub mod steps;
pub mod tasks;
pub mod templates;
mod versions;
pub mod workflows;

pub use crate::rows::{audit, data};
