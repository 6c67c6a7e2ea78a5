//! The specification of the data layer, sentence by sentence: `specification/sentences.txt` lists them with the test of
//! each, `specification/differences.txt` what is built otherwise, each with its reason.

mod agent_repository;
mod columns;
mod context;
mod differences;
mod entity_configuration;
mod facts;
mod generic_repository;
mod migration;
mod mutations;
mod overview;
mod rows;
mod schema;
mod seeding;
mod sentences;
mod task_repository;
