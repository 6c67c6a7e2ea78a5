//! The queries of each entity: Diesel in, rows out; no rules and no transactions.

pub(crate) mod agent_health;
pub(crate) mod agent_sessions;
pub(crate) mod agents;
pub(crate) mod approval_requests;
pub(crate) mod audit_logs;
pub(crate) mod caches;
pub(crate) mod change_events;
pub(crate) mod chat;
pub(crate) mod chat_search;
pub(crate) mod code_repositories;
pub(crate) mod error_logs;
pub(crate) mod integrity;
pub(crate) mod performance_metrics;
pub(crate) mod queue_depths;
pub(crate) mod queue_pauses;
pub(crate) mod retention;
pub(crate) mod task_analytics;
pub(crate) mod task_dependencies;
pub(crate) mod task_lists;
pub(crate) mod task_templates;
pub(crate) mod task_trees;
pub(crate) mod tasks;
pub(crate) mod template_categories;
pub(crate) mod user_preferences;
pub(crate) mod workflow_definitions;
pub(crate) mod workflow_executions;
