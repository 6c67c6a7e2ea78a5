//! Claims that wait: what wakes them, what ends them, what they cost while they sleep, and that none sleeps while there
//! is a task for it.

mod campaign;
mod cost;

use std::io::{BufRead as _, BufReader, Write as _};
use std::thread;
use std::time::Duration;

use orchestra_store::events::ChangeFilter;
use orchestra_store::models::{Agent, AgentId, Task, TaskId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{
    self, Claim, Dependency, Failure, NewTask, QueueScope, TaskFilter,
};
use orchestra_store::services::workflows;
use orchestra_store::services::{agents as agent_services, data};
use orchestra_store::types::AgentStatus;
use orchestra_store::{CancelToken, ErrorCode, Result, Store, StoreConfig};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, child_argument, child_process, token_of};
use crate::workflows::flow::{Flow, stage};

/// Longer than anything takes that works.
const LONG: Duration = Duration::from_secs(120);

fn waiting(store: &Store, claim: &Claim) -> Result<Vec<Task>> {
    store.claim_waiting(claim, LONG, tasks::claim)
}

fn worker() -> Claim {
    Claim::repository(REPOSITORY, "worker")
}

/// Lets a claim sleep, does `work`, and returns what the claim got.
fn claimed_after(store: &Store, claim: &Claim, work: impl FnOnce()) -> Result<Vec<Task>> {
    thread::scope(|scope| {
        let waits = scope.spawn(|| waiting(store, claim));
        thread::sleep(Duration::from_millis(30));
        assert!(!waits.is_finished(), "it found a task before there was one");
        work();
        waits.join().unwrap()
    })
}

#[track_caller]
fn wakes(test: &TestStore, claim: &Claim, expected: &TaskId, work: impl FnOnce()) {
    let claimed = claimed_after(&test.store, claim, work).unwrap();
    assert_eq!(claimed.len(), 1, "the claim wasn't woken");
    assert_eq!(claimed[0].id, *expected);
    assert!(claimed[0].lease_token.is_some());
}

/// A store with a task that an agent holds.
fn with_held_task() -> (TestStore, AgentId, Task) {
    let test = TestStore::new();
    let ada = test.agent("ada", 1);
    test.task("held");
    let held = test.claim(&ada, 1).remove(0);
    (test, ada, held)
}

#[test]
fn a_task_that_is_enqueued_wakes() {
    for (audit, change_events) in [(true, true), (false, false)] {
        let test = TestStore::with(|config| {
            (config.audit, config.change_events) = (audit, change_events);
        });
        let id = TaskId::new("new").unwrap();
        let mut new = NewTask::new("make", REPOSITORY);
        new.id = Some(id.clone());
        wakes(&test, &worker(), &id, || drop(test.enqueue(&new)));
    }
}

#[test]
fn a_task_that_comes_back_wakes() {
    let (test, ada, held) = with_held_task();
    let (store, id) = (&test.store, &held.id);
    let token = token_of(&held);
    wakes(&test, &worker(), id, || {
        store
            .write(|uow| tasks::release(uow, id, Some(&token)))
            .unwrap();
    });
    let token = token_of(&test.get_task(id));
    wakes(&test, &Claim::agent(&ada), id, || {
        store
            .write(|uow| tasks::reassign(uow, id, Some(&ada)))
            .unwrap();
    });
    store
        .write(|uow| tasks::heartbeat(uow, id, &token, None))
        .unwrap_err();
    let token = token_of(&test.get_task(id));
    // The run counts as failed, and the task waits for its next one.
    store
        .write(|uow| tasks::start(uow, id, Some(&token)))
        .unwrap();
    let failure = Failure::new("broken");
    store
        .write(|uow| tasks::fail(uow, id, Some(&token), &failure))
        .unwrap();
    wakes(&test, &Claim::agent(&ada), id, || test.advance_seconds(10));
    // Its worker disappears.
    test.advance_seconds(120);
    wakes(&test, &Claim::agent(&ada), id, || {
        store.write(|uow| tasks::rescue_expired(uow, 10)).unwrap();
        test.advance_seconds(3600);
    });
}

#[test]
fn a_task_that_failed_and_is_retried_wakes() {
    let (test, _, held) = with_held_task();
    let (store, id) = (&test.store, &held.id);
    let fail = |token| {
        let failure = Failure {
            permanent: true,
            ..Failure::new("broken")
        };
        store.write(|uow| {
            tasks::start(uow, id, Some(&token))?;
            tasks::fail(uow, id, Some(&token), &failure)
        })
    };
    fail(token_of(&held)).unwrap();
    wakes(&test, &worker(), id, || {
        store.write(|uow| tasks::retry(uow, id)).unwrap();
    });
    fail(token_of(&test.get_task(id))).unwrap();
    wakes(&test, &worker(), id, || {
        let all = TaskFilter::default();
        store.write(|uow| tasks::redrive(uow, &all, 10)).unwrap();
    });
    store
        .write(|uow| tasks::release(uow, id, Some(&token_of(&test.get_task(id)))))
        .unwrap();
    store.write(|uow| tasks::cancel(uow, id, None)).unwrap();
    wakes(&test, &worker(), id, || {
        store.write(|uow| tasks::retry(uow, id)).unwrap();
    });
}

#[test]
fn a_task_whose_last_dependency_ends_wakes() {
    let (test, _, held) = with_held_task();
    let store = &test.store;
    let mut new = NewTask::new("make test", REPOSITORY);
    new.depends_on = vec![Dependency::Task(held.id.clone())];
    let (first, second) = (test.enqueue(&new).id, test.enqueue(&new).id);
    wakes(&test, &worker(), &first, || {
        store
            .write(|uow| tasks::remove_dependency(uow, &first, &held.id))
            .unwrap();
    });
    let token = token_of(&held);
    wakes(&test, &worker(), &second, || {
        store
            .write(|uow| {
                tasks::start(uow, &held.id, Some(&token))?;
                tasks::complete(uow, &held.id, Some(&token), None)
            })
            .unwrap();
    });
}

#[test]
fn the_end_of_a_pause_wakes() {
    let test = TestStore::new();
    let (store, scope) = (&test.store, QueueScope::repository(REPOSITORY));
    store.write(|uow| tasks::pause(uow, &scope, None)).unwrap();
    let id = test.task("paused");
    wakes(&test, &worker(), &id, || {
        store.write(|uow| tasks::resume(uow, &scope)).unwrap();
    });

    let flow = Flow::new(json!({"stages": [stage("build", &[], "fail")]}));
    let execution = flow.start();
    let store = &flow.test.store;
    store
        .write(|uow| workflows::pause(uow, &execution.id))
        .unwrap();
    let claimed = claimed_after(store, &worker(), || {
        store
            .write(|uow| workflows::resume(uow, &execution.id))
            .unwrap();
    });
    assert_eq!(claimed.unwrap().len(), 1);
}

#[test]
fn a_task_that_becomes_due_wakes_by_the_clock_of_the_store() {
    let test = TestStore::new();
    let mut new = NewTask::new("make", REPOSITORY);
    new.available_at = Some("2026-01-02 00:00:00".parse().unwrap());
    let due = test.enqueue(&new).id;
    new.available_at = Some("2026-02-01 00:00:00".parse().unwrap());
    let later = test.enqueue(&new).id;
    wakes(&test, &worker(), &due, || test.advance_seconds(24 * 3600));
    wakes(&test, &worker(), &later, || {
        test.clock.set("2026-02-01 00:00:00".parse().unwrap());
    });
    new.available_at = Some("2026-02-02 00:00:00".parse().unwrap());
    let moved = test.enqueue(&new).id;
    wakes(&test, &worker(), &moved, || {
        let moved = test.store.write(|uow| {
            let mut task = tasks::get(uow, &moved)?;
            task.available_at = uow.now();
            data::update(uow, &mut task)
        });
        moved.unwrap();
    });
}

#[test]
fn an_agent_that_has_room_again_wakes() {
    let (test, ada, held) = with_held_task();
    let (store, claim) = (&test.store, Claim::agent(&ada));
    let change = |change: fn(&mut Agent)| {
        let changed = store.write(|uow| {
            let mut agent = agents::get(uow, &ada)?;
            change(&mut agent);
            data::update(uow, &mut agent)
        });
        changed.unwrap();
    };
    let second = test.task("second");
    wakes(&test, &claim, &second, || {
        change(|ada| ada.max_concurrent_tasks = 2)
    });
    let third = test.task("third");
    let token = token_of(&held);
    wakes(&test, &claim, &third, || {
        // In one write: otherwise the waiting claim may get the released task.
        let ended = store.write(|uow| {
            tasks::release(uow, &held.id, Some(&token))?;
            tasks::cancel(uow, &held.id, None)
        });
        ended.unwrap();
    });
    change(|ada| ada.max_concurrent_tasks = 3);
    let elsewhere = test.enqueue(&NewTask::new("make", "/srv/git/other")).id;
    wakes(&test, &claim, &elsewhere, || {
        let mut moved = NewAgent::new("Agent ada", "claude-code", "/srv/git/other");
        moved.id = Some(ada.clone());
        moved.max_concurrent_tasks = 3;
        store.write(|uow| agents::register(uow, &moved)).unwrap();
    });
}

#[test]
fn an_agent_that_is_back_wakes() {
    let test = TestStore::new();
    let ada = test.agent("ada", 5);
    let set = |status| {
        let set = test
            .store
            .write(|uow| agents::set_status(uow, &ada, status, None));
        set.unwrap();
    };
    set(AgentStatus::Offline);
    let id = test.task("make");
    wakes(&test, &Claim::agent(&ada), &id, || set(AgentStatus::Idle));
    // One that leaves while it waits goes on waiting.
    let second = claimed_after(&test.store, &Claim::agent(&ada), || {
        set(AgentStatus::Offline);
        test.task("make");
        thread::sleep(Duration::from_millis(30));
        set(AgentStatus::Idle);
    });
    assert_eq!(second.unwrap().len(), 1);
}

#[test]
fn commits_of_other_stores_and_processes_wake() {
    let test = TestStore::new();
    let mut config = StoreConfig::new(test.path());
    config.change_events = false;
    let other = Store::open(config).unwrap();
    let claimed = claimed_after(&test.store, &worker(), || {
        other
            .write(|uow| tasks::enqueue(uow, &NewTask::new("make", REPOSITORY)))
            .unwrap();
    });
    assert_eq!(claimed.unwrap().len(), 1);
    other.close().unwrap();

    let path = test.path();
    let mut child = child_process("claim_waiting::child_enqueues", path.to_str().unwrap())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.as_mut().unwrap());
    assert!(output.lines().any(|line| line.unwrap().contains("ready")));
    let claimed = claimed_after(&test.store, &worker(), || {
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    });
    assert_eq!(claimed.unwrap().len(), 1);
    assert!(child.wait().unwrap().success());
}

#[test]
fn child_enqueues() {
    let Some(path) = child_argument() else {
        return;
    };
    let store = Store::open(StoreConfig::new(path)).unwrap();
    crate::processes::wait_for_go();
    store
        .write(|uow| tasks::enqueue(uow, &NewTask::new("make", REPOSITORY)))
        .unwrap();
}

#[test]
fn a_claim_takes_what_its_function_takes_and_no_more_than_it_fits() {
    let test = TestStore::new();
    let claim = worker().up_to(2).from_queues(["fast"]);
    let started = thread::scope(|scope| {
        let waits = scope.spawn(|| {
            test.store.claim_waiting(&claim, LONG, |uow, claim| {
                let claimed = tasks::claim(uow, claim)?;
                let start = |task: Task| tasks::start(uow, &task.id, task.lease_token.as_ref());
                claimed.into_iter().map(start).collect()
            })
        });
        test.task("of no queue");
        let mut new = NewTask::new("make", REPOSITORY);
        new.queue_name = Some("slow".to_owned());
        test.enqueue(&new);
        thread::sleep(Duration::from_millis(30));
        assert!(!waits.is_finished());
        new.queue_name = Some("fast".to_owned());
        let news = vec![new; 3];
        test.store
            .write(|uow| tasks::enqueue_many(uow, &news))
            .unwrap();
        waits.join().unwrap().unwrap()
    });
    assert_eq!(started.len(), 2);
    assert!(started.iter().all(|task| task.started_at.is_some()));
}

#[test]
fn a_claim_that_is_over_returns_nothing() {
    let test = TestStore::new();
    for timeout in [Duration::ZERO, Duration::from_millis(20)] {
        let claimed = test.store.claim_waiting(&worker(), timeout, tasks::claim);
        assert!(claimed.unwrap().is_empty());
    }
    let id = test.task("make");
    let claimed = test
        .store
        .claim_waiting(&worker(), Duration::ZERO, tasks::claim);
    assert_eq!(claimed.unwrap()[0].id, id);
}

#[test]
fn a_token_ends_the_wait_and_a_limit_of_operations_does_not() {
    let test = TestStore::new();
    let token = CancelToken::new();
    let store = test
        .store
        .cancellable(&token.child())
        .with_operation_timeout(Some(Duration::from_millis(500)));
    let outcome = claimed_after(&store, &worker(), || {
        thread::sleep(Duration::from_secs(1));
        token.cancel();
    });
    assert_eq!(outcome.unwrap_err().code(), ErrorCode::Cancelled);
    let at_once = store.claim_waiting(&worker(), LONG, tasks::claim);
    assert_eq!(at_once.unwrap_err().code(), ErrorCode::Cancelled);
    token.reset();
    let claimed = claimed_after(&store, &worker(), || drop(test.task("make")));
    assert_eq!(claimed.unwrap().len(), 1);
}

#[test]
fn closing_the_store_ends_the_wait_and_that_of_no_other() {
    let test = TestStore::new();
    let other = Store::open(StoreConfig::new(test.path())).unwrap();
    thread::scope(|scope| {
        let waits = scope.spawn(|| waiting(&other, &worker()));
        let outcome = claimed_after(&test.store, &worker(), || test.store.close().unwrap());
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::Closed);
        let late = waiting(&test.store, &worker());
        assert_eq!(late.unwrap_err().code(), ErrorCode::Closed);
        thread::sleep(Duration::from_millis(20));
        assert!(!waits.is_finished());
        other
            .write(|uow| tasks::enqueue(uow, &NewTask::new("make", REPOSITORY)))
            .unwrap();
        assert_eq!(waits.join().unwrap().unwrap().len(), 1);
    });
    other.close().unwrap();
    assert!(
        !test.path().with_extension("db-wal").exists(),
        "a connection was left open"
    );
}

#[test]
fn a_claim_that_could_never_end_well_is_refused() {
    let test = TestStore::new();
    let code = |outcome: Result<Vec<Task>>| outcome.unwrap_err().code();
    let wait = |claim: &Claim| code(waiting(&test.store, claim));
    let nobody = Claim::agent(&AgentId::new("nobody").unwrap());
    assert_eq!(wait(&nobody), ErrorCode::NotFound);
    assert_eq!(wait(&worker().up_to(u32::MAX)), ErrorCode::LimitExceeded);
    assert!(waiting(&test.store, &worker().up_to(0)).unwrap().is_empty());
    assert_eq!(
        wait(&worker().from_queues([""])),
        ErrorCode::InvalidArgument
    );
    let inside = test.store.write(|_| Ok(wait(&worker()))).unwrap();
    assert_eq!(inside, ErrorCode::Misuse);
    let mut config = StoreConfig::new(test.path());
    config.read_only = true;
    let read_only = Store::open(config).unwrap();
    assert_eq!(code(waiting(&read_only, &worker())), ErrorCode::ReadOnly);

    let (sender, receiver) = std::sync::mpsc::channel();
    let store = test.store.clone();
    let called = test.store.on_change(ChangeFilter::all(), move |_| {
        sender.send(code(waiting(&store, &worker()))).ok();
    });
    let called = called.unwrap();
    test.task("make");
    assert_eq!(receiver.recv_timeout(LONG).unwrap(), ErrorCode::Misuse);
    drop(called);
}

#[test]
fn an_agent_that_is_removed_while_it_waits_learns_of_it() {
    let test = TestStore::new();
    let mut new = NewAgent::new("Ada", "claude-code", "/srv/git/empty");
    new.id = Some(AgentId::new("ada").unwrap());
    let ada = test
        .store
        .write(|uow| agents::register(uow, &new))
        .unwrap()
        .id;
    let outcome = claimed_after(&test.store, &Claim::agent(&ada), || {
        test.task("of another repository");
        test.store
            .write(|uow| agent_services::remove(uow, &ada))
            .unwrap();
    });
    assert_eq!(outcome.unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn a_panic_while_claiming_passes_the_task_on() {
    let test = TestStore::new();
    thread::scope(|scope| {
        let panics = scope.spawn(|| {
            test.store.claim_waiting(&worker(), LONG, |uow, claim| {
                tasks::claim(uow, claim)?;
                panic!("on purpose")
            })
        });
        thread::sleep(Duration::from_millis(20));
        let waits = scope.spawn(|| waiting(&test.store, &worker()));
        thread::sleep(Duration::from_millis(20));
        test.task("make");
        assert!(panics.join().is_err());
        assert_eq!(waits.join().unwrap().unwrap().len(), 1);
    });
}
