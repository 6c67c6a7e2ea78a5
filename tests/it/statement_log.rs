//! The log of statements and of slow calls, and errors that name the statement at fault.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::models::Task;
use orchestra_store::query::Specification;
use orchestra_store::registry;
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self, NewTask, TaskFilter};
use orchestra_store::{ErrorCode, StoreConfig};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, child_argument, child_process};

const SECRET: &str = "deploy --password hunter2";

/// A log in memory.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns what is logged while `work` uses a store with this configuration.
fn logged(configure: impl FnOnce(&mut StoreConfig), work: impl FnOnce(&TestStore)) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || work(&TestStore::with(configure)));
    log.text()
}

fn lines<'l>(log: &'l str, target: &str) -> Vec<&'l str> {
    let target = format!("orchestra_store::{target}:");
    log.lines().filter(|line| line.contains(&target)).collect()
}

fn use_store(test: &TestStore) {
    for _ in 0..3 {
        test.enqueue(&NewTask::new(SECRET, REPOSITORY));
    }
    let all = test
        .store
        .read(|r| tasks::list(r, &TaskFilter::default(), 10));
    assert_eq!(all.unwrap().len(), 3);
}

/// In a process of its own, in which no other test has a say about what is logged.
#[test]
fn the_log_says_what_was_asked_for() {
    for what in [
        "nothing",
        "statements",
        "values",
        "slow",
        "not_slow",
        "detailed",
    ] {
        let child = child_process("statement_log::child_logs", what).output();
        let child = child.unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        let failed = String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success(), "{what}: {said}{failed}");
        assert!(said.contains("1 passed"), "{what}: {said}");
    }
}

#[test]
fn child_logs() {
    match child_argument().as_deref() {
        Some("nothing") => logs_nothing(),
        Some("statements") => logs_statements(),
        Some("values") => logs_values(),
        Some("slow") => logs_slow_calls(),
        Some("not_slow") => logs_no_fast_calls(),
        Some("detailed") => logs_no_values_of_errors(),
        _ => {}
    }
}

fn logs_nothing() {
    let log = logged(|_| {}, use_store);
    assert!(lines(&log, "statements").is_empty(), "{log}");
    assert!(lines(&log, "slow_operations").is_empty(), "{log}");
}

fn logs_statements() {
    let log = logged(|config| config.log.statements = true, use_store);
    let statements = lines(&log, "statements");
    let inserts = statements.iter().filter(|line| {
        line.contains("INSERT INTO") && line.contains("Tasks") && line.contains("rows=1 ")
    });
    assert!(inserts.count() >= 3, "{log}");
    let mut lists = statements.iter();
    let is_list = |line: &&&str| line.contains("SELECT") && line.contains("rows=3 ");
    assert!(lists.any(|line| is_list(&line)), "{log}");
    assert!(
        statements.iter().all(|line| line.contains("elapsed=")),
        "{log}"
    );
    assert!(
        statements.iter().any(|line| line.contains("COMMIT")),
        "{log}"
    );
    assert!(!log.contains("hunter2"), "{log}");
}

fn logs_values() {
    let log = logged(
        |config| {
            config.log.statements = true;
            config.log.values = true;
        },
        use_store,
    );
    assert!(log.contains("hunter2"), "{log}");
}

fn logs_slow_calls() {
    let log = logged(
        |config| config.log.slow_operation = Some(Duration::ZERO),
        |test| {
            use_store(test);
            let failed = test.store.write(|uow| {
                // A call inside another is a part of it.
                test.store
                    .read(|r| tasks::list(r, &TaskFilter::default(), 10))?;
                tasks::get(uow, &orchestra_store::models::TaskId::new("none")?)
            });
            assert_eq!(failed.unwrap_err().code(), ErrorCode::NotFound);
        },
    );
    let slow = lines(&log, "slow_operations");
    // Behind that of the test's preparation.
    let slow = &slow[1..];
    assert_eq!(slow.len(), 5, "{log}");
    assert!(slow.iter().all(|line| line.contains("WARN")), "{log}");
    assert!(
        slow[3].contains("rows=3 ") && slow[3].contains("SELECT"),
        "{log}"
    );
    assert!(slow[4].contains("NotFound"), "{log}");
    assert!(!slow[0].contains("statements=0 "), "{log}");
    assert!(
        lines(&log, "statements").is_empty() && !log.contains("hunter2"),
        "{log}"
    );
}

fn logs_no_fast_calls() {
    let hour = Some(Duration::from_secs(3600));
    let log = logged(|config| config.log.slow_operation = hour, use_store);
    assert!(lines(&log, "slow_operations").is_empty(), "{log}");
}

fn logs_no_values_of_errors() {
    let log = logged(
        |config| {
            config.log.statements = true;
            config.log.slow_operation = Some(Duration::ZERO);
            config.detailed_errors = true;
        },
        use_store,
    );
    assert!(
        !log.contains("hunter2") && log.contains("INSERT INTO"),
        "{log}"
    );
}

/// Writes a time into a task that can't be read, and reads the tasks.
fn read_unreadable(test: &TestStore) -> orchestra_store::Error {
    let ids: Vec<_> = (0..3).map(|_| test.task("make")).collect();
    let last = ids.iter().max().unwrap();
    let spoiled = test.store.write(|uow| {
        diesel::sql_query("PRAGMA ignore_check_constraints = 1").execute(uow.connection())?;
        let spoil = diesel::sql_query("UPDATE Tasks SET UpdatedAt = 'spoiled' WHERE Id = ?");
        let spoil = spoil.bind::<diesel::sql_types::Text, _>(last.as_str());
        Ok(spoil.execute(uow.connection())?)
    });
    assert_eq!(spoiled.unwrap(), 1);
    let everything = Specification::<Task>::new();
    let read = test.store.read(|reader| data::list(reader, &everything));
    read.unwrap_err()
}

#[test]
fn a_row_that_cannot_be_read_is_found_by_a_detailed_error() {
    let error = read_unreadable(&TestStore::with(|config| config.detailed_errors = true));
    assert_eq!(error.code(), ErrorCode::Corrupt);
    let message = error.message();
    assert!(
        message.contains("UpdatedAt") && message.contains("spoiled"),
        "{message}"
    );
    assert!(message.contains("row 3 of `SELECT"), "{message}");
    assert!(
        error
            .details()
            .statement
            .as_ref()
            .unwrap()
            .starts_with("SELECT")
    );

    let plain = read_unreadable(&TestStore::new());
    assert_eq!(plain.code(), ErrorCode::Corrupt);
    assert_eq!(plain.details().statement, None);
    assert!(!plain.message().contains("SELECT"), "{plain}");
}

fn write_refused(test: &TestStore) -> orchestra_store::Error {
    let agent = json!({
        "Name": SECRET, "Type": "claude-code", "RepositoryPath": REPOSITORY, "LastPing": "2026-01-01T00:00:00Z",
        "MaxConcurrentTasks": 77,
    });
    let written = test
        .store
        .write(|uow| registry::by_name("Agents")?.insert(uow, &agent));
    written.unwrap_err()
}

#[test]
fn a_refused_value_is_in_a_detailed_error_alone() {
    let error = write_refused(&TestStore::with(|config| config.detailed_errors = true));
    assert_eq!(error.code(), ErrorCode::ConstraintViolation, "{error}");
    assert_eq!(
        error.details().column.as_deref(),
        Some("MaxConcurrentTasks")
    );
    assert!(
        error.message().contains(r#"{"MaxConcurrentTasks":77}"#),
        "{error}"
    );
    let statement = error.details().statement.clone().unwrap();
    assert!(
        statement.starts_with("INSERT INTO") && statement.contains("hunter2"),
        "{statement}"
    );

    let plain = write_refused(&TestStore::new());
    assert_eq!(
        plain.details().column.as_deref(),
        Some("MaxConcurrentTasks")
    );
    assert!(
        !plain.message().contains("77") && plain.details().statement.is_none(),
        "{plain}"
    );
}
