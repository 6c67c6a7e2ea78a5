//! The commands, one file each.

mod agents;
mod approvals;
mod backup;
mod chat;
pub(crate) mod check;
mod completions;
mod demo;
mod export;
pub(crate) mod import;
mod init;
mod logs;
mod maintain;
mod man;
mod queue;
mod recover;
mod report;
mod restore;
mod sql;
pub(crate) mod stats;
mod status;
mod task_changes;
mod task_runs;
mod task_steps;
mod tasks;
mod templates;
mod users;
mod vacuum;
mod workflows;

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
    /// Take over what predecessors left
    Import(import::Arguments),
    /// Look at the agents
    #[command(subcommand)]
    Agents(agents::Command),
    /// Look at the task queue, and change it
    #[command(subcommand)]
    Tasks(tasks::Command),
    /// Look at what agents ask for, and decide it
    #[command(subcommand)]
    Approvals(approvals::Command),
    /// Look at the queues, pause and resume them
    #[command(subcommand)]
    Queue(queue::Command),
    /// Look at workflows, and run them
    #[command(subcommand)]
    Workflows(workflows::Command),
    /// Look at templates, and make tasks of them
    #[command(subcommand)]
    Templates(templates::Command),
    /// Sum up the tasks of a period
    Stats(stats::Arguments),
    /// Write a page with charts for people
    Report(report::Arguments),
    /// Look into conversations
    #[command(subcommand)]
    Chat(chat::Command),
    /// Look after the data of persons
    #[command(subcommand)]
    Users(users::Command),
    /// Look at errors and events
    #[command(subcommand)]
    Logs(logs::Command),
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
    /// Write rows out for other programs
    Export(export::Arguments),
    /// Look into the database with a query that can only read
    Sql(sql::Arguments),
    /// Print what a shell needs to complete commands
    Completions(completions::Arguments),
    /// Write the manual pages
    Man(man::Arguments),
    /// Do what is due: rescue tasks, remove what expired, look after the file
    Maintain(maintain::Arguments),
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
        Command::Approvals(command) => approvals::run(command, session),
        Command::Queue(command) => queue::run(command, session),
        Command::Workflows(command) => workflows::run(command, session),
        Command::Templates(command) => templates::run(command, session),
        Command::Stats(arguments) => stats::run(arguments, session),
        Command::Report(arguments) => report::run(arguments, session),
        Command::Check(arguments) => check::run(arguments, session),
        Command::Backup(command) => backup::run(command, session),
        Command::Restore(arguments) => restore::run(arguments, session),
        Command::Recover(arguments) => recover::run(arguments, session),
        Command::Vacuum(arguments) => vacuum::run(arguments, session),
        Command::Checkpoint => vacuum::checkpoint(session),
        Command::Chat(command) => chat::run(command, session),
        Command::Users(command) => users::run(command, session),
        Command::Logs(command) => logs::run(command, session),
        Command::Export(arguments) => export::run(arguments, session),
        Command::Sql(arguments) => sql::run(arguments, session),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => man::run(arguments, session),
        Command::Maintain(arguments) => maintain::run(arguments, session),
        Command::Demo(arguments) => demo::run(arguments, session),
    }
}
