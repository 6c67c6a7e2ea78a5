//! The operations of the specification's `IDatabaseMigrationService`, each under its name, and what its implementation
//! does.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use orchestra_store::import::{ImportOptions, ImportReport, import_file};
use orchestra_store::maintenance::restore::{RestoreOptions, restore};
use orchestra_store::maintenance::{backup, integrity, unobserved};
use orchestra_store::{ErrorCode, MigrationState, Result, Store, StoreConfig};
use serde_json::json;
use tempfile::TempDir;

use super::rows::{ids, run};
use crate::support::TestStore;

/// A directory with a path for a database.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    (directory, path)
}

fn open(path: &Path) -> Result<Store> {
    Store::open(StoreConfig::new(path))
}

/// A database of the release before the last migrations: the same file with the newest one undone.
fn older(path: &Path) {
    let store = open(path).unwrap();
    let newest = store.migration_status().unwrap().pop().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let down = fs::read_to_string(root.join(&newest.name).join("down.sql")).unwrap();
    let history = "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)";
    run(&store, &format!("{down}; {history}")).unwrap();
    store.close().unwrap();
}

/// The number of migrations that a database has had.
fn applied(path: &Path) -> i64 {
    use diesel::prelude::*;
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let count = diesel::dsl::sql::<diesel::sql_types::BigInt>(
        "SELECT count(*) FROM __diesel_schema_migrations",
    );
    count.get_result(&mut connection).unwrap()
}

// EnsureDatabaseCreatedAsync.

#[test]
fn ensure_database_created() {
    let (_directory, path) = place();
    assert!(!path.exists());
    let store = open(&path).unwrap();
    assert!(path.exists());
    assert_eq!(ids(&store, "Agents", &json!({})), [""; 0]);
}

#[test]
fn pending_migrations_are_applied() {
    let (_directory, path) = place();
    older(&path);
    let before = applied(&path);
    let store = open(&path).unwrap();
    let states = store.migration_status().unwrap();
    assert_eq!(i64::try_from(states.len()), Ok(before + 1));
    assert!(
        states
            .iter()
            .all(|migration| migration.state == MigrationState::Applied),
        "{states:?}"
    );
}

#[test]
fn a_database_that_is_up_to_date_stays_as_it_is() {
    let (_directory, path) = place();
    open(&path).unwrap().close().unwrap();
    let before = fs::read(&path).unwrap();
    open(&path).unwrap().close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_whose_migration_fails_is_an_error() {
    let (_directory, path) = place();
    fs::write(
        &path,
        "no database at all, but longer than a header of one hundred bytes is, so that it is read",
    )
    .unwrap();
    let error = open(&path).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotADatabase, "{error}");
    assert!(error.message().contains("orchestra.db"), "{error}");
}

#[test]
fn a_new_database_is_seeded() {
    let (_directory, path) = place();
    let store = open(&path).unwrap();
    assert_eq!(ids(&store, "UserPreferences", &json!({})).len(), 4);
    assert_eq!(ids(&store, "TaskTemplates", &json!({})).len(), 2);
}

#[test]
fn a_new_database_has_its_integrity() {
    let (_directory, path) = place();
    let store = open(&path).unwrap();
    assert_eq!(store.read(integrity::check).unwrap().findings, []);
}

// MigrateFromLegacyDataAsync.

const STATE: &str = r#"{
    "Agents": {"a1": {"Id": "a1", "Name": "Ada", "Type": "claude-code", "RepositoryPath": "/srv/app", "Status": 0,
        "LastPing": "2025-10-01T08:00:00Z"}},
    "TaskQueue": [
        {"Id": "t1", "Command": "make", "Priority": 1, "Status": 0, "RepositoryPath": "/srv/app",
            "CreatedAt": "2025-10-01T08:00:00Z"},
        {"Id": "t2", "Command": "make test", "Priority": 2, "Status": 0, "RepositoryPath": "/srv/app",
            "CreatedAt": "2025-10-01T08:00:00Z"}
    ]
}"#;

/// A store that has an agent already, after the import of a state file.
fn imported() -> (TestStore, PathBuf, ImportReport) {
    let test = TestStore::new();
    test.agent("known", 1);
    let file = test.path().with_file_name("orchestrator-state.json");
    fs::write(&file, STATE).unwrap();
    let report = import(&test.store, &file).unwrap();
    (test, file, report)
}

fn import(store: &Store, file: &Path) -> Result<ImportReport> {
    import_file(store, file, &ImportOptions::default(), &mut |_| {
        ControlFlow::Continue(())
    })
}

#[test]
fn migrate_from_legacy_data() {
    let (test, ..) = imported();
    assert_eq!(ids(&test.store, "Agents", &json!({})), ["a1", "known"]);
    assert_eq!(ids(&test.store, "Tasks", &json!({})), ["t1", "t2"]);
}

#[test]
fn legacy_data_is_migrated_after_a_backup() {
    let (test, _, report) = imported();
    let backup = report.backup.unwrap();
    assert!(
        backup
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .contains("before-import-20260101-000000")
    );
    let copy = open(&backup).unwrap();
    assert_eq!(ids(&copy, "Agents", &json!({})), ["known"]);
    assert_eq!(test.path().parent(), backup.parent());
}

#[test]
fn legacy_migration_tells_the_numbers_of_agents_tasks_and_repositories() {
    let (_test, _, report) = imported();
    let numbers = [
        report.agents.imported,
        report.tasks.imported,
        report.repositories.imported,
    ];
    assert_eq!(numbers, [1, 2, 1]);
}

#[test]
fn migrated_legacy_data_has_its_integrity() {
    let (test, ..) = imported();
    let report = test.store.read(integrity::check).unwrap();
    assert!(report.is_ok(), "{report:?}");
}

#[test]
fn legacy_data_is_archived() {
    let (_test, file, report) = imported();
    assert!(!file.exists());
    let archived = report.archived_to.unwrap();
    assert_eq!(fs::read_to_string(archived).unwrap(), STATE);
}

#[test]
fn a_legacy_migration_that_fails_is_an_error_and_migrates_nothing() {
    let test = TestStore::new();
    let file = test.path().with_file_name("orchestrator-state.json");
    fs::write(&file, "{\"Agents\": {").unwrap();
    assert_eq!(
        import(&test.store, &file).unwrap_err().code(),
        ErrorCode::ImportFailed
    );
    assert_eq!(ids(&test.store, "Agents", &json!({})), [""; 0]);
    assert!(file.exists());
}

// CreateBackupAsync and RestoreBackupAsync.

#[test]
fn create_backup() {
    let test = TestStore::new();
    test.agent("a", 1);
    let target = test.path().with_file_name("backup.db");
    backup::create(&test.store, &target, false, &mut unobserved).unwrap();
    assert_eq!(ids(&open(&target).unwrap(), "Agents", &json!({})), ["a"]);
}

#[test]
fn restore_backup() {
    let test = TestStore::new();
    test.agent("a", 1);
    let target = test.path().with_file_name("backup.db");
    backup::create(&test.store, &target, false, &mut unobserved).unwrap();
    test.agent("b", 1);
    restore(
        &test.store,
        &target,
        &RestoreOptions::default(),
        &mut unobserved,
    )
    .unwrap();
    assert_eq!(ids(&test.store, "Agents", &json!({})), ["a"]);
}

// GetMigrationStatusAsync.

#[test]
fn get_migration_status() {
    let (_directory, path) = place();
    let states = open(&path).unwrap().migration_status().unwrap();
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")).unwrap();
    assert_eq!(states.len(), folders.count());
    assert!(
        states
            .iter()
            .all(|migration| migration.state == MigrationState::Applied)
    );
    assert_eq!(states[0].name, "2026-11-23-000100_core");
}

#[test]
fn migration_status_has_names_and_times() {
    let (_directory, path) = place();
    let states = open(&path).unwrap().migration_status().unwrap();
    let names: Vec<&str> = states.iter().map(|state| &*state.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert!(states.iter().all(|state| state.applied_at.is_some()));
}

// ValidateDataIntegrityAsync.

#[test]
fn validate_data_integrity() {
    let test = TestStore::new();
    test.task("ls");
    assert!(test.store.read(integrity::check).unwrap().is_ok());
}

#[test]
fn validation_tells_every_error() {
    let test = TestStore::new();
    test.task("ls");
    run(
        &test.store,
        "UPDATE Repositories SET TotalTasks = 0; PRAGMA defer_foreign_keys = ON",
    )
    .unwrap();
    let report = test.store.read(integrity::check).unwrap();
    assert!(!report.is_ok());
    let finding = &report.findings[0];
    assert!(finding.rule.contains("repository counters"), "{finding:?}");
}
