//! Executions that go their way: start, progress, end, pause, cancel.

use orchestra_store::ErrorCode;
use orchestra_store::models::WorkflowExecutionId;
use orchestra_store::services::tasks::{self, Reason, TaskFilter};
use orchestra_store::services::workflows::{
    self, ExecutionFilter, NewDefinition, StageState, Start,
};
use orchestra_store::types::WorkflowExecutionStatus::{
    Cancelled, Completed, Failed, Paused, Pending, Running,
};
use orchestra_store::types::{Json, TaskPriority, TaskStatus};
use serde_json::{Value, json};

use super::flow::{End, Flow};
use crate::support::REPOSITORY;

fn task(command: &str) -> Value {
    json!({"command": command})
}

/// fetch, then build and lint at the same time, then publish.
fn diamond() -> Value {
    json!({"stages": [
        {"name": "fetch", "tasks": [task("fetch")]},
        {"name": "build", "tasks": [task("build a"), task("build b")]},
        {"name": "lint", "dependsOn": ["fetch"], "tasks": [task("lint")]},
        {"name": "publish", "dependsOn": ["build", "lint"], "tasks": [task("publish")]},
    ]})
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

#[test]
fn stages_run_after_those_that_they_depend_on() {
    let flow = Flow::new(diamond());
    let id = flow.start().id;
    let started = flow.get(&id);
    assert_eq!((started.status, started.progress_percentage), (Pending, 0));
    assert_eq!(started.current_stage.as_deref(), Some("fetch"));
    assert_eq!(flow.waiting(), ["fetch"]);

    flow.run("fetch", End::Good);
    assert_eq!(flow.waiting(), ["build a", "build b", "lint"]);
    let running = flow.get(&id);
    assert_eq!((running.status, running.progress_percentage), (Running, 20));
    assert_eq!(running.current_stage.as_deref(), Some("build"));
    assert_eq!(running.completed_stages.unwrap().0, ["fetch"]);

    flow.run("build b", End::Good);
    flow.run("lint", End::Good);
    assert_eq!(flow.waiting(), ["build a"]);
    let states = flow.stages(&id).into_iter().map(|(_, state)| state);
    let expected = [
        StageState::Completed,
        StageState::Running,
        StageState::Completed,
        StageState::Pending,
    ];
    assert_eq!(states.collect::<Vec<_>>(), expected);

    flow.run("build a", End::Good);
    flow.test.advance_seconds(60);
    flow.run("publish", End::Good);
    let completed = flow.get(&id);
    assert_eq!(
        (completed.status, completed.progress_percentage),
        (Completed, 100)
    );
    assert_eq!(completed.current_stage, None);
    assert_eq!(completed.actual_duration, Some(60_000));
    let output = json!({
        "fetch": ["fetch is done"],
        "build": ["build a is done", "build b is done"],
        "lint": ["lint is done"],
        "publish": ["publish is done"],
    });
    assert_eq!(completed.output_results, Some(Json(output)));
    assert_eq!(flow.waiting(), strings(&[]));
}

#[test]
fn an_execution_runs_from_the_start_of_its_first_task() {
    let flow = Flow::new(diamond());
    let id = flow.start().id;
    let task = flow.begin("fetch");
    flow.assert_status(&id, Running);
    flow.end(&task, End::Bad);
    // The task has retries left: nothing happened to the execution.
    flow.assert_status(&id, Running);
    flow.test.advance_seconds(3600);
    flow.run("fetch", End::Good);
    assert_eq!(flow.waiting(), ["build a", "build b", "lint"]);
}

#[test]
fn the_input_is_completed_checked_and_put_into_the_tasks() {
    let definition = json!({
        "repository": "/srv/{{project}}",
        "stages": [
            {"name": "a", "tasks": [
                {"command": "git switch {{git.branch|shell}}", "priority": "Critical", "retries": 0},
            ]},
            {"name": "b", "tasks": [
                {"command": "make -j{{jobs}} {{{{x}}", "repository": "/srv/other", "agent": "ada"},
            ]},
        ],
    });
    let flow = Flow::publish(&NewDefinition {
        input_schema: Some(Json(json!({
            "type": "object",
            "properties": {
                "project": {"type": "string"},
                "git": {"type": "object", "required": ["branch"]},
                "jobs": {"type": "integer", "default": 4, "maximum": 64},
            },
            "required": ["project", "git"],
            "additionalProperties": false,
        }))),
        ..NewDefinition::new("Flow", definition)
    });
    flow.test.agent("ada", 1);
    let start = |input: Value| {
        flow.start_with(&Start {
            input_parameters: Json(input),
            priority: TaskPriority::High,
            correlation_id: Some("c".to_owned()),
            ..Start::default()
        })
    };
    let branch = "it's; rm -rf / {{jobs}}";
    let good = json!({"project": "app", "git": {"branch": branch}});
    let execution = start(good.clone()).unwrap();
    let stages = flow
        .test
        .store
        .read(|reader| workflows::stages(reader, &execution.id))
        .unwrap();
    let [a, b] = [&stages[0].tasks[0], &stages[1].tasks[0]];
    assert_eq!(a.command, r"git switch 'it'\''s; rm -rf / {{jobs}}'");
    assert_eq!(
        (a.repository_path.as_str(), a.priority),
        ("/srv/app", TaskPriority::Critical)
    );
    assert_eq!((a.max_retries, a.workflow_step), (0, 0));
    assert_eq!(b.command, "make -j4 {{x}}");
    assert_eq!(
        (b.repository_path.as_str(), b.priority),
        ("/srv/other", TaskPriority::High)
    );
    assert_eq!((b.is_pinned, b.workflow_step), (true, 1));
    for task in [a, b] {
        assert_eq!(task.workflow_execution_id.as_ref(), Some(&execution.id));
        assert_eq!(task.workflow_id.as_ref(), Some(&flow.definition.id));
        assert_eq!(task.correlation_id.as_deref(), Some("c"));
    }
    let input = execution.input_parameters.unwrap().0;
    assert_eq!(input["jobs"], 4);

    let before = flow.definition();
    let with = |name: &str, value: Value| {
        let mut input = good.clone();
        input[name] = value;
        input
    };
    for (input, column) in [
        (json!({}), "InputParameters"),
        (json!("text"), "InputParameters"),
        (json!([]), "InputParameters"),
        (with("jobs", json!(65)), "InputParameters.jobs"),
        (with("git", json!({})), "InputParameters.git"),
        (with("prject", json!("app")), "InputParameters"),
        (with("project", json!("x".repeat(500))), "RepositoryPath"),
        (with("git", json!({"branch": "x".repeat(2000)})), "Command"),
    ] {
        let error = start(input.clone()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{input}: {error}");
        assert_eq!(
            error.details().column.as_deref(),
            Some(column),
            "{input}: {error}"
        );
    }
    assert_eq!(flow.definition(), before);
    let executions = flow
        .test
        .store
        .read(|reader| workflows::list(reader, &ExecutionFilter::default(), 10));
    assert_eq!(executions.unwrap().len(), 1);
    let tasks = flow
        .test
        .store
        .read(|reader| tasks::list(reader, &TaskFilter::default(), 10));
    assert_eq!(tasks.unwrap().len(), 2);
}

#[test]
fn what_an_execution_names_has_to_be_there() {
    let flow = Flow::new(json!({"stages": [
        {"name": "a", "tasks": [task("{{x}}"), {"command": "b", "agent": "nobody"}]},
    ]}));
    let start = |input: Value| Start {
        input_parameters: Json(input),
        ..Start::default()
    };
    // Without an input schema a missing value is noticed at the start.
    let missing = flow.start_with(&start(json!({}))).unwrap_err();
    let place = "Definition.stages[0].tasks[0].command";
    assert_eq!(missing.details().column.as_deref(), Some(place));
    let nobody = flow.start_with(&start(json!({"x": "a"}))).unwrap_err();
    assert_eq!(nobody.code(), ErrorCode::NotFound);
    assert!(nobody.message().contains("stages[0].tasks[1]"), "{nobody}");

    let flow = Flow::new(diamond());
    let id: WorkflowExecutionId = "mine".parse().unwrap();
    let given = Start {
        id: Some(id.clone()),
        ..Start::default()
    };
    assert_eq!(flow.start_with(&given).unwrap().id, id);
    assert_eq!(
        flow.start_with(&given).unwrap_err().code(),
        ErrorCode::AlreadyExists
    );
    let part = Start {
        parent_execution_id: Some(id),
        trigger_type: Some("Event".to_owned()),
        ..Start::default()
    };
    flow.start_with(&part).unwrap();
    let orphan = Start {
        parent_execution_id: Some("nothing".parse().unwrap()),
        ..Start::default()
    };
    assert_eq!(
        flow.start_with(&orphan).unwrap_err().code(),
        ErrorCode::NotFound
    );
    let without_repository = flow
        .test
        .store
        .write(|uow| workflows::start(uow, &flow.definition.id, &Start::default()))
        .unwrap_err();
    let place = "Definition.stages[0].tasks[0].repository";
    assert_eq!(without_repository.details().column.as_deref(), Some(place));
}

#[test]
fn only_the_active_version_is_started_and_running_ones_keep_theirs() {
    let flow = Flow::new(diamond());
    let id = flow.start().id;
    let new = NewDefinition::new(
        "Flow",
        json!({"stages": [{"name": "x", "tasks": [task("x")]}]}),
    );
    flow.test
        .store
        .write(|uow| workflows::publish(uow, &new))
        .unwrap();
    let refused = flow.start_with(&Start::default()).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict);
    assert_eq!(refused.details().column.as_deref(), Some("IsActive"));
    flow.run("fetch", End::Good);
    assert_eq!(flow.waiting(), ["build a", "build b", "lint"]);
    assert_eq!(flow.get(&id).workflow_version, "1.0.0");
}

#[test]
fn a_paused_execution_hands_out_nothing_until_it_is_resumed() {
    let flow = Flow::new(diamond());
    let id = flow.start().id;
    let other = flow.test.task("other");
    flow.run("fetch", End::Good);
    let running = flow.begin("lint");
    flow.pause(&id).unwrap();
    flow.assert_status(&id, Paused);
    assert_eq!(flow.waiting(), ["other"]);
    let stages = flow
        .test
        .store
        .read(|reader| workflows::stages(reader, &id));
    let held = stages.unwrap()[1].tasks[0].id.clone();
    let explained = flow.test.store.read(|reader| tasks::explain(reader, &held));
    let paused = Reason::WorkflowPaused {
        workflow_execution_id: Some(id.clone()),
    };
    assert!(explained.unwrap().reasons.contains(&paused));
    let started = flow.test.store.write(|uow| tasks::start(uow, &held, None));
    assert_eq!(started.unwrap_err().code(), ErrorCode::InvalidTransition);
    // What runs goes on, also when it has to be run once more.
    flow.end(&running, End::Bad);
    flow.test.advance_seconds(3600);
    assert_eq!(flow.waiting(), ["other"]);
    let twice = flow.pause(&id).unwrap_err();
    assert_eq!(twice.code(), ErrorCode::InvalidTransition);
    assert_eq!(twice.details().from.as_deref(), Some("Paused"));

    flow.resume(&id).unwrap();
    flow.assert_status(&id, Running);
    assert_eq!(flow.waiting(), ["build a", "build b", "lint", "other"]);
    let not_paused = flow.resume(&id).unwrap_err();
    assert_eq!(not_paused.code(), ErrorCode::InvalidTransition);
    let details = not_paused.details();
    assert_eq!(details.entity, Some("WorkflowExecutions"));
    let states = (details.from.as_deref(), details.to.as_deref());
    assert_eq!(states, (Some("Running"), Some("Running")));
    for command in ["build a", "build b", "lint", "publish", "other"] {
        flow.run(command, End::Good);
    }
    flow.assert_status(&id, Completed);
    assert_eq!(flow.test.get_task(&other).status, TaskStatus::Completed);
    for refused in [
        flow.pause(&id),
        flow.resume(&id),
        flow.cancel(&id),
        flow.retry(&id, None),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidTransition, "{error}");
        assert_eq!(error.details().from.as_deref(), Some("Completed"));
    }
}

#[test]
fn what_ran_when_an_execution_was_paused_may_end_it() {
    let flow = Flow::new(json!({"stages": [{"name": "a", "tasks": [task("a")]}]}));
    let pending = flow.start().id;
    flow.pause(&pending).unwrap();
    assert_eq!(flow.waiting(), strings(&[]));
    flow.resume(&pending).unwrap();
    let running = flow.begin("a");
    flow.pause(&pending).unwrap();
    flow.end(&running, End::Good);
    flow.assert_status(&pending, Completed);
}

#[test]
fn cancelling_cancels_the_tasks_and_asks_the_running_ones_to_stop() {
    let flow = Flow::new(diamond());
    let id = flow.start().id;
    flow.run("fetch", End::Good);
    let running = flow.begin("lint");
    let cancelled = flow.cancel(&id).unwrap();
    assert_eq!(cancelled.error_message.as_deref(), Some("enough"));
    assert_eq!(cancelled.status, Cancelled);
    assert!(cancelled.completed_at.is_some());
    assert_eq!(flow.waiting(), strings(&[]));
    let asked = flow.test.get_task(&running.id);
    assert!(asked.cancel_requested_at.is_some());
    let stages = flow
        .test
        .store
        .read(|reader| workflows::stages(reader, &id))
        .unwrap();
    let status = |stage: usize| stages[stage].tasks[0].status;
    assert_eq!(
        [status(0), status(3)],
        [TaskStatus::Completed, TaskStatus::Cancelled]
    );
    // It has ended: what comes of the task no longer changes it.
    flow.end(&running, End::Good);
    assert_eq!(flow.get(&id), cancelled);
    let definition = flow.definition();
    let counts = (
        definition.execution_count,
        definition.success_count,
        definition.failure_count,
    );
    assert_eq!(counts, (1, 0, 0));
}

#[test]
fn a_definition_counts_its_executions() {
    let flow = Flow::new(json!({"stages": [{"name": "a", "tasks": [task("a")]}]}));
    let run = |seconds: u64, end: End| {
        let execution = flow.start();
        flow.test.advance_seconds(seconds);
        flow.run("a", end);
        execution
    };
    run(10, End::Good);
    run(20, End::Good);
    let failed = run(60, End::Lost);
    let definition = flow.definition();
    assert_eq!(definition.execution_count, 3);
    assert_eq!((definition.success_count, definition.failure_count), (2, 1));
    assert_eq!(definition.average_execution_time, 30_000.0);
    assert_eq!(definition.last_executed_at, Some(failed.started_at));
    assert_eq!(flow.start().estimated_duration, Some(30_000));
    flow.run("a", End::Good);

    // A retry takes the failure back.
    flow.retry(&failed.id, None).unwrap();
    let definition = flow.definition();
    assert_eq!((definition.success_count, definition.failure_count), (3, 0));
    assert_eq!(definition.average_execution_time, 10_000.0);
    flow.run("a", End::Good);
    assert_eq!(flow.definition().success_count, 4);
    assert_eq!(flow.definition().execution_count, 4);
}

#[test]
fn an_output_that_is_not_what_the_schema_says_fails_the_execution() {
    let schema = json!({"properties": {"a": {"items": {
        "type": "object", "properties": {"version": {"type": "string"}},
    }}}});
    let flow = Flow::publish(&NewDefinition {
        output_schema: Some(Json(schema)),
        ..NewDefinition::new(
            "Flow",
            json!({"stages": [{"name": "a", "tasks": [task("a")]}]}),
        )
    });
    let id = flow.start().id;
    flow.end_with(&flow.begin("a"), End::Good, r#"{"version": 7}"#);
    let failed = flow.get(&id);
    assert_eq!(failed.status, Failed);
    let message = failed.error_message.unwrap();
    assert!(
        message.starts_with("OutputResults.a[0].version: "),
        "{message}"
    );
    // Every stage is done: which one is to be run again has to be said.
    let unnamed = flow.retry(&id, None).unwrap_err();
    assert_eq!(unnamed.details().column.as_deref(), Some("stage"));
    flow.retry(&id, Some("a")).unwrap();
    flow.end_with(&flow.begin("a"), End::Good, r#"{"version": "7"}"#);
    flow.assert_status(&id, Completed);
    let output = flow.get(&id).output_results;
    assert_eq!(output, Some(Json(json!({"a": [{"version": "7"}]}))));
}

#[test]
fn executions_are_listed_by_state_and_workflow() {
    let flow = Flow::new(diamond());
    let [first, second] = [flow.start().id, flow.start().id];
    flow.cancel(&first).unwrap();
    let list = |filter: ExecutionFilter| {
        let rows = flow
            .test
            .store
            .read(|reader| workflows::list(reader, &filter, 10));
        rows.unwrap()
            .into_iter()
            .map(|row| row.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        list(ExecutionFilter::default()),
        [second.clone(), first.clone()]
    );
    let cancelled = ExecutionFilter {
        status: Some(Cancelled),
        ..ExecutionFilter::default()
    };
    assert_eq!(list(cancelled), [first]);
    let pending = ExecutionFilter {
        status: Some(Pending),
        workflow_definition_id: Some(flow.definition.id.clone()),
    };
    assert_eq!(list(pending), [second]);
    let unknown: WorkflowExecutionId = "nothing".parse().unwrap();
    for refused in [
        flow.pause(&unknown),
        flow.resume(&unknown),
        flow.cancel(&unknown),
        flow.retry(&unknown, None),
    ] {
        assert_eq!(refused.unwrap_err().code(), ErrorCode::NotFound);
    }
    assert_eq!(REPOSITORY, flow.claim()[0].repository_path);
}
