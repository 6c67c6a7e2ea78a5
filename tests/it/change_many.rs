//! Changes of many tasks at once.

use std::collections::BTreeSet;

use diesel::prelude::*;
use orchestra_store::maintenance::integrity;
use orchestra_store::models::{Task, TaskId};
use orchestra_store::query::Specification;
use orchestra_store::schema::tasks as columns;
use orchestra_store::services::audit::{self, AuditFilter};
use orchestra_store::services::tasks::{self, ChangedTasks, Failure, NewTask, TaskChange};
use orchestra_store::types::{TaskPriority, TaskStatus};
use orchestra_store::{ErrorCode, Result};

use crate::support::{REPOSITORY, TestStore, token_of};

const ALL: [TaskStatus; 6] = [
    TaskStatus::Pending,
    TaskStatus::Assigned,
    TaskStatus::InProgress,
    TaskStatus::Completed,
    TaskStatus::Failed,
    TaskStatus::Cancelled,
];

/// A store with two tasks in each state; those that are held are leased by agent `a`.
fn store() -> TestStore {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    test.agent("b", 10);
    for status in ALL {
        for number in 0..2 {
            let mut new = NewTask::new("ls", REPOSITORY);
            new.id = Some(TaskId::new(format!("{status} {number}")).unwrap());
            new.max_retries = Some(0);
            let task = test.enqueue(&new);
            bring(&test, &agent, &task.id, status);
        }
    }
    test
}

fn bring(test: &TestStore, agent: &orchestra_store::models::AgentId, id: &TaskId, to: TaskStatus) {
    match to {
        TaskStatus::Pending => {
            // Put aside, so that the claims below get the others.
            test.store
                .write(|uow| {
                    let agent = "b".parse()?;
                    tasks::reassign(uow, id, Some(&agent)).map(drop)
                })
                .unwrap();
            return;
        }
        TaskStatus::Cancelled => {
            test.store
                .write(|uow| tasks::cancel(uow, id, None))
                .unwrap();
            return;
        }
        _ => {}
    }
    let claimed = test.claim(agent, 1).remove(0);
    assert_eq!(claimed.id, *id);
    let token = token_of(&claimed);
    let token = Some(&token);
    let end: Result<Task> = test.store.write(|uow| {
        if to == TaskStatus::Assigned {
            return Ok(claimed.clone());
        }
        let started = tasks::start(uow, id, token)?;
        match to {
            TaskStatus::Completed => tasks::complete(uow, id, token, None),
            TaskStatus::Failed => tasks::fail(uow, id, token, &Failure::new("no")),
            _ => Ok(started),
        }
    });
    assert_eq!(end.unwrap().status, to);
}

fn change(test: &TestStore, change: &TaskChange, limit: u32) -> (usize, Vec<ChangedTasks>) {
    let all = Specification::new();
    let counted = test
        .store
        .read(|r| tasks::count_changeable(r, change, &all))
        .unwrap();
    let mut batches = Vec::new();
    let mut after = None;
    loop {
        let batch = test
            .store
            .write(|uow| tasks::change_many(uow, change, &all, after.as_ref(), limit))
            .unwrap();
        after.clone_from(&batch.next);
        batches.push(batch);
        if after.is_none() {
            return (usize::try_from(counted).unwrap(), batches);
        }
    }
}

fn in_state(test: &TestStore, status: TaskStatus) -> BTreeSet<String> {
    let all = Specification::<Task>::new().filter(columns::status.eq(status));
    let found = test
        .store
        .read(|r| orchestra_store::services::data::list(r, &all))
        .unwrap();
    found.iter().map(|task| task.id.to_string()).collect()
}

fn check(test: &TestStore) {
    assert_eq!(test.store.read(integrity::check).unwrap().findings, []);
}

fn changed(batches: &[ChangedTasks]) -> usize {
    batches.iter().map(|batch| batch.changed).sum()
}

#[test]
fn each_change_is_of_the_tasks_that_it_can_change() {
    let cancel = TaskChange::Cancel {
        reason: Some("over".to_owned()),
    };
    let reassign = TaskChange::Reassign {
        agent_id: Some("b".parse().unwrap()),
    };
    let free = TaskChange::Reassign { agent_id: None };
    let priority = TaskChange::SetPriority {
        priority: TaskPriority::High,
    };
    for (verb, number, states) in [
        (
            &cancel,
            6,
            [("Cancelled", 4), ("Pending", 0), ("Assigned", 2)],
        ),
        (
            &TaskChange::Retry,
            2,
            [("Failed", 0), ("Pending", 4), ("Assigned", 2)],
        ),
        (
            &TaskChange::Release,
            4,
            [("Assigned", 0), ("InProgress", 0), ("Pending", 6)],
        ),
        (
            &reassign,
            4,
            [("Assigned", 0), ("InProgress", 0), ("Pending", 6)],
        ),
        (
            &free,
            2,
            [("Assigned", 2), ("InProgress", 2), ("Pending", 2)],
        ),
        (
            &priority,
            6,
            [("Assigned", 2), ("InProgress", 2), ("Pending", 2)],
        ),
    ] {
        let test = store();
        let (counted, batches) = change(&test, verb, 4);
        assert_eq!((counted, changed(&batches)), (number, number), "{verb:?}");
        assert!(batches.iter().all(|batch| batch.refused.is_empty()));
        for (status, number) in states {
            let found = in_state(&test, status.parse().unwrap());
            assert_eq!(found.len(), number, "{verb:?}: {status} {found:?}");
        }
        check(&test);
        let (left, again) = change(&test, verb, 100);
        assert_eq!((left, changed(&again)), (0, 0), "{verb:?} once more");
    }
}

#[test]
fn a_change_goes_on_after_an_interruption_and_records_each_batch() {
    let test = TestStore::new();
    for number in 0..25 {
        test.task(&format!("task {number}"));
    }
    let cancel = TaskChange::Cancel { reason: None };
    let all = Specification::new();
    let first = test
        .store
        .write(|uow| tasks::change_many(uow, &cancel, &all, None, 10))
        .unwrap();
    assert_eq!(first.changed, 10);
    // Whoever went on with `next` is gone; somebody else begins anew.
    let (counted, batches) = change(&test, &cancel, 10);
    assert_eq!(counted, 15);
    let numbers: Vec<usize> = batches.iter().map(|batch| batch.changed).collect();
    assert_eq!(numbers, [10, 5]);
    let entries = test
        .store
        .read(|r| audit::list(r, &AuditFilter::default(), None, 1000))
        .unwrap();
    let recorded: Vec<_> = entries
        .items
        .iter()
        .filter(|entry| entry.action == "CancelMany")
        .map(|entry| entry.properties.as_ref().unwrap().0["Changed"].as_u64())
        .collect();
    assert_eq!(recorded, [Some(5), Some(10), Some(10)]);
}

#[test]
fn a_condition_and_the_rules_of_the_tasks_hold() {
    let test = TestStore::new();
    let [high, normal] = [TaskPriority::High, TaskPriority::Normal].map(|priority| {
        let mut new = NewTask::new("ls", REPOSITORY);
        new.priority = priority;
        test.enqueue(&new).id
    });
    let urgent = Specification::new().filter(columns::priority.eq(TaskPriority::High));
    let cancel = TaskChange::Cancel { reason: None };
    let done = test
        .store
        .write(|uow| tasks::change_many(uow, &cancel, &urgent, None, 10))
        .unwrap();
    assert_eq!(done.changed, 1);
    assert_eq!(test.get_task(&high).status, TaskStatus::Cancelled);
    assert_eq!(test.get_task(&normal).status, TaskStatus::Pending);

    let nobody = TaskChange::Reassign {
        agent_id: Some("nobody".parse().unwrap()),
    };
    let missing = test
        .store
        .write(|uow| tasks::change_many(uow, &nobody, &Specification::new(), None, 10));
    assert_eq!(missing.unwrap_err().code(), ErrorCode::NotFound);
    let none = test
        .store
        .write(|uow| tasks::change_many(uow, &cancel, &urgent, None, 10_001));
    assert_eq!(none.unwrap_err().code(), ErrorCode::LimitExceeded);
}
