//! What the specification's entity configurations say of agents, tasks and repositories, by what the database refuses and
//! does. `schema.rs` compares the same as facts.

use orchestra_store::services::tasks;
use orchestra_store::{Error, ErrorCode};
use serde_json::{Value, json};

use super::rows::{entity, get, ids, insert, query, run, text, try_insert};
use crate::support::TestStore;

/// A row with what must be given.
fn sample(table: &str) -> Value {
    match table {
        "Agents" => json!({
            "Id": "x", "Name": "Ada", "Type": "claude-code", "RepositoryPath": "/srv", "LastPing": "2026-01-01T00:00:00Z",
        }),
        "Tasks" => json!({"Id": "x", "Command": "ls", "RepositoryPath": "/srv"}),
        _ => json!({"Id": "x", "Name": "search", "Path": "/srv"}),
    }
}

fn insert_with(table: &str, column: &str, value: Value) -> Result<Value, Error> {
    let mut row = sample(table);
    row[column] = value;
    try_insert(&TestStore::new().store, table, &row)
}

/// Holds a text of this length, and none that is longer.
fn is_limited(table: &str, column: &str, length: usize) {
    let kept = insert_with(table, column, json!("x".repeat(length))).unwrap();
    assert_eq!(kept[column].as_str().unwrap().len(), length);
    let error = insert_with(table, column, json!("x".repeat(length + 1))).unwrap_err();
    assert_ne!(error.code(), ErrorCode::Internal, "{error}");
    let message = error.message().to_lowercase();
    assert!(message.contains(&column.to_lowercase()), "{error}");
}

fn is_required(table: &str, column: &str) {
    let error = insert_with(table, column, Value::Null).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
    assert!(error.message().contains(column), "{error}");
}

macro_rules! columns {
    ($($check:ident: $($test:ident = $table:literal $column:literal $($length:literal)?,)*;)*) => {$($(
        #[test]
        fn $test() {
            $check($table, $column $(, $length)?);
        }
    )*)*};
}

columns! {
    is_limited:
        agent_id_has_a_max_length = "Agents" "Id" 128,
        agent_name_has_a_max_length = "Agents" "Name" 255,
        agent_type_has_a_max_length = "Agents" "Type" 100,
        agent_repository_path_has_a_max_length = "Agents" "RepositoryPath" 500,
        task_id_has_a_max_length = "Tasks" "Id" 128,
        task_command_has_a_max_length = "Tasks" "Command" 2000,
        task_repository_path_has_a_max_length = "Tasks" "RepositoryPath" 500,
        repository_id_has_a_max_length = "Repositories" "Id" 128,
        repository_name_has_a_max_length = "Repositories" "Name" 255,
        repository_path_has_a_max_length = "Repositories" "Path" 500,
    ;
    is_required:
        agent_name_is_required = "Agents" "Name",
        agent_type_is_required = "Agents" "Type",
        agent_repository_path_is_required = "Agents" "RepositoryPath",
        task_command_is_required = "Tasks" "Command",
        task_repository_path_is_required = "Tasks" "RepositoryPath",
        repository_name_is_required = "Repositories" "Name",
        repository_path_is_required = "Repositories" "Path",
    ;
}

/// A workflow, as another program would add it.
const WORKFLOW: &str =
    "INSERT INTO WorkflowDefinitions (Id, Name, Definition) VALUES ('w', 'release', '{}')";

// Keys.

fn has_key(table: &str) {
    let test = TestStore::new();
    insert(&test.store, table, &sample(table));
    let mut same = sample(table);
    same["Path"] = json!("/srv/other");
    if table != "Repositories" {
        same.as_object_mut().unwrap().remove("Path");
    }
    let error = try_insert(&test.store, table, &same).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists, "{error}");
}

#[test]
fn agents_have_the_key_id() {
    has_key("Agents");
}

#[test]
fn tasks_have_the_key_id() {
    has_key("Tasks");
}

#[test]
fn repositories_have_the_key_id() {
    has_key("Repositories");
}

// Indexes.

/// The plan of a query names this index.
fn is_served(index: &str, query: &str) {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }
    let test = TestStore::new();
    let plan = test.store.read(|reader| {
        let plan = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}"));
        Ok(plan.load::<Step>(reader.connection())?)
    });
    let plan: Vec<String> = plan.unwrap().into_iter().map(|step| step.detail).collect();
    assert!(
        plan.iter()
            .any(|step| step.contains(&format!("INDEX {index} "))),
        "{plan:?}"
    );
}

macro_rules! indexes {
    ($($test:ident: $index:literal serves $query:literal,)*) => {$(
        #[test]
        fn $test() {
            is_served($index, $query);
        }
    )*};
}

indexes! {
    agents_are_found_by_status: "IX_Agents_Status" serves
        "SELECT * FROM Agents WHERE IsExpected = 1 AND Status = 1 AND NOT IsDeleted ORDER BY Id",
    agents_are_found_by_repository_path: "IX_Agents_Repository" serves
        "SELECT * FROM Agents WHERE RepositoryPath = '/' AND NOT IsDeleted",
    agents_are_found_by_status_and_repository_path: "IX_Agents_Performance" serves
        "SELECT * FROM Agents WHERE IsExpected = 1 AND Status = 1 AND RepositoryPath = '/' AND NOT IsDeleted",
    agents_are_found_by_last_ping_and_status: "IX_Agents_Health" serves
        "SELECT * FROM Agents WHERE LastPing < '2026' AND NOT IsDeleted ORDER BY LastPing, Status",
    tasks_are_found_by_status_priority_and_creation: "IX_Tasks_Status" serves
        "SELECT * FROM Tasks WHERE Status = 0 AND Priority = 1 ORDER BY CreatedAt",
    tasks_are_found_by_agent_and_status: "IX_Tasks_Assigned" serves
        "SELECT * FROM Tasks WHERE AgentId = 'a' AND Status = 2",
    tasks_are_found_by_correlation_id: "IX_Tasks_Correlation" serves
        "SELECT * FROM Tasks WHERE CorrelationId = 'c'",
    tasks_are_found_by_hangfire_job_id: "IX_Tasks_Hangfire" serves
        "SELECT * FROM Tasks WHERE HangfireJobId = 'h'",
    tasks_are_found_by_workflow_and_step: "IX_Tasks_Workflow" serves
        "SELECT * FROM Tasks WHERE WorkflowId = 'w' ORDER BY WorkflowStep",
    repositories_are_found_by_activity_and_rating: "IX_Repositories_Active" serves
        "SELECT * FROM Repositories WHERE IsActive = 1 ORDER BY PerformanceRating",
    repositories_are_found_by_use: "IX_Repositories_Usage" serves
        "SELECT * FROM Repositories WHERE TotalTasks = 0 AND LastTaskExecutedAt > '2026' ORDER BY LastTaskExecutedAt",
}

#[test]
fn the_path_of_a_repository_is_unique() {
    let test = TestStore::new();
    insert(&test.store, "Repositories", &sample("Repositories"));
    let same = json!({"Id": "y", "Name": "other", "Path": "/srv"});
    let error = try_insert(&test.store, "Repositories", &same).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists);
}

// Relationships.

/// An agent `a` of the repository of a task of its own.
fn related() -> (TestStore, String, String) {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let task = test.task("ls");
    test.store
        .write(|uow| tasks::reassign(uow, &task, Some(&agent)))
        .unwrap();
    let repository = get(&test.store, "Agents", "a")["RepositoryId"]
        .as_str()
        .unwrap()
        .to_owned();
    (test, task.to_string(), repository)
}

/// The ids of the rows that a relation of a row leads to.
fn related_ids(test: &TestStore, table: &str, id: &str, relation: &str) -> Vec<String> {
    let document = json!({"where": {"Id": id}, "include": [relation]});
    let found = query(&test.store, table, &document)["Items"][0][relation].clone();
    let rows = found.as_array().cloned().unwrap_or_else(|| vec![found]);
    rows.iter()
        .map(|row| row["Id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_agent_has_a_repository_and_a_repository_has_agents() {
    let (test, _, repository) = related();
    assert_eq!(
        related_ids(&test, "Agents", "a", "Repository"),
        [repository.as_str()]
    );
    assert_eq!(
        related_ids(&test, "Repositories", &repository, "Agents"),
        ["a"]
    );
}

#[test]
fn an_agent_has_assigned_tasks_and_a_task_has_an_agent() {
    let (test, task, _) = related();
    assert_eq!(related_ids(&test, "Agents", "a", "Tasks"), [task.as_str()]);
    assert_eq!(related_ids(&test, "Tasks", &task, "Agent"), ["a"]);
}

#[test]
fn a_task_has_a_repository_and_a_repository_has_tasks() {
    let (test, task, repository) = related();
    assert_eq!(
        related_ids(&test, "Tasks", &task, "Repository"),
        [repository.as_str()]
    );
    assert_eq!(
        related_ids(&test, "Repositories", &repository, "Tasks"),
        [task]
    );
}

#[test]
fn a_task_has_a_parent_and_child_tasks() {
    let test = TestStore::new();
    insert(
        &test.store,
        "Tasks",
        &json!({"Id": "whole", "Command": "ls", "RepositoryPath": "/srv"}),
    );
    let part =
        json!({"Id": "part", "Command": "ls", "RepositoryPath": "/srv", "ParentTaskId": "whole"});
    insert(&test.store, "Tasks", &part);
    assert_eq!(related_ids(&test, "Tasks", "part", "ParentTask"), ["whole"]);
    assert_eq!(related_ids(&test, "Tasks", "whole", "SubTasks"), ["part"]);
}

#[test]
fn a_task_has_a_workflow_and_a_workflow_has_tasks() {
    let test = TestStore::new();
    run(&test.store, WORKFLOW).unwrap();
    let task = json!({"Id": "t", "Command": "ls", "RepositoryPath": "/srv", "WorkflowId": "w"});
    insert(&test.store, "Tasks", &task);
    assert_eq!(related_ids(&test, "Tasks", "t", "Workflow"), ["w"]);
    assert_eq!(
        related_ids(&test, "WorkflowDefinitions", "w", "Tasks"),
        ["t"]
    );
}

#[test]
fn a_repository_has_user_preferences_and_a_preference_has_a_repository() {
    let (test, _, repository) = related();
    insert(
        &test.store,
        "UserPreferences",
        &json!({"Id": "p", "Key": "k", "Value": "v", "RepositoryId": repository}),
    );
    assert_eq!(
        related_ids(&test, "UserPreferences", "p", "Repository"),
        [repository.as_str()]
    );
    assert_eq!(
        related_ids(&test, "Repositories", &repository, "Preferences"),
        ["p"]
    );
}

#[test]
fn an_agent_has_performance_metrics() {
    let test = TestStore::new();
    test.agent("a", 1);
    let metric = json!({"Id": "m", "EntityType": "Agent", "EntityId": "a", "MetricName": "Load", "MetricValue": 0.5});
    insert(&test.store, "PerformanceMetrics", &metric);
    assert_eq!(
        related_ids(&test, "Agents", "a", "PerformanceMetrics"),
        ["m"]
    );
}

fn hard_delete(test: &TestStore, table: &str, id: &str) -> Result<Value, Error> {
    test.store.write(|uow| entity(table).hard_delete(uow, id))
}

#[test]
fn deleting_a_repository_sets_that_of_its_agents_to_null() {
    let (test, _, repository) = related();
    hard_delete(&test, "Repositories", &repository).unwrap();
    assert_eq!(get(&test.store, "Agents", "a")["RepositoryId"], Value::Null);
}

#[test]
fn deleting_a_repository_sets_that_of_its_tasks_to_null() {
    let (test, task, repository) = related();
    hard_delete(&test, "Repositories", &repository).unwrap();
    assert_eq!(
        get(&test.store, "Tasks", &task)["RepositoryId"],
        Value::Null
    );
}

#[test]
fn deleting_a_repository_deletes_its_user_preferences() {
    let (test, _, repository) = related();
    insert(
        &test.store,
        "UserPreferences",
        &json!({"Id": "p", "Key": "k", "Value": "v", "RepositoryId": repository}),
    );
    hard_delete(&test, "Repositories", &repository).unwrap();
    assert_eq!(ids(&test.store, "UserPreferences", &json!({})), [""; 0]);
}

#[test]
fn deleting_an_agent_sets_that_of_its_tasks_to_null() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    test.task("ls");
    let task = test.claim(&agent, 1).remove(0);
    test.store
        .write(|uow| tasks::release(uow, &task.id, task.lease_token.as_ref()))
        .unwrap();
    run(&test.store, "UPDATE Tasks SET AgentId = 'a'").unwrap();
    hard_delete(&test, "Agents", "a").unwrap();
    assert_eq!(
        get(&test.store, "Tasks", task.id.as_str())["AgentId"],
        Value::Null
    );
}

#[test]
fn deleting_an_agent_deletes_its_performance_metrics() {
    let test = TestStore::new();
    test.agent("a", 1);
    for (id, of) in [("of a", "a"), ("of b", "b")] {
        let metric = json!({"Id": id, "EntityType": "Agent", "EntityId": of, "MetricName": "Load", "MetricValue": 0.5});
        insert(&test.store, "PerformanceMetrics", &metric);
    }
    hard_delete(&test, "Agents", "a").unwrap();
    assert_eq!(ids(&test.store, "PerformanceMetrics", &json!({})), ["of b"]);
}

#[test]
fn deleting_a_workflow_sets_that_of_its_tasks_to_null() {
    let test = TestStore::new();
    run(&test.store, WORKFLOW).unwrap();
    let task = json!({"Id": "t", "Command": "ls", "RepositoryPath": "/srv", "WorkflowId": "w"});
    insert(&test.store, "Tasks", &task);
    hard_delete(&test, "WorkflowDefinitions", "w").unwrap();
    assert_eq!(get(&test.store, "Tasks", "t")["WorkflowId"], Value::Null);
}

#[test]
fn deleting_a_task_with_child_tasks_is_restricted() {
    let test = TestStore::new();
    insert(
        &test.store,
        "Tasks",
        &json!({"Id": "whole", "Command": "ls", "RepositoryPath": "/srv"}),
    );
    let part =
        json!({"Id": "part", "Command": "ls", "RepositoryPath": "/srv", "ParentTaskId": "whole"});
    insert(&test.store, "Tasks", &part);
    let error = hard_delete(&test, "Tasks", "whole").unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConstraintViolation, "{error}");
    assert_eq!(ids(&test.store, "Tasks", &json!({})), ["part", "whole"]);
}

// Conversions of repositories.

#[test]
fn type_and_access_level_of_repositories_are_integers() {
    let test = TestStore::new();
    let mut row = sample("Repositories");
    row["Type"] = json!("Local");
    row["AccessLevel"] = json!("Public");
    insert(&test.store, "Repositories", &row);
    let stored =
        "SELECT typeof(Type) || Type || typeof(AccessLevel) || AccessLevel FROM Repositories";
    assert_eq!(text(&test.store, stored), "integer2integer2");
}

#[test]
fn total_execution_time_of_repositories_is_a_text() {
    let test = TestStore::new();
    insert(&test.store, "Repositories", &sample("Repositories"));
    assert_eq!(
        text(&test.store, "SELECT TotalExecutionTime FROM Repositories"),
        "00:00:00"
    );
}

// Check constraints.

/// Refuses the first change of a row by a constraint of this name, and takes the second.
fn is_checked(table: &str, constraint: &str, refused: &[&str], taken: &[&str]) {
    let test = TestStore::new();
    insert(&test.store, table, &sample(table));
    let set = |change: &&str| run(&test.store, &format!("UPDATE {table} SET {change}"));
    for change in refused {
        let error = set(change).expect_err(change);
        assert_eq!(
            error.details().constraint.as_deref(),
            Some(constraint),
            "{change}: {error}"
        );
    }
    for change in taken {
        set(change).unwrap_or_else(|error| panic!("{change}: {error}"));
    }
}

#[test]
fn max_concurrent_tasks_are_1_to_10() {
    let (refused, taken) = (
        ["MaxConcurrentTasks = 0", "MaxConcurrentTasks = 11"],
        ["MaxConcurrentTasks = 1", "MaxConcurrentTasks = 10"],
    );
    is_checked("Agents", "CK_Agents_MaxConcurrentTasks", &refused, &taken);
}

#[test]
fn total_tasks_are_not_negative() {
    let refused = ["TotalTasksCompleted = -1", "TotalTasksFailed = -1"];
    is_checked(
        "Agents",
        "CK_Agents_TotalTasks",
        &refused,
        &["TotalTasksCompleted = 0, TotalTasksFailed = 5"],
    );
}

#[test]
fn retry_count_is_0_to_10() {
    is_checked(
        "Tasks",
        "CK_Tasks_RetryCount",
        &["RetryCount = -1", "RetryCount = 11"],
        &["RetryCount = 10"],
    );
}

#[test]
fn progress_is_0_to_100() {
    let refused = ["ProgressPercentage = -1", "ProgressPercentage = 101"];
    is_checked(
        "Tasks",
        "CK_Tasks_Progress",
        &refused,
        &["ProgressPercentage = 100"],
    );
}

#[test]
fn workflow_step_is_not_negative() {
    is_checked(
        "Tasks",
        "CK_Tasks_WorkflowStep",
        &["WorkflowStep = -1"],
        &["WorkflowStep = 0"],
    );
}

#[test]
fn a_task_starts_after_its_creation_and_ends_after_its_start() {
    const EARLY: &str = "'2025-12-31 23:59:59.9999999'";
    const LATE: &str = "'2026-01-01 00:00:01.0000000'";
    let refused = [
        format!("Status = 2, StartedAt = {EARLY}"),
        format!("Status = 3, StartedAt = {LATE}, CompletedAt = CreatedAt"),
        format!("Status = 3, CompletedAt = {LATE}"),
    ];
    let taken = [
        format!("Status = 3, StartedAt = {LATE}, CompletedAt = {LATE}"),
        format!("Status = 5, StartedAt = NULL, CompletedAt = {LATE}"),
    ];
    is_checked(
        "Tasks",
        "CK_Tasks_Timing",
        &refused.each_ref().map(String::as_str),
        &taken.each_ref().map(String::as_str),
    );
}

#[test]
fn statistics_of_repositories_are_not_negative_and_add_up() {
    let refused = [
        "TotalTasks = -1",
        "SuccessfulTasks = -1",
        "FailedTasks = -1",
        "TotalTasks = 2, SuccessfulTasks = 2, FailedTasks = 1",
    ];
    is_checked(
        "Repositories",
        "CK_Repositories_Statistics",
        &refused,
        &["TotalTasks = 3, SuccessfulTasks = 2, FailedTasks = 1"],
    );
}

#[test]
fn ratings_of_repositories_have_bounds() {
    let refused = [
        "PerformanceRating = -0.1",
        "PerformanceRating = 10.1",
        "ReliabilityScore = -0.1",
        "ReliabilityScore = 1.1",
    ];
    is_checked(
        "Repositories",
        "CK_Repositories_Ratings",
        &refused,
        &["PerformanceRating = 10, ReliabilityScore = 1"],
    );
}
