//! `orchestra recover`: salvages what is readable of a damaged database.

use std::path::PathBuf;

use clap::Args;
use orchestra_store::Result;
use orchestra_store::maintenance::recover::{RecoverOptions, Recovery, recover, recover_in_place};

use crate::exit_code::Exit;
use crate::output::Page;
use crate::progress::Watch;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Write what is readable into this new file; otherwise it takes the database's place
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Put it in the place of the database, which is moved aside
    #[arg(long)]
    yes: bool,
    /// Do so even if the database is sound
    #[arg(long, conflicts_with = "into")]
    even_if_sound: bool,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    session.require_database()?;
    let config = session.config();
    let mut watch = Watch::new(session.output);
    let mut show = |now| watch.show(now);
    let recovery = match &arguments.into {
        Some(target) => recover(&config, target, &mut show)?,
        None => {
            session.confirm(
                arguments.yes,
                "put what is readable in the database's place",
            )?;
            let mut options = RecoverOptions::default();
            options.even_if_sound = arguments.even_if_sound;
            recover_in_place(&config, &options, &mut show)?
        }
    };
    drop(watch);
    session.output.print(&recovery, page)?;
    Ok(if recovery.lost() == 0 {
        Exit::Ok
    } else {
        Exit::Failed
    })
}

fn page(recovery: &Recovery) -> Page {
    if recovery.is_sound {
        let database = recovery.database.display();
        return Page::new().good(format!(
            "{database}: it is sound, nothing was done; --even-if-sound recovers it all the same"
        ));
    }
    let rows = recovery.tables.iter().map(|table| {
        let more = if table.is_complete { "" } else { " or more" };
        [
            table.table.clone(),
            table.recovered.to_string(),
            format!("{}{more}", table.lost),
            table.reason.clone().unwrap_or_default(),
        ]
    });
    Page::new()
        .table(["Table", "#Recovered", "#Lost", "Reason"], rows)
        .line(format!(
            "Rows that referred to lost ones: {}",
            recovery.orphans
        ))
        .line(format!("The new database: {}", recovery.database.display()))
        .each(&recovery.before, |page, path| {
            page.line(format!("The damaged one: {}", path.display()))
        })
}
