//! `orchestra demo`: shows the whole thing at work, in a database of its own.

use std::path::PathBuf;

use clap::Args;
use clap::value_parser;
use orchestra_store::Result;

use crate::demo::{self, Plan};
use crate::exit_code::Exit;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where to make orchestra.db; without, in a new directory for temporary files (--db isn't used)
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// How many tasks to enqueue
    #[arg(long, value_name = "NUMBER", default_value_t = 2000)]
    #[arg(value_parser = value_parser!(u32).range(1..=100_000))]
    tasks: u32,
    /// How many workers run them; one of them dies half-way
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    #[arg(value_parser = value_parser!(u32).range(2..=64))]
    workers: u32,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    let plan = Plan {
        directory: arguments.directory.clone(),
        tasks: arguments.tasks,
        workers: arguments.workers,
    };
    let report = demo::run(&plan, session.output)?;
    session.output.print(&report, demo::page)?;
    Ok(if report.every_task_ended_once {
        Exit::Ok
    } else {
        Exit::Failed
    })
}
