//! Cached reads: what they save, and that they are never older than the database.

use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::models::{Agent, AgentId, CodeRepository, Task, TaskId, UserPreferenceId};
use orchestra_store::schema::agents;
use orchestra_store::services::tasks::NewTask;
use orchestra_store::services::{agents as agent_service, analytics, data, tasks};
use orchestra_store::types::{AgentStatus, Json};
use orchestra_store::{
    Error, ErrorCode, Result, Store, StoreConfig, TableDependency, UnitOfWork, UserContext,
};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, child_argument, child_process, scaled};
use crate::vm_steps;

fn name_of(store: &Store, id: &AgentId) -> String {
    store.cached(id).unwrap().unwrap().name.clone()
}

fn rename(uow: &mut UnitOfWork<'_>, id: &AgentId, name: &str) -> Result<()> {
    let mut agent = data::get(uow, id)?;
    agent.name = name.to_owned();
    data::update(uow, &mut agent).map(drop)
}

fn count_tasks(store: &Store) -> i64 {
    let on_tasks = [TableDependency::on::<Task>()];
    *store
        .cached_result("Tasks:count", &on_tasks, None, |reader| {
            data::count::<Task>(reader, &Default::default())
        })
        .unwrap()
}

/// Whether the next cached read of an agent is answered from memory.
fn is_cached(store: &Store, id: &AgentId) -> bool {
    let hits = store.cache_statistics().hits;
    store.cached(id).unwrap();
    store.cache_statistics().hits > hits
}

#[test]
fn the_second_read_is_a_hit_of_the_same_row() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let first = test.store.cached(&id).unwrap().unwrap();
    let second = test.store.cached(&id).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(*first, test.get_agent(&id));

    let statistics = test.store.cache_statistics();
    assert_eq!((statistics.hits, statistics.misses), (1, 1));
    assert_eq!(statistics.entries, 1);
    assert!(statistics.bytes > 300, "{statistics:?}");
}

#[test]
fn what_is_not_there_is_not_remembered() {
    let test = TestStore::new();
    let id = AgentId::new("late").unwrap();
    assert_eq!(test.store.cached(&id).unwrap(), None);
    test.agent("late", 1);
    assert!(test.store.cached(&id).unwrap().is_some());
}

#[test]
fn entries_expire_by_age_and_by_disuse() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.store.cached(&id).unwrap();
    test.advance_seconds(299);
    assert!(is_cached(&test.store, &id));
    test.advance_seconds(300);
    assert!(!is_cached(&test.store, &id), "5 minutes without use");
    for _ in 0..4 {
        test.advance_seconds(200);
        assert!(is_cached(&test.store, &id));
    }
    test.advance_seconds(100);
    assert!(!is_cached(&test.store, &id), "15 minutes old");
}

#[test]
fn a_result_may_have_an_expiry_of_its_own() {
    let test = TestStore::new();
    let make = |value: i32| {
        let minute = Some(Duration::from_secs(60));
        *test
            .store
            .cached_result("clock", &[], minute, |_| Ok(value))
            .unwrap()
    };
    assert_eq!((make(1), make(2)), (1, 1));
    test.advance_seconds(60);
    assert_eq!(make(3), 3);
}

#[test]
fn what_was_not_used_for_longest_makes_room() {
    let test = TestStore::with(|config| config.cache_bytes = 3000);
    let ids: Vec<_> = ["a", "b", "c", "d", "e", "f"]
        .map(|id| test.agent(id, 1))
        .to_vec();
    for id in &ids {
        test.store.cached(id).unwrap();
        test.store.cached(&ids[0]).unwrap();
        assert!(test.store.cache_statistics().bytes <= 3000);
    }
    let statistics = test.store.cache_statistics();
    assert!(statistics.evictions > 0, "{statistics:?}");
    assert!(is_cached(&test.store, &ids[0]), "used again and again");
    assert!(!is_cached(&test.store, &ids[1]));
}

#[test]
fn a_cache_without_bytes_is_off() {
    let test = TestStore::with(|config| config.cache_bytes = 0);
    let id = test.agent("a", 1);
    assert!(!is_cached(&test.store, &id) && !is_cached(&test.store, &id));
    assert_eq!(test.store.cache_statistics().entries, 0);
}

#[test]
fn a_write_drops_what_it_changed_and_nothing_else() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 1), test.agent("b", 1));
    test.store.cached(&a).unwrap();
    test.store.cached(&b).unwrap();
    count_tasks(&test.store);
    let before = test.store.cache_statistics();

    test.store.write(|uow| rename(uow, &a, "Other")).unwrap();
    assert_eq!(name_of(&test.store, &a), "Other");
    assert!(is_cached(&test.store, &b));
    count_tasks(&test.store);
    let after = test.store.cache_statistics();
    assert_eq!(after.misses, before.misses + 1, "only the renamed agent");
    assert_eq!(after.clears, before.clears);
}

#[test]
fn heartbeats_and_progress_are_noticed_though_they_are_not_audited() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    test.task("one");
    let task = test.claim(&agent, 1).remove(0);
    let token = task.lease_token.clone().unwrap();
    let in_cache = |id: &TaskId| test.store.cached(id).unwrap().unwrap();
    test.store.cached(&agent).unwrap();
    in_cache(&task.id);
    let clears = test.store.cache_statistics().clears;

    test.advance_seconds(1);
    test.store
        .write(|uow| agent_service::heartbeat(uow, &agent))
        .unwrap();
    let cached = test.store.cached(&agent).unwrap().unwrap();
    assert_eq!(*cached, test.get_agent(&agent));
    test.store
        .write(|uow| tasks::heartbeat(uow, &task.id, &token, None))
        .unwrap();
    assert_eq!(*in_cache(&task.id), test.get_task(&task.id));
    test.store
        .write(|uow| {
            tasks::start(uow, &task.id, Some(&token))?;
            tasks::update_progress(uow, &task.id, Some(&token), &tasks::TaskProgress::at(50))
        })
        .unwrap();
    assert_eq!(in_cache(&task.id).progress_percentage, 50);
    test.task("another");
    assert_eq!(test.store.cache_statistics().clears, clears);
}

#[test]
fn what_is_rolled_back_drops_nothing() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 1), test.agent("b", 1));
    test.store.cached(&a).unwrap();
    test.store.cached(&b).unwrap();
    let refuse = || Err::<(), _>(Error::new(ErrorCode::Cancelled, "no"));

    let failed = test.store.write(|uow| {
        rename(uow, &a, "Other")?;
        refuse()
    });
    assert!(failed.is_err());
    assert!(is_cached(&test.store, &a));

    let in_savepoint = test.store.write(|uow| {
        let failed = uow.savepoint(|uow| {
            rename(uow, &a, "Other")?;
            refuse()
        });
        assert!(failed.is_err());
        rename(uow, &b, "Else")
    });
    in_savepoint.unwrap();
    assert!(is_cached(&test.store, &a));
    assert_eq!(name_of(&test.store, &b), "Else");
}

#[test]
fn a_statement_of_the_callers_own_is_noticed() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 1), test.agent("b", 1));
    name_of(&test.store, &a);
    test.store
        .write(|uow| {
            rename(uow, &b, "Noted")?;
            diesel::update(agents::table.find(&a))
                .set(agents::name.eq("Unnoted"))
                .execute(uow.connection())?;
            Ok(())
        })
        .unwrap();
    assert_eq!(name_of(&test.store, &a), "Unnoted");
}

#[test]
fn what_goes_with_a_deleted_row_goes_from_the_cache() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    test.task("one");
    let task = test.claim(&agent, 1).remove(0);
    let token = task.lease_token.clone();
    test.store
        .write(|uow| {
            tasks::start(uow, &task.id, token.as_ref())?;
            tasks::complete(uow, &task.id, token.as_ref(), None)
        })
        .unwrap();
    let cached = |id: &TaskId| test.store.cached(id).unwrap().unwrap().agent_id.clone();
    assert_eq!(cached(&task.id), Some(agent.clone()));
    test.store
        .write(|uow| data::hard_delete::<Agent>(uow, &agent))
        .unwrap();
    assert_eq!(cached(&task.id), None, "the schema sets it to NULL");
}

#[test]
fn a_result_is_made_anew_when_its_tables_were_written() {
    let test = TestStore::new();
    assert_eq!(count_tasks(&test.store), 0);
    test.task("one");
    assert_eq!(count_tasks(&test.store), 1);

    let made = AtomicI32::new(0);
    let result = |depends_on: &[TableDependency], key: &str| {
        let make = |_: &mut orchestra_store::Reader<'_>| Ok(made.fetch_add(1, Ordering::SeqCst));
        let made = test.store.cached_result(key, depends_on, None, make);
        *made.unwrap()
    };
    let on_repositories = [TableDependency::on::<CodeRepository>()];
    result(&on_repositories, "repositories");
    result(&[], "anything");
    let agent = test.agent("a", 1);
    let after_registration = (
        result(&on_repositories, "repositories"),
        result(&[], "anything"),
    );
    test.store
        .write(|uow| rename(uow, &agent, "Other"))
        .unwrap();
    let after_rename = (
        result(&on_repositories, "repositories"),
        result(&[], "anything"),
    );
    assert_eq!(
        after_rename.0, after_registration.0,
        "no repository changed"
    );
    assert_ne!(after_rename.1, after_registration.1, "something changed");
}

#[test]
fn keys_and_patterns_drop_rows_and_results() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 1), test.agent("b", 1));
    test.store.cached(&a).unwrap();
    test.store.cached(&b).unwrap();
    count_tasks(&test.store);
    assert!(test.store.invalidate("Agents:a"));
    assert!(!test.store.invalidate("Agents:a"));
    assert!(is_cached(&test.store, &b) && !is_cached(&test.store, &a));
    assert_eq!(test.store.invalidate_pattern("Agents:?"), 2);
    assert_eq!(test.store.invalidate_pattern("Tasks:*"), 1);
    let statistics = test.store.cache_statistics();
    assert_eq!((statistics.entries, statistics.bytes), (0, 0));
}

#[test]
fn a_result_is_never_taken_for_a_row_or_for_another_type() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let number = test.store.cached_result("Agents:a", &[], None, |_| Ok(7));
    assert_eq!(*number.unwrap(), 7);
    assert_eq!(
        *test.store.cached(&id).unwrap().unwrap(),
        test.get_agent(&id)
    );
    let text = test
        .store
        .cached_result("Agents:a", &[], None, |_| Ok("seven".to_owned()));
    assert_eq!(*text.unwrap(), "seven");
}

#[test]
fn a_preference_is_not_shown_to_others_from_the_cache() {
    let test = TestStore::new();
    let store_of = |user: &str| test.store.context(UserContext::user(user));
    let (anna, ben) = (store_of("anna"), store_of("ben"));
    let id = UserPreferenceId::new("p").unwrap();
    anna.write(|uow| {
        diesel::sql_query(
            "INSERT INTO UserPreferences (Id, UserId, Category, Key, Value) \
             VALUES ('p', 'anna', 'ui', 'theme', '\"dark\"')",
        )
        .execute(uow.connection())?;
        Ok(())
    })
    .unwrap();
    for _ in 0..2 {
        assert!(anna.cached(&id).unwrap().is_some());
        assert!(ben.cached(&id).unwrap().is_none());
    }
}

#[test]
fn a_closed_store_reads_nothing_from_its_cache() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.store.cached(&id).unwrap();
    test.store.close().unwrap();
    let error = test.store.cached(&id).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Closed);
}

#[test]
fn another_store_on_the_same_file_is_noticed() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let other = Store::open(StoreConfig::new(test.path())).unwrap();
    for round in 0..50 {
        // Writes of this store in between must not hide those of the other.
        let name = format!("other {round}");
        name_of(&test.store, &id);
        other.write(|uow| rename(uow, &id, &name)).unwrap();
        if round % 2 == 0 {
            test.task("unrelated");
        }
        assert_eq!(name_of(&test.store, &id), name);
    }
}

/// Writers of two stores on one file count up the tasks of an agent, and note what is acknowledged;
/// readers hold what they read against what was acknowledged before.
#[test]
fn no_read_is_older_than_the_last_write_before_it() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let other = Store::open(StoreConfig::new(test.path())).unwrap();
    let acknowledged = AtomicI32::new(1);
    let is_over = AtomicBool::new(false);
    let write = |store: &Store| {
        while !is_over.load(Ordering::SeqCst) {
            let written = store.write(|uow| {
                let mut agent: Agent = data::get(uow, &id)?;
                agent.configuration_json = Some(Json(json!(agent.row_version)));
                data::update(uow, &mut agent)?;
                Ok(agent.row_version)
            });
            let version = i32::try_from(written.unwrap()).unwrap();
            acknowledged.fetch_max(version, Ordering::SeqCst);
            thread::sleep(Duration::from_micros(
                u64::from(version.unsigned_abs() % 7) * 100,
            ));
        }
    };
    let read = || {
        let mut reads = 0;
        while !is_over.load(Ordering::SeqCst) {
            let least = i64::from(acknowledged.load(Ordering::SeqCst));
            let row = test.store.cached(&id).unwrap().unwrap();
            assert!(row.row_version >= least, "{} < {least}", row.row_version);

            let least = i64::from(acknowledged.load(Ordering::SeqCst));
            let on_agents = [TableDependency::on::<Agent>()];
            let version = test
                .store
                .cached_result("version", &on_agents, None, |reader| {
                    Ok(data::get::<Agent>(reader, &id)?.row_version)
                })
                .unwrap();
            assert!(*version >= least, "{version} < {least}");
            reads += 2;
        }
        reads
    };
    let reads: u64 = thread::scope(|scope| {
        scope.spawn(|| write(&test.store));
        scope.spawn(|| write(&test.store));
        scope.spawn(|| write(&other));
        let readers = [scope.spawn(read), scope.spawn(read), scope.spawn(read)];
        thread::sleep(Duration::from_millis(scaled(700, 20_000)));
        is_over.store(true, Ordering::SeqCst);
        readers.map(|reader| reader.join().unwrap()).iter().sum()
    });
    let statistics = test.store.cache_statistics();
    let writes = acknowledged.load(Ordering::SeqCst);
    println!("{reads} reads, {writes} writes, {statistics:?}");
    assert!(statistics.hits > 0 && writes > 10);
}

#[test]
fn what_another_process_acknowledged_is_read() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let argument = test.path().to_str().unwrap().to_owned();
    let mut child = child_process("cache::child_renames", &argument)
        .spawn()
        .unwrap();
    let mut orders = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for round in 0..scaled(100, 2000) {
        name_of(&test.store, &id);
        assert!(is_cached(&test.store, &id));
        if round % 3 == 0 {
            test.enqueue(&NewTask::new("unrelated", REPOSITORY));
        }
        let name = format!("round {round}");
        writeln!(orders, "{name}").unwrap();
        let acknowledged = format!("wrote {name}");
        assert!(answers.any(|line| line.unwrap() == acknowledged));
        assert_eq!(name_of(&test.store, &id), name);
    }
    drop(orders);
    assert!(child.wait().unwrap().success());
}

/// A process that gives the agent each name that it is told.
#[test]
fn child_renames() {
    let Some(path) = child_argument() else {
        return;
    };
    let store = Store::open(StoreConfig::new(path)).unwrap();
    let id = AgentId::new("a").unwrap();
    for name in std::io::stdin().lines() {
        let name = name.unwrap();
        store.write(|uow| rename(uow, &id, &name)).unwrap();
        println!("wrote {name}");
    }
}

/// Returns the statements that a call runs beside the question whether anybody has committed.
pub fn statements_of<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let (value, watched) = vm_steps::watch(work);
    let statements = watched.statements.into_iter();
    let others = statements.filter(|statement| !statement.contains("data_version"));
    (value, others.collect())
}

/// Reads a result twice, changes the database with `change`, and reads it again.
fn kept_until<T: PartialEq + std::fmt::Debug>(
    read: impl Fn() -> Arc<T>,
    change: impl FnOnce(),
) -> [Arc<T>; 2] {
    let (first, statements) = statements_of(&read);
    assert!(!statements.is_empty());
    let (second, statements) = statements_of(&read);
    assert_eq!(statements, Vec::<String>::new());
    assert_eq!(first, second);
    change();
    let (third, statements) = statements_of(&read);
    assert!(!statements.is_empty());
    [first, third]
}

#[test]
fn the_results_of_the_specification_are_kept_until_a_commit_and_no_longer() {
    vm_steps::watch_new_connections();
    let test = TestStore::new();
    let agent = test.agent("ada", 1);
    let mut config = StoreConfig::new(test.path());
    config.clock = Arc::clone(&test.clock) as _;
    let other = Store::open(config).unwrap();
    let enqueue = |store: &Store| {
        let new = NewTask::new("make", REPOSITORY);
        store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
        // The end of a period isn't part of it.
        test.advance_seconds(1);
    };
    let store = &test.store;
    let scope = analytics::TaskScope::default();
    // A commit of this store, and one of another, which could as well be another process.
    for writer in [store, &other] {
        store.invalidate_pattern("*");
        let [before, after] = kept_until(
            || store.task_analytics(None, &scope).unwrap(),
            || enqueue(writer),
        );
        assert_eq!(after.total, before.total + 1);
        let [before, after] = kept_until(
            || store.agent_statistics(&agent, None).unwrap(),
            || {
                writer
                    .write(|uow| agent_service::set_status(uow, &agent, AgentStatus::Error, None))
                    .unwrap();
            },
        );
        assert_eq!(after.agent_status, AgentStatus::Error);
        assert_ne!(before.agent_status, AgentStatus::Error);
        let [before, after] = kept_until(
            || store.available_agents(None).unwrap(),
            || {
                writer
                    .write(|uow| agent_service::heartbeat(uow, &agent))
                    .unwrap();
                writer
                    .write(|uow| agent_service::set_status(uow, &agent, AgentStatus::Idle, None))
                    .unwrap();
            },
        );
        assert_eq!((before.len(), after.len()), (0, 1));
    }
}

#[test]
fn a_result_of_one_is_not_the_result_of_all_whatever_its_name() {
    let test = TestStore::new();
    let new = agent_service::NewAgent {
        id: Some("All".parse().unwrap()),
        ..agent_service::NewAgent::new("All", "claude-code", "All")
    };
    test.store
        .write(|uow| agent_service::register(uow, &new))
        .unwrap();
    test.agent("ada", 1);
    test.task("make");
    let available = |path| test.store.available_agents(path).unwrap().len();
    assert_eq!(available(None), 2);
    assert_eq!(available(Some("All")), 1);
    test.advance_seconds(1);
    let total =
        |scope: &analytics::TaskScope| test.store.task_analytics(None, scope).unwrap().total;
    let of_agent = analytics::TaskScope {
        agent_id: new.id,
        ..analytics::TaskScope::default()
    };
    assert_eq!(total(&analytics::TaskScope::default()), 1);
    assert_eq!(total(&of_agent), 0);
}

#[test]
fn the_results_of_the_specification_expire() {
    vm_steps::watch_new_connections();
    let test = TestStore::with(|config| config.cache_sliding_expiry = Duration::from_secs(3600));
    let agent = test.agent("ada", 1);
    let scope = analytics::TaskScope::default();
    let ran = |work: &dyn Fn()| !statements_of(work).1.is_empty();
    let available = || drop(test.store.available_agents(None).unwrap());
    let statistics = || drop(test.store.agent_statistics(&agent, None).unwrap());
    let figures = || drop(test.store.task_analytics(None, &scope).unwrap());
    let reads: [(&dyn Fn(), u64); 3] = [(&available, 120), (&statistics, 600), (&figures, 900)];
    for (read, seconds) in reads {
        assert!(ran(read));
        test.advance_seconds(seconds - 1);
        assert!(!ran(read));
        test.advance_seconds(1);
        assert!(ran(read));
    }
}
