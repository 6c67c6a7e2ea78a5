//! `orchestra users`: looks after the data of persons.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use orchestra_store::Result;
use orchestra_store::maintenance::erase_user::{EraseOptions, ErasureReport, erase_user};
use orchestra_store::models::UserId;

use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take out what a person wrote, and keep who did what and when
    Erase(EraseArguments),
}

#[derive(Debug, Args)]
pub(crate) struct EraseArguments {
    /// The user's id
    id: UserId,
    /// Change the database; otherwise only tell what would be changed
    #[arg(long)]
    yes: bool,
    /// Where backups are, which may still hold the texts
    #[arg(long, value_name = "DIRECTORY")]
    backups: Option<PathBuf>,
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    let Command::Erase(arguments) = command;
    let options = EraseOptions {
        dry_run: !arguments.yes,
        backups: arguments.backups.clone(),
    };
    let report = erase_user(&session.open()?, &arguments.id, &options)?;
    session.output.print(&report, page)?;
    Ok(Exit::Ok)
}

fn page(report: &ErasureReport) -> Page {
    let counts = report.counts.iter();
    let counts = counts.map(|(table, rows)| [(*table).to_owned(), rows.to_string()]);
    let page = Page::new().table(["Table", "#Rows"], counts);
    let page = if report.is_dry_run {
        page.line("Nothing was changed: --yes does it.".to_owned())
    } else {
        page.good("The texts were taken out.")
    };
    if report.backups.is_empty() {
        return page;
    }
    let backups = report.backups.iter();
    let backups = backups.map(|file| {
        [
            super::agents::to_the_second(file.modified_at),
            file.path.display().to_string(),
        ]
    });
    page.line("These backups may still hold them:".to_owned())
        .table(["Written (UTC)", "Backup"], backups)
}
