//! Opening, transactions, and what happens when they fail.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use orchestra_store::models::{Agent, AgentId};
use orchestra_store::services::{agents, data, tasks};
use orchestra_store::{Error, ErrorCode, Store, StoreConfig, UnitOfWork, UserContext, events};

use crate::support::{REPOSITORY, TestStore};

fn count(store: &Store) -> usize {
    store.read(agents::list).unwrap().len()
}

#[test]
fn a_write_is_there_for_the_next_read_and_after_reopening() {
    let test = TestStore::new();
    test.agent("a", 1);
    assert_eq!(count(&test.store), 1);
    test.store.close().unwrap();
    let again = Store::open(StoreConfig::new(test.path())).unwrap();
    assert_eq!(count(&again), 1);
}

#[test]
fn an_error_rolls_everything_back() {
    let test = TestStore::new();
    let error = test
        .store
        .write(|uow| {
            agents::register(uow, &agents::NewAgent::new("A", "t", REPOSITORY))?;
            Err::<(), _>(Error::new(ErrorCode::Cancelled, "changed my mind"))
        })
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
    assert_eq!(count(&test.store), 0);
}

#[test]
fn a_panic_rolls_everything_back_and_the_store_goes_on() {
    let test = TestStore::new();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        test.store.write::<()>(|uow| {
            agents::register(uow, &agents::NewAgent::new("A", "t", REPOSITORY))?;
            panic!("a host's bug")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(count(&test.store), 0);
    test.agent("a", 1);
    assert_eq!(count(&test.store), 1);
}

#[test]
fn a_single_row_is_found_as_any_other_read_finds_it() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let found = test.store.find::<Agent>(&agent).unwrap();
    assert_eq!(found.map(|agent| agent.id), Some(agent.clone()));
    let none = AgentId::new("nobody").unwrap();
    assert_eq!(test.store.find::<Agent>(&none).unwrap(), None);
    let deleted = test.store.write(|uow| data::delete::<Agent>(uow, &agent));
    deleted.unwrap();
    assert_eq!(test.store.find::<Agent>(&agent).unwrap(), None);
    test.store.close().unwrap();
    let closed = test.store.find::<Agent>(&agent).unwrap_err();
    assert_eq!(closed.code(), ErrorCode::Closed);
}

#[test]
fn a_failure_in_a_savepoint_undoes_only_the_innermost() {
    let test = TestStore::new();
    let kept = |uow: &mut UnitOfWork<'_>, command: &str| {
        tasks::enqueue(uow, &tasks::NewTask::new(command, REPOSITORY)).map(drop)
    };
    let written = test.store.write(|uow| {
        uow.savepoint(|uow| {
            kept(uow, "outer")?;
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                uow.savepoint::<()>(|uow| {
                    kept(uow, "inner")?;
                    panic!("a host's bug")
                })
            }));
            assert!(panicked.is_err());
            kept(uow, "later")
        })
    });
    written.unwrap();
    let left = test
        .store
        .read(|r| tasks::list(r, &tasks::TaskFilter::default(), 10))
        .unwrap();
    let mut commands: Vec<_> = left.iter().map(|t| t.command.as_str()).collect();
    commands.sort_unstable();
    assert_eq!(commands, ["later", "outer"]);
    let told = test
        .store
        .read(|r| events::since(r, 0, &events::ChangeFilter::default(), 100))
        .unwrap();
    let tasks = told
        .events
        .iter()
        .filter(|event| event.entity_type == "Tasks");
    assert_eq!(tasks.count(), 2, "{told:?}");
}

#[test]
fn a_savepoint_undoes_only_its_own_work() {
    let test = TestStore::new();
    test.store
        .write(|uow| {
            tasks::enqueue(uow, &tasks::NewTask::new("kept", REPOSITORY))?;
            let failed = uow.savepoint(|uow| {
                tasks::enqueue(uow, &tasks::NewTask::new("undone", REPOSITORY))?;
                tasks::enqueue(uow, &tasks::NewTask::new("", REPOSITORY))
            });
            assert_eq!(failed.unwrap_err().code(), ErrorCode::InvalidArgument);
            Ok(())
        })
        .unwrap();
    let left = test
        .store
        .read(|r| tasks::list(r, &tasks::TaskFilter::default(), 10))
        .unwrap();
    let commands: Vec<_> = left.iter().map(|t| t.command.as_str()).collect();
    assert_eq!(commands, ["kept"]);
}

#[test]
fn a_read_sees_one_snapshot() {
    let test = TestStore::new();
    test.agent("a", 1);
    test.store
        .read(|reader| {
            let before = agents::list(reader)?.len();
            test.agent("b", 1);
            assert_eq!(agents::list(reader)?.len(), before);
            Ok(())
        })
        .unwrap();
    assert_eq!(count(&test.store), 2);
}

#[test]
fn a_write_inside_a_write_is_misuse_and_not_a_deadlock() {
    let test = TestStore::new();
    let started = Instant::now();
    let error = test
        .store
        .write(|_| test.store.write(|_| Ok(())))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Misuse);
    assert!(started.elapsed() < Duration::from_secs(4));
    test.store.write(|_| Ok(())).unwrap();
}

#[test]
fn a_store_that_others_hold_is_busy_only_after_the_timeout() {
    let timeout = Duration::from_millis(300);
    let test = TestStore::with(|config| config.busy_timeout = timeout);
    let mut other_process = StoreConfig::new(test.path());
    other_process.busy_timeout = timeout;
    let other_process = Store::open(other_process).unwrap();

    let (held, is_held) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let (store, held) = (&test.store, held);
        scope.spawn(move || {
            store.write(|_| {
                held.send(()).unwrap();
                released.recv().unwrap();
                Ok(())
            })
        });
        is_held.recv().unwrap();
        for store in [&test.store, &other_process] {
            let started = Instant::now();
            let error = store.write(|_| Ok(())).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Busy, "{error}");
            assert!(error.is_retryable());
            assert!(started.elapsed() >= timeout, "{:?}", started.elapsed());
        }
        // Readers are not held up.
        test.store.read(|_| Ok(())).unwrap();
        release.send(()).unwrap();
    });
    other_process.write(|_| Ok(())).unwrap();
}

#[test]
fn a_closed_store_says_so_on_all_its_handles() {
    let test = TestStore::new();
    let other = test.store.context(UserContext::user("ann"));
    test.store.close().unwrap();
    test.store.close().unwrap();
    assert_eq!(
        other.read(|_| Ok(())).unwrap_err().code(),
        ErrorCode::Closed
    );
    assert_eq!(
        other.write(|_| Ok(())).unwrap_err().code(),
        ErrorCode::Closed
    );
}

#[test]
fn closing_leaves_one_file() {
    let test = TestStore::new();
    test.agent("a", 1);
    test.store.close().unwrap();
    let wal = test.path().with_extension("db-wal");
    assert!(!wal.exists(), "{}", wal.display());
}

/// The last connection that is closed copies the write-ahead log and removes it.
#[test]
fn dropping_the_last_handle_has_closed_every_connection() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    for round in 0..100 {
        let store = Store::open(StoreConfig::new(&path)).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| count(&store));
            }
            store.write(|_| Ok(())).unwrap();
        });
        drop(store);
        assert!(!path.with_extension("db-wal").exists(), "round {round}");
    }
}

#[test]
fn what_is_written_bears_the_name_of_who_acts() {
    let test = TestStore::new();
    let ann = test.store.context(UserContext::user("ann"));
    let task = ann
        .write(|uow| tasks::enqueue(uow, &tasks::NewTask::new("ls", REPOSITORY)))
        .unwrap();
    assert_eq!(
        (task.created_by.as_str(), task.updated_by.as_str()),
        ("ann", "ann")
    );
    let bob = test.store.context(UserContext::user("bob"));
    let task = bob.write(|uow| tasks::cancel(uow, &task.id, None)).unwrap();
    assert_eq!(
        (task.created_by.as_str(), task.updated_by.as_str()),
        ("ann", "bob")
    );
}

#[test]
fn a_policy_that_the_schema_would_refuse_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    type Change = fn(&mut StoreConfig);
    let changes: [(&str, Change); 2] = [
        ("queue.max_retries", |config| config.queue.max_retries = 11),
        ("queue.jitter_percent", |config| {
            config.queue.jitter_percent = 101
        }),
    ];
    for (name, change) in changes {
        let mut config = StoreConfig::new(directory.path().join("orchestra.db"));
        change(&mut config);
        let error = Store::open(config).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.details().column.as_deref(), Some(name));
    }
    assert!(!directory.path().join("orchestra.db").exists());
}

#[test]
fn a_user_without_a_name_writes_nothing() {
    let test = TestStore::new();
    let nobody = test.store.context(UserContext::user(""));
    let error = nobody.write(|_| Ok(())).unwrap_err();
    assert_eq!(error.details().column.as_deref(), Some("UserId"));
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("made/by us/orchestra.db");
    let store = Store::open(StoreConfig::new(&path)).unwrap();
    store.write(|_| Ok(())).unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&path.with_extension("db-wal")), 0o600);
}
