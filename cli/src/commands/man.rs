//! `orchestra man`: the manual pages.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man;
use orchestra_store::Result;
use orchestra_store::maintenance::documents;

use crate::document::STANDARD_STREAM;
use crate::exit_code::Exit;
use crate::session::Session;
use crate::{arguments, interrupt, output};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The directory that the pages go into, one for each command; it is made where it isn't there. - prints them all
    directory: PathBuf,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    let directory = &arguments.directory;
    if directory == Path::new(STANDARD_STREAM) {
        let all: Vec<u8> = pages()?.into_iter().flat_map(|page| page.content).collect();
        output::write_text(&all)?;
        return Ok(Exit::Ok);
    }
    documents::make_directory(directory)?;
    for page in pages()? {
        interrupt::check()?;
        let path = directory.join(page.name);
        documents::write(&path, &page.content, true, session.database())?;
    }
    Ok(Exit::Ok)
}

struct ManualPage {
    name: String,
    content: Vec<u8>,
}

fn pages() -> Result<Vec<ManualPage>> {
    let mut command = arguments::Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, &mut pages)?;
    Ok(pages)
}

/// Adds the pages of a command and of those below it.
fn add(command: &Command, pages: &mut Vec<ManualPage>) -> Result<()> {
    let man = Man::new(command.clone());
    let mut content = Vec::new();
    man.render(&mut content)?;
    pages.push(ManualPage {
        name: man.get_filename(),
        content,
    });
    command
        .get_subcommands()
        .try_for_each(|below| add(below, pages))
}
