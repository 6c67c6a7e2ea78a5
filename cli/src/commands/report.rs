//! `orchestra report`: a page for people, in one file.

use std::path::{Path, PathBuf};

use clap::Args;
use orchestra_store::Result;
use orchestra_store::maintenance::{documents, space};
use orchestra_store::services::analytics::{self, Period};
use orchestra_store::services::{agents, code_repositories, tasks};
use serde::Serialize;

use crate::document::STANDARD_STREAM;
use crate::exit_code::Exit;
use crate::interrupt;
use crate::output::{self, Page};
use crate::period::Length;
use crate::report::{Facts, render};
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file to write, or - for the standard output
    #[arg(long, value_name = "FILE")]
    html: PathBuf,
    /// How far to look back: a number with s, m, h, d or w
    #[arg(long, value_name = "LENGTH", default_value = "24h")]
    period: Length,
    /// Replace a file of this name
    #[arg(long)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    path: PathBuf,
    /// Bytes.
    size: usize,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    let space = space::measure(&store)?;
    let facts = store.read(|reader| {
        let period = Period::until_now(reader, arguments.period.0)?;
        Ok(Facts {
            database: store.path().display().to_string(),
            space,
            report: analytics::report(reader, period)?,
            queues: tasks::list_queues(reader)?,
            agents: agents::load_distribution(reader)?,
            repositories: code_repositories::list(reader)?,
        })
    })?;
    let page = render(&facts);
    interrupt::check()?;
    if arguments.html == Path::new(STANDARD_STREAM) {
        output::write_text(page.as_bytes())?;
        return Ok(Exit::Ok);
    }
    let (path, database) = (&arguments.html, session.database());
    documents::write(path, page.as_bytes(), arguments.yes, database)?;
    let written = Written {
        path: arguments.html.clone(),
        size: page.len(),
    };
    session.output.print(&written, |written| {
        let size = output::bytes(written.size as u64);
        Page::new().good(format!("{}: written, {size}", written.path.display()))
    })?;
    Ok(Exit::Ok)
}
