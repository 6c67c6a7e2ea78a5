//! What the comments in the specification's tables say of columns: enums, time spans, JSON, lists, kinds, units.

use orchestra_store::registry::ColumnInfo;
use serde_json::json;

use super::rows::{entity, five_repositories, insert, run, text};
use crate::schema::Database;
use crate::support::TestStore;

fn column(table: &str, name: &str) -> ColumnInfo {
    let columns = entity(table).columns();
    columns
        .into_iter()
        .find(|column| column.name == name)
        .unwrap()
}

/// Sets a column of the row `b`, which has a value in each.
fn set(database: &mut Database, table: &str, column: &str, value: &str) -> Result<(), String> {
    database.try_run(&format!(
        "UPDATE {table} SET {column} = {value} WHERE Id = 'b'"
    ))
}

/// Takes the first values, and refuses the others by a check that names the column.
fn accepts(table: &str, column: &str, taken: &[&str], refused: &[&str]) {
    let mut database = Database::with_rows();
    for value in taken {
        let outcome = set(&mut database, table, column, value);
        outcome.unwrap_or_else(|error| panic!("{table}.{column} = {value}: {error}"));
    }
    for value in refused {
        let error = set(&mut database, table, column, value).expect_err(value);
        assert!(
            error.contains(column),
            "{table}.{column} = {value}: {error}"
        );
    }
}

/// An enum is a number in the database, and a name for a host.
fn is_enum(table: &str, name: &str) {
    assert_eq!(column(table, name).kind, "Enum");
    accepts(table, name, &[], &["99", "-1"]);
}

fn is_time_span(table: &str, name: &str) {
    assert_eq!(column(table, name).kind, "TimeSpan");
    accepts(table, name, &["'01:02:03'"], &["'soon'", "'5'"]);
}

/// A column of JSON takes any JSON, and nothing else.
fn is_json(table: &str, name: &str) {
    assert_eq!(column(table, name).kind, "Json");
    accepts(table, name, &[r#"'{"a": [1, null]}'"#], &["'{'", "'text'"]);
}

fn is_json_array(table: &str, name: &str) {
    accepts(
        table,
        name,
        &["'[]'", r#"'["a", "b"]'"#],
        &["'{'", "'text'"],
    );
}

fn is_milliseconds(table: &str, name: &str) {
    assert_eq!(column(table, name).kind, "Integer");
    accepts(table, name, &["0", "1500"], &["-1"]);
}

/// Takes the first value and refuses the second in a new entry of the audit log, whose entries can't be changed.
fn log_accepts(name: &str, taken: &str, refused: &str) {
    let mut database = Database::with_rows();
    let mut add = |id: &str, value: &str| {
        database.try_run(&format!(
            "INSERT INTO AuditLogs (Id, EntityType, Action, {name}) VALUES ('{id}', 'Tests', 'Try', {value})"
        ))
    };
    add("taken", taken).unwrap();
    let error = add("refused", refused).unwrap_err();
    assert!(error.contains(name), "{error}");
}

fn log_is_json(name: &str) {
    assert_eq!(column("AuditLogs", name).kind, "Json");
    log_accepts(name, r#"'{"a": 1}'"#, "'{'");
}

macro_rules! columns {
    ($($check:ident: $($test:ident = $($argument:literal)*,)*;)*) => {$($(
        #[test]
        fn $test() {
            $check($($argument),*);
        }
    )*)*};
}

columns! {
    is_enum:
        agents_status_is_an_enum = "Agents" "Status",
        tasks_priority_is_an_enum = "Tasks" "Priority",
        tasks_status_is_an_enum = "Tasks" "Status",
        repositories_type_is_an_enum = "Repositories" "Type",
        repositories_access_level_is_an_enum = "Repositories" "AccessLevel",
        user_preferences_type_is_an_enum = "UserPreferences" "Type",
        chat_messages_message_type_is_an_enum = "ChatMessages" "MessageType",
        chat_messages_delivery_status_is_an_enum = "ChatMessages" "DeliveryStatus",
        workflow_executions_status_is_an_enum = "WorkflowExecutions" "Status",
    ;
    is_time_span:
        agents_health_check_interval_is_a_time_span = "Agents" "HealthCheckInterval",
        agents_total_execution_time_is_a_time_span = "Agents" "TotalExecutionTime",
        tasks_execution_duration_is_a_time_span = "Tasks" "ExecutionDuration",
        repositories_total_execution_time_is_a_time_span = "Repositories" "TotalExecutionTime",
    ;
    is_json:
        agents_configuration_json_is_json = "Agents" "ConfigurationJson",
        repositories_settings_json_is_json = "Repositories" "SettingsJson",
        performance_metrics_properties_is_a_json_object = "PerformanceMetrics" "Properties",
        workflow_definitions_definition_is_json = "WorkflowDefinitions" "Definition",
        workflow_definitions_input_schema_is_json = "WorkflowDefinitions" "InputSchema",
        workflow_definitions_output_schema_is_json = "WorkflowDefinitions" "OutputSchema",
        workflow_executions_input_parameters_is_json = "WorkflowExecutions" "InputParameters",
        workflow_executions_output_results_is_json = "WorkflowExecutions" "OutputResults",
        workflow_executions_execution_plan_is_json = "WorkflowExecutions" "ExecutionPlan",
    ;
    is_json_array:
        performance_metrics_tags_is_a_json_array = "PerformanceMetrics" "Tags",
        chat_messages_attachments_is_a_json_array = "ChatMessages" "Attachments",
        chat_messages_edit_history_is_a_json_array = "ChatMessages" "EditHistory",
        chat_messages_topics_is_a_json_array = "ChatMessages" "Topics",
        workflow_definitions_tags_is_a_json_array = "WorkflowDefinitions" "Tags",
        workflow_executions_completed_stages_is_a_json_array = "WorkflowExecutions" "CompletedStages",
        workflow_executions_failed_stages_is_a_json_array = "WorkflowExecutions" "FailedStages",
        repositories_allowed_operations_is_a_list = "Repositories" "AllowedOperations",
    ;
    log_is_json:
        audit_logs_old_values_is_json = "OldValues",
        audit_logs_new_values_is_json = "NewValues",
        audit_logs_security_context_is_json = "SecurityContext",
    ;
    is_milliseconds:
        chat_messages_processing_time_is_in_milliseconds = "ChatMessages" "ProcessingTime",
        chat_messages_response_time_is_in_milliseconds = "ChatMessages" "ResponseTime",
        chat_messages_queue_time_is_in_milliseconds = "ChatMessages" "QueueTime",
        workflow_executions_estimated_duration_is_in_milliseconds = "WorkflowExecutions" "EstimatedDuration",
        workflow_executions_actual_duration_is_in_milliseconds = "WorkflowExecutions" "ActualDuration",
        workflow_executions_cpu_time_is_in_milliseconds = "WorkflowExecutions" "CpuTime",
    ;
}

#[test]
fn audit_logs_changed_properties_is_a_json_array() {
    log_accepts("ChangedProperties", r#"'["Name"]'"#, r#"'{"Name": 1}'"#);
}

#[test]
fn audit_logs_duration_is_in_milliseconds() {
    log_accepts("Duration", "5", "-1");
}

#[test]
fn audit_logs_risk_level_is_0_to_3() {
    let names = ["Low", "Medium", "High", "Critical"];
    for (number, name) in names.iter().enumerate() {
        let test = TestStore::new();
        let row = json!({"EntityType": "Tests", "Action": "Try", "RiskLevel": name});
        insert(&test.store, "AuditLogs", &row);
        assert_eq!(
            text(&test.store, "SELECT RiskLevel FROM AuditLogs"),
            number.to_string()
        );
    }
    log_accepts("RiskLevel", "3", "4");
}

#[test]
fn performance_metrics_are_of_agents_tasks_repositories_and_the_system() {
    let test = TestStore::new();
    for kind in ["Agent", "Task", "Repository", "System"] {
        insert(
            &test.store,
            "PerformanceMetrics",
            &json!({"EntityType": kind, "MetricName": "Load", "MetricValue": 1.0}),
        );
    }
}

#[test]
fn performance_metrics_have_four_types_of_periods() {
    accepts("PerformanceMetrics", "PeriodType", &[], &["'Yearly'"]);
    let test = TestStore::new();
    insert(
        &test.store,
        "PerformanceMetrics",
        &json!({"EntityType": "System", "MetricName": "Load", "MetricValue": 1.0}),
    );
    assert_eq!(
        text(&test.store, "SELECT PeriodType FROM PerformanceMetrics"),
        "Instant"
    );
    for period in ["Hourly", "Daily", "Weekly"] {
        let rollup = format!(
            "INSERT INTO PerformanceMetrics (Id, EntityType, MetricName, MetricValue, PeriodType, PeriodStart, PeriodEnd, MinValue, MaxValue, Sum, M2)
             VALUES ('{period}', 'System', 'Load', 1.0, '{period}', '2026-01-01 00:00:00.0000000', '2026-01-01 01:00:00.0000000', 1.0, 1.0, 1.0, 0.0)"
        );
        run(&test.store, &rollup).unwrap();
    }
}

#[test]
fn audit_logs_actions_are_create_update_delete_and_others() {
    let test = five_repositories();
    test.store
        .write(|uow| entity("Repositories").update(uow, &json!({"Id": "a", "Name": "other"})))
        .unwrap();
    test.store
        .write(|uow| entity("Repositories").delete(uow, "a"))
        .unwrap();
    insert(
        &test.store,
        "AuditLogs",
        &json!({"EntityType": "Tests", "Action": "Execute"}),
    );
    let actions = "SELECT group_concat(DISTINCT Action) FROM AuditLogs";
    assert_eq!(text(&test.store, actions), "Create,Update,Delete,Execute");
}

#[test]
fn workflow_executions_trigger_types_are_manual_scheduled_event_and_api() {
    accepts(
        "WorkflowExecutions",
        "TriggerType",
        &["'Manual'", "'Scheduled'", "'Event'", "'API'"],
        &["\'\'"],
    );
}

#[test]
fn chat_messages_formatted_content_is_html() {
    accepts("ChatMessages", "FormattedContent", &["'<p>hello</p>'"], &[]);
    assert_eq!(column("ChatMessages", "FormattedContent").kind, "Text");
}

#[test]
fn user_preferences_are_of_a_repository_or_of_an_agent() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let of = |id: &str, column: &str, value: &str| {
        insert(
            &test.store,
            "UserPreferences",
            &json!({"Id": id, "Key": "k", "Value": "v", column: value}),
        );
    };
    let repository = test.get_agent(&agent).repository_id.unwrap();
    of("1", "RepositoryId", repository.as_str());
    of("2", "AgentId", agent.as_str());
    of("3", "Category", "none");
    let error = run(
        &test.store,
        "INSERT INTO UserPreferences (Id, UserId, Key, Value) SELECT '4', UserId, Key, Value FROM UserPreferences WHERE Id = '3'",
    );
    assert_eq!(
        error.unwrap_err().code(),
        orchestra_store::ErrorCode::AlreadyExists,
        "each is there once"
    );
}
