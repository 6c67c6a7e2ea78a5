//! Checking and backing up.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use orchestra_store::maintenance::{Severity, backup, integrity};
use orchestra_store::services::{agents, tasks};
use orchestra_store::{ErrorCode, Store, StoreConfig};

use crate::support::{TestStore, token_of};

/// Changes the file past the library, with the checks off that would refuse it.
fn tamper(test: &TestStore, sql: &str) {
    let mut conn = SqliteConnection::establish(test.path().to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
        .unwrap();
    conn.batch_execute(sql).unwrap();
}

fn busy_store() -> TestStore {
    let test = TestStore::new();
    let agent = test.agent("a", 2);
    for command in ["one", "two", "three"] {
        test.task(command);
    }
    let claimed = test.claim(&agent, 2);
    let (id, token) = (&claimed[0].id, token_of(&claimed[0]));
    test.store
        .write(|uow| {
            tasks::start(uow, id, Some(&token))?;
            tasks::complete(uow, id, Some(&token), Some("done"))
        })
        .unwrap();
    test
}

fn findings(test: &TestStore) -> Vec<(Severity, &'static str)> {
    let report = test.store.read(integrity::check).unwrap();
    report
        .findings
        .iter()
        .map(|f| (f.severity, f.rule))
        .collect()
}

#[test]
fn a_store_in_use_passes_the_check() {
    assert_eq!(findings(&busy_store()), []);
}

#[test]
fn each_rule_notices_what_it_is_for() {
    for (sql, severity, rule) in [
        (
            "UPDATE Repositories SET SuccessfulTasks = 0",
            Severity::Error,
            "repository counters agree with the tasks",
        ),
        (
            "UPDATE Agents SET TotalTasksCompleted = 0",
            Severity::Warning,
            "agent counters agree with the tasks",
        ),
        (
            "UPDATE Tasks SET RepositoryId = 'gone' WHERE Command = 'one'",
            Severity::Error,
            "foreign keys point to rows",
        ),
        (
            "UPDATE Tasks SET Progresspercentage = 101 WHERE Command = 'two'",
            Severity::Error,
            "sqlite integrity_check",
        ),
        (
            "UPDATE Tasks SET LeaseToken = 't', LeaseOwner = 'o', \
             LeaseExpiresAt = '2026-01-01 00:00:00.0000000', Status = 1, AgentId = 'a'; \
             UPDATE Agents SET MaxConcurrentTasks = 1, TotalTasksCompleted = 9; \
             UPDATE Tasks SET CompletedAt = NULL",
            Severity::Warning,
            "agents hold no more than their capacity",
        ),
        (
            "DROP TRIGGER TR_Tasks_ParentCycle; \
             UPDATE Tasks SET ParentTaskId = Id WHERE Command = 'three'",
            Severity::Error,
            "chains of parents end",
        ),
    ] {
        let test = busy_store();
        tamper(&test, sql);
        let found = findings(&test);
        assert!(found.contains(&(severity, rule)), "{sql}: {found:?}");
        let report = test.store.read(integrity::check).unwrap();
        assert_eq!(
            report.is_ok(),
            severity == Severity::Warning,
            "{sql}: {report:?}"
        );
    }
}

#[test]
fn a_backup_is_a_database_with_all_that_was_committed() {
    let test = busy_store();
    let target = test.path().with_file_name("copy.db");
    backup::create(&test.store, &target).unwrap();
    test.agent("later", 1);

    let copy = Store::open(StoreConfig::new(&target)).unwrap();
    let ids = |store: &Store| -> Vec<String> {
        let agents = store.read(agents::list).unwrap();
        agents.iter().map(|a| a.id.to_string()).collect()
    };
    assert_eq!(ids(&copy), ["a"]);
    assert_eq!(ids(&test.store), ["a", "later"]);
    assert!(copy.read(integrity::check).unwrap().is_ok());
    assert!(!target.with_extension("db.partial").exists());
}

#[test]
fn a_backup_replaces_nothing() {
    let test = TestStore::new();
    let target = test.path().with_file_name("precious.txt");
    std::fs::write(&target, "precious").unwrap();
    let error = backup::create(&test.store, &target).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BackupFailed);
    assert!(error.message().contains("precious.txt"), "{error}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
}

#[test]
fn a_backup_that_fails_leaves_nothing_behind() {
    let test = TestStore::new();
    let target = test
        .path()
        .with_file_name("no such directory")
        .join("copy.db");
    let error = backup::create(&test.store, &target).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BackupFailed);
    assert!(!target.exists());
}
