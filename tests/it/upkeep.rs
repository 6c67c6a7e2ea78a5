//! `Store::maintain`: what it does, in which pieces, and what it leaves alone.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use orchestra_store::maintenance::backup::{self, BackupFile, BackupState};
use orchestra_store::maintenance::upkeep::{Budget, StepReport, UpkeepReport};
use orchestra_store::maintenance::{integrity, space};
use orchestra_store::models::{
    AuditLog, ChatMessage, ErrorLog, OrchestrationLog, PerformanceMetric, Task, TaskId,
};
use orchestra_store::query::Specification;
use orchestra_store::schema::retention_marks;
use orchestra_store::services::caches::{computed_results, query_cache, session_data};
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask};
use orchestra_store::services::workflows::{self, NewDefinition};
use orchestra_store::services::{agents, code_repositories, data};
use orchestra_store::types::{Json, TaskStatus, Timestamp};
use orchestra_store::{
    BackupPolicy, Clock, Entity, Error, ErrorCode, ManualClock, Reader, Store, StoreConfig,
    UnitOfWork, events, registry,
};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, child_argument, child_process, scaled, token_of};

const DAY: u64 = 24 * 3600;
const LONG: Duration = Duration::from_secs(60);

fn days(count: u64) -> Option<Duration> {
    Some(Duration::from_secs(count * DAY))
}

fn maintain(store: &Store) -> UpkeepReport {
    let report = store.maintain(LONG).unwrap();
    assert_eq!(report.errors().next(), None);
    assert!(!report.more_due, "{report:?}");
    report
}

fn step<'a>(report: &'a UpkeepReport, name: &str) -> &'a StepReport {
    let found = report.steps.iter().find(|step| step.step == name);
    found.unwrap_or_else(|| panic!("{name} is no step"))
}

fn count<E: Entity>(store: &Store) -> i64 {
    let all = Specification::<E>::default();
    store.read(|reader| data::count(reader, &all)).unwrap()
}

fn status(test: &TestStore, id: &TaskId) -> TaskStatus {
    test.get_task(id).status
}

fn fill_caches(store: &Store, valid_for: Option<Duration>) {
    let value = Json(json!(1));
    store
        .write(|uow| {
            let valid = valid_for.map_or(query_cache::Expiry::Never, query_cache::Expiry::After);
            query_cache::put(uow, &format!("{valid_for:?}"), &value, valid, &[])?;
            let mut new = computed_results::NewResult::new(value.clone());
            new.valid_for = valid_for;
            computed_results::put(uow, &format!("{valid_for:?}"), &new)?;
            let key = format!("{valid_for:?}");
            session_data::put(uow, "s", &key, &value, valid_for, &[]).map(drop)
        })
        .unwrap();
}

#[test]
fn what_is_due_is_done() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let task = test.task("ls");
    test.claim(&agent, 1);
    fill_caches(&test.store, None);
    fill_caches(&test.store, Some(Duration::from_secs(60)));
    test.advance_seconds(8 * DAY);
    let events = test.store.read(events::newest).unwrap().unsigned_abs();

    let report = maintain(&test.store);
    assert_eq!(step(&report, "rescue expired leases").count, 1);
    assert_eq!(status(&test, &task), TaskStatus::Pending);
    for cache in ["query cache", "computed results", "session data"] {
        assert_eq!(
            step(&report, &format!("expire {cache}")).count,
            1,
            "{cache}"
        );
    }
    let kept = test.store.read(|reader| query_cache::get(reader, "None"));
    assert!(kept.unwrap().is_some());
    assert_eq!(step(&report, "trim change events").count, events);

    let again = maintain(&test.store);
    let done = again
        .steps
        .iter()
        .filter(|s| s.step != "checkpoint" && s.count > 0);
    assert_eq!(done.count(), 0, "{again:?}");
}

/// One row of each kind that a policy can be about, and a task in each state that ends.
fn one_of_each(test: &TestStore) -> [TaskId; 3] {
    let agent = test.agent("a", 5);
    let ids = ["completed", "failed", "cancelled"].map(|command| {
        let mut new = NewTask::new(command, REPOSITORY);
        new.max_retries = Some(0);
        test.enqueue(&new).id
    });
    let [completed, failed, cancelled] = &ids;
    test.store
        .write(|uow| tasks::cancel(uow, cancelled, None))
        .unwrap();
    test.store
        .write(|uow| {
            for task in tasks::claim(uow, &Claim::agent(&agent).up_to(5))? {
                let token = Some(token_of(&task));
                tasks::start(uow, &task.id, token.as_ref())?;
                if task.id == *completed {
                    tasks::complete(uow, &task.id, token.as_ref(), None)?;
                } else {
                    tasks::fail(uow, &task.id, token.as_ref(), &Failure::new("no"))?;
                }
            }
            let now = uow.now();
            let chat = registry::by_name("ChatSessions")?;
            let chat = chat.insert(uow, &json!({"InstanceId": "one", "Title": "Talk"}))?;
            for (entity, row) in [
                ("ChatMessages", json!({
                    "SessionId": chat["Id"], "MessageType": "User", "Content": "hello", "Timestamp": now,
                })),
                ("ErrorLogs", json!({"Message": "it failed", "Timestamp": now})),
                ("OrchestrationLogs", json!({"EventType": "Started", "Message": "go"})),
                ("PerformanceMetrics", json!({
                    "EntityType": "Host", "MetricName": "Load", "MetricValue": 0.5, "Timestamp": now,
                })),
                ("PerformanceMetrics", json!({
                    "EntityType": "Host", "MetricName": "Load", "MetricValue": 0.5, "Timestamp": now,
                    "PeriodType": "Daily", "PeriodStart": now, "PeriodEnd": now + Duration::from_secs(DAY),
                    "MinValue": 0, "MaxValue": 1, "Sum": 1, "M2": 0,
                })),
            ] {
                registry::by_name(entity)?.insert(uow, &row)?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(status(test, completed), TaskStatus::Completed);
    assert_eq!(status(test, failed), TaskStatus::Failed);
    ids
}

/// How many rows there are of each kind that a policy can be about.
fn census(store: &Store) -> [i64; 6] {
    [
        count::<Task>(store),
        count::<ChatMessage>(store),
        count::<PerformanceMetric>(store),
        count::<AuditLog>(store),
        count::<ErrorLog>(store),
        count::<OrchestrationLog>(store),
    ]
}

#[test]
fn without_a_policy_only_caches_and_events_are_deleted() {
    let test = TestStore::new();
    one_of_each(&test);
    maintain(&test.store); // adds rollups
    let before = census(&test.store);
    assert!(before.iter().all(|&count| count > 0), "{before:?}");
    test.advance_seconds(10_000 * DAY);
    maintain(&test.store);
    let after = census(&test.store);
    // The agent that went offline is in the audit log.
    let fewer = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| after < before);
    assert_eq!(fewer.count(), 0, "{before:?} {after:?}");
}

#[test]
fn each_policy_deletes_what_it_is_about_when_it_is_old_enough() {
    let test = TestStore::with(|config| {
        config.retention.completed_tasks = days(10);
        config.retention.failed_tasks = days(20);
        config.retention.cancelled_tasks = days(30);
        config.retention.chat_messages = days(40);
        config.retention.metrics = days(50);
        config.retention.error_logs = days(60);
        config.retention.orchestration_logs = days(70);
    });
    let [completed, failed, cancelled] = one_of_each(&test);
    maintain(&test.store); // adds rollups
    let mut left = census(&test.store);
    let audited = left[3];
    let names = [
        ("delete completed tasks", 0),
        ("delete failed tasks", 0),
        ("delete cancelled tasks", 0),
        ("delete chat messages", 1),
        ("delete metrics", 2),
        ("delete error logs", 4),
        ("delete orchestration logs", 5),
    ];
    let mut second = 0;
    for (name, kind) in names {
        test.advance_seconds(10 * DAY - second);
        assert_eq!(
            step(&maintain(&test.store), name).count,
            0,
            "{name} on the day itself"
        );
        second = 1;
        test.advance_seconds(second);
        let report = maintain(&test.store);
        assert_eq!(step(&report, name).count, 1, "{name}");
        left[kind] -= 1;
        left[3] = count::<AuditLog>(&test.store);
        assert_eq!(census(&test.store), left, "{name}");
    }
    for id in [completed, failed, cancelled] {
        let gone = test
            .store
            .read(|reader| tasks::get(reader, &id))
            .unwrap_err();
        assert_eq!(gone.code(), ErrorCode::NotFound);
    }
    // The three tasks, one entry for a batch of messages, and the agent that went offline.
    assert_eq!(left[3], audited + 5);
    let report = test.store.read(integrity::check).unwrap();
    assert!(report.is_ok(), "{:?}", report.findings);
}

#[test]
fn a_log_is_cut_up_to_its_mark_which_never_moves_back() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at("2026-01-01".parse().unwrap()));
    let open = |keep| {
        let mut config = StoreConfig::new(directory.path().join("orchestra.db"));
        config.clock = Arc::clone(&clock) as _;
        config.retention.audit_logs = days(keep);
        Store::open(config).unwrap()
    };
    let store = open(30);
    let enqueue = |store: &Store| {
        store
            .write(|uow| tasks::enqueue(uow, &NewTask::new("ls", REPOSITORY)))
            .unwrap()
    };
    enqueue(&store);
    let old = count::<AuditLog>(&store);
    clock.advance(Duration::from_secs(31 * DAY));
    enqueue(&store);
    let all = count::<AuditLog>(&store);
    let report = maintain(&store);
    assert_eq!(step(&report, "delete audit logs").count, old.unsigned_abs());
    assert_eq!(count::<AuditLog>(&store), all - old);
    let mark = |store: &Store| -> Timestamp {
        let of = retention_marks::table
            .find("AuditLogs")
            .select(retention_marks::delete_before);
        store
            .read(|reader| Ok(of.first(reader.connection())?))
            .unwrap()
    };
    assert_eq!(mark(&store).to_string(), "2026-01-02 00:00:00.0000000");
    store.close().unwrap();

    let longer = open(365);
    maintain(&longer);
    assert_eq!(mark(&longer).to_string(), "2026-01-02 00:00:00.0000000");
    assert_eq!(count::<AuditLog>(&longer), all - old);
}

#[test]
fn a_task_outlives_neither_its_subtasks_nor_its_time() {
    let test = TestStore::with(|config| config.retention.cancelled_tasks = days(1));
    let parent = test.task("parent");
    let mut child = NewTask::new("child", REPOSITORY);
    child.parent_task_id = Some(parent.clone());
    let child = test.enqueue(&child).id;
    let cancel = |id| {
        drop(
            test.store
                .write(|uow| tasks::cancel(uow, id, None))
                .unwrap(),
        )
    };
    cancel(&parent);
    test.advance_seconds(2 * DAY);
    maintain(&test.store);
    assert_eq!(count::<Task>(&test.store), 2, "a subtask is not done yet");
    cancel(&child);
    test.advance_seconds(2 * DAY);
    maintain(&test.store);
    maintain(&test.store);
    assert_eq!(count::<Task>(&test.store), 0);
}

#[test]
fn a_dry_run_tells_what_is_due_and_changes_nothing() {
    let test = TestStore::with(|config| {
        config.retention.completed_tasks = days(1);
        config.retention.audit_logs = days(1);
    });
    one_of_each(&test);
    fill_caches(&test.store, Some(Duration::from_secs(60)));
    test.advance_seconds(9 * DAY);
    let (before, newest) = (
        census(&test.store),
        test.store.read(events::newest).unwrap(),
    );
    let dry = test.store.maintain_dry_run().unwrap();
    assert_eq!(dry.errors().next(), None);
    assert_eq!(census(&test.store), before);
    let outbox = |reader: &mut orchestra_store::Reader<'_>| {
        events::since(reader, 0, &events::ChangeFilter::all(), 10_000)
    };
    let kept = test.store.read(outbox).unwrap().events.len();
    assert_eq!(kept, usize::try_from(newest).unwrap());

    assert_eq!(step(&dry, "delete completed tasks").count, 1);
    assert_eq!(step(&dry, "expire session data").count, 1);
    assert_eq!(
        step(&dry, "delete audit logs").count,
        before[3].unsigned_abs()
    );
    let real = maintain(&test.store);
    for would in &dry.steps {
        // Other steps write events, behind which the newest of before may be deleted, too.
        let further = u64::from(would.step == "trim change events");
        let count = would.count + further;
        assert_eq!(step(&real, would.step).count, count, "{}", would.step);
    }
}

/// As many expired entries of a cache as three batches and one more.
fn expired_entries(test: &TestStore) -> u64 {
    let count = 3001;
    let value = Json(json!(1));
    test.store
        .write(|uow| {
            let valid = query_cache::Expiry::After(Duration::from_secs(1));
            for number in 0..count {
                query_cache::put(uow, &number.to_string(), &value, valid, &[])?;
            }
            Ok(())
        })
        .unwrap();
    test.advance_seconds(60);
    count
}

#[test]
fn a_small_budget_does_everything_in_the_end_and_every_step_gets_its_turn() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let task = test.task("ls");
    let expired = expired_entries(&test);
    let one = Budget {
        max_runs: Some(1),
        ..Budget::default()
    };
    let steps = test.store.maintain(one).unwrap().steps.len();
    test.claim(&agent, 1);
    test.advance_seconds(61);
    let mut removed = 0;
    let mut rounds = 1;
    loop {
        let report = test.store.maintain(one).unwrap();
        assert_eq!(report.steps.iter().map(|step| step.runs).sum::<u32>(), 1);
        removed += step(&report, "expire query cache").count;
        rounds += 1;
        if rounds == steps + 1 {
            assert_eq!(removed, 1000, "one batch in the first round");
            assert_eq!(
                status(&test, &task),
                TaskStatus::Pending,
                "rescued in its turn"
            );
        }
        if removed == expired {
            break;
        }
    }
    assert!(rounds <= 4 * steps, "{rounds}");
}

/// A clock that is ten milliseconds later each time that somebody measures.
#[derive(Debug)]
struct Ticking(ManualClock, AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn uptime(&self) -> Duration {
        Duration::from_millis(10 * self.1.fetch_add(1, Ordering::SeqCst))
    }
}

#[test]
fn no_step_begins_when_the_time_is_over() {
    let test = TestStore::with(|config| {
        let manual = ManualClock::at("2026-01-01".parse().unwrap());
        config.clock = Arc::new(Ticking(manual, AtomicU64::new(0)));
    });
    let runs = |millis| {
        let report = test.store.maintain(Duration::from_millis(millis)).unwrap();
        assert!(report.more_due);
        report.steps.iter().map(|step| step.runs).sum::<u32>()
    };
    assert_eq!(runs(50), 3, "the look at the clock measures too");
    assert_eq!(runs(0), 1, "the first always begins");
}

#[test]
fn a_step_that_fails_is_named_and_keeps_no_other_from_running() {
    let test = TestStore::new();
    test.store
        .write(|uow| Ok(uow.connection().batch_execute("DROP TABLE QueryCache")?))
        .unwrap();
    fill_session(&test.store);
    test.advance_seconds(8 * DAY);
    let report = test.store.maintain(LONG).unwrap();
    let failed: Vec<_> = report.errors().collect();
    let [(name, error)] = &failed[..] else {
        panic!("{failed:?}")
    };
    assert_eq!(*name, "expire query cache");
    assert!(error.message.contains("QueryCache"), "{error:?}");
    assert_eq!(step(&report, "expire session data").count, 1);
    assert!(report.more_due);
    let others = report.steps.iter().filter(|step| step.step != *name);
    assert!(
        others.clone().all(|step| step.runs == 1 && !step.more),
        "{report:?}"
    );
}

fn fill_session(store: &Store) {
    let (value, minute) = (Json(json!(1)), Some(Duration::from_secs(60)));
    let put = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        session_data::put(uow, "s", "k", &value, minute, &[])
    };
    store.write(put).unwrap();
}

#[test]
fn upkeep_inside_a_write_or_of_a_closed_store_is_refused() {
    let test = TestStore::new();
    let inside = test.store.write(|_| test.store.maintain(LONG).map(drop));
    assert_eq!(inside.unwrap_err().code(), ErrorCode::Misuse);
    test.store.close().unwrap();
    let closed = test.store.maintain(LONG).unwrap_err();
    assert_eq!(closed.code(), ErrorCode::Closed);
}

/// Fills a cache with 2 MB that are no longer valid.
fn fill_and_expire(test: &TestStore) {
    let value = Json(json!("x".repeat(100_000)));
    let valid = query_cache::Expiry::After(Duration::from_secs(1));
    let fill = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        for number in 0..20 {
            query_cache::put(uow, &number.to_string(), &value, valid, &[])?;
        }
        Ok(())
    };
    test.store.write(fill).unwrap();
    space::checkpoint(&test.store).unwrap();
    test.clock.advance(LONG);
}

fn file_size(test: &TestStore) -> u64 {
    std::fs::metadata(test.path()).unwrap().len()
}

#[test]
fn free_pages_are_given_back_and_the_file_shrinks() {
    let test = TestStore::new();
    fill_and_expire(&test);
    let before = file_size(&test);
    let report = maintain(&test.store);
    assert_eq!(step(&report, "expire query cache").count, 20);
    let pages = step(&report, "give back free pages").count;
    assert!(pages > 400, "{pages}");
    assert!(file_size(&test) <= before - pages * 4096, "{report:?}");
}

#[test]
fn a_file_that_was_not_made_for_it_shrinks_by_one_vacuum_and_then_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    let mut plain = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    plain
        .batch_execute("PRAGMA auto_vacuum = NONE; CREATE TABLE t (a); DROP TABLE t")
        .unwrap();
    drop(plain);
    let test = TestStore::with(|config| config.path = path.clone());
    let size = || std::fs::metadata(&path).unwrap().len();
    fill_and_expire(&test);
    let before = size();
    let report = maintain(&test.store);
    assert_eq!(step(&report, "give back free pages").count, 0);
    assert_eq!(size(), before);
    let given_back = space::vacuum(&test.store).unwrap();
    assert!(given_back > 1_500_000 && size() == before - given_back);

    fill_and_expire(&test);
    let before = size();
    let pages = step(&maintain(&test.store), "give back free pages").count;
    assert!(
        pages > 400 && size() <= before - pages * 4096,
        "{} of {before}",
        size()
    );
}

#[test]
fn a_read_that_holds_too_much_of_the_log_is_told() {
    let test = TestStore::with(|config| config.wal_limit = 50_000);
    let held = test.store.read(|reader| {
        agents::list(reader)?;
        fill_caches(&test.store, None);
        for number in 0..50 {
            test.task(&number.to_string());
        }
        test.store.maintain(LONG)
    });
    let held = held.unwrap();
    let [(name, error)] = held.errors().collect::<Vec<_>>()[..] else {
        panic!("{held:?}")
    };
    assert_eq!((name, error.code), ("checkpoint", ErrorCode::Busy));
    assert!(
        error.message.contains("a read that stays open"),
        "{error:?}"
    );
    maintain(&test.store);
}

/// A store that makes a backup each day, and where.
fn with_backups() -> (TestStore, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let test = TestStore::with(|config| {
        let mut policy = BackupPolicy::new(directory.path().join("backups"));
        policy.keep = 2;
        policy.compress = true;
        config.backups = Some(policy);
    });
    (test, directory)
}

fn backups_in(directory: &Path) -> Vec<BackupFile> {
    backup::list(&directory.join("backups"), true).unwrap()
}

#[test]
fn backups_are_made_when_they_are_due_and_old_ones_removed() {
    let (test, directory) = with_backups();
    let made = || step(&maintain(&test.store), "back up").count;
    assert_eq!((made(), made()), (1, 0));
    test.advance_seconds(DAY - 1);
    assert_eq!(made(), 0);
    for _ in 0..3 {
        test.advance_seconds(DAY);
        assert_eq!(made(), 1);
    }
    let backups = backups_in(directory.path());
    assert_eq!(backups.len(), 2);
    for backup in backups {
        assert_eq!(backup.state, BackupState::Verified);
        assert_eq!(backup.path.extension().unwrap(), "gz");
    }
}

#[test]
fn a_backup_that_fails_is_told_and_not_tried_again_at_once() {
    let (test, directory) = with_backups();
    std::fs::write(directory.path().join("backups"), "not a directory").unwrap();
    let errors = || {
        let report = test.store.maintain(LONG).unwrap();
        report.errors().map(|(step, _)| step).collect::<Vec<_>>()
    };
    assert_eq!(errors(), ["back up"]);
    assert!(errors().is_empty());
    test.advance_seconds(600);
    assert_eq!(errors(), ["back up"]);
    std::fs::remove_file(directory.path().join("backups")).unwrap();
    test.advance_seconds(600);
    assert_eq!(step(&maintain(&test.store), "back up").count, 1);
    assert_eq!(backups_in(directory.path()).len(), 1);
}

fn database(directory: &Path) -> StoreConfig {
    let mut config = StoreConfig::new(directory.join("orchestra.db"));
    config.durability = orchestra_store::Durability::Normal;
    config.retention.max_change_events = Some(10);
    config.retention.cancelled_tasks = Some(Duration::ZERO);
    config
}

/// A process that looks after the database until nothing is due, and tells what it did.
#[test]
fn child_maintains() {
    let Some(directory) = child_argument() else {
        return;
    };
    let store = Store::open(database(Path::new(&directory))).unwrap();
    let [rescued, deleted] = maintain_until_done(&store);
    println!("done {rescued} {deleted}");
}

fn maintain_until_done(store: &Store) -> [u64; 2] {
    let mut done = [0, 0];
    loop {
        let report = store.maintain(Duration::from_millis(20)).unwrap();
        assert_eq!(report.errors().next(), None);
        done[0] += step(&report, "rescue expired leases").count;
        done[1] += step(&report, "delete cancelled tasks").count;
        if !report.more_due {
            return done;
        }
    }
}

#[test]
fn several_processes_and_threads_at_once_do_everything_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(database(directory.path())).unwrap();
    let count: u32 = scaled(150, 2000);
    store
        .write(|uow| {
            let new: Vec<_> = (0..count).map(|_| NewTask::new("ls", REPOSITORY)).collect();
            tasks::enqueue_many(uow, &new)?;
            let mut claim = Claim::repository(REPOSITORY, "w").up_to(count);
            claim.lease = Some(Duration::from_millis(1));
            tasks::claim(uow, &claim)?;
            let cancelled = tasks::enqueue_many(uow, &new)?;
            let cancel = |task: &Task| tasks::cancel(uow, &task.id, None).map(drop);
            cancelled.iter().try_for_each(cancel)
        })
        .unwrap();
    thread::sleep(Duration::from_millis(5));
    let argument = directory.path().to_str().unwrap();
    let child = child_process("upkeep::child_maintains", argument)
        .spawn()
        .unwrap();
    let other = Store::open(database(directory.path())).unwrap();
    let by_threads = thread::scope(|scope| {
        [&store, &other]
            .map(|store| scope.spawn(|| maintain_until_done(store)))
            .map(|thread| thread.join().unwrap())
    });
    let output = child.wait_with_output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let line = output
        .lines()
        .find_map(|line| line.split_once("done "))
        .unwrap()
        .1;
    let numbers: Vec<u64> = line
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    for (kind, by_child) in numbers.into_iter().enumerate() {
        let by_all = by_child + by_threads[0][kind] + by_threads[1][kind];
        assert_eq!(by_all, u64::from(count), "{output}");
    }
    let report = store.read(integrity::check).unwrap();
    assert!(report.is_ok(), "{:?}", report.findings);
    let _: Error = events::follow(&store, 0, events::ChangeFilter::all()).unwrap_err();
}

#[test]
fn repositories_are_rated_once_an_hour() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    test.task("make");
    let task = &test.claim(&agent, 1)[0];
    let token = token_of(task);
    test.store
        .write(|uow| tasks::start(uow, &task.id, Some(&token)))
        .unwrap();
    test.advance_seconds(10);
    test.store
        .write(|uow| tasks::complete(uow, &task.id, Some(&token), None))
        .unwrap();

    let rating = || {
        let by_path = |reader: &mut Reader<'_>| code_repositories::get_by_path(reader, REPOSITORY);
        test.store
            .read(by_path)
            .unwrap()
            .unwrap()
            .performance_rating
    };
    let would = test.store.maintain_dry_run().unwrap();
    assert_eq!(
        (step(&would, "rate repositories").count, rating()),
        (1, 0.0)
    );
    let rated = |expected: u64| {
        let report = maintain(&test.store);
        assert_eq!(step(&report, "rate repositories").count, expected);
    };
    rated(1);
    assert!(rating() > 0.0);
    // What follows from the same tasks is not written again, and within the hour not even asked.
    let set = |uow: &mut UnitOfWork<'_>| {
        let mut row = code_repositories::get_by_path(uow, REPOSITORY)?.unwrap();
        row.performance_rating = 1.0;
        data::update(uow, &mut row)
    };
    test.store.write(set).unwrap();
    test.advance_seconds(3599);
    rated(0);
    assert_eq!(rating(), 1.0);
    test.advance_seconds(1);
    rated(1);
    test.advance_seconds(3600);
    rated(0);
}

#[test]
fn executions_are_recovered_batch_by_batch_and_all_of_them() {
    let test = TestStore::new();
    let definition = json!({"stages": [{"name": "a", "tasks": [{"command": "make"}]}]});
    let new = NewDefinition::new("Flow", definition);
    let start = workflows::Start {
        repository_path: REPOSITORY.to_owned(),
        ..workflows::Start::default()
    };
    test.store
        .write(|uow| {
            let definition = workflows::publish(uow, &new)?;
            for _ in 0..250 {
                workflows::start(uow, &definition.id, &start)?;
            }
            // As if the tasks had come from elsewhere.
            let sql = "UPDATE WorkflowExecutions SET CurrentStage = NULL";
            Ok(uow.connection().batch_execute(sql)?)
        })
        .unwrap();
    let one_batch = Budget {
        max_runs: Some(1),
        ..LONG.into()
    };
    let mut recovered = Vec::new();
    while recovered.iter().sum::<u64>() < 250 {
        let report = test.store.maintain(one_batch).unwrap();
        assert_eq!(report.errors().next(), None);
        let step = step(&report, "recover workflows");
        if step.runs > 0 {
            recovered.push(step.count);
        }
    }
    assert_eq!(recovered, [100, 100, 50]);
    let report = maintain(&test.store);
    assert_eq!(step(&report, "recover workflows").count, 0);
}
