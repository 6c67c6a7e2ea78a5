//! Bringing tasks into states whatever their present ones are, with what belongs to an end; work pushed to agents.

use diesel::prelude::*;
use orchestra_store::maintenance::integrity;
use orchestra_store::models::{AgentId, PerformanceMetric, Task, TaskId};
use orchestra_store::query::Specification;
use orchestra_store::schema::performance_metrics;
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self, TaskReport};
use orchestra_store::types::TaskStatus::{
    self, Assigned, Cancelled, Completed, Failed, InProgress, Pending,
};
use orchestra_store::{Error, ErrorCode};

use crate::support::{TestStore, token_of};

fn reach(test: &TestStore, id: &TaskId, report: &TaskReport) -> Result<Task, Error> {
    test.store
        .write(|uow| tasks::set_status(uow, id, None, report))
}

fn to(status: TaskStatus) -> TaskReport {
    let mut report = TaskReport::new(status);
    report.agent_id = (status == Assigned).then(|| AgentId::new("a").unwrap());
    report
}

#[test]
fn every_state_is_reached_from_every_other_but_for_the_ends() {
    for &from in TaskStatus::ALL {
        for &wanted in TaskStatus::ALL {
            let test = TestStore::new();
            test.agent("a", 1);
            let id = test.task("ls");
            let begun = reach(&test, &id, &to(from)).unwrap();
            assert_eq!(begun.status, from);
            let reached = reach(&test, &id, &to(wanted));
            let is_possible = match (from, wanted) {
                (Completed | Cancelled, _) => from == wanted,
                (Failed, Cancelled) => false,
                _ => true,
            };
            match reached {
                Ok(task) => {
                    assert!(is_possible, "{from} {wanted}");
                    assert_eq!(task.status, wanted, "{from}");
                    assert_eq!(task, test.get_task(&id));
                }
                Err(e) => {
                    assert!(!is_possible, "{from} {wanted}: {e}");
                    assert_eq!(e.code(), ErrorCode::InvalidTransition);
                    assert_eq!(test.get_task(&id), begun, "nothing changed");
                }
            }
            let found = test.store.read(integrity::check).unwrap();
            assert!(found.is_ok(), "{from} {wanted}: {found:?}");
        }
    }
}

#[test]
fn a_leased_task_needs_its_token() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("ls");
    let claimed = test.claim(&agent, 1).remove(0);
    for &status in TaskStatus::ALL {
        let refused = reach(&test, &id, &to(status)).map(|task| task.status);
        assert_eq!(refused.unwrap_err().code(), ErrorCode::Conflict, "{status}");
    }
    assert_eq!(test.get_task(&id), claimed);
    let token = token_of(&claimed);
    let done = test
        .store
        .write(|uow| tasks::set_status(uow, &id, Some(&token), &to(Completed)));
    assert_eq!(done.unwrap().status, Completed);
    assert_eq!(test.get_agent(&agent).total_tasks_completed, 1);
}

/// The rows of a task's metrics: name, value and properties, by name.
fn measured(test: &TestStore, id: &TaskId) -> Vec<(String, f64, Option<String>)> {
    let of_task = Specification::<PerformanceMetric>::new()
        .filter(performance_metrics::entity_id.eq(id.to_string()));
    let rows = test.store.read(|reader| data::list(reader, &of_task));
    let row = |m: PerformanceMetric| {
        let properties = m.properties.map(|p| p.to_string());
        (m.metric_name, m.metric_value, properties)
    };
    let mut rows: Vec<_> = rows.unwrap().into_iter().map(row).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

#[test]
fn each_end_takes_a_result_and_metrics_with_numbers_and_texts() {
    for (status, message) in [
        (Completed, None),
        (Failed, Some("broken")),
        (Cancelled, Some("not wanted")),
    ] {
        let test = TestStore::new();
        test.agent("a", 1);
        let id = test.task("ls");
        reach(&test, &id, &to(InProgress)).unwrap();
        test.advance_seconds(2);
        let json = serde_json::json!({
            "Status": status, "Result": "partly", "ErrorMessage": message,
            "Metrics": {"Tokens": 12, "Model": "opus", "Cached": true},
        });
        let report: TaskReport = serde_json::from_value(json).unwrap();
        let task = reach(&test, &id, &report).unwrap();
        assert_eq!(task.status, status);
        assert_eq!(task.result.as_deref(), Some("partly"), "{status}");
        assert_eq!(task.error_message.as_deref(), message);
        let notes = r#"{"Cached":true,"Model":"opus"}"#.to_owned();
        assert_eq!(
            measured(&test, &id),
            [
                ("ExecutionDuration".to_owned(), 2000.0, Some(notes)),
                ("Tokens".to_owned(), 12.0, None)
            ],
            "{status}"
        );
    }
}

#[test]
fn a_failure_is_final_unless_a_retry_is_asked_for() {
    let test = TestStore::new();
    let id = test.task("ls");
    let mut report = to(Failed);
    report.retry = true;
    report.error_message = Some("once".to_owned());
    let again = reach(&test, &id, &report).unwrap();
    assert_eq!((again.status, again.retry_count), (Pending, 1));
    assert_eq!(reach(&test, &id, &to(Failed)).unwrap().status, Failed);
}

#[test]
fn what_does_not_belong_to_a_state_is_refused() {
    let test = TestStore::new();
    test.agent("a", 1);
    let id = test.task("ls");
    for (json, column) in [
        (r#"{"Status":"Pending","Result":"x"}"#, "Result"),
        (
            r#"{"Status":"Completed","ErrorMessage":"x"}"#,
            "ErrorMessage",
        ),
        (r#"{"Status":"InProgress","Metrics":{"a":1}}"#, "Metrics"),
        (r#"{"Status":"Cancelled","Retry":true}"#, "Retry"),
        (r#"{"Status":"Assigned"}"#, "AgentId"),
        (r#"{"Status":"Completed","Result":"a\u0000b"}"#, "Result"),
        (r#"{"Status":"Completed","Metrics":{"":1}}"#, "MetricName"),
    ] {
        let report: TaskReport = serde_json::from_str(json).unwrap();
        let error = reach(&test, &id, &report).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{json}");
        assert_eq!(error.details().column.as_deref(), Some(column), "{json}");
    }
    assert_eq!(test.get_task(&id).status, Pending);
}

#[test]
fn a_task_goes_to_the_agent_of_the_report() {
    let test = TestStore::new();
    let (first, second) = (test.agent("first", 1), test.agent("second", 1));
    let id = test.task("ls");
    let claimed = test.claim(&first, 1).remove(0);
    let mut report = to(InProgress);
    report.agent_id = Some(second.clone());
    let token = token_of(&claimed);
    let moved = test
        .store
        .write(|uow| tasks::set_status(uow, &id, Some(&token), &report))
        .unwrap();
    assert_eq!(
        (moved.status, moved.agent_id),
        (InProgress, Some(second.clone()))
    );
    reach(&test, &id, &to(Completed)).unwrap();
    let completed = |id| test.get_agent(id).total_tasks_completed;
    assert_eq!((completed(&first), completed(&second)), (0, 1));
}

#[test]
fn pending_tasks_are_pushed_to_idle_agents_one_to_each() {
    let test = TestStore::new();
    let busy = test.agent("busy", 3);
    test.task("first");
    test.claim(&busy, 1);
    for id in ["a", "b", "c"] {
        test.agent(id, 2);
    }
    for _ in 0..4 {
        test.task("ls");
    }
    let push = |limit| {
        test.store
            .write(|uow| tasks::assign_pending(uow, limit, None))
    };
    let agents = |tasks: Vec<Task>| -> Vec<String> {
        let agent = |task: Task| {
            assert!(task.status == Assigned && task.lease_token.is_some());
            task.agent_id.unwrap().to_string()
        };
        tasks.into_iter().map(agent).collect()
    };
    assert_eq!(agents(push(2).unwrap()), ["a", "b"]);
    assert_eq!(agents(push(10).unwrap()), ["c"]);
    assert_eq!(agents(push(10).unwrap()), [""; 0], "none is idle");
    assert_eq!(push(10_001).unwrap_err().code(), ErrorCode::LimitExceeded);
}
