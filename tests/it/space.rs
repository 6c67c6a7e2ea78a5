//! Keeping a database and its write-ahead log in size.

use diesel::prelude::*;
use orchestra_store::UnitOfWork;
use orchestra_store::maintenance::space;
use orchestra_store::schema;
use orchestra_store::services::tasks;

use crate::support::{REPOSITORY, TestStore};

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
