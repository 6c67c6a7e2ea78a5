//! Checking, and mending what can be computed.

use diesel::connection::SimpleConnection as _;
use diesel::{
    Connection as _, ExpressionMethods as _, RunQueryDsl as _, SqliteConnection, sql_query,
};
use orchestra_store::maintenance::{Severity, integrity, repair, space};
use orchestra_store::models::{AgentSession, AuditLog};
use orchestra_store::query::Specification;
use orchestra_store::schema::audit_logs;
use orchestra_store::services::tasks::NewTask;
use orchestra_store::services::{code_repositories, data, tasks};
use orchestra_store::{ErrorCode, Store, StoreConfig};

use crate::support::{REPOSITORY, TestStore, token_of};

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
            "UPDATE Repositories SET TotalTasks = 9",
            Severity::Error,
            "repository counters agree with the tasks",
        ),
        (
            "UPDATE Repositories SET TotalExecutionTime = '01:00:00'",
            Severity::Error,
            "repository counters agree with the tasks",
        ),
        (
            "UPDATE Repositories SET ReliabilityScore = 0.9",
            Severity::Warning,
            "repository counters agree with the tasks",
        ),
        (
            "UPDATE Agents SET TotalTasksFailed = 1",
            Severity::Warning,
            "agent counters agree with the tasks",
        ),
        (
            "UPDATE Agents SET AverageExecutionTime = 1.0",
            Severity::Warning,
            "agent counters agree with the tasks",
        ),
        (
            "UPDATE Tasks SET Status = 0, AgentId = NULL, StartedAt = NULL, LeaseToken = NULL, LeaseOwner = NULL, \
             LeaseExpiresAt = NULL WHERE Status IN (1, 2)",
            Severity::Warning,
            "busy agents have a task",
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
             LeaseExpiresAt = '2026-01-01 00:00:00.0000000', Status = 1, AgentId = 'a' \
             WHERE CompletedAt IS NULL; \
             UPDATE Agents SET MaxConcurrentTasks = 1",
            Severity::Warning,
            "agents hold no more than their capacity",
        ),
        (
            "CREATE INDEX Mine ON Tasks (Result)",
            Severity::Warning,
            "the schema is what the migrations make",
        ),
        (
            "CREATE TRIGGER Mine AFTER INSERT ON Tasks BEGIN UPDATE Agents SET Status = 1; END",
            Severity::Error,
            "the schema is what the migrations make",
        ),
        (
            "CREATE VIEW Mine AS SELECT 1",
            Severity::Error,
            "the schema is what the migrations make",
        ),
        (
            "DROP INDEX IX_Tasks_Parent",
            Severity::Error,
            "the schema is what the migrations make",
        ),
        (
            "UPDATE Tasks SET AvailableAt = 'soon' WHERE Command = 'two'",
            Severity::Error,
            "values can be read",
        ),
        (
            "UPDATE Tasks SET LeaseExpiresAt = '2025-01-01 00:00:00.0000000' \
             WHERE LeaseToken IS NOT NULL",
            Severity::Warning,
            "leases are renewed or rescued",
        ),
        (
            "DROP TRIGGER TR_Tasks_ParentCycle; \
             UPDATE Tasks SET ParentTaskId = Id WHERE Command = 'three'",
            Severity::Error,
            "chains of parents end",
        ),
        (
            "DROP TRIGGER TR_TaskDependencies_InsertCycle; \
             INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId) \
             SELECT a.Id || b.Id, a.Id, b.Id FROM Tasks a, Tasks b \
             WHERE a.Command IN ('one', 'two') AND b.Command IN ('one', 'two') AND a.Id <> b.Id",
            Severity::Error,
            "no task waits for itself",
        ),
        (
            "UPDATE Tasks SET UnmetDependencies = 1 WHERE Command = 'three'",
            Severity::Error,
            "tasks count what they wait for",
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

/// Tables whose rows refer to rows of the same table, and the columns by which they do.
const SELF_REFERRING: [(&str, &str); 5] = [
    ("Tasks", "ParentTaskId"),
    ("TemplateCategories", "ParentCategoryId"),
    ("ChatMessages", "ParentMessageId"),
    ("WorkflowDefinitions", "PreviousVersionId"),
    ("WorkflowExecutions", "ParentExecutionId"),
];

/// A sample row of each table.
const SAMPLES: &str = include_str!("schema/rows.sql");

#[test]
fn rows_that_are_their_own_parents_are_found_in_every_table() {
    for (table, column) in SELF_REFERRING {
        let test = TestStore::new();
        tamper(&test, SAMPLES);
        assert!(
            !findings(&test)
                .iter()
                .any(|(_, rule)| *rule == "chains of parents end")
        );
        tamper(
            &test,
            &format!(
                "DROP TRIGGER IF EXISTS TR_{table}_ParentCycle; UPDATE {table} SET {column} = Id WHERE Id = 'b'"
            ),
        );
        let report = test.store.read(integrity::check).unwrap();
        let found = report.findings.iter().any(|finding| {
            finding.rule == "chains of parents end" && finding.table.as_deref() == Some(table)
        });
        assert!(found, "{table}: {report:?}");
    }
}

/// The texts of the repairs of one table, and how often the audit log tells of any.
fn repairs(test: &TestStore, table: &str) -> (Vec<String>, i64) {
    let report = repair::repair(&test.store).unwrap();
    assert_eq!(report.left.findings, []);
    let of_table = report.repairs.into_iter().filter(|r| r.table == table);
    let logged = Specification::<AuditLog>::new().filter(audit_logs::action.eq("Repair"));
    let logged = test
        .store
        .read(|reader| data::count(reader, &logged))
        .unwrap();
    (of_table.map(|r| r.what).collect(), logged)
}

#[test]
fn there_is_nothing_to_mend_in_a_sound_database() {
    let test = busy_store();
    let report = repair::repair(&test.store).unwrap();
    assert_eq!((report.repairs, report.left.findings), (vec![], vec![]));
}

#[test]
fn counters_that_are_wrong_are_set() {
    let test = busy_store();
    tamper(
        &test,
        "UPDATE Repositories SET TotalTasks = 0, SuccessfulTasks = 0, FailedTasks = 7, ReliabilityScore = 0.0; \
         UPDATE Agents SET TotalTasksCompleted = 0;",
    );
    let (repaired, logged) = repairs(&test, "Repositories");
    assert_eq!(
        repaired[..3],
        [
            "set TotalTasks to 3",
            "set SuccessfulTasks to 1",
            "set FailedTasks to 0"
        ]
    );
    assert!(repaired[3].starts_with("set ReliabilityScore to 0.2"));
    assert_eq!(logged, 6);
    let repository = test
        .store
        .read(|reader| code_repositories::get_by_path(reader, REPOSITORY));
    assert!(repository.unwrap().unwrap().reliability_score > 0.0);
    assert_eq!(
        test.get_agent(&"a".parse().unwrap()).total_tasks_completed,
        1
    );
}

#[test]
fn tasks_of_workers_that_are_gone_are_put_back() {
    let test = busy_store();
    test.advance_seconds(3600);
    let (repaired, logged) = repairs(&test, "Tasks");
    assert_eq!(
        repaired,
        ["put back into the queue, since its lease had ended"]
    );
    assert_eq!(logged, 1);
}

#[test]
fn what_tasks_wait_for_is_counted_anew() {
    let test = busy_store();
    let waiting = NewTask {
        depends_on: vec![test.task("four").into()],
        ..NewTask::new("five", REPOSITORY)
    };
    let five = test.enqueue(&waiting);
    tamper(
        &test,
        "UPDATE Tasks SET UnmetDependencies = 3 WHERE Command = 'three'; \
         UPDATE Tasks SET UnmetDependencies = 0 WHERE Command = 'five'",
    );
    let (mut repaired, logged) = repairs(&test, "Tasks");
    repaired.sort();
    let expected = ["set UnmetDependencies to 0", "set UnmetDependencies to 1"];
    assert_eq!((repaired, logged), (expected.map(str::to_owned).into(), 2));
    let agent = test.agent("b", 10);
    let claimed = test.claim(&agent, 10);
    assert!(claimed.iter().any(|task| task.command == "three"));
    assert!(claimed.iter().all(|task| task.id != five.id));
}

#[test]
fn references_to_what_is_gone_are_resolved_as_a_deletion_would_have() {
    let test = busy_store();
    tamper(
        &test,
        "UPDATE Tasks SET RepositoryId = 'gone' WHERE Command = 'three'; \
         INSERT INTO AgentSessions (Id, AgentId, SessionId, WorkingDirectory) \
         VALUES ('s', 'gone', 's', '/tmp');",
    );
    let (repaired, _) = repairs(&test, "Tasks");
    assert_eq!(
        repaired,
        ["detached, since it referred to a row of Repositories that isn't there"]
    );
    let sessions = Specification::<AgentSession>::new();
    assert_eq!(
        test.store
            .read(|reader| data::count(reader, &sessions))
            .unwrap(),
        0
    );
}

#[test]
fn indexes_that_do_not_fit_their_tables_are_made_anew() {
    let test = busy_store();
    // An index whose entries are those of another column.
    tamper(
        &test,
        "PRAGMA writable_schema = ON; \
         UPDATE sqlite_schema SET sql = replace(sql, '(CreatedAt,', '(UpdatedAt,') \
         WHERE name = 'IX_Tasks_CreatedAt';",
    );
    tamper(
        &test,
        "UPDATE Tasks SET UpdatedAt = '2027-01-01 00:00:00.0000000'",
    );
    tamper(
        &test,
        "PRAGMA writable_schema = ON; \
         UPDATE sqlite_schema SET sql = replace(sql, '(UpdatedAt,', '(CreatedAt,') \
         WHERE name = 'IX_Tasks_CreatedAt';",
    );
    assert!(!test.store.read(integrity::check).unwrap().is_ok());
    assert_eq!(repairs(&test, "all tables").0, ["made their indexes anew"]);
}

/// The database as a process leaves it that is killed, with this page filled with nonsense.
fn killed_with_a_damaged_page(test: &TestStore, page: usize) -> std::path::PathBuf {
    let path = test.path().with_file_name("killed.db");
    for suffix in ["", "-wal"] {
        let name = |path: &std::path::Path| format!("{}{suffix}", path.display());
        std::fs::copy(name(&test.path()), name(&path)).unwrap();
    }
    let mut content = std::fs::read(&path).unwrap();
    content[page * 4096..][..4096].fill(0xa5);
    std::fs::write(&path, content).unwrap();
    path
}

/// A page that nothing has written since the checkpoint, so that the log doesn't hide the damage, and that isn't read to
/// open the database.
fn page_of_an_index(test: &TestStore) -> usize {
    #[derive(diesel::QueryableByName)]
    struct Root {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        rootpage: i32,
    }
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'IX_TaskTemplates_Name'";
    let root: Root = test
        .store
        .read(|reader| Ok(sql_query(sql).get_result(reader.connection())?))
        .unwrap();
    usize::try_from(root.rootpage - 1).unwrap()
}

#[test]
fn a_database_that_was_not_closed_is_checked_when_it_is_opened() {
    let test = busy_store();
    space::checkpoint(&test.store).unwrap();
    test.task("in the log");
    let path = killed_with_a_damaged_page(&test, page_of_an_index(&test));
    let mut config = StoreConfig::new(path);
    let error = Store::open(config.clone()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Corrupt, "{error}");
    config.check_after_crash = false;
    Store::open(config).unwrap();
}
