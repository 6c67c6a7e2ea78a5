//! What the specification's `OrchestraDbContext` is and does: its sets, filters, conversions, computed columns, stamps.

use std::time::Duration;

use diesel::RunQueryDsl as _;
use orchestra_store::models::{Agent, AgentId, AuditLog, UserPreference};
use orchestra_store::query::Specification;
use orchestra_store::services::preferences::{self, NewPreference, PreferenceScope};
use orchestra_store::services::{agents, data};
use orchestra_store::{ErrorCode, Store, StoreConfig, UserContext};
use serde_json::{Value, json};

use super::rows::{entity, get, ids, insert, query, run, text, try_insert};
use crate::every_entity::{row, store};
use crate::support::{REPOSITORY, TestStore, child_argument, child_process};

/// Adds a row to a set, finds it, and finds it among all.
fn holds_rows(table: &str) {
    let test = store();
    let new = row(table, 1);
    let added = insert(&test.store, table, &new);
    for (column, value) in new
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| value.is_string())
    {
        let is_time = column == "LastPing";
        assert!(
            is_time || added[column] == *value,
            "{table}.{column}: {added}"
        );
    }
    assert_eq!(get(&test.store, table, "row-1"), added);
    assert!(ids(&test.store, table, &json!({})).contains(&"row-1".to_owned()));
}

macro_rules! sets {
    ($($test:ident: $table:literal,)*) => {$(
        #[test]
        fn $test() {
            holds_rows($table);
        }
    )*};
}

sets! {
    set_of_agents: "Agents",
    set_of_tasks: "Tasks",
    set_of_repositories: "Repositories",
    set_of_user_preferences: "UserPreferences",
    set_of_performance_metrics: "PerformanceMetrics",
    set_of_audit_logs: "AuditLogs",
    set_of_chat_messages: "ChatMessages",
    set_of_workflow_definitions: "WorkflowDefinitions",
    set_of_workflow_executions: "WorkflowExecutions",
    set_of_task_templates: "TaskTemplates",
    set_of_template_categories: "TemplateCategories",
}

// OnConfiguring.

#[test]
fn the_data_source_is_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    Store::open(StoreConfig::new(&path))
        .unwrap()
        .close()
        .unwrap();
    assert!(path.is_file());
}

#[test]
fn an_operation_has_a_timeout() {
    let test = TestStore::new();
    let hurried = test
        .store
        .with_operation_timeout(Some(Duration::from_millis(20)));
    let slow = hurried.read(|reader| {
        let endless = "WITH RECURSIVE Endless (Number) AS
            (SELECT 1 UNION ALL SELECT Number + 1 FROM Endless) SELECT count(*) FROM Endless";
        diesel::sql_query(endless).execute(reader.connection())?;
        Ok(())
    });
    assert_eq!(slow.unwrap_err().code(), ErrorCode::Timeout);
    assert_eq!(StoreConfig::new("orchestra.db").operation_timeout, None);
}

const SECRET: &str = "deploy --password hunter2";

/// What a process of its own logs while it adds a task; nothing in that process itself.
fn log_of(test: &str, shows: &str) -> Option<String> {
    if let Some(shows) = child_argument() {
        let subscriber = tracing_subscriber::fmt().with_ansi(false).finish();
        tracing::subscriber::with_default(subscriber, || {
            let test = TestStore::with(|config| {
                config.log.statements = true;
                config.log.values = shows == "values";
            });
            test.task(SECRET);
        });
        return None;
    }
    let output = child_process(&format!("specification::context::{test}"), shows)
        .output()
        .unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn statements_are_logged_as_information() {
    let Some(log) = log_of("statements_are_logged_as_information", "statements") else {
        return;
    };
    let logged = log
        .lines()
        .find(|line| line.contains("INSERT INTO") && line.contains("Tasks"));
    assert!(logged.is_some_and(|line| line.contains("INFO")), "{log}");
}

#[test]
fn sensitive_data_is_logged_where_it_is_enabled() {
    let Some(log) = log_of("sensitive_data_is_logged_where_it_is_enabled", "values") else {
        return;
    };
    assert!(log.contains("hunter2"), "{log}");
}

#[test]
fn sensitive_data_is_not_logged_by_default() {
    let Some(log) = log_of("sensitive_data_is_not_logged_by_default", "statements") else {
        return;
    };
    assert!(
        log.contains("INSERT INTO") && !log.contains("hunter2"),
        "{log}"
    );
}

#[test]
fn errors_are_detailed_where_it_is_enabled() {
    let statement = |is_detailed: bool| {
        let test = TestStore::with(|config| config.detailed_errors = is_detailed);
        let row = json!({
            "Name": "Ada", "Type": "claude-code", "RepositoryPath": "/srv", "LastPing": "2026-01-01T00:00:00Z",
            "MaxConcurrentTasks": 11,
        });
        try_insert(&test.store, "Agents", &row)
            .unwrap_err()
            .details()
            .statement
            .clone()
    };
    assert_eq!(statement(false), None);
    assert!(statement(true).unwrap().starts_with("INSERT INTO"));
}

// Query filters.

#[test]
fn agents_that_are_deleted_are_filtered() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.store.write(|uow| agents::remove(uow, &id)).unwrap();
    assert_eq!(ids(&test.store, "Agents", &json!({})), [""; 0]);
    assert_eq!(
        ids(&test.store, "Agents", &json!({"withDeleted": true})),
        ["a"]
    );
    let found = test.store.read(|r| data::find::<Agent>(r, &id)).unwrap();
    assert_eq!(found, None);
}

#[test]
fn preferences_of_other_users_are_filtered() {
    let test = TestStore::new();
    for (user, scope) in [
        ("ann", PreferenceScope::user()),
        ("bob", PreferenceScope::user()),
        ("ann", PreferenceScope::everyone()),
    ] {
        let new = NewPreference::new("ui.theme", "dark", scope);
        let store = test.store.context(UserContext::user(user));
        store.write(|uow| preferences::set(uow, &new)).unwrap();
    }
    let store = test.store.context(UserContext::user("ann"));
    let all = Specification::<UserPreference>::new();
    let found = store.read(|r| data::list(r, &all)).unwrap();
    let mut owners: Vec<&str> = found.iter().map(|row| row.user_id.as_str()).collect();
    owners.sort_unstable();
    assert_eq!(owners, ["ann", "default"]);
}

// Value converters.

/// An agent with this interval between its signs of life.
fn agent_with_interval(test: &TestStore, interval: &str) -> Value {
    let row = json!({
        "Id": "a", "Name": "Ada", "Type": "claude-code", "RepositoryPath": "/srv", "LastPing": "2026-01-01T00:00:00Z",
        "HealthCheckInterval": interval,
    });
    insert(&test.store, "Agents", &row)
}

#[test]
fn time_spans_are_texts_in_the_format_c() {
    let test = TestStore::new();
    let agent = agent_with_interval(&test, "1.02:03:04.5000000");
    assert_eq!(agent["HealthCheckInterval"], "1.02:03:04.5000000");
    let stored = text(&test.store, "SELECT HealthCheckInterval FROM Agents");
    assert_eq!(stored, "1.02:03:04.5000000");
}

#[test]
fn health_check_interval_is_a_time_span() {
    let test = TestStore::new();
    agent_with_interval(&test, "00:01:30");
    let id = AgentId::new("a").unwrap();
    let agent = test.get_agent(&id);
    assert_eq!(
        agent.health_check_interval.to_duration(),
        Some(Duration::from_secs(90))
    );
    assert_eq!(
        text(
            &test.store,
            "SELECT typeof(HealthCheckInterval) FROM Agents"
        ),
        "text"
    );
}

#[test]
fn total_execution_time_is_a_time_span() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let measured =
        serde_json::from_value(json!({"TasksCompleted": 1, "ExecutionTime": "00:00:05"})).unwrap();
    test.store
        .write(|uow| agents::update_performance_metrics(uow, &id, &measured))
        .unwrap();
    assert_eq!(
        text(&test.store, "SELECT TotalExecutionTime FROM Agents"),
        "00:00:05"
    );
}

#[test]
fn execution_duration_is_a_time_span() {
    let test = TestStore::new();
    let id = completed_task(&test, 65);
    assert_eq!(
        text(&test.store, "SELECT ExecutionDuration FROM Tasks"),
        "00:01:05"
    );
    assert_eq!(
        get(&test.store, "Tasks", &id)["ExecutionDuration"],
        "00:01:05"
    );
}

/// A task that ran for so many seconds.
fn completed_task(test: &TestStore, seconds: u64) -> String {
    use orchestra_store::services::tasks;
    let id = test.task("ls");
    test.store
        .write(|uow| tasks::start(uow, &id, None))
        .unwrap();
    test.advance_seconds(seconds);
    test.store
        .write(|uow| tasks::complete(uow, &id, None, None))
        .unwrap();
    id.to_string()
}

/// The stored form of an enum, and its name.
fn enum_of(test: &TestStore, table: &str, column: &str) -> (String, Value) {
    let sql = format!("SELECT typeof({column}) || ' ' || {column} FROM {table}");
    let row = query(&test.store, table, &json!({}))["Items"][0].clone();
    (text(&test.store, &sql), row[column].clone())
}

#[test]
fn status_of_agents_is_an_integer() {
    let test = TestStore::new();
    test.agent("a", 1);
    assert_eq!(
        enum_of(&test, "Agents", "Status"),
        ("integer 1".to_owned(), json!("Idle"))
    );
}

#[test]
fn status_of_tasks_is_an_integer() {
    let test = TestStore::new();
    completed_task(&test, 1);
    assert_eq!(
        enum_of(&test, "Tasks", "Status"),
        ("integer 3".to_owned(), json!("Completed"))
    );
}

#[test]
fn priority_of_tasks_is_an_integer() {
    let test = TestStore::new();
    test.task("ls");
    assert_eq!(
        enum_of(&test, "Tasks", "Priority"),
        ("integer 1".to_owned(), json!("Normal"))
    );
}

#[test]
fn allowed_operations_are_a_list() {
    let test = TestStore::new();
    let operations = json!(["build", "test, and deploy"]);
    let row = json!({"Id": "r", "Name": "search", "Path": "/srv", "AllowedOperations": operations});
    insert(&test.store, "Repositories", &row);
    assert_eq!(
        get(&test.store, "Repositories", "r")["AllowedOperations"],
        operations
    );
    let stored = text(&test.store, "SELECT AllowedOperations FROM Repositories");
    assert_eq!(
        stored, r#"["build","test, and deploy"]"#,
        "a comma is a character of a name"
    );
}

// Computed columns.

#[test]
fn success_rate_is_computed() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    assert_eq!(test.get_agent(&id).success_rate, 0.0, "nothing has ended");
    let measured = serde_json::from_value(json!({"TasksCompleted": 3, "TasksFailed": 1})).unwrap();
    test.store
        .write(|uow| agents::update_performance_metrics(uow, &id, &measured))
        .unwrap();
    assert_eq!(test.get_agent(&id).success_rate, 0.75);
    assert_eq!(
        ids(
            &test.store,
            "Agents",
            &json!({"where": {"SuccessRate": {"gt": 0.7}}})
        ),
        ["a"]
    );
}

#[test]
fn computed_duration_is_computed() {
    let test = TestStore::new();
    let open = test.task("ls");
    assert_eq!(test.get_task(&open).computed_duration, None);
    let id = completed_task(&test, 2);
    assert_eq!(get(&test.store, "Tasks", &id)["ComputedDuration"], 2000);
}

// SaveChangesAsync.

/// The actions of the audit log, the oldest first.
fn actions(store: &Store) -> Vec<String> {
    let all = Specification::<AuditLog>::new();
    let logs = store.read(|r| data::list(r, &all)).unwrap();
    logs.into_iter().map(|log| log.action).collect()
}

#[test]
fn changes_are_captured_for_auditing() {
    let test = TestStore::new();
    let row = json!({"Id": "r", "Name": "search", "Path": "/srv"});
    insert(&test.store, "Repositories", &row);
    let update = json!({"Id": "r", "Name": "other"});
    test.store
        .write(|uow| entity("Repositories").update(uow, &update))
        .unwrap();
    test.store
        .write(|uow| entity("Repositories").delete(uow, "r"))
        .unwrap();
    assert_eq!(actions(&test.store), ["Create", "Update", "Delete"]);
    let answer = query(
        &test.store,
        "AuditLogs",
        &json!({"where": {"Action": "Update"}}),
    );
    let log = &answer["Items"][0];
    assert_eq!(
        (&log["OldValues"], &log["NewValues"]),
        (
            &json!({"Name": "search", "RowVersion": 1}),
            &json!({"Name": "other", "RowVersion": 2})
        )
    );
    assert_eq!(log["ChangedProperties"], json!(["Name"]));
}

#[test]
fn audit_entries_have_the_request_of_the_user_context() {
    let test = TestStore::new();
    let context: UserContext = serde_json::from_value(json!({
        "UserId": "ann", "SessionId": "s", "IpAddress": "::1", "UserAgent": "curl", "RequestId": "r",
        "CorrelationId": "c", "HttpMethod": "POST", "RequestPath": "/agents",
    }))
    .unwrap();
    let store = test.store.context(context);
    insert(
        &store,
        "Repositories",
        &json!({"Id": "r", "Name": "search", "Path": "/srv"}),
    );
    let answer = query(&store, "AuditLogs", &json!({}));
    let log = &answer["Items"][0];
    let names = [
        "UserId",
        "SessionId",
        "IpAddress",
        "UserAgent",
        "RequestId",
        "CorrelationId",
        "HttpMethod",
        "RequestPath",
    ];
    let told = names.map(|name| log[name].as_str().unwrap());
    assert_eq!(
        told,
        ["ann", "s", "::1", "curl", "r", "c", "POST", "/agents"]
    );
}

#[test]
fn audit_entries_are_saved_with_the_change_alone() {
    let test = TestStore::new();
    let row = json!({"Id": "r", "Name": "search", "Path": "/srv"});
    let failed = test.store.write(|uow| {
        entity("Repositories").insert(uow, &row)?;
        entity("Repositories").insert(uow, &row)
    });
    assert_eq!(failed.unwrap_err().code(), ErrorCode::AlreadyExists);
    assert_eq!(actions(&test.store), [""; 0]);
}

// UpdateAuditFields.

/// The stamps of the repository `r`.
fn stamps(store: &Store) -> [String; 4] {
    let row = get(store, "Repositories", "r");
    ["CreatedAt", "CreatedBy", "UpdatedAt", "UpdatedBy"]
        .map(|column| row[column].as_str().unwrap().to_owned())
}

const BEGIN: &str = "2026-01-01T00:00:00.0000000Z";
const LATER: &str = "2026-01-01T00:00:09.0000000Z";

#[test]
fn what_is_added_is_stamped_with_the_time_and_the_user() {
    let test = TestStore::new();
    let ann = test.store.context(UserContext::user("ann"));
    insert(
        &ann,
        "Repositories",
        &json!({"Id": "r", "Name": "search", "Path": "/srv"}),
    );
    assert_eq!(stamps(&ann), [BEGIN, "ann", BEGIN, "ann"]);
}

#[test]
fn what_is_modified_is_stamped_and_keeps_its_creation() {
    let test = TestStore::new();
    let ann = test.store.context(UserContext::user("ann"));
    insert(
        &ann,
        "Repositories",
        &json!({"Id": "r", "Name": "search", "Path": "/srv"}),
    );
    test.advance_seconds(9);
    let bob = test.store.context(UserContext::user("bob"));
    let update = json!({"Id": "r", "Name": "other"});
    bob.write(|uow| entity("Repositories").update(uow, &update))
        .unwrap();
    assert_eq!(stamps(&bob), [BEGIN, "ann", LATER, "bob"]);
}

#[test]
fn the_user_of_a_stamp_is_system_where_none_is_known() {
    let test = TestStore::new();
    insert(
        &test.store,
        "Repositories",
        &json!({"Id": "r", "Name": "search", "Path": "/srv"}),
    );
    assert_eq!(stamps(&test.store), [BEGIN, "system", BEGIN, "system"]);
}

#[test]
fn times_are_utc() {
    let test = TestStore::new();
    let row = json!({
        "Name": "Ada", "Type": "claude-code", "RepositoryPath": REPOSITORY, "LastPing": "2026-01-01T02:00:00+02:00",
    });
    assert_eq!(insert(&test.store, "Agents", &row)["LastPing"], BEGIN);
    assert_eq!(
        text(&test.store, "SELECT LastPing FROM Agents"),
        "2026-01-01 00:00:00.0000000"
    );
}

// ConfigureTriggers.

#[test]
fn triggers_keep_the_audit_log_as_it_is() {
    let test = TestStore::new();
    test.agent("a", 1);
    let refused = run(&test.store, "UPDATE AuditLogs SET UserId = NULL").unwrap_err();
    assert_eq!(
        refused.details().constraint.as_deref(),
        Some("CK_AuditLogs_AppendOnly"),
        "{refused}"
    );
}
