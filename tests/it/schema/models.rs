//! Rows through the models: what defaults give, what was written, and their JSON.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use orchestra_store::models::*;
use orchestra_store::schema::*;

use super::Database;

/// Columns that only queries read; they are in no model.
const OF_QUERIES: [(&str, &str); 5] = [
    ("Tasks", "OpenPriority"),
    ("Tasks", "PinnedPriority"),
    ("Tasks", "DueAt"),
    ("Agents", "IsExpected"),
    ("AuditLogs", "Sequence"),
];

/// Both rows of each table are read, written to another database, and read again; then through JSON.
macro_rules! come_back {
    ($($table:ident: $model:ident = $name:literal,)*) => {$(
        #[test]
        fn $table() {
            let mut source = Database::with_rows();
            let rows = $table::table.select($model::as_select()).load(&mut source.connection).unwrap();
            assert!(rows.len() >= 2);

            let mut target = Database::migrated();
            target.connection.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
            for row in &rows {
                diesel::insert_into($table::table).values(row).execute(&mut target.connection).unwrap();
            }
            let copies = $table::table.select($model::as_select()).load(&mut target.connection).unwrap();
            assert_eq!(copies, rows);

            let columns: BTreeSet<String> = source
                .texts(&format!("SELECT name FROM pragma_table_xinfo('{}')", $name))
                .into_iter()
                .filter(|column| !OF_QUERIES.contains(&($name, column.as_str())))
                .collect();
            for row in &rows {
                let json = serde_json::to_value(row).unwrap();
                let names: BTreeSet<String> = json.as_object().unwrap().keys().cloned().collect();
                assert_eq!(names, columns);
                assert_eq!(serde_json::from_value::<$model>(json).unwrap(), *row);
            }
        }
    )*};
}

come_back! {
    repositories: CodeRepository = "Repositories",
    agents: Agent = "Agents",
    agent_sessions: AgentSession = "AgentSessions",
    workflow_definitions: WorkflowDefinition = "WorkflowDefinitions",
    workflow_executions: WorkflowExecution = "WorkflowExecutions",
    tasks: Task = "Tasks",
    users: User = "Users",
    user_preferences: UserPreference = "UserPreferences",
    approval_requests: ApprovalRequest = "ApprovalRequests",
    chat_sessions: ChatSession = "ChatSessions",
    chat_messages: ChatMessage = "ChatMessages",
    template_categories: TemplateCategory = "TemplateCategories",
    task_templates: TaskTemplate = "TaskTemplates",
    performance_metrics: PerformanceMetric = "PerformanceMetrics",
    retention_marks: RetentionMark = "RetentionMarks",
    audit_logs: AuditLog = "AuditLogs",
    error_logs: ErrorLog = "ErrorLogs",
    orchestration_logs: OrchestrationLog = "OrchestrationLogs",
    query_cache: QueryCacheEntry = "QueryCache",
    computed_results: ComputedResult = "ComputedResults",
    session_data: SessionDataEntry = "SessionData",
    task_dependencies: TaskDependency = "TaskDependencies",
    queue_pauses: QueuePause = "QueuePauses",
    change_events: ChangeEvent = "ChangeEvents",
    lineages: Lineage = "Lineages",
    retention_clock: RetentionClock = "RetentionClock",
    workflow_stages: WorkflowStage = "WorkflowStages",
    workflow_joins: WorkflowJoin = "WorkflowJoins",
    agent_past_runs: AgentPastRuns = "AgentPastRuns",
    repository_past_tasks: RepositoryPastTasks = "RepositoryPastTasks",
}

#[test]
fn every_column_of_the_full_row_has_a_value() {
    let mut database = Database::with_rows();
    // A running task has no end.
    let allowed = [
        "CompletedAt",
        "ComputedDuration",
        "OpenPriority",
        "PinnedPriority",
        "DueAt",
    ];
    for table in database.tables() {
        let columns = database.texts(&format!("SELECT name FROM pragma_table_xinfo('{table}')"));
        for column in columns
            .iter()
            .filter(|column| table != "Tasks" || !allowed.contains(&column.as_str()))
        {
            let key = &columns[0];
            let with_value = database.texts(&format!(
                "SELECT count({column}) FROM {table} WHERE {key} IN ('b', 'OrchestrationLogs', 2)"
            ));
            assert_eq!(with_value, ["1"], "{table}.{column}");
        }
    }
}

#[test]
fn a_sealed_value_is_not_shown() {
    let mut database = Database::with_rows();
    let mut preference: UserPreference = user_preferences::table
        .find("b")
        .select(UserPreference::as_select())
        .first(&mut database.connection)
        .unwrap();
    preference.value = "secret".to_owned();
    let shown = format!("{preference:?}");
    assert!(
        shown.contains("[encrypted]") && !shown.contains("secret"),
        "{shown}"
    );

    preference.is_encrypted = false;
    assert!(format!("{preference:?}").contains("\"secret\""));
}
