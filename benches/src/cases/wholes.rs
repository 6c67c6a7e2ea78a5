//! The database as a whole: opening, backup, import.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use orchestra_store::import::{ImportOptions, import_file};
use orchestra_store::maintenance::{backup, unobserved};
use orchestra_store::{Durability, Store, StoreConfig};
use serde_json::json;

use crate::dataset;
use crate::harness::{Bench, Case, timed};
use crate::raw::{self, Connection, Role};
use crate::sides::{Sides, live, scratch_directory};

const OPEN: Case =
    Case::new("open and close an existing database").against("by hand, one connection");
const BACKUP: Case = Case::new("backup");
const IMPORT: Case = Case::new("import of a predecessor's file");

pub(super) fn run(bench: &mut Bench, tasks: u64) {
    open(bench, tasks);
    back_up(bench, tasks);
    import(bench, tasks);
}

pub(super) fn open(bench: &mut Bench, tasks: u64) {
    if !bench.wants(&[OPEN]) {
        return;
    }
    let sides = Sides::with_tasks(tasks);
    bench.compare(
        OPEN,
        |count| timed(|| (0..count).for_each(|_| drop(sides.store(Durability::Full)))),
        |count| {
            timed(|| {
                for _ in 0..count {
                    let connection = sides.raw(Role::Writer(Durability::Full));
                    connection.execute("SELECT count(*) FROM Agents");
                }
            })
        },
    );
}

fn back_up(bench: &mut Bench, tasks: u64) {
    if !bench.wants(&[BACKUP]) {
        return;
    }
    let sides = Sides::with_tasks(tasks);
    let store = sides.store(Durability::Full);
    let copy = sides.directory().join("copy.db");
    let into_new_file = |count, back_up: &dyn Fn(&Path)| {
        (0..count)
            .map(|_| {
                remove(&copy);
                timed(|| back_up(&copy))
            })
            .sum()
    };
    bench.compare(
        BACKUP,
        |count| {
            into_new_file(count, &|copy| {
                backup::create(&store, copy, false, &mut unobserved)
                    .map(drop)
                    .unwrap()
            })
        },
        |count| {
            into_new_file(count, &|copy| {
                raw::back_up(&sides.raw(Role::Writer(Durability::Full)), copy);
            })
        },
    );
}

/// Both sides import into a new database each time.
fn import(bench: &mut Bench, tasks: u64) {
    if !bench.wants(&[IMPORT]) {
        return;
    }
    let directory = scratch_directory();
    let file = state_file(directory.path(), tasks);
    let (ours, theirs) = (
        directory.path().join("kernel.db"),
        directory.path().join("raw.db"),
    );
    let environment = live();
    bench.compare(
        IMPORT,
        |count| {
            (0..count)
                .map(|_| {
                    let store = new_store(&ours);
                    timed(|| import_through_the_kernel(&store, &file))
                })
                .sum()
        },
        |count| {
            (0..count)
                .map(|_| {
                    drop(new_store(&theirs));
                    let connection = Connection::open(&theirs, Role::Writer(Durability::Normal));
                    timed(|| raw::import(&connection, &environment, &file))
                })
                .sum()
        },
    );
    for table in ["Tasks", "Repositories", "AuditLogs", "ChangeEvents"] {
        assert_eq!(count(&ours, table), count(&theirs, table), "{table}");
    }
}

fn import_through_the_kernel(store: &Store, file: &Path) {
    let options = ImportOptions {
        archive: false,
        ..ImportOptions::default()
    };
    let report = import_file(store, file, &options, &mut |_| ControlFlow::Continue(()));
    assert!(report.unwrap().findings.is_empty());
}

fn new_store(path: &Path) -> Store {
    for suffix in ["", "-wal", "-shm"] {
        remove(&path.with_file_name(format!("{}{suffix}", path.file_name().unwrap().display())));
    }
    let mut config = StoreConfig::new(path);
    config.durability = Durability::Normal;
    Store::open(config).unwrap()
}

fn remove(file: &Path) {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
        _ => (),
    }
}

fn count(path: &Path, table: &str) -> i64 {
    let connection = Connection::open(path, Role::Reader);
    let mut count = connection.prepare(&format!("SELECT count(*) FROM {table}"));
    count.first(&[], |row| row.get(0)).unwrap()
}

/// A state file with this many tasks, all of which wait.
fn state_file(directory: &Path, tasks: u64) -> PathBuf {
    let queue = (0..tasks).map(|number| {
        json!({
            "Id": dataset::task_id(number),
            "AgentId": "",
            "Command": dataset::new_task(number).command,
            "RepositoryPath": dataset::path(number),
            "CreatedAt": dataset::created_at(number),
            "Priority": number % 4,
            "Status": 0,
            "StartedAt": null,
            "CompletedAt": null,
            "Result": null,
        })
    });
    let state = json!({
        "Agents": {},
        "TaskQueue": queue.collect::<Vec<_>>(),
        "Repositories": {},
        "LastUpdate": dataset::created_at(tasks),
    });
    let path = directory.join("orchestrator-state.json");
    std::fs::write(&path, state.to_string()).unwrap();
    path
}
