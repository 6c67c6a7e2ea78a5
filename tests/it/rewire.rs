//! Changing what a task that is in the queue waits for.

use orchestra_store::models::{Task, TaskDependency, TaskId};
use orchestra_store::query::Specification;
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self, Failure, NewTask};
use orchestra_store::types::{FailurePolicy, TaskStatus};
use orchestra_store::{ErrorCode, Result};

use crate::support::{REPOSITORY, TestStore, token_of};

fn id(name: &str) -> TaskId {
    TaskId::new(name).unwrap()
}

/// A store with tasks of these names, each without anything to wait for.
fn store_with(names: &[&str]) -> TestStore {
    let test = TestStore::new();
    test.agent("a", 10);
    for name in names {
        test.enqueue(&NewTask {
            id: Some(id(name)),
            max_retries: Some(0),
            ..NewTask::new(*name, REPOSITORY)
        });
    }
    test
}

fn add_or_follow(test: &TestStore, task: &str, on: &str, policy: FailurePolicy) -> Result<Task> {
    let (task, on) = (id(task), id(on));
    let store = &test.store;
    store.write(|uow| tasks::add_dependency(uow, &task, &on, policy))
}

fn add(test: &TestStore, task: &str, on: &str) -> Result<Task> {
    add_or_follow(test, task, on, FailurePolicy::Block)
}

fn remove(test: &TestStore, task: &str, on: &str) -> Result<Task> {
    let (task, on) = (id(task), id(on));
    let store = &test.store;
    store.write(|uow| tasks::remove_dependency(uow, &task, &on))
}

/// The names of what can be claimed, which is claimed then.
fn claim(test: &TestStore) -> Vec<String> {
    let tasks = test.claim(&"a".parse().unwrap(), 10).into_iter();
    tasks.map(|task| task.command).collect()
}

fn run(test: &TestStore, name: &str, completes: bool) -> Task {
    let token = token_of(&test.get_task(&id(name)));
    let (id, token) = (id(name), Some(&token));
    let ended = test.store.write(|uow| {
        tasks::start(uow, &id, token)?;
        match completes {
            true => tasks::complete(uow, &id, token, None),
            false => tasks::fail(uow, &id, token, &Failure::new("no")),
        }
    });
    ended.unwrap()
}

fn edges(test: &TestStore) -> Vec<TaskDependency> {
    let all = Specification::<TaskDependency>::new();
    test.store.read(|reader| data::list(reader, &all)).unwrap()
}

#[track_caller]
fn assert_refused(
    test: &TestStore,
    outcome: impl Fn(&TestStore) -> Result<Task>,
    code: ErrorCode,
    says: &str,
) {
    let all = |test: &TestStore| {
        let tasks = Specification::<Task>::new();
        let tasks = test
            .store
            .read(|reader| data::list(reader, &tasks))
            .unwrap();
        (tasks, edges(test))
    };
    let before = all(test);
    let error = outcome(test).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.message().contains(says), "{error}");
    assert!(all(test) == before, "something was written");
}

#[test]
fn a_task_waits_for_what_was_added_until_it_completes() {
    let test = store_with(&["first", "second"]);
    let second = add(&test, "second", "first").unwrap();
    assert_eq!(second, test.get_task(&second.id));
    assert_eq!(second.unmet_dependencies, 1);
    assert_eq!(claim(&test), ["first"]);
    run(&test, "first", true);
    assert_eq!(claim(&test), ["second"]);
}

#[test]
fn what_has_completed_is_not_waited_for() {
    let test = store_with(&["first"]);
    claim(&test);
    run(&test, "first", true);
    test.enqueue(&NewTask {
        id: Some(id("second")),
        ..NewTask::new("second", REPOSITORY)
    });
    assert_eq!(add(&test, "second", "first").unwrap().unmet_dependencies, 0);
    assert_eq!(edges(&test).len(), 1);
    assert_eq!(claim(&test), ["second"]);
}

#[test]
fn what_has_failed_blocks_or_is_followed() {
    let test = store_with(&["lost"]);
    claim(&test);
    run(&test, "lost", false);
    for name in ["blocked", "follower"] {
        test.enqueue(&NewTask {
            id: Some(id(name)),
            ..NewTask::new(name, REPOSITORY)
        });
    }
    let blocked = add(&test, "blocked", "lost").unwrap();
    assert_eq!(blocked.status, TaskStatus::Pending);
    let follower = add_or_follow(&test, "follower", "lost", FailurePolicy::Cancel).unwrap();
    assert_eq!(follower.status, TaskStatus::Cancelled);
    assert!(follower.error_message.unwrap().contains("'lost'"));
    assert_eq!(claim(&test), Vec::<String>::new());
}

#[test]
fn a_circle_is_refused_with_its_path() {
    let test = store_with(&["a", "b", "c", "d"]);
    for (task, on) in [("b", "a"), ("c", "b"), ("d", "a"), ("d", "c")] {
        add(&test, task, on).unwrap();
    }
    let closing = |test: &TestStore| add(test, "a", "d");
    assert_refused(&test, closing, ErrorCode::InvalidArgument, "a -> d -> ");
    let own = |test: &TestStore| add(test, "a", "a");
    assert_refused(&test, own, ErrorCode::InvalidArgument, "a -> a");
    // The same from another side is no circle.
    add(&test, "c", "a").unwrap();
}

#[test]
fn only_what_is_pending_can_be_changed() {
    let test = store_with(&["running", "cancelled", "pending"]);
    add(&test, "cancelled", "running").unwrap();
    add(&test, "pending", "running").unwrap();
    assert_eq!(claim(&test), ["running"]);
    let cancelled = test
        .store
        .write(|uow| tasks::cancel(uow, &id("cancelled"), None));
    cancelled.unwrap();
    for name in ["running", "cancelled"] {
        let adding = |test: &TestStore| add(test, name, "pending");
        assert_refused(&test, adding, ErrorCode::InvalidTransition, name);
        let removing = |test: &TestStore| remove(test, name, "running");
        assert_refused(&test, removing, ErrorCode::InvalidTransition, name);
    }
}

#[test]
fn what_is_not_there_and_what_is_there_already_are_refused() {
    let test = store_with(&["a", "b"]);
    let unknown = |test: &TestStore| add(test, "a", "nobody");
    assert_refused(&test, unknown, ErrorCode::NotFound, "nobody");
    let unknown = |test: &TestStore| add(test, "nobody", "a");
    assert_refused(&test, unknown, ErrorCode::NotFound, "nobody");
    let free = |test: &TestStore| remove(test, "a", "b");
    assert_refused(
        &test,
        free,
        ErrorCode::NotFound,
        "'a' doesn't depend on 'b'",
    );
    add(&test, "a", "b").unwrap();
    let again = |test: &TestStore| add(test, "a", "b");
    assert_refused(&test, again, ErrorCode::AlreadyExists, "already");
}

#[test]
fn what_is_taken_away_is_no_longer_waited_for() {
    let test = store_with(&["a", "b", "c"]);
    add(&test, "c", "a").unwrap();
    add(&test, "c", "b").unwrap();
    test.advance_seconds(60);
    assert_eq!(remove(&test, "c", "a").unwrap().unmet_dependencies, 1);
    let free = remove(&test, "c", "b").unwrap();
    assert_eq!(free, test.get_task(&free.id));
    assert_eq!(free.unmet_dependencies, 0);
    // What it waited for others is no wait in the queue.
    assert_eq!(free.available_at, free.updated_at);
    assert_eq!(edges(&test), []);
    let mut claimed = claim(&test);
    claimed.sort();
    assert_eq!(claimed, ["a", "b", "c"]);
}
