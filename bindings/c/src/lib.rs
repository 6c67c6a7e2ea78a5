//! The C ABI of `orchestra-store`.
//!
//! C callers read `include/orchestra_store.h`, which is generated from this crate: the doc comments
//! of exported items are written for them. How the parts fit:
//!
//! - [`boundary`] runs the work of every exported function, turns its errors into error objects,
//!   and lets no panic out.
//! - [`handle`], [`text`], [`scalars`], [`json`], [`output`] and [`options`] turn what C passes into
//!   checked Rust values. They look at nothing before the work runs, so that an exported function is
//!   one `unsafe` block that wraps its arguments, and safe code.
//! - The other modules are the exported functions, one module for each type.

// The names are those of the header; generators that read this source don't rename.
#![allow(non_camel_case_types)]
// The header's first comment states once what every function asks of its caller.
#![allow(clippy::missing_safety_doc)]
// This crate is where C is called and calls; the kernel stays without.
#![allow(unsafe_code)]

#[cfg(not(panic = "unwind"))]
compile_error!("the C ABI turns panics into error codes, which needs panic = \"unwind\"");

mod backup_policy;
mod boundary;
mod callback_thread;
mod handle;
mod host_context;
mod json;
mod one_at_a_time;
mod open_transaction;
mod options;
mod output;
mod row_stream;
mod scalars;
mod session;
mod store_config;
mod text;

pub mod agent_health;
pub mod agent_performance;
pub mod agent_selection;
pub mod agent_sessions;
pub mod agents;
pub mod analytics;
pub mod approvals;
pub mod audit;
pub mod backups;
pub mod buffer;
pub mod cache;
pub mod cancel;
pub mod categories;
pub mod changes;
pub mod chat;
pub mod chat_messages;
pub mod chat_search;
pub mod computed_results;
pub mod cursor;
pub mod cursor_values;
pub mod entity_changes;
pub mod entity_deletions;
pub mod entity_descriptions;
pub mod entity_numbers;
pub mod entity_queries;
pub mod error;
pub mod error_logs;
pub mod executions;
pub mod exports;
pub mod follower;
pub mod import;
pub mod integrity;
pub mod keys;
pub mod log;
pub mod metrics;
pub mod orchestration_logs;
pub mod preference_documents;
pub mod preference_values;
pub mod preferences;
pub mod progress;
pub mod query_cache;
pub mod queues;
pub mod recovery;
pub mod repositories;
pub mod repository_figures;
pub mod repository_rules;
pub mod restore;
pub mod session_data;
pub mod space;
pub mod sql;
pub mod status;
pub mod store;
pub mod store_options;
pub mod task_claims;
pub mod task_control;
pub mod task_dependencies;
pub mod task_lists;
pub mod task_measurements;
pub mod task_runs;
pub mod tasks;
pub mod templates;
pub mod transaction;
pub mod upkeep;
pub mod version;
pub mod workflows;
pub mod writer;
