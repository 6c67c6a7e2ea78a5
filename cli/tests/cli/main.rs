//! The commands as a user runs them: the program itself, on real files.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

mod demo;
mod documentation;
#[cfg(unix)]
mod files;
mod import;
#[path = "../../../tests/fixtures/legacy/large_state.rs"]
mod large_state;
mod looking;
mod maintain;
#[cfg(unix)]
mod path_arguments;
mod people;
mod queue;
mod refusals;
mod report;
mod rows;
#[cfg(unix)]
mod signals;
mod terminal;
mod upkeep;
#[cfg(unix)]
mod ways_out;
mod workflows;
