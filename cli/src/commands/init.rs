//! `orchestra init`: makes the database, or brings it to the present schema.

use std::path::Path;

use orchestra_store::Result;
use serde::Serialize;

use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Initialized<'a> {
    path: &'a Path,
    /// False where there was a database already.
    created: bool,
    /// How many migrations the database has had.
    migrations: usize,
}

pub(super) fn run(session: &Session) -> Result<Exit> {
    let created = !session.has_database();
    let store = session.open_or_create()?;
    let initialized = Initialized {
        path: store.path(),
        created,
        migrations: store.migration_status()?.len(),
    };
    store.close()?;
    session.output.print(&initialized, page)?;
    Ok(Exit::Ok)
}

fn page(initialized: &Initialized<'_>) -> Page {
    let path = initialized.path.display();
    let migrations = initialized.migrations;
    Page::new().line(if initialized.created {
        format!("{path}: made, with {migrations} migrations")
    } else {
        format!("{path}: was there already; {migrations} migrations are applied")
    })
}
