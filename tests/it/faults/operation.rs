//! What is disturbed: each operation with the state that it begins with and the one that it leads to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::import::{ImportOptions, import_file};
use orchestra_store::maintenance::restore::{RestoreOptions, restore_file};
use orchestra_store::maintenance::{backup, integrity, space, unobserved};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Error, Result, Store, StoreConfig, UnitOfWork, schema};

use crate::support::REPOSITORY;
use crate::upgrade::make_old_database;

const STATE: &[u8] = include_bytes!("../../fixtures/legacy/orchestrator-state.v3.json");

/// Something that changes a file as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Commit,
    Migrate,
    Import,
    BackUp,
    BackUpCompressed,
    Restore,
    Retain,
    Vacuum,
}

fn database(directory: &Path) -> PathBuf {
    directory.join("orchestra.db")
}

fn open(directory: &Path) -> Result<Store> {
    Store::open(StoreConfig::new(database(directory)))
}

fn register(store: &Store, name: &str) -> Result<()> {
    let mut new = NewAgent::new(name, "worker", REPOSITORY);
    new.id = Some(name.parse()?);
    store.write(|uow| agents::register(uow, &new)).map(drop)
}

/// The ids of the agents, in order.
fn agents_of(store: &Store) -> Vec<String> {
    let agents = store.read(agents::list).unwrap();
    let mut ids: Vec<_> = agents.iter().map(|agent| agent.id.to_string()).collect();
    ids.sort();
    ids
}

impl Operation {
    pub fn named(name: &str) -> Self {
        let all = [
            Self::Commit,
            Self::Migrate,
            Self::Import,
            Self::BackUp,
            Self::BackUpCompressed,
            Self::Restore,
            Self::Retain,
            Self::Vacuum,
        ];
        all.into_iter()
            .find(|operation| format!("{operation:?}") == name)
            .unwrap()
    }

    /// Makes the files that it begins with.
    pub fn prepare(self, directory: &Path) {
        if self == Self::Migrate {
            return make_old_database(&database(directory));
        }
        let store = open(directory).unwrap();
        register(&store, "before").unwrap();
        fill(&store);
        match self {
            Self::Import => std::fs::write(directory.join("state.json"), STATE).unwrap(),
            Self::Restore => {
                register(&store, "after").unwrap();
                let target = directory.join("backup.db");
                backup::create(&store, &target, false, &mut unobserved).unwrap();
                remove_agent(&store, "after");
            }
            Self::Vacuum => remove_tasks(&store),
            Self::Retain => cancel_tasks(&store),
            Self::Commit | Self::BackUp | Self::BackUpCompressed | Self::Migrate => {}
        }
        store.close().unwrap();
    }

    pub fn run(self, directory: &Path) -> Result<()> {
        match self {
            Self::Commit => {
                let store = open(directory)?;
                register(&store, "after")?;
                store.close()
            }
            Self::Migrate => open(directory)?.close(),
            Self::Import => import(directory),
            Self::BackUp => back_up(directory, PLAIN),
            Self::BackUpCompressed => back_up(directory, COMPRESSED),
            Self::Restore => {
                let config = StoreConfig::new(database(directory));
                let options = RestoreOptions::default();
                let backup = directory.join("backup.db");
                restore_file(&config, &backup, &options, &mut unobserved).map(drop)
            }
            Self::Retain => retain(directory),
            Self::Vacuum => {
                let store = open(directory)?;
                space::vacuum(&store)?;
                store.close()
            }
        }
    }

    /// Fails unless the database is sound and as it was before the operation, or as it is
    /// afterwards; the latter where it finished.
    pub fn assert_before_or_after(self, directory: &Path, finished: bool, place: &str) {
        let store = open(directory).unwrap_or_else(|e| panic!("{place}: {e:?}"));
        let report = store.read(integrity::check).unwrap();
        assert!(report.is_ok(), "{place}: {:?}", report.findings);
        let agents = agents_of(&store);
        match self {
            Self::Commit | Self::Restore => {
                let is_after = agents == ["after", "before"];
                assert!(
                    is_after || (!finished && agents == ["before"]),
                    "{place}: {agents:?}"
                );
            }
            Self::Import => {
                let is_after = agents.len() > 1;
                assert!(
                    is_after || (!finished && agents == ["before"]),
                    "{place}: {agents:?}"
                );
                assert_eq!(count_tasks(&store) > FILLING, is_after, "{place}");
            }
            Self::Retain => {
                assert_eq!(agents, ["before"], "{place}");
                let left = count_tasks(&store);
                assert!(
                    if finished { left == 0 } else { left <= FILLING },
                    "{place}: {left}"
                );
            }
            Self::Migrate | Self::BackUp | Self::BackUpCompressed | Self::Vacuum => {
                assert_eq!(agents, ["before"], "{place}");
            }
        }
        store.close().unwrap();
        match self {
            Self::BackUp => assert_whole_if_there(&directory.join(PLAIN), finished, place),
            Self::BackUpCompressed => {
                assert_whole_if_there(&directory.join(COMPRESSED), finished, place);
            }
            _ => {}
        }
    }
}

const PLAIN: &str = "copy.db";
const COMPRESSED: &str = "copy.db.gz";

fn back_up(directory: &Path, name: &str) -> Result<()> {
    let store = open(directory)?;
    backup::create(&store, &directory.join(name), true, &mut unobserved)?;
    store.close()
}

/// Under its name a backup is whole, whatever happened.
fn assert_whole_if_there(copy: &Path, finished: bool, place: &str) {
    assert!(copy.exists() || !finished, "{place}");
    if copy.exists() {
        let state = backup::verify(copy).unwrap().state;
        assert_eq!(state, backup::BackupState::Verified, "{place}");
    }
}

/// Removes all tasks that have ended, and gives the room back.
fn retain(directory: &Path) -> Result<()> {
    let mut config = StoreConfig::new(database(directory));
    config.retention.cancelled_tasks = Some(Duration::ZERO);
    // Each step would wait for a connection that can't be opened.
    config.busy_timeout = Duration::from_millis(200);
    let store = Store::open(config)?;
    let report = store.maintain(Duration::from_secs(60))?;
    if let Some((step, error)) = report.errors().next() {
        return Err(Error::new(error.code, format!("{step}: {}", error.message)));
    }
    store.close()
}

fn cancel_tasks(store: &Store) {
    let cancel = |uow: &mut UnitOfWork<'_>| {
        for task in schema::tasks::table
            .select(schema::tasks::id)
            .load(uow.connection())?
        {
            tasks::cancel(uow, &task, None)?;
        }
        Ok(())
    };
    store.write(cancel).unwrap();
}

fn count_tasks(store: &Store) -> i64 {
    let counts = store.read(tasks::count_by_status).unwrap();
    counts.iter().map(|(_, count)| count).sum()
}

/// How many tasks [`fill`] adds.
const FILLING: i64 = 60;

fn fill(store: &Store) {
    let new: Vec<_> = (0..FILLING)
        .map(|number| NewTask::new(format!("{number} {}", "x".repeat(1000)), REPOSITORY))
        .collect();
    store.write(|uow| tasks::enqueue_many(uow, &new)).unwrap();
}

fn remove_tasks(store: &Store) {
    store
        .write(|uow| Ok(diesel::delete(schema::tasks::table).execute(uow.connection())?))
        .unwrap();
}

fn remove_agent(store: &Store, id: &str) {
    let agent = schema::agents::table.filter(schema::agents::id.eq(id.to_owned()));
    store
        .write(|uow| Ok(diesel::delete(agent).execute(uow.connection())?))
        .unwrap();
}

/// A file that is no longer there was imported, as a whole, before the process was killed.
fn import(directory: &Path) -> Result<()> {
    let store = open(directory)?;
    let state = directory.join("state.json");
    if state.exists() {
        import_file(&store, &state, &ImportOptions::default(), &mut |_| {
            std::ops::ControlFlow::Continue(())
        })?;
    }
    store.close()
}
