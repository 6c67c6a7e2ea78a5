//! What a wrong clock costs, case by case; `clock_model.rs` mixes them.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use orchestra_store::maintenance::{backup, integrity, repair, unobserved};
use orchestra_store::models::{AgentId, TaskId};
use orchestra_store::services::chat::{self, NewMessage};
use orchestra_store::services::tasks::{self, Claim, NewTask, Reason};
use orchestra_store::services::{agents, retention_clock};
use orchestra_store::types::{AgentStatus, MessageType, TaskStatus, TimeSpan, Timestamp};
use orchestra_store::{
    BackupPolicy, Clock as _, ManualClock, Store, StoreConfig, SystemClock, registry,
};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, token_of};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

fn span(seconds: u64) -> TimeSpan {
    TimeSpan::from(Duration::from_secs(seconds))
}

/// Another process on the database, whose clock shows another time.
fn beside(test: &TestStore, time: Timestamp) -> (Store, Arc<ManualClock>) {
    let clock = Arc::new(test.clock.beside(time));
    let mut config = StoreConfig::new(test.path());
    config.clock = Arc::clone(&clock) as _;
    (Store::open(config).unwrap(), clock)
}

fn ahead(test: &TestStore, seconds: u64) -> Store {
    beside(test, test.clock.now() + span(seconds)).0
}

fn behind(test: &TestStore, seconds: u64) -> Store {
    beside(test, test.clock.now() - span(seconds)).0
}

fn rescue(store: &Store) -> tasks::Rescue {
    store.write(|uow| tasks::rescue_expired(uow, 10)).unwrap()
}

#[test]
fn a_task_is_not_taken_from_a_worker_that_lives_by_a_clock_that_is_ahead() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    test.task("work");
    let task = test.claim(&agent, 1).remove(0);
    let other = ahead(&test, 3 * HOUR);
    for _ in 0..10 {
        test.advance_seconds(30);
        test.store
            .write(|uow| tasks::heartbeat(uow, &task.id, &token_of(&task), None))
            .unwrap();
        assert!(rescue(&other).is_empty());
    }
    // Once it doesn't renew its lease any more, it is taken after the whole length of the lease.
    test.advance_seconds(59);
    assert!(rescue(&other).is_empty());
    test.advance_seconds(1);
    assert_eq!(rescue(&other).requeued, [task.id]);
}

#[test]
fn a_lease_from_the_future_ends_after_its_length() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("work");
    let right = test.clock.now();
    test.clock.set(right + span(5 * YEAR));
    test.claim(&agent, 1);
    test.clock.set(right);
    test.advance_seconds(59);
    assert!(rescue(&test.store).is_empty());
    test.advance_seconds(1);
    assert_eq!(rescue(&test.store).requeued, std::slice::from_ref(&id));
    test.advance_seconds(5);
    assert_eq!(test.claim(&agent, 1)[0].id, id);
}

#[test]
fn a_lease_from_before_the_boot_counts_anew() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("work");
    let claim = Claim::agent(&agent).leased_for(Duration::from_secs(100));
    test.store.write(|uow| tasks::claim(uow, &claim)).unwrap();
    test.advance_seconds(1000);
    test.clock.reboot();
    assert!(rescue(&test.store).is_empty());
    test.advance_seconds(99);
    // Another process of this boot counts from the same moment.
    let other = ahead(&test, 0);
    assert!(rescue(&other).is_empty());
    test.advance_seconds(1);
    assert_eq!(rescue(&test.store).requeued, [id]);
}

#[test]
fn where_no_time_since_the_boot_is_known_the_wall_clock_decides() {
    #[derive(Debug)]
    struct WallClock(Arc<ManualClock>);

    impl orchestra_store::Clock for WallClock {
        fn now(&self) -> Timestamp {
            self.0.now()
        }
    }

    let wall = Arc::new(ManualClock::at("2026-01-01".parse().unwrap()));
    let test = TestStore::with(|config| config.clock = Arc::new(WallClock(Arc::clone(&wall))));
    let agent = test.agent("a", 1);
    let id = test.task("work");
    assert_eq!(test.claim(&agent, 1)[0].lease_boot, None);
    wall.set(wall.now() + span(61));
    assert_eq!(rescue(&test.store).requeued, [id]);
}

#[test]
fn the_clock_of_the_system_knows_the_boot() {
    let times = [SystemClock.since_boot(), SystemClock.since_boot()];
    if !cfg!(target_os = "linux") {
        assert_eq!(times, [None, None]);
        return;
    }
    let [first, second] = times.map(Option::unwrap);
    assert_eq!(first.boot, second.boot);
    assert!(first.boot.len() == 36 && first.elapsed <= second.elapsed);
}

#[test]
fn a_task_for_now_is_claimed_by_a_clock_that_is_behind() {
    for ageing in [None, Some(Duration::from_secs(60))] {
        let test = TestStore::with(|config| config.queue.ageing = ageing);
        let agent = test.agent("a", 9);
        let pinned = NewTask {
            agent_id: Some(agent.clone()),
            ..NewTask::new("pinned", REPOSITORY)
        };
        let other = ahead(&test, 5 * YEAR);
        let first = other.write(|uow| tasks::enqueue(uow, &NewTask::new("open", REPOSITORY)));
        let second = other.write(|uow| tasks::enqueue(uow, &pinned)).unwrap();
        let later = NewTask {
            available_at: Some(test.clock.now() + span(HOUR)),
            ..NewTask::new("later", REPOSITORY)
        };
        let later = test.enqueue(&later).id;
        let explained = test
            .store
            .read(|reader| tasks::explain(reader, &second.id))
            .unwrap();
        assert!(
            matches!(explained.reasons[..], [Reason::Claimable { .. }]),
            "{explained:?}"
        );
        let claimed = test.claim(&agent, 9);
        let claimed: Vec<_> = claimed.iter().map(|task| &task.id).collect();
        assert_eq!(claimed, [&first.unwrap().id, &second.id]);
        test.advance_seconds(HOUR);
        assert_eq!(test.claim(&agent, 9)[0].id, later);
    }
}

#[test]
fn a_task_that_is_released_for_now_by_a_clock_ahead_is_claimed_by_one_that_is_right() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    test.task("work");
    let other = ahead(&test, YEAR);
    let task = other
        .write(|uow| tasks::claim(uow, &Claim::agent(&agent)))
        .unwrap()
        .remove(0);
    other
        .write(|uow| tasks::release(uow, &task.id, Some(&token_of(&task))))
        .unwrap();
    assert_eq!(test.claim(&agent, 1)[0].id, task.id);
}

#[test]
fn a_backoff_from_the_future_is_due_and_a_time_that_was_asked_for_stays() {
    let test = TestStore::new();
    let agent = test.agent("a", 2);
    let id = test.task("work");
    let other = ahead(&test, YEAR);
    let task = other
        .write(|uow| tasks::claim(uow, &Claim::agent(&agent)))
        .unwrap()
        .remove(0);
    other
        .write(|uow| tasks::start(uow, &id, Some(&token_of(&task))))
        .unwrap();
    let failure = tasks::Failure::new("no");
    other
        .write(|uow| tasks::fail(uow, &id, Some(&token_of(&task)), &failure))
        .unwrap();
    let asked = NewTask {
        available_at: Some(test.clock.now() + span(2 * YEAR)),
        ..NewTask::new("asked", REPOSITORY)
    };
    let asked = other.write(|uow| tasks::enqueue(uow, &asked)).unwrap();
    assert!(test.claim(&agent, 1).is_empty());
    assert_eq!(rescue(&test.store).due, std::slice::from_ref(&id));
    assert_eq!(test.claim(&agent, 2)[0].id, id);
    assert_eq!(test.get_task(&asked.id).available_at, asked.available_at);
}

/// Lets a task fail once, by the clock of this store.
fn fail_once(store: &Store, agent: &AgentId, id: &TaskId) {
    let failed = store.write(|uow| {
        let task = tasks::claim(uow, &Claim::agent(agent))?.remove(0);
        assert_eq!(task.id, *id);
        let token = Some(token_of(&task));
        tasks::start(uow, id, token.as_ref())?;
        tasks::fail(uow, id, token.as_ref(), &tasks::Failure::new("no"))
    });
    failed.unwrap();
}

#[test]
fn a_late_retry_is_found_behind_any_number_of_times_that_were_asked_for() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let nearer = ahead(&test, YEAR / 2);
    let asked: Vec<_> = (0..250)
        .map(|number| {
            let id = test.task(&format!("asked {number}"));
            fail_once(&nearer, &agent, &id);
            let later = json!({"Id": id, "AvailableAt": test.clock.now() + span(YEAR / 2 + DAY)});
            let updated = nearer.write(|uow| registry::by_name("Tasks")?.update(uow, &later));
            updated.unwrap();
            test.get_task(&id)
        })
        .collect();
    let late = test.task("late");
    fail_once(&ahead(&test, YEAR), &agent, &late);
    let rescued = test
        .store
        .write(|uow| tasks::rescue_expired(uow, 3))
        .unwrap();
    assert_eq!(rescued.due, [late]);
    for task in asked {
        assert_eq!(test.get_task(&task.id).available_at, task.available_at);
    }
}

#[test]
fn a_task_whose_lease_is_from_the_future_is_cancelled_at_once() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("work");
    let other = ahead(&test, YEAR);
    other
        .write(|uow| tasks::claim(uow, &Claim::agent(&agent)))
        .unwrap();
    let cancelled = test
        .store
        .write(|uow| tasks::cancel(uow, &id, Some("no")))
        .unwrap();
    assert_eq!(cancelled.status, TaskStatus::Cancelled);
    // One whose clock is ahead within the tolerance is asked.
    let id = test.task("more work");
    let other = ahead(&test, 30);
    other
        .write(|uow| tasks::claim(uow, &Claim::agent(&agent)))
        .unwrap();
    let asked = test
        .store
        .write(|uow| tasks::cancel(uow, &id, None))
        .unwrap();
    assert_eq!(asked.status, TaskStatus::Assigned);
}

#[test]
fn an_agent_that_pinged_in_the_future_goes_offline() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let other = ahead(&test, YEAR);
    other.write(|uow| agents::heartbeat(uow, &agent)).unwrap();
    let sweep = || {
        test.store
            .write(|uow| agents::sweep_health(uow, 10))
            .unwrap()
    };
    assert_eq!(sweep().corrected, std::slice::from_ref(&agent));
    assert!(sweep().is_empty());
    test.advance_seconds(HOUR);
    assert_eq!(sweep().went_offline, std::slice::from_ref(&agent));
    assert_eq!(test.get_agent(&agent).status, AgentStatus::Offline);
}

#[test]
fn a_backup_from_the_future_keeps_none_from_being_made() {
    let test = TestStore::new();
    let directory = tempfile::tempdir().unwrap();
    let policy = BackupPolicy::new(directory.path());
    let make = || {
        backup::run_if_due(&test.store, &policy, &mut unobserved)
            .unwrap()
            .made
    };
    let first = make().unwrap().path;
    assert!(make().is_none());
    fs::rename(
        &first,
        directory.path().join("orchestra-20310601-000000.backup.db"),
    )
    .unwrap();
    assert!(make().is_some());
    assert!(make().is_none());
    test.advance_seconds(24 * HOUR);
    assert!(make().is_some());
}

#[test]
fn a_conversation_keeps_the_order_in_which_it_was_written() {
    let test = TestStore::new();
    let user = "u1".parse().unwrap();
    let session = test
        .store
        .write(|uow| chat::get_or_create_session(uow, Some(&user), "i", "s"))
        .unwrap()
        .id;
    let say = |store: &Store, text: &str| {
        let message = NewMessage::new(&session, MessageType::User, text);
        store
            .write(|uow| chat::append_message(uow, &message))
            .unwrap()
            .number
    };
    let late = behind(&test, HOUR);
    let numbers = [
        say(&test.store, "question"),
        say(&late, "answer"),
        say(&test.store, "thanks"),
    ];
    assert_eq!(numbers, [1, 2, 3]);
    let filter = Default::default();
    let list = |cursor: Option<&_>| {
        test.store
            .read(|reader| chat::list_messages(reader, &session, &filter, cursor, 2))
            .unwrap()
    };
    let first = list(None);
    let second = list(first.next.as_ref());
    let texts: Vec<_> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|m| &*m.content)
        .collect();
    assert_eq!(texts, ["thanks", "answer", "question"]);
}

fn completed(test: &TestStore) -> tasks::LeaseToken {
    let agent = test.agent("worker", 1);
    let id = test.task("work");
    let task = test.claim(&agent, 1).remove(0);
    let token = token_of(&task);
    test.store
        .write(|uow| tasks::start(uow, &id, Some(&token)))
        .unwrap();
    test.store
        .write(|uow| tasks::complete(uow, &id, Some(&token), None))
        .unwrap();
    token
}

fn count(test: &TestStore) -> i64 {
    let counts = test.store.read(tasks::count_by_status).unwrap();
    counts.iter().map(|(_, count)| count).sum()
}

fn keeping_a_week() -> TestStore {
    TestStore::with(|config| {
        config.retention.completed_tasks = Some(Duration::from_secs(7 * 24 * HOUR));
        config.retention.change_events = Some(Duration::from_secs(7 * 24 * HOUR));
    })
}

fn maintain(test: &TestStore) {
    let report = test.store.maintain(Duration::from_secs(60)).unwrap();
    assert_eq!(report.errors().count(), 0, "{report:?}");
}

#[test]
fn retention_deletes_nothing_by_a_clock_that_jumped() {
    let test = keeping_a_week();
    completed(&test);
    maintain(&test);
    let right = test.clock.now();
    test.clock.set(right + span(YEAR));
    maintain(&test);
    assert_eq!(count(&test), 1);
    // It goes on by the time that passes, and by the clock once that is right.
    test.advance_seconds(6 * 24 * HOUR);
    maintain(&test);
    assert_eq!(count(&test), 1);
    test.clock.set(right + span(8 * 24 * HOUR));
    test.advance_seconds(2 * 24 * HOUR);
    maintain(&test);
    assert_eq!(count(&test), 0);
}

#[test]
fn retention_believes_a_clock_when_it_is_told() {
    let test = keeping_a_week();
    completed(&test);
    maintain(&test);
    test.clock.set(test.clock.now() + span(YEAR));
    test.store.write(retention_clock::trust).unwrap();
    maintain(&test);
    assert_eq!(count(&test), 0);
}

#[test]
fn after_a_boot_retention_believes_a_gap_of_a_month_and_no_longer_one() {
    for (days, left) in [(29, 0), (32, 1)] {
        let test = keeping_a_week();
        completed(&test);
        maintain(&test);
        test.clock.reboot();
        test.clock.set(test.clock.now() + span(days * 24 * HOUR));
        maintain(&test);
        assert_eq!(count(&test), left, "{days}");
    }
}

#[test]
fn one_round_deletes_no_more_than_its_bound() {
    let test = TestStore::with(|config| {
        config.retention.cancelled_tasks = Some(Duration::from_secs(HOUR));
        config.retention.max_rows_per_run = Some(100);
    });
    maintain(&test);
    for number in 0..250 {
        let id = test.task(&format!("task {number}"));
        test.store
            .write(|uow| tasks::cancel(uow, &id, None))
            .unwrap();
    }
    test.advance_seconds(2 * HOUR);
    for left in [150, 50, 0] {
        maintain(&test);
        assert_eq!(count(&test), left);
    }
}

#[test]
fn the_validator_names_each_time_ahead_and_the_repair_moves_it() {
    let test = keeping_a_week();
    let agent = test.agent("a", 2);
    let id = test.task("work");
    let right = test.clock.now();
    test.clock.set(right + span(YEAR));
    test.store
        .write(|uow| agents::heartbeat(uow, &agent))
        .unwrap();
    maintain(&test);
    test.claim(&agent, 1);
    test.store
        .write(|uow| {
            let mark = "INSERT INTO RetentionMarks (TableName, DeleteBefore) \
                        VALUES ('AuditLogs', '2040-01-01 00:00:00.0000000')";
            Ok(uow.connection().batch_execute(mark)?)
        })
        .unwrap();
    test.clock.set(right);
    let found = |test: &TestStore| {
        let report = test.store.read(integrity::check).unwrap();
        let ahead = report.findings.into_iter();
        let ahead = ahead.filter(|finding| finding.rule == "no time is ahead of the clock");
        ahead
            .filter_map(|finding| finding.table)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found(&test),
        ["Tasks", "Agents", "RetentionMarks", "RetentionClock"]
    );
    let repaired = repair::repair(&test.store).unwrap();
    let moved = repaired
        .repairs
        .iter()
        .filter(|repair| repair.what.starts_with("moved"));
    assert_eq!(moved.count(), 4);
    assert_eq!(found(&test), [""; 0]);
    // The worker keeps its lease, whose length is as it was.
    let task = test.get_task(&id);
    assert!(task.lease_token.is_some());
    assert_eq!(task.lease_expires_at, Some(right + span(60)));
}
