//! The queries of each entity: Diesel in, rows out; no rules and no transactions.

pub(crate) mod agents;
pub(crate) mod audit_logs;
pub(crate) mod caches;
pub(crate) mod chat;
pub(crate) mod chat_search;
pub(crate) mod code_repositories;
pub(crate) mod error_logs;
pub(crate) mod integrity;
pub(crate) mod performance_metrics;
pub(crate) mod task_analytics;
pub(crate) mod tasks;
pub(crate) mod user_preferences;
