//! Stages that fail, what follows from it, and how an execution is run again.

use orchestra_store::ErrorCode;
use orchestra_store::services::tasks;
use orchestra_store::services::workflows;
use orchestra_store::types::TaskStatus;
use orchestra_store::types::WorkflowExecutionStatus::{Completed, Failed, Running};
use serde_json::json;

use super::flow::{End, Flow, none, stage};

fn chain(on_failure: &str) -> Flow {
    Flow::new(json!({"stages": [stage("a", &[], on_failure), stage("b", &["a"], "fail")]}))
}

#[test]
fn a_failed_stage_fails_the_execution_and_cancels_the_rest() {
    let flow = chain("fail");
    let id = flow.start().id;
    let running = flow.begin("a1");
    flow.run("a2", End::Lost);
    let failed = flow.get(&id);
    assert_eq!(failed.status, Failed);
    assert_eq!(failed.error_stage.as_deref(), Some("a"));
    let message = failed.error_message.unwrap();
    assert!(message.contains("it broke"), "{message}");
    assert!(
        flow.test
            .get_task(&running.id)
            .cancel_requested_at
            .is_some()
    );
    assert_eq!(flow.waiting(), none());
    let stages = flow
        .test
        .store
        .read(|reader| workflows::stages(reader, &id))
        .unwrap();
    for task in &stages[1].tasks {
        assert_eq!(task.status, TaskStatus::Cancelled);
        let message = task.error_message.as_deref();
        assert_eq!(message, Some("its workflow failed in stage 'a'"));
    }
}

#[test]
fn a_stage_that_may_fail_lets_the_next_one_run() {
    let flow = chain("continue");
    let id = flow.start().id;
    let lost = flow.run("a1", End::Lost);
    assert_eq!(flow.waiting(), ["a2"]);
    flow.run("a2", End::Good);
    assert_eq!(flow.waiting(), ["b1", "b2"]);
    let running = flow.get(&id);
    assert_eq!(running.failed_stages.unwrap().0, ["a"]);
    // Whoever runs the failed task by hand after all changes nothing for the others.
    flow.test
        .store
        .write(|uow| tasks::retry(uow, &lost.id))
        .unwrap();
    flow.run("a1", End::Good);
    flow.run("b1", End::Good);
    flow.run("b2", End::Good);
    let completed = flow.get(&id);
    assert_eq!(completed.status, Completed);
    assert_eq!(completed.failed_stages.unwrap().0, none());
}

#[test]
fn a_stage_is_run_again_as_often_as_it_may() {
    let mut first = stage("a", &[], "retry");
    first["retries"] = json!(2);
    let flow = Flow::new(json!({"stages": [first, stage("b", &["a"], "fail")]}));
    let id = flow.start().id;
    flow.run("a1", End::Lost);
    // Not before all of it has ended.
    assert_eq!(flow.waiting(), ["a2"]);
    flow.run("a2", End::Good);
    for _ in 0..2 {
        flow.assert_status(&id, Running);
        assert_eq!(flow.waiting(), ["a1"]);
        let ended = flow.run("a1", End::Lost);
        let is_again_pending = ended.status == TaskStatus::Pending;
        assert_eq!(is_again_pending, flow.get(&id).status == Running);
    }
    flow.assert_status(&id, Failed);

    let flow = Flow::new(json!({"stages": [stage("a", &[], "retry")]}));
    let id = flow.start().id;
    flow.run("a1", End::Lost);
    flow.run("a2", End::Lost);
    assert_eq!(flow.waiting(), ["a1", "a2"]);
    flow.run("a1", End::Good);
    flow.run("a2", End::Good);
    flow.assert_status(&id, Completed);
}

#[test]
fn a_task_that_somebody_cancels_counts_as_failed() {
    for on_failure in ["fail", "retry"] {
        let flow = chain(on_failure);
        let id = flow.start().id;
        let task = flow.begin("a1");
        flow.release(&task);
        flow.test
            .store
            .write(|uow| tasks::cancel(uow, &task.id, None))
            .unwrap();
        if on_failure == "retry" {
            flow.run("a2", End::Good);
        }
        flow.assert_status(&id, Failed);
    }
    let flow = chain("continue");
    let id = flow.start().id;
    let task = flow.begin("a1");
    flow.release(&task);
    flow.test
        .store
        .write(|uow| tasks::cancel(uow, &task.id, None))
        .unwrap();
    for command in ["a2", "b1", "b2"] {
        flow.run(command, End::Good);
    }
    flow.assert_status(&id, Completed);
}

#[test]
fn a_retry_leaves_done_what_is_done() {
    let flow = Flow::new(json!({"stages": [
        stage("a", &[], "fail"),
        stage("b", &["a"], "fail"),
        stage("side", &["a"], "fail"),
        stage("c", &["b", "side"], "fail"),
    ]}));
    let id = flow.start().id;
    for command in ["a1", "a2", "b1"] {
        flow.run(command, End::Good);
    }
    flow.run("b2", End::Lost);
    flow.assert_status(&id, Failed);
    let execution = flow.retry(&id, None).unwrap();
    assert_eq!((execution.status, execution.retry_count), (Running, 1));
    assert_eq!(
        (execution.error_stage, execution.completed_at),
        (None, None)
    );
    assert_eq!(execution.completed_stages.unwrap().0, ["a"]);
    // What wasn't done runs again, with what had been cancelled because of it.
    assert_eq!(flow.waiting(), ["b1", "b2", "side1", "side2"]);
    for command in ["b1", "b2", "side1", "side2", "c1", "c2"] {
        flow.run(command, End::Good);
    }
    flow.assert_status(&id, Completed);
    assert_eq!(flow.waiting(), none());
}

#[test]
fn a_retry_from_a_stage_runs_it_and_what_depends_on_it() {
    let flow = Flow::new(json!({"stages": [
        stage("a", &[], "fail"),
        stage("b", &["a"], "fail"),
        stage("side", &[], "fail"),
        stage("c", &["b"], "fail"),
    ]}));
    let id = flow.start().id;
    for command in ["a1", "a2", "side1", "side2", "b1", "b2", "c1"] {
        flow.run(command, End::Good);
    }
    flow.run("c2", End::Lost);
    let unknown = flow.retry(&id, Some("x")).unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::InvalidArgument);
    flow.retry(&id, Some("b")).unwrap();
    assert_eq!(flow.waiting(), ["b1", "b2"]);
    for command in ["b1", "b2", "c1", "c2"] {
        flow.run(command, End::Good);
    }
    flow.assert_status(&id, Completed);
}

#[test]
fn a_retry_waits_for_what_was_asked_to_stop() {
    let flow = chain("fail");
    let id = flow.start().id;
    let running = flow.begin("a1");
    flow.cancel(&id).unwrap();
    let early = flow.retry(&id, None).unwrap_err();
    assert_eq!(early.code(), ErrorCode::Conflict, "{early}");
    flow.end(&running, End::Lost);
    flow.retry(&id, None).unwrap();
    assert_eq!(flow.waiting(), ["a1", "a2"]);
}

#[test]
fn recovery_brings_an_execution_to_what_its_tasks_say() {
    let flow = chain("fail");
    let id = flow.start().id;
    assert_eq!(flow.recover(), []);
    flow.run("a1", End::Good);
    // As if the tasks had come from elsewhere.
    let behind = |sql: &str| {
        use diesel::connection::SimpleConnection as _;
        let run = flow
            .test
            .store
            .write(|uow| Ok(uow.connection().batch_execute(sql)?));
        run.unwrap();
    };
    flow.run("a2", End::Good);
    behind(
        "UPDATE WorkflowExecutions SET Status = 0, CompletedStages = '[]', ProgressPercentage = 0",
    );
    let recovered = flow.recover();
    assert_eq!(recovered.len(), 1);
    assert_eq!(recovered[0].completed_stages.clone().unwrap().0, ["a"]);
    assert_eq!(
        (recovered[0].status, recovered[0].progress_percentage),
        (Running, 50)
    );
    assert_eq!(flow.waiting(), ["b1", "b2"]);

    // A task that is gone will not complete.
    behind("DELETE FROM Tasks WHERE Command = 'b2'");
    flow.recover();
    let failed = flow.get(&id);
    assert_eq!(failed.status, Failed);
    assert!(failed.error_message.unwrap().contains("no longer exists"));
    assert_eq!(flow.waiting(), none());
}

#[test]
fn a_task_of_an_execution_without_a_plan_is_left_alone() {
    let flow = chain("fail");
    let id = flow.start().id;
    use diesel::connection::SimpleConnection as _;
    let sql = "UPDATE WorkflowExecutions SET ExecutionPlan = NULL";
    flow.test
        .store
        .write(|uow| Ok(uow.connection().batch_execute(sql)?))
        .unwrap();
    let before = flow.get(&id);
    flow.run("a1", End::Lost);
    assert_eq!(flow.get(&id), before);
    assert_eq!(flow.recover(), []);
    let refused = flow.cancel(&id).unwrap_err();
    assert_eq!(refused.details().column.as_deref(), Some("ExecutionPlan"));
}
