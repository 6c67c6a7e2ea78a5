//! `orchestra backup`: makes, lists and verifies backups.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use orchestra_store::Result;
use orchestra_store::maintenance::backup::{
    self, AutomaticBackup, Backup, BackupFile, BackupPolicy, BackupState,
};

use crate::exit_code::Exit;
use crate::interrupt;
use crate::output::{self, Page};
use crate::period::duration;
use crate::progress::Watch;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Copy the database as it is now into a file, and verify the copy
    Create {
        /// The file; one whose name ends in .gz is compressed
        file: PathBuf,
        /// Replace a file of this name
        #[arg(long)]
        yes: bool,
    },
    /// Make a backup if one is due, and remove those that are too old
    Auto(Auto),
    /// Tell what backups a directory has
    List {
        /// The directory
        directory: PathBuf,
        /// Read each as a whole
        #[arg(long)]
        verify: bool,
    },
    /// Read a backup as a whole, and tell whether it is sound
    Verify {
        /// The file
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Auto {
    /// Where the backups are
    directory: PathBuf,
    /// The least time between two
    #[arg(long, value_name = "PERIOD", default_value = "1d", value_parser = duration)]
    every: Duration,
    /// How many of the newest always stay
    #[arg(long, value_name = "COUNT", default_value_t = 7)]
    keep: usize,
    /// How long those beyond stay
    #[arg(long, value_name = "PERIOD", value_parser = duration)]
    keep_for: Option<Duration>,
    /// Compress it
    #[arg(long)]
    compress: bool,
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    match command {
        Command::Create { file, yes } => create(file, *yes, session),
        Command::Auto(arguments) => auto(arguments, session),
        Command::List { directory, verify } => {
            let files = interrupt::token().run(|| backup::list(directory, *verify))?;
            session.output.print(&files, |files| list_page(files))?;
            Ok(verdict(&files))
        }
        Command::Verify { file } => {
            let file = interrupt::token().run(|| backup::verify(file))?;
            session
                .output
                .print(&file, |file| list_page(std::slice::from_ref(file)))?;
            Ok(verdict(&[file]))
        }
    }
}

fn create(file: &Path, replace: bool, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    let mut watch = Watch::new(session.output);
    let made = backup::create(&store, file, replace, &mut |now| watch.show(now))?;
    drop(watch);
    session
        .output
        .print(&made, |made| Page::new().good(made_text(made)))?;
    Ok(Exit::Ok)
}

fn auto(arguments: &Auto, session: &Session) -> Result<Exit> {
    let mut policy = BackupPolicy::new(&arguments.directory);
    policy.interval = arguments.every;
    policy.keep = arguments.keep;
    policy.keep_for = arguments.keep_for.unwrap_or_default();
    policy.compress = arguments.compress;
    let store = session.open()?;
    let mut watch = Watch::new(session.output);
    let outcome = backup::run_if_due(&store, &policy, &mut |now| watch.show(now))?;
    drop(watch);
    session.output.print(&outcome, auto_page)?;
    Ok(Exit::Ok)
}

fn auto_page(outcome: &AutomaticBackup) -> Page {
    let page = match &outcome.made {
        Some(made) => Page::new().good(made_text(made)),
        None => Page::new().line("No backup is due."),
    };
    page.each(&outcome.removed, |page, path| {
        page.line(format!("{}: removed", path.display()))
    })
}

fn made_text(made: &Backup) -> String {
    let (path, size) = (made.path.display(), output::bytes(made.size));
    format!("{path}: made and verified, {size}")
}

fn list_page(files: &[BackupFile]) -> Page {
    let row = |file: &BackupFile| {
        [
            file.path.display().to_string(),
            file.modified_at.to_string(),
            output::bytes(file.size),
            file.schema_version.clone().unwrap_or_default(),
            state(&file.state),
        ]
    };
    let headings = ["File", "Written", "#Size", "Schema", "State"];
    Page::new().table(headings, files.iter().map(row))
}

fn state(state: &BackupState) -> String {
    match state {
        BackupState::Verified => "verified".to_owned(),
        BackupState::Unverified => "not read now".to_owned(),
        BackupState::Partial => "not finished".to_owned(),
        BackupState::Damaged(reason) => format!("damaged: {reason}"),
        other => format!("{other:?}"),
    }
}

fn verdict(files: &[BackupFile]) -> Exit {
    let is_damaged = |file: &BackupFile| matches!(file.state, BackupState::Damaged(_));
    if files.iter().any(is_damaged) {
        Exit::Failed
    } else {
        Exit::Ok
    }
}
