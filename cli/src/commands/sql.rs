//! `orchestra sql`: looks into the database with a query that can only read.

use std::time::Duration;

use clap::Args;
use orchestra_store::Result;
use orchestra_store::maintenance::sql::{self, SqlAnswer, SqlLimits};
use serde_json::Value;

use crate::byte_size::ByteSize;
use crate::exit_code::Exit;
use crate::output::Page;
use crate::period::Length;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// One query, with a ? for each parameter
    query: String,
    /// A value for the next ?: JSON, or else a text; may be given several times
    #[arg(long, value_name = "VALUE")]
    parameter: Vec<String>,
    /// How many rows are printed at the most
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    limit: usize,
    /// How long it may take
    #[arg(long, value_name = "TIME", default_value = "30s")]
    timeout: Length,
    /// How much memory it may take, half of it for the rows
    #[arg(long, value_name = "SIZE", default_value = "128MiB")]
    memory: ByteSize,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    let parameters: Vec<Value> = arguments.parameter.iter().map(|text| value(text)).collect();
    let limits = SqlLimits {
        rows: arguments.limit,
        time: arguments.timeout.0.to_duration().unwrap_or(Duration::ZERO),
        memory: Some(arguments.memory.0),
    };
    let answer = sql::query(&session.open()?, &arguments.query, &parameters, &limits)?;
    session.output.print(&answer, page)?;
    Ok(Exit::Ok)
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

fn page(answer: &SqlAnswer) -> Page {
    let headings: Vec<&str> = answer.columns.iter().map(String::as_str).collect();
    let rows = answer.rows.iter().map(|row| row.iter().map(cell));
    let count = answer.rows.len();
    Page::new()
        .grid(&headings, rows)
        .when(answer.truncated, |page| {
            page.line(format!(
                "… and more: {count} rows are printed, --limit raises that"
            ))
        })
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
