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

mod agents;
mod analytics;
mod audit;
mod audit_replay;
mod backup;
mod cache;
mod caches;
mod claim_cost;
mod damage;
mod data;
mod every_entity;
mod faults;
mod import;
mod kill;
mod maintenance;
mod migrations;
mod preferences;
mod processes;
mod queries;
mod queue_model;
mod recover;
mod restore;
mod schema;
mod space;
mod store;
mod support;
mod tasks;
mod types;
mod upgrade;
mod vm_steps;
mod writes;
