//! Queries in SQL, which can only read.

use std::time::Duration;

use orchestra_store::maintenance::sql::{SqlAnswer, SqlLimits, query};
use orchestra_store::{ErrorCode, Result};
use serde_json::{Value, json};

use crate::support::TestStore;

fn ask(test: &TestStore, sql: &str) -> Result<SqlAnswer> {
    query(&test.store, sql, &[], &SqlLimits::default())
}

#[test]
fn values_come_as_what_they_are() {
    let test = TestStore::new();
    let sql = "SELECT 1 AS a, 1.5, 'ü', NULL, x'00ff', ?, ?, ?, ?";
    let parameters = [
        json!("x'; DROP TABLE Tasks; --"),
        json!(7),
        json!(0.25),
        json!(null),
    ];
    let answer = query(&test.store, sql, &parameters, &SqlLimits::default()).unwrap();
    assert_eq!(answer.columns[..2], ["a", "1.5"]);
    let expected = json!([
        1, 1.5, "ü", null, {"Base64": "AP8="}, "x'; DROP TABLE Tasks; --", 7, 0.25, null
    ]);
    assert_eq!(Value::from(answer.rows[0].clone()), expected);
    assert!(!answer.truncated);
}

#[test]
fn the_tables_and_views_can_be_asked() {
    let test = TestStore::new();
    test.task("make");
    let answer = ask(
        &test,
        "SELECT RepositoryPath, PendingTasks FROM QueueDepth;",
    )
    .unwrap();
    assert_eq!(answer.rows, [[json!("/srv/git/search"), json!(1)]]);
    let answer = ask(
        &test,
        "EXPLAIN QUERY PLAN SELECT * FROM Tasks WHERE Id = 'x'",
    )
    .unwrap();
    assert_eq!(answer.rows.len(), 1);
    for pragma in [
        "PRAGMA table_info(Tasks)",
        "PRAGMA quick_check",
        "PRAGMA page_count",
    ] {
        assert!(!ask(&test, pragma).unwrap().rows.is_empty(), "{pragma}");
    }
}

#[test]
fn whatever_would_do_more_than_read_is_refused() {
    let test = TestStore::new();
    let id = test.task("make");
    for sql in [
        "DELETE FROM Tasks",
        "UPDATE Tasks SET Command = 'x'",
        "INSERT INTO Users (Id, UserName) VALUES ('a', 'a')",
        "DROP TABLE Tasks",
        "CREATE TEMP TABLE x (y)",
        "CREATE TABLE x (y)",
        "BEGIN IMMEDIATE",
        "SAVEPOINT x",
        "VACUUM",
        "VACUUM INTO '/tmp/orchestra-store-must-not-exist.db'",
        "ATTACH '/tmp/orchestra-store-must-not-exist.db' AS other",
        "PRAGMA query_only = 0",
        "PRAGMA query_only(0)",
        "PRAGMA user_version = 7",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA writable_schema = 1",
        "SELECT load_extension('x')",
        "EXPLAIN DELETE FROM Tasks",
        "WITH x AS (SELECT 1) DELETE FROM Tasks",
        "REINDEX",
        "ANALYZE",
    ] {
        let error = ask(&test, sql).unwrap_err();
        assert!(
            matches!(
                error.code(),
                ErrorCode::ReadOnly | ErrorCode::InvalidArgument
            ),
            "{sql}: {error}"
        );
    }
    assert_eq!(test.get_task(&id).command, "make");
    assert!(!std::path::Path::new("/tmp/orchestra-store-must-not-exist.db").exists());
}

#[test]
fn one_statement_with_its_values_is_what_is_taken() {
    let test = TestStore::new();
    for (sql, names) in [
        ("", "no statement"),
        ("-- nothing", "no statement"),
        ("SELECT 1; SELECT 2", "more than one"),
        ("SELECT 1; DROP TABLE Tasks", "more than one"),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM Songs", "Songs"),
        ("SELECT ?", "parameters"),
        ("SELECT \"no such column\"", "no such column"),
    ] {
        let error = ask(&test, sql).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{sql}: {error}");
        assert!(error.message().contains(names), "{sql}: {error}");
    }
    let error = query(
        &test.store,
        "SELECT ?",
        &[json!([1])],
        &SqlLimits::default(),
    )
    .unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[test]
fn rows_and_time_are_limited() {
    let test = TestStore::new();
    let endless =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    let limits = SqlLimits {
        rows: 10,
        time: Duration::from_secs(60),
        ..SqlLimits::default()
    };
    let answer = query(&test.store, endless, &[], &limits).unwrap();
    assert_eq!((answer.rows.len(), answer.truncated), (10, true));

    let limits = SqlLimits {
        rows: 10,
        time: Duration::from_millis(20),
        ..SqlLimits::default()
    };
    let count = format!("SELECT count(*) FROM ({endless})");
    let error = query(&test.store, &count, &[], &limits).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Timeout, "{error}");
}

#[test]
fn temporary_files_are_limited() {
    let test = TestStore::new();
    let limits = SqlLimits {
        rows: 1,
        memory: Some(24 << 20),
        ..SqlLimits::default()
    };
    let sorted = |rows: u32| {
        let sql = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {rows}) \
             SELECT hex(randomblob(10000)) AS x FROM n ORDER BY x"
        );
        query(&test.store, &sql, &[], &limits)
    };
    assert_eq!(sorted(1000).unwrap().rows.len(), 1);
    let error = sorted(14_000).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded, "{error}");
    assert!(error.message().contains("temporary files"), "{error}");
    assert!(error.message().contains("--memory"), "{error}");
}

#[test]
fn functions_do_what_those_of_sqlite_do() {
    let test = TestStore::new();
    for (sql, expected) in [
        ("instr('aéb', 'b')", json!(3)),
        ("instr('ab', 'x')", json!(0)),
        ("instr('ab', '')", json!(1)),
        ("instr(x'c3a962', x'62')", json!(3)),
        ("instr(12345, 34)", json!(3)),
        ("instr(NULL, 'a')", json!(null)),
        ("replace('aXbX', 'X', 'yy')", json!("ayybyy")),
        ("replace('ab', '', 'y')", json!("ab")),
        ("replace('ab', 'a', NULL)", json!(null)),
        ("trim('  a b ')", json!("a b")),
        ("ltrim('éaéb', 'éa')", json!("b")),
        ("rtrim('abé', 'éb')", json!("a")),
        ("trim('ab', '')", json!("ab")),
        ("trim(NULL)", json!(null)),
        ("trim(1001, 1)", json!("00")),
    ] {
        let answer = ask(&test, &format!("SELECT {sql}")).unwrap();
        assert_eq!(answer.rows, [[expected]], "{sql}");
    }
}

#[test]
fn a_function_without_a_bound_names_another() {
    let test = TestStore::new();
    let error = ask(&test, "SELECT json_group_array(Id) FROM Users").unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded, "{error}");
    assert!(error.message().contains("group_concat"), "{error}");
}

#[test]
fn a_closed_store_answers_nothing() {
    let test = TestStore::new();
    test.store.close().unwrap();
    assert_eq!(
        ask(&test, "SELECT 1").unwrap_err().code(),
        ErrorCode::Closed
    );
}
