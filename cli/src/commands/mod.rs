//! The commands, one file each.

mod agents;
mod backup;
pub(crate) mod check;
mod demo;
pub(crate) mod import;
mod init;
mod recover;
mod restore;
pub(crate) mod stats;
mod status;
mod tasks;
mod vacuum;

use clap::Subcommand;
use orchestra_store::Result;

use crate::exit_code::Exit;
use crate::session::Session;

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the database, or bring it to the present schema
    Init,
    /// Tell where the database is, how big it is, and what is in it
    Status,
    /// Take over what the file-based predecessor left
    Import(import::Arguments),
    /// Look at the agents
    #[command(subcommand)]
    Agents(agents::Command),
    /// Look at the task queue, and change it
    #[command(subcommand)]
    Tasks(tasks::Command),
    /// Sum up the tasks of a period
    Stats(stats::Arguments),
    /// Check that the database is sound
    Check(check::Arguments),
    /// Make, list and verify backups
    #[command(subcommand)]
    Backup(backup::Command),
    /// Replace the database by a backup
    Restore(restore::Arguments),
    /// Salvage what is readable of a damaged database
    Recover(recover::Arguments),
    /// Give free space of the database back to the disk
    Vacuum(vacuum::Arguments),
    /// Copy the write-ahead log into the database, and empty it
    Checkpoint,
    /// Show the whole thing at work, in a database of its own
    Demo(demo::Arguments),
}

/// Does what was asked for.
pub(crate) fn run(command: &Command, session: &Session) -> Result<Exit> {
    match command {
        Command::Init => init::run(session),
        Command::Status => status::run(session),
        Command::Import(arguments) => import::run(arguments, session),
        Command::Agents(command) => agents::run(command, session),
        Command::Tasks(command) => tasks::run(command, session),
        Command::Stats(arguments) => stats::run(arguments, session),
        Command::Check(arguments) => check::run(arguments, session),
        Command::Backup(command) => backup::run(command, session),
        Command::Restore(arguments) => restore::run(arguments, session),
        Command::Recover(arguments) => recover::run(arguments, session),
        Command::Vacuum(arguments) => vacuum::run(arguments, session),
        Command::Checkpoint => vacuum::checkpoint(session),
        Command::Demo(arguments) => demo::run(arguments, session),
    }
}
