//! Taking over the database of a host on Entity Framework Core.

use std::collections::BTreeMap;
use std::path::PathBuf;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{SqliteConnection, sql_query};
use orchestra_store::import::RecordCounts;
use orchestra_store::models::{
    ChatMessage, ChatSession, OrchestrationLog, PerformanceMetric, TaskTemplate, UserPreference,
    WorkflowDefinition,
};
use orchestra_store::query::Specification;
use orchestra_store::services::data;
use orchestra_store::{Entity, UserContext};

use super::*;

const FIXTURE: &str = include_str!("../../fixtures/legacy/host-database.sql");

/// A database file, alone in a directory of its own.
struct Host {
    directory: TempDir,
    path: PathBuf,
}

impl Host {
    fn new() -> Self {
        Self::with("")
    }

    /// The fixture, after these statements too.
    fn with(statements: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("host.db");
        let host = Self { directory, path };
        host.run("PRAGMA journal_mode = WAL");
        host.run(FIXTURE);
        host.run(statements);
        host
    }

    fn run(&self, statements: &str) {
        let mut connection = SqliteConnection::establish(self.path.to_str().unwrap()).unwrap();
        diesel::connection::SimpleConnection::batch_execute(&mut connection, statements).unwrap();
    }

    fn import(&self, store: &Store) -> ImportReport {
        import_with(store, &self.path, keep()).unwrap()
    }
}

fn keep() -> ImportOptions {
    ImportOptions {
        archive: false,
        ..ImportOptions::default()
    }
}

fn all<E: Entity>(store: &Store) -> Vec<E> {
    let everyone = store.context(UserContext::user("ada"));
    let rows =
        everyone.read(|reader| data::list(reader, &Specification::<E>::new().with_deleted()));
    let mut rows = rows.unwrap();
    rows.sort_by(|a, b| a.id().as_str().cmp(b.id().as_str()));
    rows
}

fn counts(read: u64, imported: u64, unchanged: u64, rejected: u64) -> RecordCounts {
    RecordCounts {
        read,
        imported,
        unchanged,
        rejected,
        ..RecordCounts::default()
    }
}

#[test]
fn every_table_is_taken_with_its_content() {
    let test = TestStore::new();
    let report = Host::new().import(&test.store);
    assert_eq!(report.form, LegacyForm::HostDatabase);
    assert_eq!(report.agents, counts(2, 2, 0, 0));
    assert_eq!(report.tasks, counts(6, 6, 0, 0));
    assert_eq!(report.repositories, counts(2, 2, 0, 0));
    let others = BTreeMap::from([
        ("ChatMessages", counts(2, 2, 0, 0)),
        ("ChatSessions", counts(2, 2, 0, 0)),
        ("OrchestrationLogs", counts(1, 1, 0, 0)),
        ("PerformanceMetrics", counts(1, 1, 0, 0)),
        ("TaskTemplates", counts(1, 1, 0, 0)),
        ("UserPreferences", counts(3, 2, 0, 1)),
        ("WorkflowDefinitions", counts(1, 1, 0, 0)),
    ]);
    assert_eq!(report.others, others);
    assert_sound(&test.store);
}

#[test]
fn repositories_and_agents_keep_what_they_had() {
    let test = TestStore::new();
    Host::new().import(&test.store);
    let repositories = all::<CodeRepository>(&test.store);
    let [search, billing] = repositories.as_slice() else {
        panic!("{repositories:?}");
    };
    assert_eq!(search.id.as_str(), "0a2b3c4d-0000-4000-8000-00000000000a");
    assert_eq!(search.path, "/srv/git/search");
    assert_eq!(search.created_at.to_string(), "2025-09-22 20:41:29.5000000");
    let operations: Vec<&str> = search
        .allowed_operations
        .iter()
        .flat_map(|l| l.iter().map(String::as_str))
        .collect();
    assert_eq!(operations, ["build", "test, all"]);
    assert_eq!(search.total_execution_time, TimeSpan::from_millis(90_000));
    assert_eq!(search.average_task_duration, 45_000.0);
    assert!(!billing.is_active);
    let operations: Vec<&str> = billing
        .allowed_operations
        .iter()
        .flat_map(|l| l.iter().map(String::as_str))
        .collect();
    assert_eq!(operations, ["pull", "push"]);

    let agents = all::<Agent>(&test.store);
    let [gone, ada] = agents.as_slice() else {
        panic!("{agents:?}");
    };
    assert_eq!(
        (ada.name.as_str(), ada.status),
        ("Ada 🤖", AgentStatus::Idle)
    );
    assert_eq!(ada.health_check_interval, TimeSpan::from_millis(30_000));
    assert_eq!(ada.total_execution_time, TimeSpan::from_millis(3_600_000));
    assert_eq!(ada.repository_id.as_ref(), Some(&search.id));
    assert!(gone.is_deleted && gone.deleted_at == Some(gone.updated_at));
}

#[test]
fn tasks_come_behind_their_parents_and_lose_those_that_are_not_there() {
    let test = TestStore::new();
    let report = Host::new().import(&test.store);
    let tasks = all::<Task>(&test.store);
    let parents: Vec<(&str, Option<&str>)> = tasks
        .iter()
        .map(|task| {
            let parent = task.parent_task_id.as_ref().map(TaskId::as_str);
            (task.command.as_str(), parent)
        })
        .collect();
    let expected = [
        ("parent", None),
        ("child", Some("dddddddd-0000-4000-8000-000000000001")),
        ("grand-child", Some("dddddddd-0000-4000-8000-000000000002")),
        ("orphan", None),
        ("ring a", None),
        // The other one is there by then.
        ("ring b", Some("dddddddd-0000-4000-8000-000000000005")),
    ];
    assert_eq!(parents, expected);
    let child = &tasks[1];
    assert_eq!(child.execution_duration, Some(TimeSpan::from_millis(1500)));
    assert_eq!(
        (child.retry_count, child.error_message.as_deref()),
        (2, Some("it broke"))
    );
    assert_eq!(child.available_at, child.created_at);
    let warned = warned(&report);
    for place in [
        "Tasks[\"DDDDDDDD-0000-4000-8000-000000000004\"].AgentId",
        "Tasks[\"DDDDDDDD-0000-4000-8000-000000000004\"].ParentTaskId",
        "Tasks[\"DDDDDDDD-0000-4000-8000-000000000005\"].ParentTaskId",
    ] {
        assert!(warned.contains(&place), "{place} is not in {warned:?}");
    }
}

#[test]
fn the_other_tables_keep_what_they_had() {
    let test = TestStore::new();
    let report = Host::new().import(&test.store);
    let [limit, density] = &all::<UserPreference>(&test.store)[..] else {
        panic!("{:?}", all::<UserPreference>(&test.store));
    };
    let (limit, density) = if limit.key == "agent.limit" {
        (limit, density)
    } else {
        (density, limit)
    };
    assert_eq!(
        (density.value.as_str(), limit.value.as_str()),
        ("compact", "3")
    );
    assert!(limit.repository_id.is_some());
    assert_eq!(
        rejected(&report),
        ["UserPreferences[\"AAAAAAAA-0000-4000-8000-000000000003\"].RepositoryId"]
    );
    let templates = all::<TaskTemplate>(&test.store);
    let template = templates
        .iter()
        .find(|template| template.name == "Fetch")
        .unwrap();
    assert_eq!(
        template.definition.0["steps"][0]["command"],
        "git fetch {remote}"
    );
    assert_eq!(template.definition.0["steps"][0]["priority"], "High");
    assert_eq!(
        template.definition.0["parameters"]["remote"]["required"],
        true
    );
    let [workflow] = &all::<WorkflowDefinition>(&test.store)[..] else {
        panic!();
    };
    assert_eq!(workflow.version, "3.0.0");
    let [metric] = &all::<PerformanceMetric>(&test.store)[..] else {
        panic!();
    };
    assert_eq!(
        (metric.entity_id.as_deref(), metric.metric_value),
        (Some("search_001"), 12.5)
    );
    let [log] = &all::<OrchestrationLog>(&test.store)[..] else {
        panic!();
    };
    assert!(log.agent_id.is_some() && log.task_id.is_some() && log.repository_id.is_some());
    let messages = all::<ChatMessage>(&test.store);
    assert_eq!(messages[0].content, "🤖 **Connected**\nType 'help'");
    assert_eq!(messages[0].created_by, "System");
    assert_eq!(
        messages[0].metadata.as_ref().unwrap().0["connectionId"],
        "DKN"
    );
    assert_eq!(
        messages[1].timestamp.to_string(),
        "2025-09-23 13:34:50.0991486"
    );
}

#[test]
fn importing_again_changes_nothing() {
    let test = TestStore::new();
    let host = Host::new();
    host.import(&test.store);
    let before = (content(&test.store), all::<ChatMessage>(&test.store));
    let report = host.import(&test.store);
    assert_eq!(report.tasks, counts(6, 0, 6, 0));
    assert_eq!(report.others["ChatMessages"], counts(2, 0, 2, 0));
    assert_eq!(
        (content(&test.store), all::<ChatMessage>(&test.store)),
        before
    );
}

#[test]
fn the_source_stays_as_it_is_and_is_then_renamed_with_its_log() {
    let test = TestStore::new();
    let host = Host::new();
    // A connection that stays open keeps the write-ahead log.
    let mut open = SqliteConnection::establish(host.path.to_str().unwrap()).unwrap();
    sql_query("UPDATE Tasks SET Command = 'in the log' WHERE Command = 'parent'")
        .execute(&mut open)
        .unwrap();
    let before = std::fs::read(&host.path).unwrap();
    let report = import_with(&test.store, &host.path, ImportOptions::default()).unwrap();
    let archived = report.archived_to.unwrap();
    assert_eq!(std::fs::read(&archived).unwrap(), before);
    assert!(!host.path.exists());
    let mut log = archived.into_os_string();
    log.push("-wal");
    assert!(PathBuf::from(log).exists());
    let commands: Vec<String> = all::<Task>(&test.store)
        .into_iter()
        .map(|t| t.command)
        .collect();
    assert!(commands.iter().any(|command| command == "in the log"));
    drop((open, host.directory));
}

#[test]
fn a_dry_run_writes_nothing_and_strict_takes_all_or_nothing() {
    let test = TestStore::new();
    let host = Host::new();
    let report = import_with(&test.store, &host.path, dry_run()).unwrap();
    assert_eq!(report.tasks.imported, 6);
    assert_empty(&test.store, "a dry run");
    let strict = ImportOptions {
        strict: true,
        ..keep()
    };
    let error = import_with(&test.store, &host.path, strict).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ImportFailed);
    assert!(error.message().contains("UserPreferences"), "{error}");
    assert_empty(&test.store, "strict");
}

#[test]
fn rows_that_cannot_be_taken_are_told_with_their_places() {
    let cases = [
        (
            "UPDATE Tasks SET Status = 9 WHERE Command = 'ring a'",
            "Tasks[\"DDDDDDDD-0000-4000-8000-000000000005\"].Status",
        ),
        (
            "UPDATE Tasks SET CreatedAt = 'soon' WHERE Command = 'ring a'",
            "Tasks[\"DDDDDDDD-0000-4000-8000-000000000005\"].CreatedAt",
        ),
        (
            "UPDATE Tasks SET Command = x'FF00' WHERE Command = 'ring a'",
            "Tasks[\"DDDDDDDD-0000-4000-8000-000000000005\"].Command",
        ),
        (
            "UPDATE Tasks SET Command = '' WHERE Command = 'ring a'",
            "Tasks[\"DDDDDDDD-0000-4000-8000-000000000005\"]",
        ),
        (
            "UPDATE Agents SET MaxConcurrentTasks = 99 WHERE Id = 'gone'",
            "Agents[\"gone\"]",
        ),
        (
            "UPDATE Agents SET ConfigurationJson = '{' WHERE Id = 'gone'",
            "Agents[\"gone\"].ConfigurationJson",
        ),
        (
            "UPDATE ChatMessages SET Metadata = 'no' WHERE Author = 'User'",
            "ChatMessages[\"66666666-0000-4000-8000-000000000002\"].Metadata",
        ),
        (
            "UPDATE PerformanceMetrics SET Value = 9e999",
            "PerformanceMetrics row 1",
        ),
        (
            "UPDATE ChatMessages SET Content = CAST(x'FF41' AS TEXT) WHERE Author = 'User'",
            "ChatMessages row 2",
        ),
        (
            "PRAGMA foreign_keys = OFF; DELETE FROM ChatSessions WHERE UserId IS NOT NULL",
            "ChatMessages[\"66666666-0000-4000-8000-000000000001\"].SessionId",
        ),
    ];
    for (statement, place) in cases {
        let test = TestStore::new();
        let report = Host::with(statement).import(&test.store);
        assert!(
            rejected(&report).contains(&place),
            "{statement}: {:?}",
            report.findings
        );
        assert_sound(&test.store);
    }
}

#[test]
fn repositories_that_counted_too_little_are_raised_to_their_tasks() {
    let test = TestStore::new();
    let report =
        Host::with("UPDATE Repositories SET TotalTasks = 0, SuccessfulTasks = 0, FailedTasks = 0")
            .import(&test.store);
    assert!(warned(&report).contains(&"Repositories[\"0a2b3c4d-0000-4000-8000-00000000000a\"]"));
    let search = &all::<CodeRepository>(&test.store)[0];
    assert_eq!(
        (
            search.total_tasks,
            search.successful_tasks,
            search.failed_tasks
        ),
        (3, 1, 1)
    );
    assert_sound(&test.store);
}

#[test]
fn databases_of_others_are_refused() {
    let test = TestStore::new();
    let own = TestStore::new();
    let error = import_with(&test.store, &own.path(), keep()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ImportFailed);
    assert!(error.message().contains("restored"), "{error}");

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    sql_query("CREATE TABLE Songs (Id INTEGER)")
        .execute(&mut other)
        .unwrap();
    let error = import_with(&test.store, &path, keep()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ImportFailed);
}

#[test]
fn a_damaged_database_imports_nothing() {
    let test = TestStore::new();
    let host = Host::new();
    host.run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    let mut bytes = std::fs::read(&host.path).unwrap();
    let end = bytes.len();
    bytes[4096..end].fill(0x5a);
    std::fs::write(&host.path, bytes).unwrap();
    let error = import_with(&test.store, &host.path, keep()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Corrupt, "{error}");
    assert_empty(&test.store, "a damaged source");
}

/// A file that a real host left.
#[test]
fn the_database_of_a_real_host_is_taken_whole() {
    let Some(original) = real("orchestra.efcore-9.db") else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("host.db");
    std::fs::write(&path, std::fs::read(&original).unwrap()).unwrap();
    let mut source = SqliteConnection::establish(path.to_str().unwrap()).unwrap();

    let test = TestStore::new();
    let report = import_with(&test.store, &path, keep()).unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.others["ChatSessions"], counts(25, 25, 0, 0));
    assert_eq!(report.others["ChatMessages"], counts(41, 41, 0, 0));
    assert_eq!(all::<ChatSession>(&test.store).len(), 25);

    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        content: String,
        #[diesel(sql_type = Text)]
        created_at: String,
    }
    for message in all::<ChatMessage>(&test.store) {
        let row: Row = sql_query(
            "SELECT Content AS content, CreatedAt AS created_at FROM ChatMessages WHERE Id = ?",
        )
        .bind::<Text, _>(message.id.as_str().to_uppercase())
        .get_result(&mut source)
        .unwrap();
        assert_eq!(message.content, row.content);
        // Entity Framework trims the zeros of the fraction.
        assert!(
            message.timestamp.to_string().starts_with(&row.created_at),
            "{}",
            row.created_at
        );
    }
    assert_sound(&test.store);
}

#[test]
fn a_view_without_end_is_no_table() {
    let host = Host::with(
        "DROP TABLE Tasks;
         CREATE VIEW Tasks AS WITH RECURSIVE r (Id) AS (VALUES (1) UNION ALL SELECT Id + 1 FROM r) SELECT Id FROM r",
    );
    let test = TestStore::new();
    let report = host.import(&test.store);
    assert_eq!(report.tasks.read, 0);
    assert!(report.agents.read > 0);
}

#[test]
fn a_database_that_its_host_wrote_to_after_the_import_keeps_its_name() {
    let host = Host::new();
    let test = TestStore::new();
    let mut written = false;
    let mut write_afterwards = |progress: orchestra_store::import::ImportProgress| {
        // The content is the same; the file is another one.
        if progress.done == progress.total && !written {
            written = true;
            let copy = host.path.with_file_name("copy.db");
            std::fs::copy(&host.path, &copy).unwrap();
            std::fs::rename(&copy, &host.path).unwrap();
        }
        ControlFlow::Continue(())
    };
    let options = ImportOptions::default();
    let report = import_file(&test.store, &host.path, &options, &mut write_afterwards).unwrap();
    assert_eq!(report.archived_to, None);
    assert!(host.path.exists());
    let left = host.import(&test.store);
    assert_eq!(left.agents.imported, 0);
}
