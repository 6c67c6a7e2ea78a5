//! Retention by size: which rows go, in which order and how many at a time, and that the file on the disk shrinks.

use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::maintenance::upkeep::{Budget, SizeReport, StepReport, UpkeepReport};
use orchestra_store::maintenance::{integrity, space};
use orchestra_store::models::{AgentId, ChatSessionId, TaskId};
use orchestra_store::schema::{
    audit_logs, change_events, chat_messages, chat_sessions, error_logs, orchestration_logs,
    query_cache, retention_marks, tasks,
};
use orchestra_store::services::caches::query_cache::{self as cache, Expiry};
use orchestra_store::services::error_logs::NewErrorLog;
use orchestra_store::services::orchestration_logs::NewOrchestrationLog;
use orchestra_store::services::tasks::{Claim, Dependency, NewTask};
use orchestra_store::services::workflows::{self, NewDefinition};
use orchestra_store::services::{self, agents, retention_clock};
use orchestra_store::types::{Json, TaskStatus, Timestamp};
use orchestra_store::{
    Clock as _, Reader, Result, RetentionPolicy, StoreConfig, UnitOfWork, registry,
};
use serde_json::json;

use crate::random::Random;
use crate::support::{REPOSITORY, TestStore, scaled, token_of};

const DAY: u64 = 24 * 3600;
const LONG: Duration = Duration::from_secs(60);
const STEP: &str = "keep within the size";
/// Size that the databases of most tests may have; an empty one has less than half of it.
const MAX: u64 = 3 << 20;

fn for_long() -> Option<Duration> {
    Some(Duration::from_secs(1000 * DAY))
}

/// Gives a time to the kinds that [`add`] adds.
fn with_times(policy: &mut RetentionPolicy) {
    policy.error_logs = for_long();
    policy.orchestration_logs = for_long();
    policy.cancelled_tasks = for_long();
    policy.chat_messages = for_long();
    policy.max_size = Some(MAX);
}

fn limited(change: impl FnOnce(&mut StoreConfig)) -> TestStore {
    TestStore::with(|config| {
        with_times(&mut config.retention);
        config.audit = false;
        change(config);
    })
}

fn maintain(test: &TestStore) -> UpkeepReport {
    let report = test.store.maintain(LONG).unwrap();
    assert_eq!(report.errors().next(), None);
    report
}

fn size_of(report: &UpkeepReport) -> &SizeReport {
    report.size.as_ref().unwrap()
}

fn step<'a>(report: &'a UpkeepReport, name: &str) -> &'a StepReport {
    report.steps.iter().find(|step| step.step == name).unwrap()
}

fn deleted(report: &UpkeepReport) -> u64 {
    size_of(report).deleted.iter().map(|of| of.rows).sum()
}

/// Size of the file and of the log on the disk.
fn on_disk(test: &TestStore) -> u64 {
    let log = test.path().with_extension("db-wal");
    let log = std::fs::metadata(log).map_or(0, |file| file.len());
    std::fs::metadata(test.path()).unwrap().len() + log
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Error,
    Event,
    Message,
    Task,
}

/// Adds a row of about so many bytes.
fn add(test: &TestStore, kind: Kind, bytes: usize) {
    let text = "x".repeat(bytes);
    let added = test.store.write(|uow| {
        match kind {
            Kind::Error => services::error_logs::log(uow, &NewErrorLog::new(text)).map(drop),
            Kind::Event => {
                let new = NewOrchestrationLog::new("Noted", text);
                services::orchestration_logs::append(uow, &new).map(drop)
            }
            Kind::Message => {
                let session = session(uow)?;
                let row = json!({
                    "SessionId": session, "MessageType": "User", "Content": text, "Timestamp": uow.now(),
                });
                registry::by_name("ChatMessages")?.insert(uow, &row).map(drop)
            }
            Kind::Task => {
                let new = NewTask::new(text.get(..1900).unwrap_or(&text), REPOSITORY);
                let task = services::tasks::enqueue(uow, &new)?;
                services::tasks::cancel(uow, &task.id, None).map(drop)
            }
        }
    });
    added.unwrap();
}

/// Returns the conversation of the messages.
fn session(uow: &mut UnitOfWork<'_>) -> Result<ChatSessionId> {
    let known = chat_sessions::table.select(chat_sessions::id);
    if let Some(id) = known.first(uow.connection()).optional()? {
        return Ok(id);
    }
    let new = json!({"InstanceId": "one", "Title": "Talk"});
    registry::by_name("ChatSessions")?.insert(uow, &new)?;
    Ok(known.first(uow.connection())?)
}

/// Adds rows of all kinds in turn, a minute apart.
fn fill(test: &TestStore, rows: usize, bytes: usize) {
    for number in 0..rows {
        test.advance_seconds(60);
        let kinds = [Kind::Error, Kind::Event, Kind::Message, Kind::Task];
        add(test, kinds[number % kinds.len()], bytes);
    }
    test.advance_seconds(60);
}

/// Times of the rows that [`add`] added, in order.
fn times(test: &TestStore) -> Vec<Timestamp> {
    let read = |reader: &mut Reader<'_>| {
        let conn = reader.connection();
        let mut times: Vec<Timestamp> =
            error_logs::table.select(error_logs::timestamp).load(conn)?;
        times.extend(
            orchestration_logs::table
                .select(orchestration_logs::created_at)
                .load::<Timestamp>(conn)?,
        );
        times.extend(
            chat_messages::table
                .select(chat_messages::timestamp)
                .load::<Timestamp>(conn)?,
        );
        let ended = tasks::completed_at.assume_not_null();
        let cancelled = tasks::table.filter(tasks::status.eq(TaskStatus::Cancelled));
        times.extend(cancelled.select(ended).load::<Timestamp>(conn)?);
        times.sort();
        Ok(times)
    };
    test.store.read(read).unwrap()
}

fn is_sound(test: &TestStore) {
    let report = test.store.read(integrity::check).unwrap();
    assert!(report.is_ok(), "{:?}", report.findings);
}

#[test]
fn the_oldest_of_all_kinds_go_and_the_file_shrinks() {
    let test = limited(|_| {});
    fill(&test, 1600, 5000);
    let before = times(&test);
    assert!(on_disk(&test) > 2 * MAX);
    let report = maintain(&test);
    let size = size_of(&report);
    assert!(
        on_disk(&test) <= MAX && size.after == on_disk(&test),
        "{size:?}"
    );
    assert!(size.before > 2 * MAX && size.held.is_none(), "{size:?}");
    assert!(size.pages_given_back * 4096 > MAX / 2, "{size:?}");
    let kinds: Vec<_> = size.deleted.iter().map(|of| of.kind).collect();
    for kind in [
        "cancelled tasks",
        "chat messages",
        "error logs",
        "orchestration logs",
    ] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }

    let after = times(&test);
    let gone = before.len() - after.len();
    assert_eq!(after, before[gone..], "all that is left is younger");
    let rows = size.deleted.iter().filter(|of| of.kind != "change events");
    assert_eq!(rows.map(|of| of.rows).sum::<u64>(), gone as u64);
    assert!(after.len() > 200, "no more than need be: {}", after.len());
    is_sound(&test);
    let again = maintain(&test);
    assert_eq!((deleted(&again), again.more_due), (0, false));
}

#[test]
fn logs_are_marked_as_far_as_they_were_cut() {
    let test = limited(|_| {});
    fill(&test, 1200, 5000);
    maintain(&test);
    let read = |reader: &mut Reader<'_>| {
        let conn = reader.connection();
        let marks = retention_marks::table.order(retention_marks::table_name);
        let columns = (retention_marks::table_name, retention_marks::delete_before);
        let marks: Vec<(String, Timestamp)> = marks.select(columns).load(conn)?;
        let error: Timestamp = error_logs::table
            .order(error_logs::timestamp)
            .select(error_logs::timestamp)
            .first(conn)?;
        let event: Timestamp = orchestration_logs::table
            .order(orchestration_logs::created_at)
            .select(orchestration_logs::created_at)
            .first(conn)?;
        Ok((marks, [error, event]))
    };
    let (marks, oldest) = test.store.read(read).unwrap();
    let names: Vec<_> = marks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["ErrorLogs", "OrchestrationLogs"]);
    for ((name, mark), oldest) in marks.iter().zip(oldest) {
        let distance = oldest - *mark;
        assert!(
            *mark <= oldest && distance <= Duration::from_secs(240).into(),
            "{name}"
        );
    }
}

#[test]
fn what_is_open_waits_or_is_kept_for_ever_stays() {
    let test = limited(|config| {
        config.retention.completed_tasks = for_long();
        config.retention.failed_tasks = for_long();
        config.retention.error_logs = None;
        config.retention.max_size = Some(1);
    });
    let agent = test.agent("a", 10);
    let waiting = test.task("waits");
    let parent = test.task("parent");
    let mut child = NewTask::new("child", REPOSITORY);
    child.parent_task_id = Some(parent.clone());
    let child = test.enqueue(&child).id;
    let needed = test.task("needed");
    let mut dependant = NewTask::new("dependant", REPOSITORY);
    dependant.depends_on = vec![Dependency::Task(needed.clone())];
    let dependant = test.enqueue(&dependant).id;
    let stays = [&waiting, &parent, &child, &needed, &dependant];
    let cancel = |id: &TaskId| {
        let cancelled = test
            .store
            .write(|uow| services::tasks::cancel(uow, id, None));
        drop(cancelled.unwrap());
    };
    cancel(&parent);
    complete(&test, &agent, &needed);
    let stages = running_workflow(&test);
    complete(&test, &agent, &stages[0]);
    add(&test, Kind::Error, 5000);
    fill(&test, 40, 2000);
    let gone = test.task("gone");
    cancel(&gone);
    test.advance_seconds(60);

    let report = maintain(&test);
    assert!(deleted(&report) > 30, "{report:?}");
    for id in stays.into_iter().chain(&stages) {
        test.get_task(id);
    }
    assert!(
        test.store
            .read(|reader| services::tasks::get(reader, &gone))
            .is_err()
    );
    let errors = |reader: &mut Reader<'_>| {
        Ok(error_logs::table
            .count()
            .get_result::<i64>(reader.connection())?)
    };
    assert_eq!(test.store.read(errors).unwrap(), 11);
    let held = size_of(&report).held.as_ref().unwrap();
    for kind in ["metrics", "audit logs", "error logs"] {
        assert!(held.kept_for_ever.contains(&kind), "{held:?}");
    }
    assert_eq!(held.kept_for_ever.len(), 3, "{held:?}");
    is_sound(&test);
}

/// Lets an agent complete this task.
fn complete(test: &TestStore, agent: &AgentId, id: &TaskId) {
    let done = test.store.write(|uow| {
        for task in services::tasks::claim(uow, &Claim::agent(agent).up_to(10))? {
            let token = Some(token_of(&task));
            if task.id == *id {
                services::tasks::start(uow, &task.id, token.as_ref())?;
                services::tasks::complete(uow, &task.id, token.as_ref(), None)?;
            } else {
                services::tasks::release(uow, &task.id, token.as_ref())?;
            }
        }
        Ok(())
    });
    done.unwrap();
    assert_eq!(test.get_task(id).status, TaskStatus::Completed);
}

/// Starts a workflow of two stages, and returns their tasks.
fn running_workflow(test: &TestStore) -> [TaskId; 2] {
    let definition = json!({"stages": [
        {"name": "a", "tasks": [{"command": "make"}]},
        {"name": "b", "dependsOn": ["a"], "tasks": [{"command": "test"}]},
    ]});
    let start = workflows::Start {
        repository_path: REPOSITORY.to_owned(),
        ..workflows::Start::default()
    };
    let ids = test.store.write(|uow| {
        let definition = workflows::publish(uow, &NewDefinition::new("Flow", definition))?;
        workflows::start(uow, &definition.id, &start)?;
        let named = |command: &str| {
            tasks::table
                .filter(tasks::command.eq(command.to_owned()))
                .select(tasks::id)
        };
        let make = named("make").first(uow.connection())?;
        Ok([make, named("test").first(uow.connection())?])
    });
    ids.unwrap()
}

#[test]
fn a_round_deletes_no_more_than_its_bound_and_the_next_goes_on() {
    let test = limited(|config| config.retention.max_rows_per_run = Some(50));
    fill(&test, 1200, 5000);
    let mut last = times(&test);
    let mut rounds = 0;
    loop {
        let report = maintain(&test);
        for of in &size_of(&report).deleted {
            assert!(of.rows <= 50, "{of:?}");
        }
        let now = times(&test);
        assert_eq!(now, last[last.len() - now.len()..]);
        last = now;
        rounds += 1;
        if size_of(&report).after <= MAX {
            break;
        }
        assert!(
            report.more_due && size_of(&report).held.is_none(),
            "{report:?}"
        );
    }
    assert!(rounds > 2, "{rounds}");
}

#[test]
fn age_and_size_share_the_bound() {
    let test = limited(|config| {
        config.retention.error_logs = Some(Duration::from_secs(DAY));
        config.retention.max_rows_per_run = Some(30);
    });
    for _ in 0..1000 {
        add(&test, Kind::Error, 8000);
    }
    test.advance_seconds(2 * DAY);
    let report = maintain(&test);
    let by_age = step(&report, "delete error logs").count;
    let by_size = size_of(&report).deleted.iter();
    let by_size = by_size.filter(|of| of.kind == "error logs");
    let by_size: u64 = by_size.map(|of| of.rows).sum();
    assert_eq!(by_age + by_size, 30, "{report:?}");
    assert!(report.more_due);
}

#[test]
fn one_batch_is_small_and_stops_where_it_is_enough() {
    let test = limited(|_| {});
    fill(&test, 1200, 5000);
    let one_batch = Budget {
        max_runs: Some(1),
        ..LONG.into()
    };
    let mut left = times(&test).len();
    let mut batches = 0;
    loop {
        let report = test.store.maintain(one_batch).unwrap();
        let now = times(&test).len();
        assert!(left - now <= 100);
        batches += u32::from(now < left);
        left = now;
        let is_due = report
            .steps
            .iter()
            .any(|step| step.step == STEP && step.more);
        if batches > 0 && !is_due {
            break;
        }
    }
    assert!(batches > 3, "{batches}");
    let space = space::measure(&test.store).unwrap();
    let used = space.database - space.free_in_database;
    assert!(used <= MAX && used > MAX - 20 * 8192, "{used}");
}

/// Pages that the first batch of a deletion writes, in a database of so many rows.
fn pages_of_a_batch(rows: usize) -> u64 {
    let test = limited(|_| {});
    fill(&test, rows, 2000);
    let one_batch = Budget {
        max_runs: Some(1),
        ..LONG.into()
    };
    let left = times(&test).len();
    while times(&test).len() == left {
        space::checkpoint(&test.store).unwrap();
        test.store.maintain(one_batch).unwrap();
    }
    let log = test.path().with_extension("db-wal");
    std::fs::metadata(log).unwrap().len() / 4096
}

#[test]
fn a_batch_writes_no_more_pages_in_a_larger_database() {
    let (small, large) = (
        pages_of_a_batch(1500),
        pages_of_a_batch(scaled(4500, 30_000)),
    );
    println!("{small} and {large} pages");
    assert!(small < 1000 && large < small * 3 / 2, "{small} {large}");
}

#[test]
fn a_file_that_is_large_by_free_pages_alone_loses_no_row() {
    let test = limited(|_| {});
    fill(&test, 200, 2000);
    let rows = times(&test);
    let fill_and_empty = |uow: &mut UnitOfWork<'_>| {
        for number in 0..100 {
            let (key, value) = (format!("k{number}"), json!("x".repeat(60_000)));
            cache::put(uow, &key, &Json(value), Expiry::Never, &[])?;
        }
        Ok(())
    };
    test.store.write(fill_and_empty).unwrap();
    let emptied = test
        .store
        .write(|uow| Ok(diesel::delete(query_cache::table).execute(uow.connection())?));
    assert_eq!(emptied.unwrap(), 100);
    assert!(on_disk(&test) > MAX);
    let report = maintain(&test);
    assert_eq!(deleted(&report), 0);
    assert!(on_disk(&test) <= MAX && size_of(&report).pages_given_back > 500);
    assert_eq!(times(&test), rows);
}

#[test]
fn where_nothing_may_be_deleted_a_warning_says_what_holds_the_space() {
    let test = limited(|config| config.retention.orchestration_logs = None);
    for _ in 0..1000 {
        add(&test, Kind::Event, 8000);
    }
    test.advance_seconds(60);
    let report = maintain(&test);
    assert!(!report.more_due, "{report:?}");
    let held = size_of(&report).held.as_ref().unwrap();
    assert!(!held.waits_for_reads, "{held}");
    assert_eq!(held.tables[0].table, "OrchestrationLogs");
    assert!(held.tables[0].bytes > 8_000_000 && held.used > held.tables[0].bytes);
    let text = held.to_string();
    assert!(text.contains("OrchestrationLogs"), "{text}");
    assert!(
        text.contains(
            "keeps for ever: completed tasks, failed tasks, metrics, audit logs, orchestration logs"
        ),
        "{text}"
    );

    let soon = maintain(&test);
    assert!(
        size_of(&soon).held.as_ref().unwrap().tables.is_empty(),
        "once an hour"
    );
    test.advance_seconds(3600);
    let later = maintain(&test);
    assert!(!size_of(&later).held.as_ref().unwrap().tables.is_empty());
}

#[test]
fn a_read_that_holds_the_log_is_named_and_the_rest_waits_for_it() {
    let test = limited(|_| {});
    fill(&test, 800, 8000);
    space::checkpoint(&test.store).unwrap();
    let rows = times(&test).len();
    let (report, largest) = test
        .store
        .read(|reader| {
            agents::list(reader)?;
            let report = test.store.maintain(LONG)?;
            for _ in 0..5 {
                test.store.maintain(LONG)?;
            }
            Ok((report, on_disk(&test)))
        })
        .unwrap();
    let held = size_of(&report).held.as_ref().unwrap();
    assert!(held.log > 0 && held.waits_for_reads, "{held}");
    let text = held.to_string();
    assert!(text.ends_with("after these reads deletes more"), "{text}");
    assert!(
        largest < size_of(&report).before + 10 * 1024 * 4096,
        "{largest}"
    );
    assert!(times(&test).len() > 10 && times(&test).len() < rows);
    let after = maintain(&test);
    assert!(
        size_of(&after).held.is_none() && on_disk(&test) <= MAX,
        "{after:?}"
    );
}

#[test]
fn rows_from_after_the_time_that_retention_believes_stay() {
    let test = limited(|_| {});
    fill(&test, 400, 2000);
    maintain(&test);
    let old = times(&test);
    test.clock
        .set(test.clock.now() + Duration::from_secs(365 * DAY));
    fill(&test, 1200, 5000);
    let all = times(&test);
    let report = maintain(&test);
    // The old ones go, and with them those of the time that has passed since.
    let passed = Duration::from_secs(1300 * 60);
    let believed = *old.last().unwrap() + passed;
    let left = times(&test);
    let young = |times: &[Timestamp]| times.iter().filter(|time| **time > believed).count();
    assert_eq!(young(&left), young(&all));
    assert_eq!(left.len(), young(&left));
    assert!(size_of(&report).held.is_some());

    test.store.write(retention_clock::trust).unwrap();
    let report = maintain(&test);
    assert!(deleted(&report) > 0 && on_disk(&test) <= MAX);
    assert!(!times(&test).is_empty());
}

#[test]
fn events_of_the_last_hour_stay_for_their_followers() {
    let test = limited(|config| {
        config.retention.max_size = Some(1);
    });
    fill(&test, 200, 100);
    maintain(&test);
    let read = |reader: &mut Reader<'_>| {
        let first = change_events::table.order(change_events::sequence);
        Ok(first
            .select(change_events::timestamp)
            .first::<Timestamp>(reader.connection())?)
    };
    let oldest = test.store.read(read).unwrap();
    let age = test.clock.now() - oldest;
    let hour = Duration::from_secs(3600);
    assert!(
        age <= hour.into() && age > Duration::from_secs(3400).into(),
        "{age}"
    );
}

#[test]
fn a_task_that_retention_deletes_is_not_kept_by_the_audit_log() {
    let test = limited(|config| {
        config.audit = true;
        config.retention.max_size = Some(1);
    });
    add(&test, Kind::Task, 1900);
    test.advance_seconds(1);
    maintain(&test);
    let read = |reader: &mut Reader<'_>| {
        let of_tasks = audit_logs::table.filter(audit_logs::entity_type.eq("Tasks"));
        let removals = of_tasks.filter(audit_logs::action.eq_any(["Delete", "Retention"]));
        let columns = (
            audit_logs::action,
            audit_logs::entity_id,
            audit_logs::old_values,
        );
        Ok(removals
            .select(columns)
            .load::<Recorded>(reader.connection())?)
    };
    let none = ("Retention".to_owned(), None, None);
    assert_eq!(test.store.read(read).unwrap(), [none]);
}

type Recorded = (String, Option<String>, Option<Json>);

#[test]
fn a_dry_run_tells_what_a_batch_would_delete() {
    let test = limited(|_| {});
    fill(&test, 1200, 5000);
    let (rows, size) = (times(&test), on_disk(&test));
    let dry = test.store.maintain_dry_run().unwrap();
    assert_eq!(step(&dry, STEP).count, 100);
    assert_eq!((deleted(&dry), size_of(&dry).after), (100, size));
    assert_eq!(times(&test), rows);
    let without = TestStore::new();
    assert_eq!(without.store.maintain_dry_run().unwrap().size, None);
}

/// Whatever is deleted by size is older than all that is kept and could have been deleted, whatever was written when.
#[test]
fn what_goes_is_older_than_what_stays() {
    let given = std::env::var("ORCHESTRA_SEED").ok();
    let seed = given.map_or(11, |seed| seed.parse().unwrap());
    let mut random = Random::new(seed);
    for case in 0..scaled(4, 60) {
        let max_size = (1500 << 10) + random.number(0..2 << 20);
        let most = [None, Some(20), Some(100)][random.index(3)];
        let test = limited(|config| {
            config.retention.max_size = Some(max_size);
            config.retention.max_rows_per_run = most;
        });
        for _ in 0..random.number(100..500) {
            test.advance_seconds(random.number(0..3) * 40);
            let kind = [Kind::Error, Kind::Event, Kind::Message, Kind::Task][random.index(4)];
            add(&test, kind, random.number(1..20_000) as usize);
        }
        test.advance_seconds(1);
        let before = times(&test);
        let report = maintain(&test);
        let after = times(&test);
        // As times: of rows of the same moment, any may have gone.
        assert_eq!(
            after,
            before[before.len() - after.len()..],
            "seed {seed}, case {case}"
        );
        let is_small = on_disk(&test) <= max_size;
        assert!(
            is_small || report.more_due || after.is_empty(),
            "seed {seed}, case {case}: {report:?}"
        );
        is_sound(&test);
    }
}
