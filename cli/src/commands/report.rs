//! `orchestra report`: a page for people, in one file.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use orchestra_store::maintenance::space;
use orchestra_store::services::analytics::{self, Period};
use orchestra_store::services::{agents, code_repositories, tasks};
use orchestra_store::{Error, ErrorCode, Result};
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::exit_code::Exit;
use crate::output::{self, Page};
use crate::period::Length;
use crate::report::{Facts, render};
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file to write
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
    write(&arguments.html, page.as_bytes(), arguments.yes)?;
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

/// Writes a file so that whoever reads it sees the old one or the new one. It is readable by its
/// user alone, as the database is.
fn write(path: &Path, content: &[u8], replace: bool) -> Result<()> {
    let failed = |e: std::io::Error| Error::from(e).while_doing(path.display());
    let directory = path.parent().filter(|parent| *parent != Path::new(""));
    let mut file = NamedTempFile::new_in(directory.unwrap_or(Path::new("."))).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    let persisted = if replace {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    match persisted {
        Err(e) if e.error.kind() == ErrorKind::AlreadyExists => Err(taken(path)),
        persisted => persisted.map(drop).map_err(|e| failed(e.error)),
    }
}

fn taken(path: &Path) -> Error {
    let message = format!("{}: say --yes to replace it", path.display());
    Error::new(ErrorCode::AlreadyExists, message)
}
