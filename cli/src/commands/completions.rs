//! `orchestra completions`: what a shell needs to complete commands.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use orchestra_store::Result;

use crate::arguments;
use crate::exit_code::Exit;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let mut command = arguments::Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "orchestra", &mut script);
    output::write_text(&script)?;
    Ok(Exit::Ok)
}
