//! Restoring a backup: all of it or nothing.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use orchestra_store::maintenance::restore::{RestoreOptions, Restored, restore, restore_file};
use orchestra_store::maintenance::{backup, integrity, unobserved};
use orchestra_store::models::Agent;
use orchestra_store::services::agents;
use orchestra_store::{ErrorCode, Result, Store, StoreConfig};

use crate::support::{SetOnDrop, TestStore, file_names};

/// A store with the agent `old`, a backup of that, and then the agent `new`.
fn changed_since_backup() -> (TestStore, PathBuf) {
    let test = TestStore::new();
    test.agent("old", 1);
    let backup = test.path().with_file_name("backup.db");
    backup::create(&test.store, &backup, false, &mut unobserved).unwrap();
    test.agent("new", 1);
    (test, backup)
}

fn agents_of(store: &Store) -> Vec<String> {
    let agents = store.read(agents::list).unwrap();
    agents.iter().map(|a| a.id.to_string()).collect()
}

fn try_restore(test: &TestStore, backup: &Path) -> Result<Restored> {
    restore(
        &test.store,
        backup,
        &RestoreOptions::default(),
        &mut unobserved,
    )
}

/// The restore has to fail with this code and to leave the database and its directory as they were. Its message names
/// the backup that was given, and no private copy of it.
#[track_caller]
fn assert_refused(test: &TestStore, backup: &Path, code: ErrorCode) {
    let directory = test.path().parent().unwrap().to_owned();
    let before = file_names(&directory);
    let error = try_restore(test, backup).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    let mentions = error.message().matches(backup.to_str().unwrap()).count();
    assert!(mentions == 1 || code == ErrorCode::Busy, "{error}");
    assert!(!error.message().contains(".partial"), "{error}");
    assert_eq!(agents_of(&test.store), ["new", "old"]);
    assert_eq!(file_names(&directory), before);
}

#[test]
fn the_store_goes_on_with_what_the_backup_has() {
    let (test, backup) = changed_since_backup();
    // Known to the cache and to prepared statements.
    let new = test.get_agent(&"new".parse().unwrap());
    test.store.cached::<Agent>(&new.id).unwrap();
    let restored = try_restore(&test, &backup).unwrap();
    assert!(!restored.migrated);
    assert_eq!(agents_of(&test.store), ["old"]);
    assert_eq!(test.store.cached::<Agent>(&new.id).unwrap(), None);
    test.agent("later", 1);
    assert_eq!(agents_of(&test.store), ["later", "old"]);
    assert!(test.store.read(integrity::check).unwrap().is_ok());

    // The safety copy has what was there before.
    let [before] = <[_; 1]>::try_from(restored.before).unwrap();
    let before = Store::open(StoreConfig::new(before)).unwrap();
    assert_eq!(agents_of(&before), ["new", "old"]);
}

#[test]
fn other_threads_wait_and_go_on_with_the_restored_data() {
    let (test, backup) = changed_since_backup();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stop_at_end = SetOnDrop(&stop);
        for thread in 0..2 {
            let (test, stop) = (&test, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    test.agent(&format!("writer-{thread}"), 1);
                    assert!(agents_of(&test.store).contains(&"old".to_owned()));
                }
            });
        }
        for _ in 0..5 {
            try_restore(&test, &backup).unwrap();
        }
    });
    try_restore(&test, &backup).unwrap();
    assert_eq!(agents_of(&test.store), ["old"]);
}

#[test]
fn a_read_that_is_under_way_keeps_its_snapshot() {
    let (test, backup) = changed_since_backup();
    test.store
        .read(|reader| {
            let before = agents::list(reader)?.len();
            try_restore(&test, &backup)?;
            assert_eq!(agents::list(reader)?.len(), before);
            Ok(())
        })
        .unwrap();
    assert_eq!(agents_of(&test.store), ["old"]);
}

#[test]
fn a_restore_inside_a_write_is_misuse() {
    let (test, backup) = changed_since_backup();
    let error = test
        .store
        .write(|_| try_restore(&test, &backup))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Misuse);
}

#[test]
fn a_database_that_others_have_open_is_not_replaced_unless_forced() {
    let (test, backup) = changed_since_backup();
    let other = Store::open(StoreConfig::new(test.path())).unwrap();
    assert_refused(&test, &backup, ErrorCode::Busy);
    let mut options = RestoreOptions::default();
    options.force = true;
    restore(&test.store, &backup, &options, &mut unobserved).unwrap();
    assert_eq!(agents_of(&other), ["old"]);

    other.close().unwrap();
    test.agent("new", 1);
    try_restore(&test, &backup).unwrap();
}

#[test]
fn what_is_no_sound_backup_of_ours_is_refused() {
    let (test, backup) = changed_since_backup();
    let spoilt = test.path().with_file_name("spoilt.db");
    let with_sql = |sql: &str| {
        std::fs::copy(&backup, &spoilt).unwrap();
        let mut conn = SqliteConnection::establish(spoilt.to_str().unwrap()).unwrap();
        conn.batch_execute(sql).unwrap();
    };
    for (sql, code) in [
        (
            "CREATE TRIGGER t AFTER INSERT ON Users BEGIN DELETE FROM Tasks; END",
            ErrorCode::ForeignSchema,
        ),
        ("CREATE VIEW v AS SELECT 1", ErrorCode::ForeignSchema),
        ("DROP INDEX IX_Tasks_Status", ErrorCode::ForeignSchema),
        ("PRAGMA application_id = 7", ErrorCode::ForeignSchema),
        (
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000100')",
            ErrorCode::SchemaTooNew,
        ),
        (
            "PRAGMA foreign_keys = OFF; UPDATE Agents SET RepositoryId = 'gone'",
            ErrorCode::Corrupt,
        ),
        (
            "PRAGMA ignore_check_constraints = ON; UPDATE Agents SET IsDeleted = 7",
            ErrorCode::Corrupt,
        ),
    ] {
        with_sql(sql);
        assert_refused(&test, &spoilt, code);
    }
    std::fs::write(&spoilt, "Dear diary, ".repeat(1000)).unwrap();
    assert_refused(&test, &spoilt, ErrorCode::NotADatabase);
    let whole = std::fs::read(&backup).unwrap();
    std::fs::write(&spoilt, &whole[..whole.len() / 2]).unwrap();
    assert_refused(&test, &spoilt, ErrorCode::Corrupt);
    std::fs::write(&spoilt, "").unwrap();
    assert_refused(&test, &spoilt, ErrorCode::ForeignSchema);
    assert_refused(&test, &test.path(), ErrorCode::InvalidArgument);
    assert_refused(
        &test,
        test.path().parent().unwrap(),
        ErrorCode::InvalidArgument,
    );
    assert_refused(&test, Path::new("/no/such/file"), ErrorCode::NotFound);
}

#[test]
fn a_backup_that_is_too_large_or_has_no_room_is_refused() {
    let (test, backup) = changed_since_backup();
    let mut options = RestoreOptions::default();
    options.max_size = 1000;
    let error = restore(&test.store, &backup, &options, &mut unobserved).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);

    let test = TestStore::with(|config| config.min_free_disk = u64::MAX);
    let error = try_restore(&test, &backup).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DiskFull);
}

#[test]
fn a_restore_that_is_cancelled_at_any_step_changes_nothing() {
    let (test, backup) = changed_since_backup();
    let steps = |stop_at: usize| {
        let mut step = 0;
        let mut observe = |_| {
            step += 1;
            if step == stop_at {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let options = RestoreOptions::default();
        let outcome = restore(&test.store, &backup, &options, &mut observe);
        (outcome.map_err(|e| e.code()).map(drop), step)
    };
    assert_eq!(steps(1), (Err(ErrorCode::Cancelled), 1));
    assert_eq!(agents_of(&test.store), ["new", "old"]);
    assert_eq!(steps(usize::MAX).0, Ok(()));
    assert_eq!(agents_of(&test.store), ["old"]);
}

#[test]
fn a_database_that_is_not_there_is_made() {
    let (test, backup) = changed_since_backup();
    let config = StoreConfig::new(test.path().with_file_name("new.db"));
    let options = RestoreOptions::default();
    restore_file(&config, &backup, &options, &mut unobserved).unwrap();
    assert_eq!(agents_of(&Store::open(config).unwrap()), ["old"]);
}

#[test]
fn a_database_that_cannot_be_opened_is_moved_aside() {
    let (test, backup) = changed_since_backup();
    test.store.close().unwrap();
    let damaged = "no longer a database ".repeat(1000);
    std::fs::write(test.path(), &damaged).unwrap();
    let wal = test.path().with_file_name("orchestra.db-wal");
    std::fs::write(&wal, "left").unwrap();
    let config = StoreConfig::new(test.path());
    let options = RestoreOptions::default();
    let restored = restore_file(&config, &backup, &options, &mut unobserved).unwrap();
    assert_eq!(
        std::fs::read_to_string(&restored.before[0]).unwrap(),
        damaged
    );
    let with_suffix = |suffix| format!("{}{suffix}", restored.before[0].display());
    assert_eq!(
        std::fs::read_to_string(with_suffix("-wal")).unwrap(),
        "left"
    );
    assert_eq!(agents_of(&Store::open(config).unwrap()), ["old"]);
}

#[test]
fn a_database_of_somebody_else_is_not_replaced() {
    let (test, backup) = changed_since_backup();
    let theirs = test.path().with_file_name("theirs.db");
    SqliteConnection::establish(theirs.to_str().unwrap())
        .unwrap()
        .batch_execute("CREATE TABLE notes (text TEXT)")
        .unwrap();
    let content = std::fs::read(&theirs).unwrap();
    let config = StoreConfig::new(&theirs);
    let options = RestoreOptions::default();
    let error = restore_file(&config, &backup, &options, &mut unobserved).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ForeignSchema);
    assert!(std::fs::read(&theirs).unwrap() == content);
}
