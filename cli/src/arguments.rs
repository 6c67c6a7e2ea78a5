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
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_declared_without_a_contradiction() {
        Arguments::command().debug_assert();
    }
}
