//! `orchestra restore`: replaces the database by a backup.

use std::path::PathBuf;

use clap::Args;
use orchestra_store::Result;
use orchestra_store::maintenance::restore::{RestoreOptions, Restored, restore_file};

use crate::exit_code::Exit;
use crate::output::{self, Page};
use crate::progress::Watch;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The backup
    file: PathBuf,
    /// Replace the database that is there; a copy of it is kept
    #[arg(long)]
    yes: bool,
    /// Restore although other processes have the database open
    #[arg(long)]
    force: bool,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    if session.has_database() {
        session.confirm(arguments.yes, "replace the database")?;
    }
    let mut options = RestoreOptions::default();
    options.force = arguments.force;
    let config = session.config();
    let mut watch = Watch::new(session.output);
    let restored = restore_file(&config, &arguments.file, &options, &mut |now| {
        watch.show(now)
    })?;
    drop(watch);
    session.output.print(&restored, page)?;
    Ok(Exit::Ok)
}

fn page(restored: &Restored) -> Page {
    let (backup, size) = (restored.backup.display(), output::bytes(restored.size));
    Page::new()
        .good(format!("{backup}: restored, {size}"))
        .when(restored.migrated, |page| {
            let version = &restored.schema_version;
            page.line(format!("It was of schema {version} and was migrated."))
        })
        .each(&restored.before, |page, path| {
            page.line(format!("What was there before: {}", path.display()))
        })
}
