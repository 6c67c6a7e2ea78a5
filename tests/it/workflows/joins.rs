//! What tasks of a stage wait for: the join of their stage with another one, which is a row.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use orchestra_store::maintenance::integrity;
use orchestra_store::maintenance::repair::repair;
use orchestra_store::models::{
    Task, TaskId, WorkflowExecution, WorkflowExecutionId, WorkflowStage,
};
use orchestra_store::schema::{
    task_dependencies, tasks as task_rows, workflow_joins, workflow_stages,
};
use orchestra_store::services::tasks::{self, NewTask, Reason, TreeOf};
use orchestra_store::services::{data, workflows};
use orchestra_store::types::WorkflowExecutionStatus::{Completed, Failed, Running};
use orchestra_store::types::{FailurePolicy, TaskStatus};
use orchestra_store::{ErrorCode, Result};
use serde_json::json;

use super::flow::{End, Flow, none, stage};
use crate::support::REPOSITORY;

/// Two stages side by side, which a third one joins.
fn fan_in(on_failure: &str) -> Flow {
    Flow::new(json!({"stages": [
        stage("a", &[], on_failure),
        stage("b", &[], on_failure),
        stage("c", &["a", "b"], "fail"),
    ]}))
}

impl Flow {
    fn run_sql(&self, sql: &str) {
        let run =
            |uow: &mut orchestra_store::UnitOfWork<'_>| Ok(uow.connection().batch_execute(sql)?);
        self.test.store.write(run).unwrap();
    }

    /// The rows of the stages and the pairs of stages that are joined.
    fn rows(&self) -> (Vec<WorkflowStage>, Vec<(i32, i32)>) {
        let read = self.test.store.read(|reader| {
            let stages = workflow_stages::table
                .select(WorkflowStage::as_select())
                .order(workflow_stages::stage)
                .load(reader.connection())?;
            let pair = (workflow_joins::stage, workflow_joins::depends_on_stage);
            let joins = workflow_joins::table
                .select(pair)
                .order(pair)
                .load(reader.connection())?;
            Ok((stages, joins))
        });
        read.unwrap()
    }

    fn dependencies(&self) -> i64 {
        let count = |reader: &mut orchestra_store::Reader<'_>| {
            Ok(task_dependencies::table
                .count()
                .get_result(reader.connection())?)
        };
        self.test.store.read(count).unwrap()
    }

    /// The newest planned task with this command.
    fn task(&self, command: &str) -> Task {
        let found = self.test.store.read(|reader| {
            Ok(task_rows::table
                .filter(task_rows::command.eq(command))
                .order((
                    task_rows::stage_position.is_not_null().desc(),
                    task_rows::id.desc(),
                ))
                .select(Task::as_select())
                .first(reader.connection())?)
        });
        found.unwrap()
    }

    fn why(&self, command: &str) -> Vec<Reason> {
        let id = self.task(command).id;
        self.test
            .store
            .read(|reader| tasks::explain(reader, &id))
            .unwrap()
            .reasons
    }

    fn findings(&self) -> Vec<&'static str> {
        let report = self.test.store.read(integrity::check).unwrap();
        report
            .findings
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    fn depend(&self, id: &TaskId, on: &TaskId) -> Result<Task> {
        self.test
            .store
            .write(|uow| tasks::add_dependency(uow, id, on, FailurePolicy::Block))
    }
}

#[test]
fn a_stage_waits_by_a_row_for_each_stage_before_it_and_no_row_for_their_tasks() {
    let flow = fan_in("fail");
    let id = flow.start().id;
    assert_eq!(flow.dependencies(), 0);
    assert_eq!(flow.rows().1, [(2, 0), (2, 1)]);
    let waits = |stages: &[WorkflowStage]| stages.iter().map(|s| s.waits_for).collect::<Vec<_>>();
    assert_eq!(waits(&flow.rows().0), [0, 0, 2]);
    let task = flow.task("c2");
    assert_eq!((task.unmet_dependencies, task.stage_position), (1, Some(1)));
    let refused = flow
        .test
        .store
        .write(|uow| tasks::start(uow, &task.id, None));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidTransition);

    flow.run("a1", End::Good);
    flow.run("a2", End::Good);
    assert_eq!(flow.rows().1, [(2, 1)]);
    assert_eq!(waits(&flow.rows().0), [0, 0, 1]);
    flow.run("b2", End::Good);
    assert_eq!(flow.waiting(), ["b1"]);
    flow.test.advance_seconds(60);
    flow.run("b1", End::Good);
    let task = flow.task("c2");
    assert_eq!(task.unmet_dependencies, 0);
    // The wait for the other stages doesn't count as one in the queue.
    assert_eq!(task.available_at, flow.task("b1").completed_at.unwrap());
    assert_eq!(flow.rows().1, []);
    flow.run("c1", End::Good);
    flow.run("c2", End::Good);
    flow.assert_status(&id, Completed);
    assert_eq!(flow.rows(), (vec![], vec![]));
}

#[test]
fn the_explanation_names_the_stages_that_a_task_waits_for() {
    let tasks: Vec<_> = (0..5)
        .map(|n| json!({"command": format!("a{n}")}))
        .collect();
    let flow = Flow::new(json!({"stages": [
        {"name": "a", "tasks": tasks},
        stage("b", &[], "fail"),
        stage("c", &["a", "b"], "fail"),
    ]}));
    let id = flow.start().id;
    flow.run("a1", End::Good);
    let wait = |stage: &str, open_tasks: i32, first: &[&str]| Reason::WaitsForStage {
        workflow_execution_id: id.clone(),
        stage: stage.to_owned(),
        open_tasks,
        first: first.iter().map(|command| flow.task(command).id).collect(),
    };
    let told = flow.why("c1");
    assert_eq!(
        told[..2],
        [
            wait("a", 4, &["a0", "a2", "a3"]),
            wait("b", 2, &["b1", "b2"])
        ]
    );
    for command in ["a0", "a2", "a3", "a4"] {
        flow.run(command, End::Good);
    }
    assert_eq!(flow.why("c1")[0], wait("b", 2, &["b1", "b2"]));
    flow.run("b1", End::Good);
    flow.run("b2", End::Good);
    assert!(
        !flow
            .why("c1")
            .iter()
            .any(|why| matches!(why, Reason::WaitsForStage { .. }))
    );

    let of = TreeOf::Execution(id);
    let tree = flow
        .test
        .store
        .read(|reader| tasks::workflow_tree(reader, &of))
        .unwrap();
    let stages = &tree.executions[0].stages;
    let stages: Vec<_> = stages
        .iter()
        .map(|s| (s.name.as_str(), s.depends_on.clone()))
        .collect();
    assert_eq!(stages, [("a", vec![]), ("b", vec![]), ("c", vec![0, 1])]);
}

#[test]
fn each_policy_lets_the_joined_stage_run_or_not() {
    for (on_failure, waiting) in [
        ("fail", none()),
        ("continue", vec!["c1".to_owned(), "c2".to_owned()]),
    ] {
        let flow = fan_in(on_failure);
        let id = flow.start().id;
        for command in ["a1", "a2", "b1"] {
            flow.run(command, End::Good);
        }
        flow.run("b2", End::Lost);
        assert_eq!(flow.waiting(), waiting, "{on_failure}");
        assert_eq!(flow.get(&id).status == Failed, on_failure == "fail");
        assert_eq!(flow.recover(), []);
    }
    let flow = fan_in("retry");
    let id = flow.start().id;
    for command in ["a1", "a2", "b1"] {
        flow.run(command, End::Good);
    }
    flow.run("b2", End::Lost);
    assert_eq!(flow.waiting(), ["b2"]);
    assert_eq!(flow.rows().0[1].retried, 1);
    // The plan tells of it, too.
    let plan = flow.get(&id).execution_plan.unwrap().0;
    assert_eq!(plan["stages"][1]["retried"], 1);
    assert_eq!(flow.rows().1, [(2, 1)]);
    flow.run("b2", End::Good);
    assert_eq!(flow.waiting(), ["c1", "c2"]);
    assert_eq!(flow.findings(), none());
}

#[test]
fn a_retry_of_the_execution_joins_the_stages_that_run_again() {
    let flow = fan_in("fail");
    let id = flow.start().id;
    for command in ["a1", "a2", "b1"] {
        flow.run(command, End::Good);
    }
    let lost = flow.run("b2", End::Lost);
    flow.assert_status(&id, Failed);
    assert_eq!(flow.rows(), (vec![], vec![]));

    flow.retry(&id, None).unwrap();
    // Stage a is done, so that only b is waited for; the tasks that were replaced have no place any more.
    assert_eq!(flow.rows().1, [(2, 1)]);
    assert_eq!(flow.test.get_task(&lost.id).stage_position, None);
    assert_eq!(flow.rows().0[0].completed, 2);
    assert_eq!(flow.get(&id).progress_percentage, 33);
    assert_eq!(flow.findings(), none());
    // What comes of a replaced task no longer counts.
    flow.test
        .store
        .write(|uow| tasks::retry(uow, &lost.id))
        .unwrap();
    assert_eq!(flow.recover(), []);
    flow.test
        .store
        .write(|uow| tasks::cancel(uow, &lost.id, None))
        .unwrap();
    for command in ["b1", "b2", "c1", "c2"] {
        flow.run(command, End::Good);
    }
    flow.assert_status(&id, Completed);
}

#[test]
fn a_task_that_a_host_adds_to_an_execution_is_none_of_a_stage() {
    let flow = fan_in("fail");
    let id = flow.start().id;
    let own = flow.test.enqueue(&NewTask {
        workflow_execution_id: Some(id.clone()),
        workflow_step: 1,
        ..NewTask::new("own", REPOSITORY)
    });
    assert_eq!(own.stage_position, None);
    flow.run("own", End::Lost);
    flow.assert_status(
        &id,
        orchestra_store::types::WorkflowExecutionStatus::Pending,
    );
    let late = flow.test.enqueue(&NewTask {
        workflow_execution_id: Some(id.clone()),
        workflow_step: 2,
        depends_on: vec![flow.task("b1").id.into()],
        ..NewTask::new("late", REPOSITORY)
    });
    for command in ["a1", "a2", "b2"] {
        flow.run(command, End::Good);
    }
    assert_eq!(flow.waiting(), ["b1"]);
    flow.run("b1", End::Good);
    assert_eq!(flow.waiting(), ["c1", "c2", "late"]);
    assert_eq!(flow.test.get_task(&late.id).unmet_dependencies, 0);
    assert_eq!(flow.findings(), none());
    flow.run("c1", End::Good);
    flow.run("c2", End::Good);
    flow.assert_status(&id, Completed);
    // It belongs to no stage, so that the end of the execution doesn't cancel it.
    assert_eq!(flow.waiting(), ["late"]);
}

#[test]
fn a_planned_task_may_wait_for_others_beside() {
    let flow = fan_in("fail");
    let id = flow.start().id;
    let other = flow.test.task("other");
    let waiting = flow.depend(&flow.task("c1").id, &other).unwrap();
    assert_eq!(waiting.unmet_dependencies, 2);
    for command in ["a1", "a2", "b1", "b2"] {
        flow.run(command, End::Good);
    }
    assert_eq!(flow.waiting(), ["c2", "other"]);
    assert_eq!(flow.task("c1").unmet_dependencies, 1);
    flow.run("other", End::Good);
    assert_eq!(flow.waiting(), ["c1", "c2"]);
    assert_eq!(flow.findings(), none());
    flow.assert_status(&id, Running);
}

#[test]
fn no_dependency_leads_back_through_a_join() {
    let flow = Flow::new(json!({"stages": [
        stage("a", &[], "fail"),
        stage("b", &["a"], "fail"),
        stage("c", &["b"], "fail"),
    ]}));
    flow.start();
    let id = |command: &str| flow.task(command).id;
    for other in ["b2", "c1"] {
        let refused = flow.depend(&id("a1"), &id(other)).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidArgument, "{refused}");
        assert!(refused.message().contains(" -> "), "{refused}");
    }
    // Nor over a task beside, whichever of the two comes last.
    let beside = flow.test.task("beside");
    flow.depend(&beside, &id("c1")).unwrap();
    assert!(flow.depend(&id("a1"), &beside).is_err());
    let further = flow.test.task("further");
    flow.depend(&id("a2"), &further).unwrap();
    assert!(flow.depend(&further, &id("b1")).is_err());
    // Two tasks of one stage, and one of a later stage, may wait.
    flow.depend(&id("a2"), &id("a1")).unwrap();
    flow.depend(&id("c2"), &id("a1")).unwrap();
}

#[test]
fn a_task_that_is_retried_by_hand_is_open_again_at_once() {
    let flow = fan_in("continue");
    let id = flow.start().id;
    flow.run("a1", End::Good);
    let lost = flow.run("a2", End::Lost);
    assert_eq!(flow.get(&id).failed_stages.unwrap().0, ["a"]);
    flow.test
        .store
        .write(|uow| tasks::retry(uow, &lost.id))
        .unwrap();
    let execution = flow.get(&id);
    assert_eq!(execution.failed_stages.unwrap().0, none());
    assert_eq!(execution.progress_percentage, 16);
    assert_eq!(flow.recover(), []);
    assert_eq!(flow.findings(), none());
    // The end of another stage doesn't take it for ended.
    for command in ["b1", "b2", "c1", "c2"] {
        flow.run(command, End::Good);
    }
    flow.assert_status(&id, Running);
    flow.run("a2", End::Good);
    flow.assert_status(&id, Completed);
}

#[test]
fn a_task_that_is_deleted_counts_as_cancelled_unless_others_wait_for_it() {
    let flow = fan_in("fail");
    let id = flow.start().id;
    let a1 = flow.task("a1").id;
    let refused = flow
        .test
        .store
        .write(|uow| data::hard_delete::<Task>(uow, &a1))
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict, "{refused}");
    for command in ["a1", "a2", "b1", "b2"] {
        flow.run(command, End::Good);
    }
    let c1 = flow.task("c1").id;
    // As another program may.
    flow.run_sql(&format!("DELETE FROM Tasks WHERE Id = '{c1}'"));
    assert_eq!(flow.findings(), ["stages count their tasks"]);
    flow.run("c2", End::Good);
    let failed = flow.get(&id);
    assert_eq!(
        (failed.status, failed.error_stage.as_deref()),
        (Failed, Some("c"))
    );
    assert_eq!(flow.findings(), none());
}

#[test]
fn an_execution_that_is_deleted_takes_its_stages_along() {
    let flow = fan_in("fail");
    let id = flow.start().id;
    let refused = flow
        .test
        .store
        .write(|uow| data::hard_delete::<WorkflowExecution>(uow, &id))
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict, "{refused}");
    // As another program may.
    flow.run_sql(&format!("DELETE FROM WorkflowExecutions WHERE Id = '{id}'"));
    assert_eq!(flow.rows(), (vec![], vec![]));
    // Its tasks are like any other from then on, but wait for what nobody knows any more: a repair frees them.
    flow.run("a1", End::Good);
    assert_eq!(flow.findings(), ["tasks count what they wait for"; 2]);
    assert!(repair(&flow.test.store).unwrap().left.is_ok());
    assert_eq!(flow.waiting(), ["a2", "b1", "b2", "c1", "c2"]);
}

#[test]
fn wrong_numbers_and_lost_stages_are_found_and_repaired() {
    let damages = [
        "UPDATE WorkflowStages SET Completed = 0",
        "UPDATE WorkflowStages SET Failed = 1 WHERE Stage = 1",
        "UPDATE WorkflowStages SET Cancelled = 1 WHERE Stage = 2",
        "UPDATE WorkflowStages SET WaitsFor = 0",
        "UPDATE WorkflowStages SET WaitsFor = 7 WHERE Stage = 1",
        "DELETE FROM WorkflowJoins",
        "DELETE FROM WorkflowStages; DELETE FROM WorkflowJoins; UPDATE Tasks SET StagePosition = NULL",
        "DELETE FROM WorkflowStages; DELETE FROM WorkflowJoins; UPDATE Tasks SET UnmetDependencies = 0 WHERE Status = 0",
        "UPDATE Tasks SET UnmetDependencies = 0 WHERE Status = 0",
        "UPDATE Tasks SET UnmetDependencies = 3 WHERE Status = 0",
    ];
    for damage in damages {
        let flow = fan_in("fail");
        let id = flow.start().id;
        flow.run("a1", End::Good);
        let sound = flow.rows();
        assert_eq!(flow.findings(), none());
        flow.run_sql(damage);
        let findings: BTreeSet<_> = flow.findings().into_iter().collect();
        assert!(!findings.is_empty(), "{damage}");
        let left = repair(&flow.test.store).unwrap().left;
        assert_eq!(left.findings, [], "{damage}");
        // A join that is lost can't be told from one that is passed, unless all are lost.
        if damage != "DELETE FROM WorkflowJoins" {
            assert_eq!(flow.rows(), sound, "{damage}");
            assert_eq!(flow.waiting(), ["a2", "b1", "b2"], "{damage}");
        }
        for command in ["a2", "b1", "b2", "c1", "c2"] {
            flow.run(command, End::Good);
        }
        flow.assert_status(&id, Completed);
    }
}

/// A host may write the state of an execution itself.
#[test]
fn an_execution_that_a_host_ends_is_left_alone() {
    let flow = fan_in("continue");
    let id = flow.start().id;
    flow.run("a1", End::Good);
    flow.run_sql(
        "UPDATE WorkflowExecutions SET Status = 5, CompletedAt = StartedAt, CurrentStage = NULL",
    );
    let before = flow.get(&id);
    for command in ["a2", "b1", "b2", "c1", "c2"] {
        flow.run(command, End::Good);
    }
    assert_eq!(flow.get(&id), before);
    assert_eq!(flow.findings(), ["stages count their tasks"]);
    assert!(repair(&flow.test.store).unwrap().left.is_ok());
    assert_eq!(flow.rows(), (vec![], vec![]));
    assert_eq!(flow.get(&id), before);
}

#[test]
fn recovery_makes_lost_stages_anew_in_any_state() {
    let order = ["a1", "b1", "b2", "a2", "c1", "c2"];
    for ended in 0..order.len() {
        let flow = fan_in("fail");
        let id: WorkflowExecutionId = flow.start().id;
        for command in &order[..ended] {
            flow.run(command, End::Good);
        }
        let (mut sound, joins) = flow.rows();
        flow.run_sql("DELETE FROM WorkflowStages; DELETE FROM WorkflowJoins");
        flow.recover();
        for stage in &mut sound {
            stage.has_begun = flow.rows().0[stage.stage as usize].has_begun;
        }
        assert_eq!(flow.rows(), (sound, joins), "{ended}");
        for command in &order[ended..] {
            flow.run(command, End::Good);
        }
        flow.assert_status(&id, Completed);
    }
}

#[test]
fn a_cancelled_execution_cancels_planned_tasks_that_wait_for_each_other() {
    let flow = fan_in("fail");
    let id = flow.start().id;
    let (first, second) = (flow.task("a1").id, flow.task("a2").id);
    let waits = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        tasks::add_dependency(uow, &second, &first, FailurePolicy::Cancel)
    };
    flow.test.store.write(waits).unwrap();
    flow.cancel(&id).unwrap();
    let stages = flow
        .test
        .store
        .read(|reader| workflows::stages(reader, &id))
        .unwrap();
    let mut states = stages.iter().flat_map(|stage| &stage.tasks);
    assert!(states.all(|task| task.status == TaskStatus::Cancelled));
}
