//! `orchestra vacuum` and `orchestra checkpoint`: keep the files in size.

use clap::Args;
use orchestra_store::Result;
use orchestra_store::maintenance::space::{self, Space};
use serde::Serialize;

use crate::exit_code::Exit;
use crate::output::{self, Page};
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only give free pages back, in small steps that keep nobody waiting
    #[arg(long)]
    incremental: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Vacuumed {
    /// Bytes that the disk got back.
    given_back: u64,
    space: Space,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    let given_back = if arguments.incremental {
        space::shrink(&store, 0)?
    } else {
        space::vacuum(&store)?
    };
    let space = space::measure(&store)?;
    store.close()?;
    session
        .output
        .print(&Vacuumed { given_back, space }, |vacuumed| {
            let (given_back, size) = (vacuumed.given_back, vacuumed.space.database);
            let (given_back, size) = (output::bytes(given_back), output::bytes(size));
            Page::new().line(format!("{given_back} given back; the database has {size}"))
        })?;
    Ok(Exit::Ok)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Checkpointed {
    /// Bytes of the log that a read which is open still needs.
    held: u64,
}

pub(super) fn checkpoint(session: &Session) -> Result<Exit> {
    let held = space::checkpoint(&session.open()?)?;
    session
        .output
        .print(&Checkpointed { held }, |done| match done.held {
            0 => Page::new().good("The write-ahead log is in the database."),
            held => Page::new().bad(format!(
                "{} of the write-ahead log are held by a read that stays open.",
                output::bytes(held)
            )),
        })?;
    Ok(if held == 0 { Exit::Ok } else { Exit::Busy })
}
