//! Databases of earlier schemas, brought to the present one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::migration::Migration as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use orchestra_store::maintenance::backup::{self, BackupState};
use orchestra_store::maintenance::integrity;
use orchestra_store::services::{agents, tasks, workflows};
use orchestra_store::types::{AgentStatus, WorkflowExecutionStatus};
use orchestra_store::{ErrorCode, MigrationState, Store, StoreConfig, events};
use tempfile::TempDir;

use crate::processes::{assert_all_succeed, start_together, wait_for_go};
use crate::support::{child_argument, file_names, scaled};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Databases that earlier versions made, with two rows in each table.
const FIXTURES: [(&str, &str); 1] = [(
    "20261123000700",
    include_str!("../fixtures/schema-20261123000700.sql"),
)];

fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

/// The one column of the rows, as text.
fn texts(conn: &mut SqliteConnection, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let rows = sql_query(format!("SELECT text FROM ({sql})")).load::<Row>(conn);
    rows.unwrap().into_iter().map(|row| row.text).collect()
}

/// Each table with its columns.
fn tables(conn: &mut SqliteConnection) -> BTreeMap<String, Vec<String>> {
    let names = texts(
        conn,
        "SELECT name AS text FROM sqlite_schema WHERE type = 'table' \
         AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '__*'",
    );
    let mut columns = |name: &str| {
        texts(
            conn,
            &format!("SELECT name AS text FROM pragma_table_info('{name}')"),
        )
    };
    names
        .into_iter()
        .map(|name| (name.clone(), columns(&name)))
        .collect()
}

/// The rows of these columns, as text.
fn content(
    conn: &mut SqliteConnection,
    tables: &BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, Vec<String>> {
    let mut content = BTreeMap::new();
    for (table, columns) in tables {
        let values: Vec<_> = columns.iter().map(|c| format!("quote(\"{c}\")")).collect();
        let values = values.join(" || ',' || ");
        let rows = texts(
            conn,
            &format!("SELECT {values} AS text FROM \"{table}\" ORDER BY rowid"),
        );
        content.insert(table.clone(), rows);
    }
    content
}

fn schema(path: &Path) -> Vec<String> {
    texts(
        &mut connect(path),
        "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS text FROM sqlite_schema \
         WHERE name NOT GLOB '*__diesel*' AND name NOT GLOB 'sqlite_stat?' ORDER BY type, name",
    )
}

/// Makes a database of the schema after the first three migrations, with the agent `before`.
pub fn make_old_database(path: &Path) {
    let mut conn = connect(path);
    for _ in 0..3 {
        conn.run_next_migration(MIGRATIONS).unwrap();
    }
    conn.batch_execute(
        "PRAGMA application_id = 1330791251; \
         INSERT INTO Agents (Id, Name, Type, RepositoryPath, LastPing) \
         VALUES ('before', 'Old', 'old', '*', '2026-11-23 14:00:00.1234567');",
    )
    .unwrap();
}

/// A directory with an old database.
struct Old(TempDir);

impl Old {
    fn new() -> Self {
        let old = Self(tempfile::tempdir().unwrap());
        make_old_database(&old.path());
        old
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("orchestra.db")
    }

    fn open(&self) -> Store {
        Store::open(StoreConfig::new(self.path())).unwrap()
    }

    #[track_caller]
    fn assert_migrated(&self) {
        let store = self.open();
        let migrations = store.migration_status().unwrap();
        assert!(
            migrations
                .iter()
                .all(|m| m.state == MigrationState::Applied)
        );
        assert_eq!(store.read(agents::list).unwrap().len(), 1);
        assert!(store.read(integrity::check).unwrap().is_ok());
    }

    fn copies(&self) -> Vec<String> {
        let names = file_names(self.0.path()).into_iter();
        names.filter(|name| name.contains(".schema-")).collect()
    }
}

#[test]
fn a_database_of_each_released_schema_becomes_like_a_new_one_and_keeps_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    let fresh = directory.path().join("fresh.db");
    Store::open(StoreConfig::new(&fresh))
        .unwrap()
        .close()
        .unwrap();
    for (version, sql) in FIXTURES {
        let path = directory.path().join(version);
        let mut conn = connect(&path);
        conn.batch_execute(sql).unwrap();
        let old_tables = tables(&mut conn);
        let before = content(&mut conn, &old_tables);
        assert!(before.values().all(|rows| rows.len() == 2), "{before:?}");
        drop(conn);

        let store = Store::open(StoreConfig::new(&path)).unwrap();
        let report = store.read(integrity::check).unwrap();
        assert!(report.is_ok(), "{report:?}");
        store.close().unwrap();
        assert_eq!(schema(&path), schema(&fresh), "{version}");
        let mut conn = connect(&path);
        // What a new database begins with comes in addition.
        conn.batch_execute(
            "DELETE FROM UserPreferences WHERE Id GLOB '5eed*'; \
             DELETE FROM TaskTemplates WHERE Id GLOB '5eed*';",
        )
        .unwrap();
        assert_eq!(content(&mut conn, &old_tables), before, "{version}");
    }
}

#[test]
fn a_database_of_each_schema_since_becomes_like_a_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let fresh = directory.path().join("fresh.db");
    let open = |path: &Path| Store::open(StoreConfig::new(path)).unwrap();
    open(&fresh).close().unwrap();
    for steps in 1.. {
        let path = directory.path().join(format!("{steps}.db"));
        let mut conn = connect(&path);
        conn.batch_execute(FIXTURES[0].1).unwrap();
        for _ in 0..steps {
            conn.run_next_migration(MIGRATIONS).unwrap();
        }
        let is_newest = !conn.has_pending_migration(MIGRATIONS).unwrap();
        drop(conn);
        let store = open(&path);
        let report = store.read(integrity::check).unwrap();
        assert!(report.is_ok(), "after {steps} migrations: {report:?}");
        store.close().unwrap();
        assert_eq!(schema(&path), schema(&fresh), "after {steps} migrations");
        if is_newest {
            return;
        }
    }
}

#[test]
fn an_old_database_is_copied_before_it_is_migrated() {
    let old = Old::new();
    old.assert_migrated();
    assert_eq!(old.copies(), ["orchestra.db.schema-20261123000300.db"]);
    let copy = old.0.path().join(&old.copies()[0]);
    let file = backup::verify(&copy).unwrap();
    assert_eq!(file.state, BackupState::Verified);
    assert_eq!(file.schema_version.as_deref(), Some("20261123000300"));
    // It can be used in the place of the other.
    std::fs::rename(copy, old.path()).unwrap();
    old.assert_migrated();
}

#[test]
fn the_last_two_copies_stay() {
    let old = Old::new();
    for version in ["20250101000000", "20250102000000"] {
        std::fs::write(
            old.path()
                .with_file_name(format!("orchestra.db.schema-{version}.db")),
            "",
        )
        .unwrap();
    }
    let mine = "orchestra.db.schema-mine.db";
    std::fs::write(old.path().with_file_name(mine), "").unwrap();
    old.open();
    let expected = ["20250102000000", "20261123000300", "mine"];
    let expected = expected.map(|version| format!("orchestra.db.schema-{version}.db"));
    assert_eq!(old.copies(), expected);
}

#[test]
fn no_copy_is_made_of_nothing_or_where_none_is_wanted() {
    let old = Old::new();
    connect(&old.path())
        .batch_execute("DELETE FROM Agents")
        .unwrap();
    old.open();
    assert!(old.copies().is_empty());

    let old = Old::new();
    let mut config = StoreConfig::new(old.path());
    config.backup_before_migration = false;
    Store::open(config).unwrap();
    assert!(old.copies().is_empty());
}

#[test]
fn a_migration_is_not_begun_without_room_for_it() {
    let old = Old::new();
    let before = schema(&old.path());
    let mut config = StoreConfig::new(old.path());
    config.min_free_disk = u64::MAX;
    let error = Store::open(config).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DiskFull, "{error}");
    assert_eq!(schema(&old.path()), before);
    old.assert_migrated();
}

#[test]
fn processes_that_open_an_old_database_together_all_succeed() {
    for _ in 0..scaled(5, 100) {
        let old = Old::new();
        let argument = old.path().to_str().unwrap().to_owned();
        let arguments = std::iter::repeat_n(argument, 6);
        assert_all_succeed(start_together("upgrade::child_upgrades", arguments));
        old.assert_migrated();
        assert_eq!(old.copies().len(), 1);
    }
}

/// A process that opens a store of an older schema.
#[test]
fn child_upgrades() {
    let Some(path) = child_argument() else {
        return;
    };
    wait_for_go();
    let store = Store::open(StoreConfig::new(path)).unwrap();
    assert_eq!(store.read(agents::list).unwrap().len(), 1);
}

/// Runs the migrations that come before the one of this name.
fn migrate_until(conn: &mut SqliteConnection, name: &str) {
    loop {
        let next = conn.pending_migrations(MIGRATIONS).unwrap().remove(0);
        if next.name().to_string().contains(name) {
            return;
        }
        conn.run_migration(&next).unwrap();
    }
}

/// A log of which retention has removed the beginning, and an outbox of which it has removed all.
#[test]
fn numbers_go_on_where_they_were_before_they_were_columns() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    let mut conn = connect(&path);
    migrate_until(&mut conn, "index_writes");
    conn.batch_execute(
        "PRAGMA application_id = 1330791251;
         INSERT INTO AuditLogs (rowid, Id, EntityType, Action) VALUES (3, 'z', 'T', 'X'), (9, 'a', 'T', 'X');
         INSERT INTO ChangeEvents (Sequence, EntityType, EntityId, Action, UserId, Timestamp)
         VALUES (5, 'Tasks', 't', 0, 'u', '2026-11-29 12:00:00.0000000');
         DELETE FROM ChangeEvents;
         INSERT INTO Agents (Id, Name, Type, RepositoryPath, LastPing, Status)
         VALUES ('gone', 'A', 't', '*', '2026-11-29 12:00:00.0000000', 3), ('there', 'A', 't', '*', '2026-11-29 12:00:00.0000000', 1);",
    )
    .unwrap();
    drop(conn);

    let store = Store::open(StoreConfig::new(&path)).unwrap();
    let mut conn = connect(&path);
    let numbers = "SELECT Id || Sequence AS text FROM AuditLogs ORDER BY Sequence";
    assert_eq!(texts(&mut conn, numbers), ["z3", "a9"]);
    let expected = "SELECT Id || IsExpected AS text FROM Agents ORDER BY Id";
    assert_eq!(texts(&mut conn, expected), ["gone0", "there1"]);

    // Who has seen the last event follows; who hasn't is told so.
    let follow = |place| events::follow(&store, place, events::ChangeFilter::all());
    assert_eq!(follow(4).unwrap_err().code(), ErrorCode::EventsGone);
    assert_eq!(store.read(events::newest).unwrap(), 6);
    follow(5).unwrap();
    let there = "there".parse().unwrap();
    store
        .write(|uow| agents::set_status(uow, &there, AgentStatus::Offline, None))
        .unwrap();
    assert_eq!(store.read(events::newest).unwrap(), 7);
    assert_eq!(texts(&mut conn, expected), ["gone0", "there0"]);
    assert_eq!(store.read(integrity::check).unwrap().findings, []);
}

/// An execution of the schema before the joins, whose tasks had a row for each task of the stages before: the first of
/// three stages has one task left.
const OPEN_EXECUTION: &str = r#"
    PRAGMA application_id = 1330791251;
    INSERT INTO WorkflowDefinitions (Id, Name, Definition, ExecutionCount) VALUES ('d', 'Flow', '{}', 4);
    INSERT INTO WorkflowExecutions (Id, WorkflowDefinitionId, WorkflowVersion, Status, CurrentStage, ExecutionPlan)
    VALUES ('e', 'd', '1.0.0', 1, 'a', '{"stages": [
        {"name": "a", "dependsOn": [], "onFailure": "continue", "retries": 0, "retried": 0, "tasks": ["a0", "a1"]},
        {"name": "b", "dependsOn": [0], "onFailure": "retry", "retries": 2, "retried": 1, "tasks": ["b0", "b1"]},
        {"name": "c", "dependsOn": [0, 1], "onFailure": "fail", "retries": 0, "retried": 0, "tasks": ["c0", "c1"]}
    ]}');
    INSERT INTO WorkflowExecutions (Id, WorkflowDefinitionId, WorkflowVersion, ExecutionPlan)
    VALUES ('of another program', 'd', '1.0.0', '{"stages": [{"name": 7}, "x"]}'),
        ('of a third', 'd', '1.0.0', '{"stages": {"a": []}}'), ('without', 'd', '1.0.0', NULL);
    INSERT INTO Tasks (Id, Command, RepositoryPath, WorkflowExecutionId, WorkflowStep)
    SELECT value, value, '/srv/app', 'e', unicode(value) - unicode('a')
    FROM json_each('["a0", "a1", "b0", "b1", "c0", "c1", "b own"]');
    INSERT INTO Tasks (Id, Command, RepositoryPath) VALUES ('beside', 'beside', '/srv/app');
    UPDATE Tasks SET Status = 3, StartedAt = CreatedAt, CompletedAt = CreatedAt WHERE Id = 'a0';
    INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId)
    SELECT Tasks.Id || Other.Id, Tasks.Id, Other.Id FROM Tasks JOIN Tasks AS Other
        ON Other.WorkflowStep < Tasks.WorkflowStep AND Tasks.Id GLOB '[bc][01]' AND Other.Id GLOB '[ab][01]';
    INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId) VALUES ('c0beside', 'c0', 'beside');
    UPDATE Tasks SET UnmetDependencies = (
        SELECT count(*) FROM TaskDependencies JOIN Tasks AS Other ON Other.Id = DependsOnTaskId
        WHERE TaskId = Tasks.Id AND Other.Status <> 3
    );
"#;

#[test]
fn an_execution_that_was_open_before_the_joins_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    let mut conn = connect(&path);
    migrate_until(&mut conn, "stage_joins");
    conn.batch_execute(OPEN_EXECUTION).unwrap();
    drop(conn);
    let store = Store::open(StoreConfig::new(&path)).unwrap();
    let report = store.read(integrity::check).unwrap();
    assert_eq!(report.findings, []);

    let mut conn = connect(&path);
    let unmet = "SELECT Id || ' ' || UnmetDependencies || coalesce(' ' || StagePosition, '') AS text \
                 FROM Tasks ORDER BY Id";
    let expected = [
        "a0 0 0", "a1 0 1", "b own 0", "b0 1 0", "b1 1 1", "beside 0", "c0 2 0", "c1 1 1",
    ];
    assert_eq!(texts(&mut conn, unmet), expected);
    let left = texts(&mut conn, "SELECT Id AS text FROM TaskDependencies");
    assert_eq!(left, ["c0beside"]);
    let stages = "SELECT format('%s %d %d %d %d %d', Name, OnFailure, Retried, HasBegun, Completed, WaitsFor) AS text \
                  FROM WorkflowStages ORDER BY Stage";
    assert_eq!(
        texts(&mut conn, stages),
        ["a 1 0 1 1 0", "b 2 1 0 0 1", "c 0 0 0 0 2"]
    );

    let id = "e".parse().unwrap();
    let run = |expected: &[&str]| {
        let claim = tasks::Claim::repository("/srv/app", "worker").up_to(9);
        let mut claimed = store.write(|uow| tasks::claim(uow, &claim)).unwrap();
        claimed.sort_by(|a, b| a.id.cmp(&b.id));
        let ids: Vec<_> = claimed.iter().map(|task| task.id.as_str()).collect();
        assert_eq!(ids, expected);
        for task in claimed {
            let token = task.lease_token.as_ref();
            store
                .write(|uow| tasks::start(uow, &task.id, token))
                .unwrap();
            store
                .write(|uow| tasks::complete(uow, &task.id, token, None))
                .unwrap();
        }
    };
    run(&["a1", "b own", "beside"]);
    run(&["b0", "b1"]);
    run(&["c0", "c1"]);
    let execution = store.read(|reader| workflows::get(reader, &id)).unwrap();
    assert_eq!(execution.status, WorkflowExecutionStatus::Completed);
    assert_eq!(store.read(integrity::check).unwrap().findings, []);
}

/// An execution that is taken back to the schema before the joins waits as it did then.
#[test]
fn the_way_back_from_the_joins_keeps_what_tasks_wait_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    let mut conn = connect(&path);
    while conn.has_pending_migration(MIGRATIONS).unwrap() {
        let next = conn.pending_migrations(MIGRATIONS).unwrap().remove(0);
        if next.name().to_string().contains("stage_joins") {
            conn.batch_execute(OPEN_EXECUTION).unwrap();
        }
        conn.run_migration(&next).unwrap();
    }
    let edges = "SELECT TaskId || DependsOnTaskId AS text FROM TaskDependencies ORDER BY 1";
    let unmet = "SELECT Id || ' ' || UnmetDependencies AS text FROM Tasks ORDER BY Id";
    while texts(
        &mut conn,
        "SELECT name AS text FROM pragma_table_info('WorkflowJoins')",
    ) != Vec::<String>::new()
    {
        conn.revert_last_migration(MIGRATIONS).unwrap();
    }
    let expected = "b0a0 b0a1 b1a0 b1a1 c0a0 c0a1 c0b0 c0b1 c0beside c1a0 c1a1 c1b0 c1b1";
    assert_eq!(texts(&mut conn, edges).join(" "), expected);
    let expected = [
        "a0 0", "a1 0", "b own 0", "b0 1", "b1 1", "beside 0", "c0 4", "c1 3",
    ];
    assert_eq!(texts(&mut conn, unmet), expected);
}
