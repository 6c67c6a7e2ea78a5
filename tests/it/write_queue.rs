//! The order of those who want the writing connection: first come, first served, whatever they want it for.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use orchestra_store::maintenance::restore::{RestoreOptions, restore};
use orchestra_store::maintenance::{Phase, unobserved};
use orchestra_store::maintenance::{backup, space};
use orchestra_store::{CancelToken, ErrorCode, GroupCommit, Result, Store};

use crate::support::TestStore;

/// What a thread does when it is its turn to wait.
type Work<'s> = Box<dyn FnOnce() + Send + 's>;

/// Begins these one after the other while a write has the connection, which then ends.
fn behind_a_write(store: &Store, works: Vec<Work<'_>>) {
    let soon = Duration::from_millis(50);
    behind_a_write_after(store, works.into_iter().map(|work| (work, soon)));
}

/// Begins these, and the next one when it is certain that one waits: nothing tells, but in time, each does.
fn behind_a_write_after<'s>(store: &Store, works: impl Iterator<Item = (Work<'s>, Duration)>) {
    thread::scope(|scope| {
        let held = store.begin().unwrap();
        for (work, time) in works {
            scope.spawn(work);
            thread::sleep(time);
        }
        held.commit().unwrap();
    });
}

fn backup_of(test: &TestStore) -> std::path::PathBuf {
    let path = test.path().with_file_name("backup.db");
    backup::create(&test.store, &path, false, &mut unobserved).unwrap();
    path
}

fn restore_telling(store: &Store, backup: &Path, on_turn: &mut dyn FnMut()) -> Result<()> {
    let mut begun = false;
    let mut on_progress = |progress: orchestra_store::maintenance::Progress| {
        if progress.stage == Phase::Restoring && !std::mem::replace(&mut begun, true) {
            on_turn();
        }
        std::ops::ControlFlow::Continue(())
    };
    restore(store, backup, &RestoreOptions::default(), &mut on_progress).map(drop)
}

#[test]
fn a_restore_waits_behind_writes_that_wait_and_before_those_that_come_later() {
    let test = TestStore::new();
    let (store, backup) = (&test.store, backup_of(&test));
    let order = Mutex::new(Vec::new());
    let note = |name| order.lock().unwrap().push(name);
    let write = |name| -> (Work<'_>, Duration) {
        let write = move || {
            let done = store.write(|_| {
                note(name);
                Ok(())
            });
            done.unwrap();
        };
        (Box::new(write), Duration::from_millis(50))
    };
    let restore: Work<'_> =
        Box::new(|| restore_telling(store, &backup, &mut || note("restore")).unwrap());
    // It verifies the backup before it waits.
    let restore = (restore, Duration::from_secs(3));
    let works = [write("first"), write("second"), restore, write("last")];
    behind_a_write_after(store, works.into_iter());
    let expected = ["first", "second", "restore", "last"];
    assert_eq!(order.into_inner().unwrap(), expected);
}

#[test]
fn closing_waits_behind_writes_that_wait_and_ends_those_that_come_later() {
    let test = TestStore::new();
    let store = &test.store;
    let order = Mutex::new(Vec::new());
    let note = |name| order.lock().unwrap().push(name);
    let write = |name| -> Work<'_> {
        Box::new(move || {
            let done = store.write(|_| {
                thread::sleep(Duration::from_millis(50));
                note(name);
                Ok(())
            });
            done.unwrap();
        })
    };
    behind_a_write(
        store,
        vec![
            write("first"),
            write("second"),
            Box::new(|| {
                store.close().unwrap();
                note("closed");
            }),
            Box::new(|| {
                let started = Instant::now();
                let late = store.write(|_| Ok(())).unwrap_err();
                assert_eq!(late.code(), ErrorCode::Closed);
                assert!(started.elapsed() < Duration::from_secs(4));
            }),
        ],
    );
    assert_eq!(order.into_inner().unwrap(), ["first", "second", "closed"]);
    assert!(!test.path().with_extension("db-wal").exists());
}

/// More threads write than there are processors, and none pauses.
#[test]
fn a_storm_of_writes_keeps_nobody_from_the_connection() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 40;
    for group_commit in [GroupCommit::OFF, GroupCommit::SHARED] {
        let test = TestStore::with(|config| config.group_commit = group_commit);
        let store = &test.store;
        let (writes, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
        let mut between = thread::scope(|scope| {
            for number in 0..THREADS {
                let (writes, is_over) = (&writes, &is_over);
                scope.spawn(move || {
                    while !is_over.load(Ordering::SeqCst) {
                        match number % 2 {
                            0 => store.write(|_| Ok(())).unwrap(),
                            _ => store.write_owned(|_| Ok(())).unwrap(),
                        }
                        writes.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            let rounds = (0..ROUNDS).map(|_| {
                let before = writes.load(Ordering::SeqCst);
                space::checkpoint(store).unwrap();
                writes.load(Ordering::SeqCst) - before
            });
            let between: Vec<_> = rounds.collect();
            is_over.store(true, Ordering::SeqCst);
            between
        });
        // Each thread was ahead at the most once; a thread that the system let wait counts some more.
        between.sort_unstable();
        let median = between[ROUNDS / 2];
        assert!(median <= 8 * THREADS as u64, "{between:?}");
    }
}

#[test]
fn who_waits_for_too_long_is_busy_and_told_what_to_do() {
    let timeout = Duration::from_millis(200);
    let test = TestStore::with(|config| config.busy_timeout = timeout);
    let store = &test.store;
    let held = store.begin().unwrap();
    for wait in [
        &(|| space::checkpoint(store).map(drop)) as &dyn Fn() -> Result<()>,
        &|| store.write(|_| Ok(())),
        &|| store.begin().map(drop),
    ] {
        let started = Instant::now();
        let error = wait().unwrap_err();
        assert_eq!(error.code(), ErrorCode::Busy, "{error}");
        assert!(error.is_retryable());
        assert!(error.to_string().contains("busy_timeout"), "{error}");
        assert!(started.elapsed() >= timeout);
    }
    drop(held);
    space::checkpoint(store).unwrap();
    store.write(|_| Ok(())).unwrap();
}

#[test]
fn who_waits_can_be_cancelled_and_keeps_nobody_waiting_afterwards() {
    let test = TestStore::with(|config| config.busy_timeout = Duration::from_secs(600));
    let store = &test.store;
    let token = CancelToken::new();
    let handle = store.cancellable(&token);
    thread::scope(|scope| {
        let held = store.begin().unwrap();
        let upkeep = scope.spawn(|| space::checkpoint(&handle));
        thread::sleep(Duration::from_millis(50));
        let write = scope.spawn(|| store.write(|_| Ok(())));
        thread::sleep(Duration::from_millis(50));
        token.cancel();
        let error = upkeep.join().unwrap().unwrap_err();
        assert_eq!(error.code(), ErrorCode::Cancelled);
        held.commit().unwrap();
        write.join().unwrap().unwrap();
    });
}

#[test]
fn closing_while_a_transaction_stays_open_is_busy_and_leaves_that_to_end() {
    let test = TestStore::with(|config| config.busy_timeout = Duration::from_millis(200));
    let store = &test.store;
    let mut transaction = store.begin().unwrap();
    let error = store.close().unwrap_err();
    assert_eq!(error.code(), ErrorCode::Busy, "{error}");
    assert_eq!(
        store.write(|_| Ok(())).unwrap_err().code(),
        ErrorCode::Closed
    );
    store.close().unwrap();
    transaction
        .write(|uow| {
            let new = orchestra_store::services::tasks::NewTask::new("make", "/srv/app");
            orchestra_store::services::tasks::enqueue(uow, &new).map(drop)
        })
        .unwrap();
    transaction.commit().unwrap();
    assert!(!test.path().with_extension("db-wal").exists());
    let again = Store::open(orchestra_store::StoreConfig::new(test.path())).unwrap();
    let filter = orchestra_store::services::tasks::TaskFilter::default();
    let all = again
        .read(|r| orchestra_store::services::tasks::list(r, &filter, 10))
        .unwrap();
    assert_eq!(all.len(), 1);
}

/// Where whoever waits gets `Closed` only when the connection is theirs, others would wait for nothing.
#[test]
fn many_that_come_while_the_store_is_closed_are_done_or_told_so() {
    for _ in 0..20 {
        let test = TestStore::new();
        let store = &test.store;
        let (begin, may_begin) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        loop {
                            match store.write(|_| Ok(())) {
                                Ok(()) => {}
                                Err(error) => return error.code(),
                            }
                        }
                    })
                })
                .collect();
            scope.spawn(move || {
                may_begin.recv().unwrap();
                store.close().unwrap();
            });
            begin.send(()).unwrap();
            for writer in writers {
                assert_eq!(writer.join().unwrap(), ErrorCode::Closed);
            }
        });
        assert!(!test.path().with_extension("db-wal").exists());
    }
}

#[test]
fn a_connection_that_comes_back_inside_a_transaction_is_replaced() {
    let test = TestStore::new();
    let store = &test.store;
    let wrote = store.write(|uow| {
        // The commit ends this one, and leaves the next open.
        uow.connection().batch_execute("ROLLBACK; BEGIN")?;
        Ok(())
    });
    drop(wrote);
    test.task("afterwards");
    space::checkpoint(store).unwrap();
}

#[test]
fn a_write_inside_a_write_is_misuse_also_where_another_store_is_between() {
    let (one, other) = (TestStore::new(), TestStore::new());
    let started = Instant::now();
    let nested = one
        .store
        .write(|_| other.store.write(|_| one.store.write(|_| Ok(()))));
    assert_eq!(nested.unwrap_err().code(), ErrorCode::Misuse);
    let upkeep = one.store.write(|_| space::checkpoint(&one.store));
    assert_eq!(upkeep.unwrap_err().code(), ErrorCode::Misuse);
    assert!(started.elapsed() < Duration::from_secs(4));
    one.store.write(|_| Ok(())).unwrap();
    other.store.write(|_| Ok(())).unwrap();
}

#[test]
fn a_panic_of_who_watches_a_restore_leaves_the_connection_to_others() {
    let test = TestStore::new();
    let (store, backup) = (&test.store, backup_of(&test));
    let restored = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        restore_telling(store, &backup, &mut || panic!("a host's bug"))
    }));
    assert!(restored.is_err());
    test.task("afterwards");
    store.close().unwrap();
}
