//! The operations of the specification's `ITaskRepository`, each under its name, and what its implementation does.

use std::time::Duration;

use orchestra_store::models::{
    AgentId, LeaseToken, PerformanceMetric, RepositoryId, Task, TaskId, WorkflowExecutionId,
};
use orchestra_store::query::Specification;
use orchestra_store::services::analytics::{self, Period, TaskAnalytics, TaskScope};
use orchestra_store::services::tasks::{self, Failure, Metrics, NewTask, TaskProgress, TreeOf};
use orchestra_store::services::{agents, data};
use orchestra_store::types::{TaskStatus, TimeSpan};
use orchestra_store::{Clock as _, ErrorCode, Reader, Result, UnitOfWork};
use serde_json::json;

use super::agent_repository::{assert_cached_for, patient};
use super::rows::run;
use crate::support::{REPOSITORY, TestStore, token_of};

fn look<T>(test: &TestStore, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> T {
    test.store.read(work).unwrap()
}

fn change<T>(test: &TestStore, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> T {
    test.store.write(work).unwrap()
}

fn seconds(seconds: u64) -> TimeSpan {
    Duration::from_secs(seconds).into()
}

fn ids(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.id.as_str()).collect()
}

/// Enqueues a task with this id.
fn enqueue(test: &TestStore, id: &str) -> TaskId {
    let new = NewTask {
        id: Some(TaskId::new(id).unwrap()),
        max_retries: Some(0),
        ..NewTask::new("ls", REPOSITORY)
    };
    test.enqueue(&new).id
}

/// A task with this id that an agent runs.
fn running(test: &TestStore, agent: &AgentId, id: &str) -> (TaskId, LeaseToken) {
    let id = enqueue(test, id);
    let claimed = test.claim(agent, 10);
    let token = token_of(claimed.iter().find(|task| task.id == id).unwrap());
    change(test, |uow| tasks::start(uow, &id, Some(&token)));
    (id, token)
}

fn failed(test: &TestStore, agent: &AgentId, id: &str) -> TaskId {
    let (id, token) = running(test, agent, id);
    change(test, |uow| {
        tasks::fail(uow, &id, Some(&token), &Failure::new("no"))
    })
    .id
}

/// What was measured of a run.
fn tokens() -> Metrics {
    serde_json::from_value(json!({"Tokens": 12.0})).unwrap()
}

fn metrics_of(test: &TestStore, id: &TaskId) -> Vec<(String, f64)> {
    let all = look(test, |r| {
        data::list(r, &Specification::<PerformanceMetric>::new())
    });
    let of_task = all
        .into_iter()
        .filter(|m| m.entity_id.as_deref() == Some(id.as_str()));
    of_task.map(|m| (m.metric_name, m.metric_value)).collect()
}

fn analytics_of(test: &TestStore, length: TimeSpan, scope: &TaskScope) -> TaskAnalytics {
    look(test, |reader| {
        let period = Period::until_now(reader, length)?;
        analytics::task_analytics(reader, period, scope)
    })
}

fn repository_of(test: &TestStore, id: &TaskId) -> RepositoryId {
    test.get_task(id).repository_id.unwrap()
}

// GetPendingTasksAsync.

#[test]
fn get_pending_tasks() {
    let test = TestStore::new();
    enqueue(&test, "t1");
    let pending = look(&test, |r| tasks::list_pending(r, 10));
    assert_eq!(ids(&pending), ["t1"]);
}

#[test]
fn pending_tasks_are_pending_or_assigned() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (_, token) = running(&test, &agent, "ended");
    change(&test, |uow| {
        tasks::complete(uow, &TaskId::new("ended").unwrap(), Some(&token), None)
    });
    running(&test, &agent, "running");
    enqueue(&test, "assigned");
    test.claim(&agent, 1);
    test.advance_seconds(1);
    enqueue(&test, "pending");
    let pending = look(&test, |r| tasks::list_pending(r, 10));
    assert_eq!(ids(&pending), ["assigned", "pending"]);
}

// GetTasksByAgentAsync.

#[test]
fn get_tasks_by_agent() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 5), test.agent("b", 5));
    running(&test, &a, "of a");
    running(&test, &b, "of b");
    let found = look(&test, |r| tasks::list_of_agent(r, &a, None, 10));
    assert_eq!(ids(&found), ["of a"]);
}

#[test]
fn tasks_by_agent_in_one_status() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    failed(&test, &agent, "failed");
    running(&test, &agent, "running");
    let found = look(&test, |r| {
        tasks::list_of_agent(r, &agent, Some(TaskStatus::Failed), 10)
    });
    assert_eq!(ids(&found), ["failed"]);
}

// GetTasksByRepositoryAsync.

#[test]
fn get_tasks_by_repository() {
    let test = TestStore::new();
    let id = enqueue(&test, "here");
    test.enqueue(&NewTask::new("ls", "/srv/git/other"));
    let repository = repository_of(&test, &id);
    let found = look(&test, |r| {
        tasks::list_of_repository(r, &repository, None, 10)
    });
    assert_eq!(ids(&found), ["here"]);
}

#[test]
fn tasks_by_repository_in_a_period() {
    let test = TestStore::new();
    let repository = repository_of(&test, &enqueue(&test, "old"));
    test.advance_seconds(100);
    enqueue(&test, "new");
    test.advance_seconds(1);
    let found = look(&test, |r| {
        tasks::list_of_repository(r, &repository, Some(seconds(50)), 10)
    });
    assert_eq!(ids(&found), ["new"]);
}

// GetTaskAnalyticsAsync.

#[test]
fn get_task_analytics() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    failed(&test, &agent, "failed");
    running(&test, &agent, "running");
    test.advance_seconds(1);
    let told = analytics_of(&test, seconds(60), &TaskScope::default());
    assert_eq!(
        (
            told.total,
            told.count(TaskStatus::Failed),
            told.count(TaskStatus::InProgress)
        ),
        (2, 1, 1)
    );
}

#[test]
fn task_analytics_are_of_tasks_created_in_the_period() {
    let test = TestStore::new();
    enqueue(&test, "old");
    test.advance_seconds(100);
    enqueue(&test, "new");
    test.advance_seconds(1);
    assert_eq!(
        analytics_of(&test, seconds(50), &TaskScope::default()).total,
        1
    );
    assert_eq!(
        analytics_of(&test, seconds(101), &TaskScope::default()).total,
        2
    );
}

#[test]
fn task_analytics_of_an_agent() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    running(&test, &agent, "of a");
    enqueue(&test, "of nobody");
    test.advance_seconds(1);
    assert_eq!(
        analytics_of(&test, seconds(60), &TaskScope::agent(&agent)).total,
        1
    );
}

#[test]
fn task_analytics_of_a_repository() {
    let test = TestStore::new();
    let repository = repository_of(&test, &enqueue(&test, "here"));
    test.enqueue(&NewTask::new("ls", "/srv/git/other"));
    test.advance_seconds(1);
    assert_eq!(
        analytics_of(&test, seconds(60), &TaskScope::repository(&repository)).total,
        1
    );
}

// GetFailedTasksAsync.

#[test]
fn get_failed_tasks() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    failed(&test, &agent, "failed");
    running(&test, &agent, "running");
    let found = look(&test, |r| tasks::list_failed(r, None, 10));
    assert_eq!(ids(&found), ["failed"]);
}

#[test]
fn failed_tasks_in_a_period() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    failed(&test, &agent, "old");
    test.advance_seconds(100);
    failed(&test, &agent, "new");
    test.advance_seconds(1);
    let found = look(&test, |r| tasks::list_failed(r, Some(seconds(50)), 10));
    assert_eq!(ids(&found), ["new"]);
}

// GetLongRunningTasksAsync.

#[test]
fn get_long_running_tasks() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    running(&test, &agent, "long");
    test.advance_seconds(30);
    running(&test, &agent, "short");
    test.advance_seconds(10);
    let found = look(&test, |r| tasks::list_long_running(r, seconds(40), 10));
    assert_eq!(ids(&found), ["long"]);
}

// UpdateTaskProgressAsync.

#[test]
fn update_task_progress() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    test.advance_seconds(7);
    let progress = TaskProgress {
        message: Some("half way".to_owned()),
        ..TaskProgress::at(50)
    };
    change(&test, |uow| {
        tasks::update_progress(uow, &id, Some(&token), &progress)
    });
    let task = test.get_task(&id);
    assert_eq!(
        (task.progress_percentage, task.progress_message.as_deref()),
        (50, Some("half way"))
    );
    assert_eq!(task.last_progress_update, Some(test.clock.now()));
}

#[test]
fn update_task_progress_without_a_message_clears_it() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    let progress = TaskProgress {
        message: Some("half way".to_owned()),
        ..TaskProgress::at(50)
    };
    change(&test, |uow| {
        tasks::update_progress(uow, &id, Some(&token), &progress)
    });
    change(&test, |uow| {
        tasks::update_progress(uow, &id, Some(&token), &TaskProgress::at(60))
    });
    assert_eq!(test.get_task(&id).progress_message, None);
}

#[test]
fn update_task_progress_records_metrics() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    let metrics = tokens();
    let progress = TaskProgress {
        metrics,
        ..TaskProgress::at(50)
    };
    change(&test, |uow| {
        tasks::update_progress(uow, &id, Some(&token), &progress)
    });
    assert_eq!(metrics_of(&test, &id), [("Tokens".to_owned(), 12.0)]);
}

#[test]
fn update_task_progress_goes_forward() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    change(&test, |uow| {
        tasks::update_progress(uow, &id, Some(&token), &TaskProgress::at(50))
    });
    let back = test
        .store
        .write(|uow| tasks::update_progress(uow, &id, Some(&token), &TaskProgress::at(40)));
    assert_eq!(
        back.unwrap_err().details().column.as_deref(),
        Some("ProgressPercentage")
    );
    let meant = TaskProgress {
        may_go_back: true,
        ..TaskProgress::at(40)
    };
    change(&test, |uow| {
        tasks::update_progress(uow, &id, Some(&token), &meant)
    });
    assert_eq!(test.get_task(&id).progress_percentage, 40);
}

#[test]
fn update_task_progress_of_an_unknown_id_is_an_error() {
    let test = TestStore::new();
    let ghost = TaskId::new("ghost").unwrap();
    let unknown = test
        .store
        .write(|uow| tasks::update_progress(uow, &ghost, None, &TaskProgress::at(1)));
    assert_eq!(unknown.unwrap_err().code(), ErrorCode::NotFound);
}

// CompleteTaskAsync.

#[test]
fn complete_task() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    test.advance_seconds(3);
    change(&test, |uow| {
        tasks::complete(uow, &id, Some(&token), Some("all passed"))
    });
    let task = test.get_task(&id);
    assert_eq!(
        (task.status, task.result.as_deref()),
        (TaskStatus::Completed, Some("all passed"))
    );
    assert_eq!(task.completed_at, Some(test.clock.now()));
}

#[test]
fn complete_task_of_an_unknown_id_is_an_error() {
    let test = TestStore::new();
    let ghost = TaskId::new("ghost").unwrap();
    let error = test
        .store
        .write(|uow| tasks::complete(uow, &ghost, None, None))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert!(error.message().contains("ghost"), "{error}");
}

#[test]
fn complete_task_has_the_duration_since_its_start() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    test.advance_seconds(75);
    change(&test, |uow| tasks::complete(uow, &id, Some(&token), None));
    let task = test.get_task(&id);
    assert_eq!(task.execution_duration.unwrap().to_string(), "00:01:15");
    assert_eq!(task.computed_duration, Some(75_000));
}

#[test]
fn complete_task_that_never_started_has_no_duration() {
    let test = TestStore::new();
    let id = enqueue(&test, "t");
    test.advance_seconds(5);
    change(&test, |uow| tasks::cancel(uow, &id, None));
    let task = test.get_task(&id);
    assert_eq!(
        (task.status, task.execution_duration),
        (TaskStatus::Cancelled, None)
    );
}

#[test]
fn complete_task_sets_the_progress_to_100() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    change(&test, |uow| tasks::complete(uow, &id, Some(&token), None));
    assert_eq!(test.get_task(&id).progress_percentage, 100);
}

#[test]
fn complete_task_with_the_status_failed_has_the_error_message() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let id = failed(&test, &agent, "t");
    let task = test.get_task(&id);
    assert_eq!(
        (task.status, task.error_message.as_deref()),
        (TaskStatus::Failed, Some("no"))
    );
    assert_eq!(task.progress_percentage, 0, "what failed isn't done");
}

#[test]
fn complete_task_counts_a_success_of_the_agent() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    change(&test, |uow| tasks::complete(uow, &id, Some(&token), None));
    let agent = test.get_agent(&agent);
    assert_eq!(
        (agent.total_tasks_completed, agent.total_tasks_failed),
        (1, 0)
    );
}

#[test]
fn complete_task_counts_a_failure_of_the_agent() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    failed(&test, &agent, "t");
    let agent = test.get_agent(&agent);
    assert_eq!(
        (agent.total_tasks_completed, agent.total_tasks_failed),
        (0, 1)
    );
}

#[test]
fn complete_task_counts_a_cancellation_as_neither() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    change(&test, |uow| tasks::cancel(uow, &id, None));
    change(&test, |uow| tasks::acknowledge_cancel(uow, &id, &token));
    assert_eq!(test.get_task(&id).status, TaskStatus::Cancelled);
    let agent = test.get_agent(&agent);
    assert_eq!(
        (agent.total_tasks_completed, agent.total_tasks_failed),
        (0, 0)
    );
}

#[test]
fn complete_task_adds_to_the_execution_time_of_the_agent() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    for length in [2, 4] {
        let (id, token) = running(&test, &agent, &format!("t{length}"));
        test.advance_seconds(length);
        change(&test, |uow| tasks::complete(uow, &id, Some(&token), None));
    }
    assert_eq!(
        test.get_agent(&agent).total_execution_time.to_string(),
        "00:00:06"
    );
}

#[test]
fn complete_task_updates_the_average_execution_time_in_milliseconds() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    for length in [2, 4] {
        let (id, token) = running(&test, &agent, &format!("t{length}"));
        test.advance_seconds(length);
        change(&test, |uow| tasks::complete(uow, &id, Some(&token), None));
    }
    assert_eq!(test.get_agent(&agent).average_execution_time, 3000.0);
}

#[test]
fn complete_task_without_an_agent_updates_no_agent() {
    let test = TestStore::new();
    let other = test.agent("a", 5);
    let id = enqueue(&test, "t");
    change(&test, |uow| tasks::start(uow, &id, None));
    change(&test, |uow| tasks::complete(uow, &id, None, None));
    assert_eq!(test.get_agent(&other).total_tasks_completed, 0);
    assert_eq!(
        look(&test, |r| agents::get(r, &other)).total_tasks_failed,
        0
    );
}

#[test]
fn complete_task_records_metrics() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let (id, token) = running(&test, &agent, "t");
    let metrics = tokens();
    change(&test, |uow| {
        tasks::complete_with_metrics(uow, &id, Some(&token), None, &metrics)
    });
    assert_eq!(metrics_of(&test, &id), [("Tokens".to_owned(), 12.0)]);
}

// GetTasksByCorrelationIdAsync.

#[test]
fn get_tasks_by_correlation_id() {
    let test = TestStore::new();
    enqueue(&test, "other");
    let new = NewTask {
        correlation_id: Some("c1".to_owned()),
        ..NewTask::new("ls", REPOSITORY)
    };
    let id = test.enqueue(&new).id;
    let found = look(&test, |r| tasks::list_correlated(r, "c1", 10));
    assert_eq!(ids(&found), [id.as_str()]);
}

// GetWorkflowTaskTreeAsync.

#[test]
fn get_workflow_task_tree() {
    let test = TestStore::new();
    let add = "INSERT INTO WorkflowDefinitions (Id, Name, Definition) VALUES ('w', 'release', '{}');
        INSERT INTO WorkflowExecutions (Id, WorkflowDefinitionId, WorkflowVersion) VALUES ('x', 'w', '1')";
    run(&test.store, add).unwrap();
    let execution = WorkflowExecutionId::new("x").unwrap();
    let step = |id: &str, parent: Option<&str>| NewTask {
        id: Some(TaskId::new(id).unwrap()),
        workflow_execution_id: Some(execution.clone()),
        parent_task_id: parent.map(|id| TaskId::new(id).unwrap()),
        ..NewTask::new("ls", REPOSITORY)
    };
    test.enqueue(&step("build", None));
    test.enqueue(&step("compile", Some("build")));
    let tree = look(&test, |r| {
        tasks::workflow_tree(r, &TreeOf::Execution(execution.clone()))
    });
    let nodes = &tree.executions[0].nodes;
    let nodes: Vec<(&str, usize)> = nodes
        .iter()
        .map(|node| (node.task.id.as_str(), node.depth))
        .collect();
    assert_eq!(nodes, [("build", 0), ("compile", 1)]);
}

#[test]
fn task_analytics_are_cached_for_15_minutes() {
    let test = patient();
    let scope = analytics::TaskScope::default();
    assert_cached_for(&test, 900, || {
        test.store.task_analytics(None, &scope).unwrap();
    });
}
