//! Stores that are opened for reading only.

use std::fs;
use std::path::Path;

use orchestra_store::maintenance::restore::{RestoreOptions, restore};
use orchestra_store::maintenance::{backup, integrity, repair, space, unobserved};
use orchestra_store::models::TaskId;
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{ErrorCode, Result, Store, StoreConfig};

use crate::support::{child_argument, child_of_another_user, file_names};

fn open(path: &Path) -> Result<Store> {
    let mut config = StoreConfig::new(path);
    config.read_only = true;
    Store::open(config)
}

/// A directory with a closed database that has a task, and the task's id.
fn with_a_task() -> (tempfile::TempDir, TaskId) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db"))).unwrap();
    let task = store
        .write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv")))
        .unwrap();
    store.close().unwrap();
    (directory, task.id)
}

#[test]
fn nothing_is_created_or_migrated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("no/orchestra.db");
    assert_eq!(open(&path).unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(file_names(directory.path()).len(), 0);

    let path = directory.path().join("old.db");
    crate::upgrade::make_old_database(&path);
    let before = fs::read(&path).unwrap();
    let error = open(&path).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ReadOnly, "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// Operations that write to the database.
type Writing = fn(&Store) -> Result<()>;

const WRITING: [(&str, Writing); 8] = [
    ("write", |store| store.write(|_| Ok(()))),
    ("write_alone", |store| store.write_alone(|_| Ok(()))),
    ("begin", |store| store.begin().map(drop)),
    ("repair", |store| repair::repair(store).map(drop)),
    ("checkpoint", |store| space::checkpoint(store).map(drop)),
    ("shrink", |store| space::shrink(store, u64::MAX).map(drop)),
    ("vacuum", |store| space::vacuum(store).map(drop)),
    ("restore", |store| {
        let options = RestoreOptions::default();
        restore(
            store,
            &store.path().with_extension("backup"),
            &options,
            &mut unobserved,
        )
        .map(drop)
    }),
];

#[test]
fn all_that_reads_works_and_all_that_writes_is_refused() {
    let (directory, id) = with_a_task();
    let path = directory.path().join("orchestra.db");
    let store = open(&path).unwrap();
    store.read(|reader| tasks::get(reader, &id)).unwrap();
    assert!(store.find(&id).unwrap().is_some());
    assert!(store.cached(&id).unwrap().is_some());
    assert!(store.read(integrity::check).unwrap().is_ok());
    backup::create(
        &store,
        &path.with_extension("backup"),
        false,
        &mut unobserved,
    )
    .unwrap();
    for (operation, write) in WRITING {
        assert_eq!(
            write(&store).unwrap_err().code(),
            ErrorCode::ReadOnly,
            "{operation}"
        );
    }
    let report = store.maintain(std::time::Duration::from_secs(1)).unwrap();
    assert!(
        report
            .errors()
            .all(|(_, error)| error.code == ErrorCode::ReadOnly)
    );
    store.close().unwrap();
    assert_eq!(
        store.write(|_| Ok(())).unwrap_err().code(),
        ErrorCode::Closed
    );
}

#[test]
fn it_sees_what_a_store_that_writes_commits() {
    let (directory, _) = with_a_task();
    let path = directory.path().join("orchestra.db");
    let (reading, writing) = (
        open(&path).unwrap(),
        Store::open(StoreConfig::new(&path)).unwrap(),
    );
    let new = writing
        .write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv")))
        .unwrap();
    reading.read(|reader| tasks::get(reader, &new.id)).unwrap();
    let cached = || reading.cached(&new.id).unwrap().unwrap().command.clone();
    assert_eq!(cached(), "make");
    let mut changed = new.clone();
    changed.command = "make install".to_owned();
    writing
        .write(|uow| data::update(uow, &mut changed))
        .unwrap();
    assert_eq!(cached(), "make install");
}

/// Runs `body_of_another_user` as a user who may not write to anything of this test. Returns what it printed, or
/// nothing where no other user can be made.
#[cfg(unix)]
fn as_another_user(directory: &Path, argument: &str) -> Option<String> {
    child_of_another_user(directory, "read_only::body_of_another_user", argument)
}

#[test]
fn body_of_another_user() {
    let Some(argument) = child_argument() else {
        return;
    };
    let (path, id) = argument.split_once('\n').unwrap();
    let id = TaskId::new(id).unwrap();
    let outcome = open(Path::new(path)).and_then(|store| {
        store.read(|reader| tasks::get(reader, &id))?;
        Ok(store.write(|_| Ok(())).unwrap_err().code())
    });
    println!("outcome: {outcome:?}");
}

#[cfg(unix)]
#[test]
fn another_user_reads_and_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let (directory, id) = with_a_task();
    let path = directory.path().join("orchestra.db");
    let public =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    public(directory.path(), 0o755);
    public(&path, 0o644);
    let argument = format!("{}\n{id}", path.display());
    let names = file_names(directory.path());
    let Some(printed) = as_another_user(directory.path(), &argument) else {
        return;
    };
    assert!(printed.contains("outcome: Ok(ReadOnly)"), "{printed}");
    fs::remove_file(directory.path().join("program")).unwrap();
    assert_eq!(file_names(directory.path()), names);
    assert!(!path.with_extension("db-wal").exists());

    // A store that has it open for writing keeps its log to itself, until its user allows it.
    let writing = Store::open(StoreConfig::new(&path)).unwrap();
    writing
        .write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv")))
        .unwrap();
    let log = ["db-wal", "db-shm"].map(|extension| path.with_extension(extension));
    log.iter().for_each(|file| public(file, 0o600));
    let refused = as_another_user(directory.path(), &argument).unwrap();
    assert!(refused.contains("outcome: Err("), "{refused}");
    log.iter().for_each(|file| public(file, 0o644));
    let read = as_another_user(directory.path(), &argument).unwrap();
    assert!(read.contains("outcome: Ok(ReadOnly)"), "{read}");
}
