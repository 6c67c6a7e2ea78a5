//! `orchestra logs`: looks at what went wrong, and at what happened.

use clap::{Args, Subcommand};
use orchestra_store::models::{ErrorLog, OrchestrationLog};
use orchestra_store::services::error_logs::{self, ErrorLogFilter};
use orchestra_store::services::orchestration_logs::{self, OrchestrationLogFilter};
use orchestra_store::types::ErrorSeverity;
use orchestra_store::{Reader, Result};

use super::agents::to_the_second;
use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The newest errors
    Errors(Arguments),
    /// The newest events of the orchestration
    Events(Arguments),
}

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only from this level on: Trace, Debug, Information, Warning, Error or Critical
    #[arg(long)]
    level: Option<ErrorSeverity>,
    /// How many at the most, 1 to 1000
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    match command {
        Command::Errors(arguments) => session
            .output
            .print(&store.read(|reader| errors(reader, arguments))?, |logs| {
                errors_page(logs)
            })?,
        Command::Events(arguments) => session
            .output
            .print(&store.read(|reader| events(reader, arguments))?, |logs| {
                events_page(logs)
            })?,
    }
    Ok(Exit::Ok)
}

fn errors(reader: &mut Reader<'_>, arguments: &Arguments) -> Result<Vec<ErrorLog>> {
    let filter = ErrorLogFilter {
        minimum_severity: arguments.level,
        ..ErrorLogFilter::default()
    };
    Ok(error_logs::list(reader, &filter, None, arguments.limit)?.items)
}

fn events(reader: &mut Reader<'_>, arguments: &Arguments) -> Result<Vec<OrchestrationLog>> {
    let filter = OrchestrationLogFilter {
        minimum_level: arguments.level,
        ..OrchestrationLogFilter::default()
    };
    Ok(orchestration_logs::list(reader, &filter, None, arguments.limit)?.items)
}

fn errors_page(logs: &[ErrorLog]) -> Page {
    let row = |log: &ErrorLog| {
        [
            to_the_second(log.timestamp),
            log.severity.to_string(),
            log.source.clone().unwrap_or_default(),
            log.error_code.clone().unwrap_or_default(),
            log.message.clone(),
        ]
    };
    let headings = ["When (UTC)", "Severity", "Source", "Code", "Message"];
    Page::new().table(headings, logs.iter().map(row))
}

fn events_page(logs: &[OrchestrationLog]) -> Page {
    let row = |log: &OrchestrationLog| {
        [
            to_the_second(log.created_at),
            log.level.to_string(),
            log.event_type.clone(),
            log.message.clone(),
        ]
    };
    let headings = ["When (UTC)", "Level", "Event", "Message"];
    Page::new().table(headings, logs.iter().map(row))
}
