//! Transactions that are no closures.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::events::ChangeFilter;
use orchestra_store::models::{Task, TaskDependency};
use orchestra_store::schema::task_dependencies;
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self, NewTask, TaskFilter};
use orchestra_store::types::{FailurePolicy, Id};
use orchestra_store::{ErrorCode, Result, Store, Transaction, UserContext};

use crate::support::{REPOSITORY, TestStore};

fn enqueue(transaction: &mut Transaction, command: &str) -> Result<Task> {
    transaction.write(|uow| tasks::enqueue(uow, &NewTask::new(command, REPOSITORY)))
}

fn commands(store: &Store) -> Vec<String> {
    let all = store.read(|r| tasks::list(r, &TaskFilter::default(), 100));
    let mut commands: Vec<_> = all.unwrap().into_iter().map(|task| task.command).collect();
    commands.sort();
    commands
}

#[test]
fn nothing_is_seen_before_the_commit_and_everything_after() {
    let test = TestStore::new();
    let store = &test.store;
    let mut transaction = store.begin().unwrap();
    let task = enqueue(&mut transaction, "a").unwrap();
    enqueue(&mut transaction, "b").unwrap();
    assert!(transaction.read(|r| tasks::get(r, &task.id)).is_ok());
    assert!(commands(store).is_empty());
    transaction.commit().unwrap();
    assert_eq!(commands(store), ["a", "b"]);
}

#[test]
fn what_is_dropped_or_rolled_back_was_never_there() {
    let test = TestStore::new();
    let store = &test.store;
    let mut transaction = store.begin().unwrap();
    enqueue(&mut transaction, "a").unwrap();
    drop(transaction);
    let mut transaction = store.begin().unwrap();
    enqueue(&mut transaction, "b").unwrap();
    transaction.rollback();
    assert!(commands(store).is_empty());
    // The line is free again.
    store.begin().unwrap().commit().unwrap();
}

#[test]
fn a_step_that_fails_undoes_itself_alone_also_the_first() {
    let test = TestStore::new();
    let store = &test.store;
    let mut transaction = store.begin().unwrap();
    let failed = transaction.write(|uow| {
        tasks::enqueue(uow, &NewTask::new("gone", REPOSITORY))?;
        tasks::enqueue(uow, &NewTask::new("", REPOSITORY))
    });
    assert_eq!(failed.unwrap_err().code(), ErrorCode::InvalidArgument);
    enqueue(&mut transaction, "stays").unwrap();
    assert!(
        transaction
            .write(|uow| tasks::enqueue(uow, &NewTask::new("", REPOSITORY)))
            .is_err()
    );
    transaction.commit().unwrap();
    assert_eq!(commands(store), ["stays"]);
}

#[test]
fn references_are_checked_by_the_commit() {
    let test = TestStore::new();
    let store = &test.store;
    let depend = |transaction: &mut Transaction, on: &str| {
        transaction.write(|uow| {
            diesel::sql_query("PRAGMA defer_foreign_keys = ON").execute(uow.connection())?;
            let task = tasks::enqueue(uow, &NewTask::new("a", REPOSITORY))?;
            let dependency = TaskDependency {
                id: uow.new_id()?,
                task_id: task.id,
                depends_on_task_id: Id::new(on)?,
                on_failure: FailurePolicy::Block,
                created_at: uow.now(),
                created_by: "system".to_owned(),
                row_version: 1,
            };
            diesel::insert_into(task_dependencies::table)
                .values(&dependency)
                .execute(uow.connection())?;
            Ok(())
        })
    };
    let mut transaction = store.begin().unwrap();
    depend(&mut transaction, "nobody").unwrap();
    let error = transaction.commit().unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConstraintViolation);
    assert!(commands(store).is_empty());

    let mut transaction = store.begin().unwrap();
    depend(&mut transaction, "later").unwrap();
    let mut later = NewTask::new("b", REPOSITORY);
    later.id = Some(Id::new("later").unwrap());
    transaction
        .write(|uow| tasks::enqueue(uow, &later))
        .unwrap();
    transaction.commit().unwrap();
    assert_eq!(commands(store), ["a", "b"]);
}

#[test]
fn each_handle_acts_as_its_user() {
    let test = TestStore::new();
    let store = &test.store;
    let mut transaction = store.begin().unwrap();
    let ada = store.context(UserContext::user("ada"));
    let task = transaction
        .write_by(&ada, |uow| {
            tasks::enqueue(uow, &NewTask::new("a", REPOSITORY))
        })
        .unwrap();
    assert_eq!(task.created_by, "ada");
    let foreign = TestStore::new();
    let refused = transaction.read_by(&foreign.store, |_| Ok(())).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Misuse);
}

#[test]
fn events_come_with_the_commit_and_the_cache_knows() {
    let test = TestStore::new();
    let store = &test.store;
    let task = store
        .write(|uow| tasks::enqueue(uow, &NewTask::new("a", REPOSITORY)))
        .unwrap();
    store.cached::<Task>(&task.id).unwrap();
    let mut changes = store.subscribe(ChangeFilter::all()).unwrap();
    let mut transaction = store.begin().unwrap();
    transaction
        .write(|uow| tasks::cancel(uow, &task.id, None))
        .unwrap();
    assert!(changes.recv_timeout(Duration::ZERO).unwrap().is_none());
    transaction.commit().unwrap();
    assert!(changes.recv_timeout(Duration::ZERO).unwrap().is_some());
    let cached = store.cached::<Task>(&task.id).unwrap().unwrap();
    let read = store.read(|r| data::get(r, &task.id)).unwrap();
    assert_eq!(*cached, read);
}

#[test]
fn others_wait_for_it_and_it_moves_between_threads() {
    let test = TestStore::with(|config| config.busy_timeout = Duration::from_millis(50));
    let store = &test.store;
    let transaction = store.begin().unwrap();
    assert_eq!(store.begin().unwrap_err().code(), ErrorCode::Busy);
    assert_eq!(store.write(|_| Ok(())).unwrap_err().code(), ErrorCode::Busy);
    let (send, receive) = mpsc::channel::<Transaction>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut transaction = receive.recv().unwrap();
            enqueue(&mut transaction, "elsewhere").unwrap();
            transaction.commit().unwrap();
        });
        send.send(transaction).unwrap();
    });
    assert_eq!(commands(store), ["elsewhere"]);
    let inside = store.write(|_| store.begin().map(drop)).unwrap_err();
    assert_eq!(inside.code(), ErrorCode::Misuse);
}

#[test]
fn one_that_sqlite_rolled_back_is_closed() {
    let test = TestStore::new();
    let store = &test.store;
    let mut transaction = store.begin().unwrap();
    enqueue(&mut transaction, "a").unwrap();
    let lost = transaction.write(|uow| {
        diesel::sql_query("ROLLBACK").execute(uow.connection())?;
        Ok(())
    });
    assert!(lost.is_err());
    let closed = enqueue(&mut transaction, "b").unwrap_err();
    assert_eq!(closed.code(), ErrorCode::Closed);
    assert_eq!(transaction.commit().unwrap_err().code(), ErrorCode::Closed);
    assert!(commands(store).is_empty());
}
