//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser};

use crate::commands::Command;
use crate::exit_code;

/// Looks after the database of an orchestrator: its agents, its task queue, its health.
#[derive(Debug, Parser)]
#[command(name = "orchestra", version, after_help = exit_code::HELP)]
#[command(arg_required_else_help = true, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct GlobalArguments {
    /// The database file
    #[arg(long, global = true, value_name = "PATH", display_order = 100)]
    #[arg(env = "ORCHESTRA_DB", default_value = "orchestra.db")]
    pub(crate) db: PathBuf,
    /// Print one JSON document, for programs
    #[arg(long, global = true, display_order = 101)]
    pub(crate) json: bool,
    /// Only read: create, migrate and lock nothing, and refuse to write
    #[arg(long, global = true, display_order = 102)]
    pub(crate) read_only: bool,
    /// Write to a database with several names or on a network file system, which nobody else uses
    #[arg(long, global = true, display_order = 103)]
    pub(crate) allow_unsafe_location: bool,
}

#[cfg(test)]
#[allow(dead_code, reason = "the tests of the whole program use the rest")]
#[path = "../tests/cli/path_arguments.rs"]
mod path_arguments;

#[cfg(test)]
mod tests {
    use std::any::TypeId;

    use clap::{Command, CommandFactory};

    use super::path_arguments::PATH_ARGUMENTS;
    use super::*;

    fn paths(command: &Command, above: &str, found: &mut Vec<String>) {
        for argument in command.get_arguments() {
            if argument.get_value_parser().type_id() == TypeId::of::<PathBuf>() {
                found.push(format!("{above}{}", argument.get_id()));
            }
        }
        for below in command.get_subcommands() {
            paths(below, &format!("{above}{} ", below.get_name()), found);
        }
    }

    #[test]
    fn every_path_is_known_to_the_tests_of_files() {
        let mut found = Vec::new();
        paths(&Arguments::command(), "", &mut found);
        found.sort();
        let mut listed: Vec<_> = PATH_ARGUMENTS.iter().map(|path| path.name).collect();
        listed.sort();
        assert_eq!(found, listed);
    }

    #[test]
    fn the_arguments_are_declared_without_a_contradiction() {
        Arguments::command().debug_assert();
    }
}
