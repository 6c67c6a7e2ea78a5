//! Change events: what is one, in which order they come, and that none is lost or told twice.

use std::collections::HashSet;
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use orchestra_store::events::{
    self, ChangeEvent, ChangeFilter, Delivery, EventPage, Missed, Subscription,
};
use orchestra_store::models::{Agent, AuditLog, ErrorLog, Task};
use orchestra_store::query::Specification;
use orchestra_store::services::caches::query_cache;
use orchestra_store::services::tasks::{self, NewTask, TaskProgress};
use orchestra_store::services::{agents, audit, data};
use orchestra_store::types::{AgentStatus, ChangeAction, Json};
use orchestra_store::{
    Durability, Error, ErrorCode, Result, Store, StoreConfig, UnitOfWork, UserContext, registry,
};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, child_argument, child_process, scaled, token_of};

const SOON: Duration = Duration::from_secs(30);

fn page(store: &Store, sequence: i64) -> EventPage {
    let all = ChangeFilter::all();
    store
        .read(|reader| events::since(reader, sequence, &all, 10_000))
        .unwrap()
}

/// What `work` adds to the outbox.
fn events_of<T>(store: &Store, work: impl FnOnce() -> T) -> Vec<ChangeEvent> {
    let before = store.read(events::newest).unwrap();
    work();
    page(store, before).events
}

/// `ACTION TABLE[: COLUMNS]` of each event.
fn told(events: &[ChangeEvent]) -> Vec<String> {
    let columns = |event: &ChangeEvent| match &event.changed_properties {
        Some(columns) => format!(": {}", columns.join(" ")),
        None => String::new(),
    };
    events
        .iter()
        .map(|event| format!("{} {}{}", event.action, event.entity_type, columns(event)))
        .collect()
}

fn sequences(events: &[ChangeEvent]) -> Vec<i64> {
    events.iter().map(|event| event.sequence).collect()
}

fn write_one(store: &Store) -> Task {
    let new = NewTask::new("ls", REPOSITORY);
    store.write(|uow| tasks::enqueue(uow, &new)).unwrap()
}

#[test]
fn a_change_is_told_with_its_row_its_columns_and_who_made_it() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let ann = test.store.context(UserContext::user("ann"));
    test.advance_seconds(60);
    let events = events_of(&ann, || {
        ann.write(|uow| {
            let mut row = agents::get(uow, &agent)?;
            row.name = "Ada".to_owned();
            row.max_concurrent_tasks = 5;
            data::update(uow, &mut row)
        })
        .unwrap()
    });
    let [event] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(event.entity_type, "Agents");
    assert_eq!(event.entity_id, "a");
    assert_eq!(event.action, ChangeAction::Update);
    let columns = event.changed_properties.as_ref().unwrap();
    assert_eq!(columns.join(" "), "Name MaxConcurrentTasks");
    assert_eq!(event.user_id, "ann");
    assert_eq!(event.timestamp.to_string(), "2026-01-01 00:01:00.0000000");
    assert_eq!(
        serde_json::to_value(event).unwrap(),
        json!({
            "Sequence": event.sequence, "EntityType": "Agents", "EntityId": "a", "Action": "Update",
            "ChangedProperties": ["Name", "MaxConcurrentTasks"], "UserId": "ann",
            "Timestamp": "2026-01-01T00:01:00.0000000Z",
        })
    );
}

#[test]
fn rows_that_come_go_and_come_back_are_told_so() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let mark = "IsDeleted DeletedAt DeletedBy";
    for (work, expected) in [
        (
            (|uow, id| agents::remove(uow, id)) as fn(&mut UnitOfWork<'_>, _) -> Result<()>,
            format!("Delete Agents: {mark}"),
        ),
        (
            |uow, id| data::restore::<Agent>(uow, id).map(drop),
            format!("Restore Agents: {mark}"),
        ),
        (
            |uow, id| data::hard_delete::<Agent>(uow, id).map(drop),
            "Delete Agents".to_owned(),
        ),
    ] {
        let events = events_of(&test.store, || {
            test.store.write(|uow| work(uow, &agent)).unwrap();
        });
        assert_eq!(told(&events), [expected]);
    }
}

/// Two tasks that one agent ends at once are two events of tasks, and one of the agent and of the repository each.
#[test]
fn what_follows_from_several_tasks_of_one_write_is_one_event_of_a_row() {
    let test = TestStore::new();
    let agent = test.agent("a", 2);
    test.task("one");
    test.task("two");
    let claimed = test.claim(&agent, 2);
    let end = |uow: &mut UnitOfWork<'_>| {
        for task in &claimed {
            let token = token_of(task);
            tasks::start(uow, &task.id, Some(&token))?;
            tasks::complete(uow, &task.id, Some(&token), None)?;
        }
        agents::set_status(uow, &agent, AgentStatus::Offline, None).map(drop)
    };
    let before = test.get_agent(&agent).row_version;
    let events = events_of(&test.store, || test.store.write(end).unwrap());
    let told: Vec<String> = told(&events);
    let of = |table: &str| {
        let of_table = told.iter().filter(|told| told.contains(table));
        of_table.collect::<Vec<_>>()
    };
    assert_eq!(of(" Tasks").len(), 4);
    assert_eq!(
        of("Agents"),
        [
            "Update Agents: TotalTasksCompleted Status CurrentTask",
            "Update Agents: Status"
        ]
    );
    assert_eq!(of("Repositories").len(), 1, "{told:?}");
    assert!(sequences(&events).windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(test.get_agent(&agent).row_version, before + 3);
}

#[test]
fn the_life_of_a_task_is_told_without_its_heartbeats() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let store = &test.store;
    test.task("the first one makes the repository known");
    let enqueued = events_of(store, || test.task("ls"));
    let repository = "Update Repositories: TotalTasks";
    assert_eq!(told(&enqueued), ["Create Tasks", repository]);

    let mut task = None;
    let claimed = events_of(store, || task = test.claim(&agent, 1).pop());
    let task = task.unwrap();
    let of_task = "Update Tasks: AgentId Status LeaseOwner";
    assert_eq!(
        told(&claimed),
        [of_task, "Update Agents: Status CurrentTask LastClaimedAt"]
    );

    let token = token_of(&task);
    store
        .write(|uow| tasks::start(uow, &task.id, Some(&token)))
        .unwrap();
    let silent = events_of(store, || {
        store
            .write(|uow| tasks::heartbeat(uow, &task.id, &token, None))
            .unwrap();
        store.write(|uow| agents::heartbeat(uow, &agent)).unwrap();
    });
    assert_eq!(told(&silent), Vec::<String>::new());
    let progress = events_of(store, || {
        let half = TaskProgress::at(50);
        let report =
            |uow: &mut UnitOfWork<'_>| tasks::update_progress(uow, &task.id, Some(&token), &half);
        store.write(report).unwrap();
    });
    assert_eq!(
        told(&progress),
        ["Update Tasks: ProgressPercentage ProgressMessage"]
    );
}

#[test]
fn caches_and_the_audit_of_changes_are_no_events_but_what_hosts_log_is() {
    let test = TestStore::new();
    let events = events_of(&test.store, || {
        test.store
            .write(|uow| {
                let never = query_cache::Expiry::Never;
                query_cache::put(uow, "key", &Json(json!(1)), never, &[])?;
                audit::record(uow, &audit::NewAuditLog::new("Login", "Users"))?;
                let error = json!({"Message": "it failed"});
                registry::by_name("ErrorLogs")?.insert(uow, &error)
            })
            .unwrap()
    });
    assert_eq!(told(&events), ["Create AuditLogs", "Create ErrorLogs"]);
    let logged = data::count::<ErrorLog>;
    let count = test.store.read(|r| logged(r, &Specification::default()));
    assert_eq!(count.unwrap(), 1);
}

#[test]
fn what_is_rolled_back_was_never_an_event() {
    let test = TestStore::new();
    let mut subscription = test.store.subscribe(ChangeFilter::all()).unwrap();
    let failed = test.store.write(|uow| {
        tasks::enqueue(uow, &NewTask::new("undone", REPOSITORY))?;
        Err::<(), _>(Error::new(ErrorCode::Cancelled, "changed my mind"))
    });
    assert!(failed.is_err());
    let events = events_of(&test.store, || {
        test.store
            .write(|uow| {
                tasks::enqueue(uow, &NewTask::new("kept", REPOSITORY))?;
                let undone = uow.savepoint(|uow| {
                    tasks::enqueue(uow, &NewTask::new("undone", REPOSITORY))?;
                    Err::<(), _>(Error::new(ErrorCode::Cancelled, "changed my mind"))
                });
                assert!(undone.is_err());
                Ok(())
            })
            .unwrap()
    });
    assert_eq!(told(&events)[1], "Create Tasks");
    assert_eq!(events.len(), 3, "{:?}", told(&events));
    let first = events[0].sequence;
    assert_eq!(sequences(&events), [first, first + 1, first + 2]);
    for event in events {
        let delivery = subscription.recv_timeout(SOON).unwrap();
        assert_eq!(delivery, Some(Delivery::Event(event)));
    }
    assert_eq!(subscription.recv_timeout(Duration::ZERO).unwrap(), None);
}

#[test]
fn subscribers_get_the_commits_of_all_threads_in_their_order() {
    let test = TestStore::with(|config| config.durability = Durability::Normal);
    let capacity = NonZeroUsize::new(100_000).unwrap();
    let subscribe = |filter| test.store.subscribe_with(filter, capacity).unwrap();
    let (all, only_tasks) = (
        subscribe(ChangeFilter::all()),
        subscribe(ChangeFilter::of("Tasks")),
    );
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..scaled(25, 500)).for_each(|_| drop(write_one(&test.store))));
        }
    });
    test.store.close().unwrap();
    let delivered = |subscription: Subscription| {
        let events = subscription.map(|delivery| match delivery {
            Delivery::Event(event) => event,
            Delivery::Missed(missed) => panic!("{missed:?}"),
        });
        events.collect::<Vec<_>>()
    };
    let all = delivered(all);
    let again = Store::open(StoreConfig::new(test.path())).unwrap();
    let mut outbox = Vec::new();
    let mut position = 0;
    loop {
        let page = page(&again, position);
        (outbox, position) = ([outbox, page.events].concat(), page.position);
        if !page.more {
            break;
        }
    }
    assert_eq!(all, outbox);
    let expected: Vec<_> = all
        .into_iter()
        .filter(|e| e.entity_type == "Tasks")
        .collect();
    assert_eq!(delivered(only_tasks), expected);
}

#[test]
fn a_slow_subscriber_keeps_nobody_waiting_and_is_told_what_it_missed() {
    let test = TestStore::new();
    let capacity = NonZeroUsize::new(3).unwrap();
    let of_tasks = ChangeFilter::of("Tasks");
    let mut slow = test
        .store
        .subscribe_with(of_tasks.clone(), capacity)
        .unwrap();
    let written: Vec<_> = (0..10).map(|_| write_one(&test.store)).collect();
    let sequence_of = |number: usize| {
        let id = written[number].id.to_string();
        let event = page(&test.store, 0).events;
        event.iter().find(|e| e.entity_id == id).unwrap().sequence
    };
    let mut next = || slow.recv_timeout(SOON).unwrap().unwrap();
    for task in &written[..2] {
        let Delivery::Event(event) = next() else {
            panic!()
        };
        assert_eq!(event.entity_id, task.id.as_str());
    }
    // There is room again, behind the gap.
    let later = write_one(&test.store);
    assert!(matches!(next(), Delivery::Event(event) if event.entity_id == written[2].id.as_str()));
    let Delivery::Missed(missed) = next() else {
        panic!()
    };
    let (first, last) = (sequence_of(3), sequence_of(9));
    assert_eq!(missed, Missed { first, last });
    assert!(matches!(next(), Delivery::Event(event) if event.entity_id == later.id.as_str()));

    // Catching up, as the documentation tells.
    let missed_events = test.store.read(|reader| {
        let page = events::since(reader, missed.first - 1, &of_tasks, 100)?;
        Ok(page
            .events
            .into_iter()
            .filter(|e| e.sequence <= missed.last)
            .collect::<Vec<_>>())
    });
    let ids: Vec<_> = missed_events
        .unwrap()
        .into_iter()
        .map(|e| e.entity_id)
        .collect();
    let expected: Vec<_> = written[3..]
        .iter()
        .map(|task| task.id.to_string())
        .collect();
    assert_eq!(ids, expected);
}

#[test]
fn a_callback_may_read_but_not_write_and_is_gone_when_it_is_dropped() {
    let test = TestStore::new();
    let (send, received) = mpsc::channel();
    let store = test.store.clone();
    let held = Arc::new(());
    let (holds, mut first) = (Arc::clone(&held), true);
    let callback = move |delivery| {
        let _held = &holds;
        if std::mem::take(&mut first) {
            panic!("a host's bug");
        }
        let read = store.read(|reader| data::count::<Task>(reader, &Specification::default()));
        let refused = store.write(|_| Ok(())).unwrap_err();
        send.send((delivery, read.unwrap(), refused.code()))
            .unwrap();
    };
    let callback = test
        .store
        .on_change(ChangeFilter::of("Tasks"), callback)
        .unwrap();
    write_one(&test.store);
    let second = write_one(&test.store);
    let (delivery, count, refused) = received.recv_timeout(SOON).unwrap();
    let Delivery::Event(event) = delivery else {
        panic!()
    };
    assert_eq!(event.entity_id, second.id.as_str());
    assert_eq!((count, refused), (2, ErrorCode::Misuse));
    drop(callback);
    assert_eq!(Arc::strong_count(&held), 1);
    write_one(&test.store);
    assert!(received.recv_timeout(SOON).is_err());
}

#[test]
fn a_callback_can_drop_its_own_registration() {
    let test = TestStore::new();
    let (give, take) = mpsc::channel();
    let (done, is_done) = mpsc::channel();
    let callback = move |_| {
        drop(take.recv().unwrap());
        done.send(()).unwrap();
    };
    let registration = test.store.on_change(ChangeFilter::all(), callback).unwrap();
    give.send(registration).unwrap();
    write_one(&test.store);
    is_done.recv_timeout(SOON).unwrap();
    // The thread ends, and the callback with it.
    assert!(is_done.recv_timeout(SOON).is_err());
}

#[test]
fn closing_the_store_ends_all_waiting() {
    let test = TestStore::new();
    let subscription = test.store.subscribe(ChangeFilter::all()).unwrap();
    let mut follower = events::follow(&test.store, 0, ChangeFilter::all()).unwrap();
    thread::scope(|scope| {
        let subscriber = scope.spawn(|| subscription.count());
        let follower = scope.spawn(|| follower.by_ref().last());
        test.store.close().unwrap();
        assert_eq!(subscriber.join().unwrap(), 0);
        let last = follower.join().unwrap().unwrap();
        assert_eq!(last.unwrap_err().code(), ErrorCode::Closed);
    });
    assert!(follower.next().is_none());
    let refused = test.store.subscribe(ChangeFilter::all()).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Closed);
}

#[test]
fn dropping_the_last_handle_ends_a_subscription() {
    let test = TestStore::new();
    let subscription = test.store.subscribe(ChangeFilter::all()).unwrap();
    write_one(&test.store);
    drop(test);
    assert!(subscription.count() > 0);
}

#[test]
fn a_store_without_events_writes_none_and_refuses_subscribers() {
    let test = TestStore::with(|config| config.change_events = false);
    write_one(&test.store);
    assert_eq!(page(&test.store, 0).events, []);
    let refused = test.store.subscribe(ChangeFilter::all()).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Misuse);
}

#[test]
fn filters_that_can_not_be_meant_are_refused() {
    let test = TestStore::new();
    let two = ChangeFilter {
        entity_types: vec!["Tasks".to_owned(), "Agents".to_owned()],
        entity_id: Some("a".to_owned()),
    };
    for (filter, at_fault) in [(ChangeFilter::of("tasks"), "entity"), (two, "EntityId")] {
        let of_subscription = test.store.subscribe(filter.clone()).unwrap_err();
        let of_follower = events::follow(&test.store, 0, filter).unwrap_err();
        for error in [of_subscription, of_follower] {
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
            assert_eq!(error.details().column.as_deref(), Some(at_fault));
        }
    }
}

#[test]
fn one_row_can_be_followed() {
    let test = TestStore::new();
    let task = write_one(&test.store);
    write_one(&test.store);
    test.store
        .write(|uow| tasks::cancel(uow, &task.id, None))
        .unwrap();
    let filter = ChangeFilter::row("Tasks", task.id.as_str());
    let mut follower = events::follow(&test.store, 0, filter).unwrap();
    let mut next = || follower.recv_timeout(Duration::ZERO).unwrap();
    assert_eq!(next().unwrap().action, ChangeAction::Create);
    assert_eq!(next().unwrap().action, ChangeAction::Update);
    assert_eq!(next(), None);
    // What the filter doesn't take is behind it all the same.
    assert_eq!(
        follower.position(),
        test.store.read(events::newest).unwrap()
    );
}

#[test]
fn a_place_whose_events_are_gone_is_an_error_that_says_so() {
    let test = TestStore::with(|config| config.retention.max_change_events = Some(5));
    (0..10).for_each(|_| drop(write_one(&test.store)));
    let newest = test.store.read(events::newest).unwrap();
    let mut follower = events::follow(&test.store, 0, ChangeFilter::all()).unwrap();
    test.store.maintain(SOON).unwrap();

    let gone = follower.recv_timeout(SOON).unwrap_err();
    assert_eq!(gone.code(), ErrorCode::EventsGone);
    assert_eq!(gone.details().id.as_deref(), Some("0"));
    let code_at = |place| {
        let read =
            |r: &mut orchestra_store::Reader<'_>| events::since(r, place, &ChangeFilter::all(), 1);
        test.store.read(read).err().map(|e| e.code())
    };
    assert_eq!(code_at(newest - 6), Some(ErrorCode::EventsGone));
    assert_eq!(code_at(newest - 5), None);
    assert_eq!(code_at(newest), None);
    assert_eq!(code_at(newest + 1), Some(ErrorCode::InvalidArgument));
    assert_eq!(code_at(-1), Some(ErrorCode::InvalidArgument));
}

#[test]
fn a_number_is_never_given_again_when_all_events_but_the_newest_are_gone() {
    let test = TestStore::new();
    write_one(&test.store);
    let newest = test.store.read(events::newest).unwrap();
    test.advance_seconds(8 * 24 * 3600);
    test.store.maintain(SOON).unwrap();
    assert_eq!(page(&test.store, newest).events, []);
    assert_eq!(test.store.read(events::newest).unwrap(), newest);
    let gone = events::follow(&test.store, newest - 2, ChangeFilter::all()).unwrap_err();
    assert_eq!(gone.code(), ErrorCode::EventsGone);

    write_one(&test.store);
    assert_eq!(page(&test.store, newest).events[0].sequence, newest + 1);
}

fn database(directory: &Path) -> StoreConfig {
    let mut config = StoreConfig::new(directory.join("orchestra.db"));
    config.durability = Durability::Normal;
    config
}

fn spawn_writer(directory: &Path, count: usize) -> Child {
    let argument = format!("{count} {}", directory.display());
    child_process("events::child_writes", &argument)
        .spawn()
        .unwrap()
}

/// Writes, and undoes every third transaction.
fn write_many(store: &Store, count: usize) -> Result<()> {
    for number in 0..count {
        let written = store.write(|uow| {
            let task = tasks::enqueue(uow, &NewTask::new("ls", REPOSITORY))?;
            match number % 3 {
                2 => Err(Error::new(ErrorCode::Cancelled, "changed my mind")),
                _ => Ok(task),
            }
        });
        match written {
            Ok(task) => println!("made {}", task.id),
            Err(e) if e.code() == ErrorCode::Cancelled => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// A process that writes, and tells what is committed.
#[test]
fn child_writes() {
    let Some(argument) = child_argument() else {
        return;
    };
    let (count, directory) = argument.split_once(' ').unwrap();
    let store = Store::open(database(Path::new(directory))).unwrap();
    write_many(&store, count.parse().unwrap()).unwrap();
}

/// Numbers that look random, from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % bound
    }
}

#[test]
fn whoever_follows_gets_each_event_once_and_in_order_across_processes_and_reconnects() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(database(directory.path())).unwrap();
    let count = scaled(60, 2000);
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64;
    println!("seed {seed}");
    let writing = AtomicBool::new(true);
    let (followed, made) = thread::scope(|scope| {
        let followers: Vec<_> = [seed, seed / 7]
            .into_iter()
            .map(|seed| {
                let (store, writing, path) = (&store, &writing, directory.path());
                scope.spawn(move || follow_with_breaks(store, path, writing, Dice(seed)))
            })
            .collect();
        let children = [0, 1].map(|_| spawn_writer(directory.path(), count));
        let threads = [0, 1].map(|_| scope.spawn(|| write_many(&store, count)));
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap().unwrap());
        let made = children.map(|child| made_by(child, true));
        writing.store(false, Ordering::SeqCst);
        let followed: Vec<_> = followers.into_iter().map(|f| f.join().unwrap()).collect();
        (followed, made)
    });
    let newest = store.read(events::newest).unwrap();
    let expected: Vec<i64> = (1..=newest).collect();
    for events in followed {
        assert_eq!(sequences(&events), expected);
        assert_each_is_told(&made.concat(), &events);
    }
}

/// Follows until nobody writes any more; breaks off at random, and goes on from the number of the
/// last event, through this store or one of its own.
fn follow_with_breaks(
    store: &Store,
    directory: &Path,
    writing: &AtomicBool,
    mut dice: Dice,
) -> Vec<ChangeEvent> {
    let mut all: Vec<ChangeEvent> = Vec::new();
    loop {
        let place = all.last().map_or(0, |event| event.sequence);
        let own = (dice.below(2) == 0).then(|| Store::open(database(directory)).unwrap());
        let follower = events::follow(own.as_ref().unwrap_or(store), place, ChangeFilter::all());
        let mut follower = follower.unwrap().poll_every(Duration::from_millis(5));
        for _ in 0..dice.below(300) {
            let was_writing = writing.load(Ordering::SeqCst);
            match follower.recv_timeout(Duration::from_millis(20)).unwrap() {
                Some(event) => all.push(event),
                None if !was_writing => return all,
                None => {}
            }
        }
    }
}

/// The ids that a child told, once it has ended.
fn made_by(mut child: Child, is_to_succeed: bool) -> Vec<String> {
    let mut output = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut output)
        .unwrap();
    assert_eq!(child.wait().unwrap().success(), is_to_succeed, "{output}");
    told_in(&output)
}

/// What a child told first, read until there is an id in it: how long that takes depends on what else
/// the machine does. One byte at a time, so that what comes after is left in the pipe.
fn wait_for_the_first(child: &mut Child) -> Vec<String> {
    let mut output = String::new();
    let stdout = child.stdout.as_mut().unwrap();
    while told_in(&output).is_empty() {
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap();
        output.push(byte[0].into());
    }
    told_in(&output)
}

fn told_in(output: &str) -> Vec<String> {
    // A line without an end was not acknowledged.
    let complete = output.rfind('\n').map_or("", |end| &output[..end]);
    let ids = complete
        .lines()
        .filter_map(|line| Some(line.split_once("made ")?.1.to_owned()));
    ids.collect()
}

fn assert_each_is_told(made: &[String], events: &[ChangeEvent]) {
    let created = events
        .iter()
        .filter(|e| e.entity_type == "Tasks" && e.action == ChangeAction::Create);
    let created: Vec<&str> = created.map(|e| e.entity_id.as_str()).collect();
    let distinct: HashSet<&str> = created.iter().copied().collect();
    assert_eq!(distinct.len(), created.len());
    assert!(!made.is_empty());
    for id in made {
        assert!(distinct.contains(id.as_str()), "{id} was never told");
    }
}

#[test]
fn a_process_that_is_killed_leaves_the_events_of_all_that_it_committed() {
    let directory = tempfile::tempdir().unwrap();
    let mut made = Vec::new();
    for round in 0..scaled(3, 30) {
        let mut child = spawn_writer(directory.path(), 1_000_000);
        made.extend(wait_for_the_first(&mut child));
        thread::sleep(Duration::from_millis(100 + 37 * (round % 10)));
        child.kill().unwrap();
        made.extend(made_by(child, false));
    }
    let store = Store::open(database(directory.path())).unwrap();
    let follower = events::follow(&store, 0, ChangeFilter::all()).unwrap();
    let newest = store.read(events::newest).unwrap();
    let count = usize::try_from(newest).unwrap();
    let events: Vec<_> = follower.take(count).map(Result::unwrap).collect();
    assert_eq!(sequences(&events), (1..=newest).collect::<Vec<_>>());
    assert_each_is_told(&made, &events);
    // Each task has its event, and each event its task.
    let tasks = store.read(|r| data::count::<Task>(r, &Specification::default()));
    let created = events.iter().filter(|e| e.entity_type == "Tasks");
    assert_eq!(created.count() as i64, tasks.unwrap());
    let audited = store.read(|r| data::count::<AuditLog>(r, &Specification::default()));
    assert!(audited.unwrap() > 0);
}
