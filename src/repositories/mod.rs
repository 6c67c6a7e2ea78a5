//! The queries of each entity: Diesel in, rows out; no rules and no transactions.

pub(crate) mod agents;
pub(crate) mod audit_logs;
pub(crate) mod caches;
pub(crate) mod code_repositories;
pub(crate) mod integrity;
pub(crate) mod queue_depths;
pub(crate) mod queue_pauses;
pub(crate) mod task_analytics;
pub(crate) mod task_dependencies;
pub(crate) mod task_lists;
pub(crate) mod task_trees;
pub(crate) mod tasks;
pub(crate) mod user_preferences;
