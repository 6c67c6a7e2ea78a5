//! Workflows: what is published, started and steered, and what becomes of it.

mod definitions;
mod documentation;
mod executions;
mod failures;
pub mod flow;
mod join_cost;
mod joins;
mod model;
