//! `orchestra man`: the manual pages.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use orchestra_store::{Error, Result};

use crate::arguments;
use crate::exit_code::Exit;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The directory that the pages go into, one for each command; it is made where it isn't there
    directory: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let directory = &arguments.directory;
    let failed = |e: std::io::Error| Error::from(e).while_doing(directory.display());
    std::fs::create_dir_all(directory).map_err(failed)?;
    let command = arguments::Arguments::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, directory).map_err(failed)?;
    Ok(Exit::Ok)
}
