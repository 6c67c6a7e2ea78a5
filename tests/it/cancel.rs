//! Operations that end before they are done: another thread ends them, or their time is over.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use orchestra_store::maintenance::backup;
use orchestra_store::models::Task;
use orchestra_store::services::tasks::{self, NewTask, TaskFilter};
use orchestra_store::types::Id;
use orchestra_store::{CancelToken, ErrorCode, Reader, Result, Store};

use crate::support::{REPOSITORY, TestStore, scaled};

/// Runs for hours.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e12)
     SELECT count(*) AS count FROM n";

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    #[expect(dead_code, reason = "only that it is counted")]
    count: i64,
}

fn count_for_ever(reader: &mut Reader<'_>) -> Result<()> {
    diesel::sql_query(ENDLESS).get_result::<Counted>(reader.connection())?;
    Ok(())
}

fn enqueue(store: &Store) -> Result<()> {
    store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", REPOSITORY)).map(drop))
}

fn count(store: &Store) -> usize {
    let all = store.read(|r| tasks::list(r, &TaskFilter::default(), 10_000));
    all.unwrap().len()
}

fn cancelled<T: std::fmt::Debug>(outcome: Result<T>) {
    assert_eq!(outcome.unwrap_err().code(), ErrorCode::Cancelled);
}

/// Does `work`, and sets the token meanwhile.
fn cancel_while<T: Send>(token: &CancelToken, work: impl FnOnce() -> T + Send) -> T {
    let begun = Barrier::new(2);
    thread::scope(|scope| {
        let working = scope.spawn(|| {
            begun.wait();
            work()
        });
        begun.wait();
        thread::sleep(Duration::from_millis(20));
        token.cancel();
        working.join().unwrap()
    })
}

#[test]
fn what_was_cancelled_before_does_not_begin() {
    let test = TestStore::new();
    let store = &test.store;
    let token = CancelToken::new();
    let handle = store.cancellable(&token);
    token.cancel();
    let has_run = AtomicBool::new(false);
    let note = || {
        has_run.store(true, Ordering::Relaxed);
        Ok(())
    };
    cancelled(handle.read(|_| note()));
    cancelled(handle.write(|_| note()));
    cancelled(handle.begin());
    cancelled(handle.find(&Id::<Task>::new("t").unwrap()));
    assert!(!has_run.into_inner());
    enqueue(store).unwrap();
    token.reset();
    enqueue(&handle).unwrap();
}

#[test]
fn a_statement_that_runs_ends() {
    let test = TestStore::with(|config| config.max_readers = 1);
    let store = &test.store;
    let token = CancelToken::new();
    let handle = store.cancellable(&token);
    cancelled(cancel_while(&token, || handle.read(count_for_ever)));
    // The same connection is as good as new, for others and for this handle.
    assert_eq!(count(store), 0);
    token.reset();
    cancelled(cancel_while(&token, || {
        handle.write(|uow| count_for_ever(uow))
    }));
    enqueue(store).unwrap();
}

#[test]
fn many_short_statements_end_and_are_rolled_back() {
    let test = TestStore::new();
    let store = &test.store;
    let token = CancelToken::new();
    let handle = store.cancellable(&token);
    let endless = || -> Result<()> {
        handle.write(|uow| {
            loop {
                tasks::enqueue(uow, &NewTask::new("make", REPOSITORY))?;
            }
        })
    };
    cancelled(cancel_while(&token, endless));
    assert_eq!(count(store), 0);
}

#[test]
fn waiting_for_other_writes_and_for_connections_ends() {
    let test = TestStore::with(|config| {
        config.max_readers = 1;
        config.busy_timeout = Duration::from_secs(600);
    });
    let store = &test.store;
    let token = CancelToken::new();
    let handle = store.cancellable(&token);
    let held = store.begin().unwrap();
    cancelled(cancel_while(&token, || enqueue(&handle)));
    token.reset();
    store
        .read(|_| {
            cancelled(cancel_while(&token, || handle.read(|_| Ok(()))));
            Ok(())
        })
        .unwrap();
    drop(held);
    token.reset();
    enqueue(&handle).unwrap();
}

#[test]
fn waiting_for_another_store_ends() {
    let test = TestStore::with(|config| config.busy_timeout = Duration::from_secs(600));
    let store = &test.store;
    let other = Store::open(orchestra_store::StoreConfig::new(test.path())).unwrap();
    let held = other.begin().unwrap();
    let token = CancelToken::new();
    let handle = store.cancellable(&token);
    cancelled(cancel_while(&token, || enqueue(&handle)));
    drop(held);
    enqueue(store).unwrap();
}

#[test]
fn a_backup_ends_and_leaves_nothing() {
    let test = TestStore::new();
    let store = &test.store;
    let token = CancelToken::new();
    let handle = store.cancellable(&token);
    token.cancel();
    let target = test.path().with_file_name("copy.db");
    cancelled(backup::create(&handle, &target, false, &mut |_| {
        std::ops::ControlFlow::Continue(())
    }));
    assert!(!target.exists());
}

#[test]
fn a_transaction_whose_write_was_cancelled_is_over_and_one_whose_read_was_is_not() {
    let test = TestStore::new();
    let store = &test.store;
    let token = CancelToken::new();
    let handle = store.cancellable(&token);
    let mut transaction = store.begin().unwrap();
    let write = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        tasks::enqueue(uow, &NewTask::new("make", REPOSITORY)).map(drop)
    };
    transaction.write(write).unwrap();
    cancelled(cancel_while(&token, || {
        transaction.read_by(&handle, count_for_ever)
    }));
    transaction.write(write).unwrap();
    transaction.commit().unwrap();
    assert_eq!(count(store), 2);

    token.reset();
    let mut transaction = store.begin().unwrap();
    transaction.write(write).unwrap();
    let delete = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        let endless = format!("DELETE FROM Tasks WHERE 0 < ({ENDLESS})");
        diesel::sql_query(endless).execute(uow.connection())?;
        Ok(())
    };
    cancelled(cancel_while(&token, || {
        transaction.write_by(&handle, delete)
    }));
    let closed = transaction.write(write).unwrap_err();
    assert_eq!(closed.code(), ErrorCode::Closed);
    assert_eq!(transaction.commit().unwrap_err().code(), ErrorCode::Closed);
    assert_eq!(count(store), 2);
}

/// Beginning and ending transactions takes a few steps of SQLite's machine each, which add up.
#[test]
fn what_ends_a_transaction_is_not_ended_itself() {
    let test = TestStore::with(|config| config.max_readers = 1);
    let store = &test.store;
    for _ in 0..1000 {
        let token = CancelToken::new();
        let handle = store.cancellable(&token);
        let cancel = || {
            token.cancel();
            Ok(())
        };
        handle.read(|_| cancel()).unwrap();
        token.reset();
        cancelled(handle.write(|_| cancel()));
        store.write(|_| Ok(())).unwrap();
    }
}

/// Whenever the token is set, what was acknowledged is there, and what was cancelled isn't; and the
/// connection does not hand the interruption on to the next.
#[test]
fn no_moment_is_wrong() {
    let test = TestStore::new();
    let store = &test.store;
    let rounds = scaled(60, 2000);
    let mut acknowledged = 0;
    for round in 0..rounds {
        let token = CancelToken::new();
        let handle = store.cancellable(&token);
        let done = thread::scope(|scope| {
            let writing = scope.spawn(|| enqueue(&handle));
            thread::sleep(Duration::from_micros((round % 40) as u64 * 50));
            token.cancel();
            writing.join().unwrap()
        });
        match done {
            Ok(()) => acknowledged += 1,
            Err(error) => assert_eq!(error.code(), ErrorCode::Cancelled, "{error}"),
        }
        assert_eq!(count(store), acknowledged);
        store.write(|_| Ok(())).unwrap();
    }
}

const SHORT: Duration = Duration::from_millis(50);

fn with_short_time(configure: impl FnOnce(&mut orchestra_store::StoreConfig)) -> TestStore {
    TestStore::with(|config| {
        config.operation_timeout = Some(SHORT);
        config.busy_timeout = Duration::from_secs(600);
        configure(config);
    })
}

fn took_too_long<T: std::fmt::Debug>(outcome: Result<T>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Timeout, "{error}");
    assert!(error.message().contains("operation_timeout"), "{error}");
}

#[test]
fn a_statement_ends_when_its_time_is_over_and_others_go_on() {
    let test = with_short_time(|config| config.max_readers = 1);
    let store = &test.store;
    took_too_long(store.read(count_for_ever));
    took_too_long(store.write(|uow| count_for_ever(uow)));
    took_too_long(store.write(|uow| {
        loop {
            tasks::enqueue(uow, &NewTask::new("make", REPOSITORY))?;
        }
        #[expect(unreachable_code, reason = "names the type")]
        Ok(())
    }));
    assert_eq!(count(store), 0);
    enqueue(store).unwrap();
    assert_eq!(count(store), 1);
}

#[test]
fn waits_end_when_the_time_is_over() {
    let test = with_short_time(|config| config.max_readers = 1);
    let store = &test.store;
    let unlimited = store.with_operation_timeout(None);
    let held = unlimited.begin().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            took_too_long(enqueue(store));
            took_too_long(store.begin());
        });
    });
    unlimited
        .read(|_| {
            took_too_long(store.read(|_| Ok(())));
            Ok(())
        })
        .unwrap();
    drop(held);
    let other = Store::open(orchestra_store::StoreConfig::new(test.path())).unwrap();
    let held = other.begin().unwrap();
    took_too_long(enqueue(store));
    drop(held);
    enqueue(store).unwrap();
}

#[test]
fn a_transaction_may_take_longer_than_its_steps() {
    let test = with_short_time(|_| {});
    let store = &test.store;
    let mut transaction = store.begin().unwrap();
    let write = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        tasks::enqueue(uow, &NewTask::new("make", REPOSITORY)).map(drop)
    };
    transaction.write(write).unwrap();
    thread::sleep(SHORT);
    took_too_long(transaction.read(count_for_ever));
    transaction.write(write).unwrap();
    transaction.commit().unwrap();
    assert_eq!(count(store), 2);
}

#[test]
fn only_calls_that_ask_for_more_have_more_time() {
    let test = with_short_time(|_| {});
    let patient = test.store.with_operation_timeout(None);
    let slow = |reader: &mut Reader<'_>| {
        thread::sleep(SHORT);
        tasks::list(reader, &TaskFilter::default(), 10).map(|tasks| tasks.len())
    };
    assert_eq!(patient.read(slow).unwrap(), 0);
    let hurried = patient.with_operation_timeout(Some(Duration::from_millis(1)));
    took_too_long(hurried.read(count_for_ever));
    // An operation inside another has no more time than that one.
    took_too_long(test.store.read(|_| patient.read(count_for_ever)));
    test.store.maintain(Duration::from_secs(10)).unwrap();
}

#[test]
fn a_backup_that_takes_too_long_leaves_nothing() {
    let test = with_short_time(|_| {});
    enqueue(&test.store).unwrap();
    let target = test.path().with_file_name("copy.db");
    let wait = &mut |_| {
        thread::sleep(SHORT);
        std::ops::ControlFlow::Continue(())
    };
    took_too_long(backup::create(&test.store, &target, false, wait));
    assert!(!target.exists());
    let patient = test.store.with_operation_timeout(None);
    backup::create(&patient, &target, false, wait).unwrap();
}
