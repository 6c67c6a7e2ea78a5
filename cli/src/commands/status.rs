//! `orchestra status`: where the database is, how big it is, and what is in it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use orchestra_store::maintenance::Severity;
use orchestra_store::maintenance::space::{self, Space};
use orchestra_store::services::{agents, code_repositories, tasks};
use orchestra_store::types::{AgentStatus, TaskStatus};
use orchestra_store::{MigrationState, MigrationStatus, Reader, Result};
use serde::Serialize;

use crate::exit_code::Exit;
use crate::output::{self, Page};
use crate::session::Session;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    path: PathBuf,
    sqlite_version: &'static str,
    /// Bytes.
    database_size: u64,
    /// Bytes of the file in which is what was written last.
    wal_size: u64,
    space: Space,
    migrations: Vec<MigrationStatus>,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    repositories: usize,
    tasks: BTreeMap<TaskStatus, i64>,
    agents: BTreeMap<AgentStatus, i64>,
}

pub(super) fn run(session: &Session) -> Result<Exit> {
    let store = session.open()?;
    let path = store.path().to_owned();
    let space = space::measure(&store)?;
    let status = Status {
        sqlite_version: orchestra_store::sqlite_version(),
        database_size: space.database,
        wal_size: space.wal,
        space,
        migrations: store.migration_status()?,
        content: store.read(content)?,
        path,
    };
    session.output.print(&status, page)?;
    Ok(Exit::Ok)
}

fn content(reader: &mut Reader<'_>) -> Result<Content> {
    let mut by_status: BTreeMap<_, _> = AgentStatus::ALL.iter().map(|&s| (s, 0)).collect();
    for agent in agents::list(reader)? {
        *by_status.entry(agent.status).or_default() += 1;
    }
    Ok(Content {
        repositories: code_repositories::list(reader)?.len(),
        tasks: tasks::count_by_status(reader)?.into_iter().collect(),
        agents: by_status,
    })
}

fn page(status: &Status) -> Page {
    let content = &status.content;
    Page::new()
        .record([
            ("Database", Some(status.path.display().to_string())),
            ("Size", Some(output::bytes(status.database_size))),
            (
                "Free in it",
                Some(output::bytes(status.space.free_in_database)),
            ),
            ("Write-ahead log", Some(output::bytes(status.wal_size))),
            (
                "Free on disk",
                Some(output::bytes(status.space.free_on_disk)),
            ),
            ("SQLite", Some(status.sqlite_version.to_owned())),
            ("Repositories", Some(content.repositories.to_string())),
        ])
        .when(status.space.is_wal_over_limit(), |page| {
            let held = output::bytes(status.space.wal_held);
            let text = format!("{held} of the write-ahead log are held by a read that stays open");
            page.finding(Severity::Warning, &text)
        })
        .heading("Tasks")
        .table(["Status", "#Tasks"], counts(&content.tasks))
        .heading("Agents")
        .table(["Status", "#Agents"], counts(&content.agents))
        .heading("Migrations")
        .table(
            ["Migration", "State"],
            status.migrations.iter().map(migration),
        )
}

/// The rows of a table of counts.
pub(crate) fn counts<K: ToString>(counts: &BTreeMap<K, i64>) -> impl Iterator<Item = [String; 2]> {
    counts
        .iter()
        .map(|(key, count)| [key.to_string(), count.to_string()])
}

fn migration(migration: &MigrationStatus) -> [String; 2] {
    let state = match migration.state {
        MigrationState::Applied => "applied",
        MigrationState::Pending => "pending",
        MigrationState::Unknown => "unknown",
    };
    [migration.name.clone(), state.to_owned()]
}
