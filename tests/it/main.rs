//! What the library does as a whole, on real files.
//!
//! The campaigns (many processes, kills, random sequences) run in a short form; with
//! `ORCHESTRA_FULL_TESTS=1` in the environment they run in full.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub
)]

mod accepted;
mod adding_a_table;
mod adding_and_removing;
mod agent_health;
mod agent_reports;
mod agent_repository;
mod agent_sessions;
mod agents;
mod analytics;
mod approvals;
mod audit;
mod audit_replay;
mod backup;
mod bad_input;
mod cache;
mod caches;
mod cancel;
mod change_many;
mod chat;
mod claim_cost;
mod claim_waiting;
mod clock_model;
mod clocks;
mod code_repositories;
mod column_writers;
mod compressed_backup;
mod counters;
mod damage;
mod data;
mod documentation;
mod end_and_claim;
mod entries_in_writes;
mod erase_user;
mod events;
mod every_call;
mod every_entity;
mod examples;
#[cfg(target_os = "linux")]
mod exhaustion;
mod explain;
mod export;
mod faults;
mod file_safety;
mod fuzz;
mod generic;
mod group_commit;
mod import;
mod index_writes;
mod json_columns;
mod kill;
mod layers;
mod limits;
mod logs;
mod maintenance;
mod metrics;
mod migrations;
mod numbers;
mod opening_costs;
mod plain_files;
mod power_loss;
mod preference_documents;
mod preferences;
mod processes;
mod queries;
mod query_plans;
mod queue_costs;
mod queue_model;
mod queues;
mod random;
mod read_only;
mod recover;
mod repository;
mod restore;
mod retention_by_size;
mod rewire;
mod schema;
mod seeds;
mod simulation;
mod small_disk;
mod space;
mod space_per_task;
mod specification;
mod sql;
#[cfg(target_os = "linux")]
mod sql_limits;
mod statement_log;
mod store;
mod support;
mod task_dependencies;
mod task_repository;
mod task_status;
mod tasks;
mod templates;
mod transactions;
mod types;
mod upgrade;
mod upkeep;
mod visibility;
mod vm_steps;
mod windows_paths;
mod workflows;
mod write_queue;
mod writes;
