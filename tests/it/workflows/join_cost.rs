//! What an execution costs by its size, counted in steps of SQLite's virtual machine.

use orchestra_store::models::{Task, WorkflowExecutionId};
use orchestra_store::services::tasks;
use orchestra_store::services::workflows::NewDefinition;
use orchestra_store::types::WorkflowExecutionStatus::{Cancelled, Completed};
use orchestra_store::{Durability, StoreConfig};
use serde_json::{Value, json};

use super::flow::{End, Flow};
use crate::vm_steps::{watch, watch_new_connections};

/// A chain of stages of this size, of which a failure is the end of nothing else.
fn chain(stages: usize, tasks: usize) -> Value {
    let tasks = |stage: usize| -> Vec<_> {
        let command = |task| json!({"command": format!("{stage} {task}")});
        (0..tasks).map(command).collect()
    };
    let stage = |stage| json!({"name": format!("s{stage}"), "tasks": tasks(stage)});
    json!({"stages": (0..stages).map(stage).collect::<Vec<_>>()})
}

/// Steps for each task.
#[derive(Debug)]
struct Cost {
    start: i64,
    /// On average of the tasks of two stages, the change from one to the other included.
    task_start: i64,
    task_end: i64,
    /// Of the most expensive end: the one that lets the next stage run.
    greatest_end: i64,
    cancel: i64,
}

fn steps<T>(work: impl FnOnce() -> T) -> (T, i64) {
    let (outcome, watched) = watch(work);
    (outcome, watched.steps)
}

fn run_all(flow: &Flow, mut see: impl FnMut(i64, i64)) {
    for task in flow.claim() {
        let token = task.lease_token.as_ref();
        let start = || {
            flow.test
                .store
                .write(|uow| tasks::start(uow, &task.id, token))
        };
        let (started, begin): (orchestra_store::Result<Task>, _) = steps(start);
        started.unwrap();
        let (_, end) = steps(|| flow.end(&task, End::Good));
        see(begin, end);
    }
}

fn cost(stages: usize, tasks: usize) -> Cost {
    watch_new_connections();
    let fast = |config: &mut StoreConfig| config.durability = Durability::Normal;
    let flow = Flow::publish_in(&NewDefinition::new("Flow", chain(stages, tasks)), fast);
    let all = i64::try_from(stages * tasks).unwrap();
    let (execution, start) = steps(|| flow.start());
    let (mut starts, mut ends, mut greatest, mut count) = (0, 0, 0, 0);
    for _ in 0..2 {
        run_all(&flow, |start, end| {
            starts += start;
            ends += end;
            greatest = greatest.max(end);
            count += 1;
        });
    }
    assert_eq!(count, 2 * i64::try_from(tasks).unwrap());
    let (cancelled, cancel) = steps(|| flow.cancel(&execution.id));
    assert_eq!(cancelled.unwrap().status, Cancelled);
    Cost {
        start: start / all,
        task_start: starts / count,
        task_end: ends / count,
        greatest_end: greatest,
        cancel: cancel / (all - count),
    }
}

/// The documented maximum costs each task about what a hundredth of it does. An end counts the tasks of its stage and
/// reads the stages, at most a hundred of each.
#[test]
fn a_task_costs_about_the_same_in_an_execution_of_any_size() {
    let (small, large) = (cost(10, 10), cost(100, 100));
    println!("10 x 10: {small:?}\n100 x 100: {large:?}");
    let close = |small: i64, large: i64| large <= small + small / 10;
    assert!(close(small.start, large.start), "{small:?} {large:?}");
    assert!(
        close(small.task_start, large.task_start),
        "{small:?} {large:?}"
    );
    assert!(close(small.cancel, large.cancel), "{small:?} {large:?}");
    assert!(
        large.task_end <= small.task_end + 2_500,
        "{small:?} {large:?}"
    );
    // A stage of 100 tasks is let go in one step.
    assert!(large.greatest_end < 80_000, "{large:?}");
}

#[test]
fn a_hundred_tasks_run_to_the_end() {
    let flow = Flow::new(chain(10, 10));
    let id: WorkflowExecutionId = flow.start().id;
    for stage in 0..10 {
        let mut commands = Vec::new();
        for task in flow.claim() {
            commands.push(task.command.clone());
            let token = task.lease_token.as_ref();
            let started = flow
                .test
                .store
                .write(|uow| tasks::start(uow, &task.id, token));
            started.unwrap();
            assert_eq!(flow.get(&id).current_stage, Some(format!("s{stage}")));
            flow.end(&task, End::Good);
        }
        commands.sort();
        let expected: Vec<_> = (0..10).map(|task| format!("{stage} {task}")).collect();
        assert_eq!(commands, expected);
        assert_eq!(flow.get(&id).progress_percentage, 10 * (stage + 1));
    }
    flow.assert_status(&id, Completed);
}
