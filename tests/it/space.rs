//! Keeping a database and its write-ahead log in size.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use orchestra_store::maintenance::space;
use orchestra_store::schema;
use orchestra_store::services::tasks;
use orchestra_store::{Durability, Store, UnitOfWork};

use crate::support::{REPOSITORY, SetOnDrop, TestStore, scaled};

/// Enqueues tasks of 2 KB each.
fn fill(test: &TestStore, count: usize) {
    let new: Vec<_> = (0..count)
        .map(|_| tasks::NewTask::new("x".repeat(2000), REPOSITORY))
        .collect();
    test.store
        .write(|uow| tasks::enqueue_many(uow, &new))
        .unwrap();
}

/// Removes all tasks but one, past the audit log, which would keep what they were.
fn remove_but(test: &TestStore, kept: &str) {
    let others = schema::tasks::table.filter(schema::tasks::command.ne(kept));
    let remove = |uow: &mut UnitOfWork<'_>| Ok(diesel::delete(others).execute(uow.connection())?);
    test.store.write(remove).unwrap();
}

#[test]
fn a_read_that_stays_open_holds_the_log_and_the_store_says_so() {
    let test = TestStore::with(|config| config.wal_limit = 100_000);
    fill(&test, 1);
    assert_eq!(space::measure(&test.store).unwrap().wal_held, 0);
    test.store
        .read(|reader| {
            tasks::count_by_status(reader)?;
            fill(&test, 200);
            let space = space::measure(&test.store)?;
            assert!(space.is_wal_over_limit(), "{space:?}");
            assert!(space.wal >= space.wal_held, "{space:?}");
            Ok(())
        })
        .unwrap();
    let space = space::measure(&test.store).unwrap();
    assert_eq!(space.wal_held, 0);
    assert!(!space.is_wal_over_limit() && space.wal > 0);
    assert_eq!(space::checkpoint(&test.store).unwrap(), 0);
    assert_eq!(space::measure(&test.store).unwrap().wal, 0);
}

#[test]
fn free_pages_are_given_back() {
    let test = TestStore::new();
    fill(&test, 500);
    remove_but(&test, "");
    let full = space::measure(&test.store).unwrap();
    assert!(full.free_in_database > 500_000, "{full:?}");
    let keep = 100_000;
    let given_back = space::shrink(&test.store, keep).unwrap();
    let shrunk = space::measure(&test.store).unwrap();
    assert_eq!(full.free_in_database - given_back, shrunk.free_in_database);
    assert!(shrunk.free_in_database.abs_diff(keep) < 8192, "{shrunk:?}");
    assert!(shrunk.database < full.database - given_back / 2);
}

#[test]
fn a_vacuum_leaves_no_free_page_and_all_that_is_there() {
    let test = TestStore::new();
    fill(&test, 200);
    let kept = test.task("kept");
    remove_but(&test, "kept");
    let given_back = space::vacuum(&test.store).unwrap();
    assert!(given_back > 200_000, "{given_back}");
    assert_eq!(space::measure(&test.store).unwrap().free_in_database, 0);
    assert_eq!(test.get_task(&kept).command, "kept");
    assert_eq!(space::vacuum(&test.store).unwrap(), 0);
}

/// What a store under load told of its write-ahead log.
#[derive(Debug, Default)]
struct Observed {
    /// The largest file, in bytes.
    wal: u64,
    /// How often more than the limit was held.
    over_limit: u32,
    /// How often the file was larger than the limit.
    large: u32,
    /// How often the upkeep made it small again.
    cut_back: u32,
    samples: u32,
}

/// Measures again and again. Where the log is too large, the upkeep has to cut it back or say what
/// holds it.
fn observe(store: &Store, length: Duration) -> Observed {
    let mut observed = Observed::default();
    let end = Instant::now() + length;
    while Instant::now() < end {
        let space = space::measure(store).unwrap();
        observed.samples += 1;
        observed.wal = observed.wal.max(space.wal);
        if space.wal > LIMIT + (1 << 20) {
            observed.large += 1;
            let report = store.maintain(Duration::from_secs(10)).unwrap();
            let is_small = becomes_smaller(store, space.wal);
            observed.cut_back += u32::from(is_small);
            let told = report.errors().any(|(step, error)| {
                step == "checkpoint" && error.message.contains("a read that stays open")
            });
            assert!(is_small || told, "{space:?} {report:?}");
        }
        if space.is_wal_over_limit() {
            observed.over_limit += 1;
        }
        thread::sleep(Duration::from_millis(50));
    }
    observed
}

/// Whether the log is cut at any of several looks: those who write may have filled it again before one.
fn becomes_smaller(store: &Store, than: u64) -> bool {
    (0..40).any(|_| {
        thread::sleep(Duration::from_millis(5));
        space::measure(store).unwrap().wal < than
    })
}

/// Does `while_writing` while two threads write as fast as they can.
fn under_load<T>(store: &Store, while_writing: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stop = SetOnDrop(&stop);
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let new = tasks::NewTask::new("x".repeat(2000), REPOSITORY);
                    store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
                }
            });
        }
        while_writing()
    })
}

const LIMIT: u64 = 2 << 20;

fn store_with_limit() -> TestStore {
    TestStore::with(|config| {
        config.wal_limit = LIMIT;
        config.journal_size_limit = LIMIT;
        config.durability = Durability::Normal;
    })
}

#[test]
fn under_load_the_log_stays_small_or_the_store_says_what_holds_it() {
    let test = store_with_limit();
    let length = Duration::from_secs(scaled(1, 60));
    let (free, held, after) = under_load(&test.store, || {
        let free = observe(&test.store, length);
        let held = test.store.read(|reader| {
            tasks::count_by_status(reader)?;
            Ok(observe(&test.store, length))
        });
        (free, held.unwrap(), observe(&test.store, length))
    });
    println!("without a reader {free:?}, with one {held:?}, afterwards {after:?}");
    assert_eq!(free.over_limit, 0, "{free:?}");
    assert!(held.wal > free.wal, "{held:?}");
    assert_eq!(
        held.over_limit > 0,
        held.wal > LIMIT + (1 << 20),
        "{held:?}"
    );
    let space = space::measure(&test.store).unwrap();
    assert_eq!(space.wal_held, 0, "{space:?}");
    assert_eq!(space::checkpoint(&test.store).unwrap(), 0);
    assert_eq!(space::measure(&test.store).unwrap().wal, 0);
}

/// A read that began when everything was copied holds nothing, and the log can't begin anew all the same.
#[test]
fn a_read_that_keeps_the_log_from_beginning_anew_is_told_and_keeps_no_write_waiting_for_long() {
    let test = store_with_limit();
    let write = || {
        let new = tasks::NewTask::new("x".repeat(2000), REPOSITORY);
        test.store.write(|uow| tasks::enqueue(uow, &new)).map(drop)
    };
    // Not by what the store measures, which copies the log so that it begins anew.
    let wal = test.path().with_extension("db-wal");
    while std::fs::metadata(&wal).unwrap().len() <= LIMIT {
        write().unwrap();
    }
    let errors = || {
        let report = test.store.maintain(Duration::from_secs(10)).unwrap();
        let errors = report.errors();
        let texts = errors.map(|(step, error)| format!("{step}: {}", error.message));
        texts.collect::<Vec<_>>()
    };
    let told = test.store.read(|reader| {
        tasks::count_by_status(reader)?;
        let told = errors();
        write()?;
        Ok(told)
    });
    let told = told.unwrap();
    let is_told = |text: &String| text.starts_with("checkpoint: a read that stays open");
    assert!(told.len() == 1 && told.iter().all(is_told), "{told:?}");
    assert!(errors().is_empty());
    assert!(space::measure(&test.store).unwrap().wal <= LIMIT);
}

/// One read after another, of which there is always one open.
#[test]
fn short_reads_that_follow_each_other_closely_do_not_make_the_log_grow_without_end() {
    let test = store_with_limit();
    let stop = AtomicBool::new(false);
    let observed = thread::scope(|scope| {
        let _stop = SetOnDrop(&stop);
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let read = test.store.read(|reader| {
                        tasks::count_by_status(reader)?;
                        thread::sleep(Duration::from_millis(20));
                        Ok(())
                    });
                    read.unwrap();
                }
            });
        }
        under_load(&test.store, || {
            // A look takes up to half a second and meets a gap between the reads in one of three: a second
            // has too few of them.
            observe(&test.store, Duration::from_secs(scaled(6, 60)))
        })
    });
    println!("{observed:?}");
    assert!(observed.large == 0 || observed.cut_back > 0, "{observed:?}");
}
