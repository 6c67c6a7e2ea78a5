//! What it costs to open and to close a database that is there, counted in connections, each of which reads the schema,
//! and in statements.

use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Store, StoreConfig};

use crate::support::{REPOSITORY, TestStore};
use crate::vm_steps::{watch, watch_new_connections};

#[test]
fn an_existing_database_is_opened_and_closed_by_one_connection_and_few_statements() {
    watch_new_connections();
    let test = TestStore::new();
    test.store.close().unwrap();
    let (store, opened) = watch(|| Store::open(StoreConfig::new(test.path())).unwrap());
    let (_, closed) = watch(|| store.close().unwrap());
    println!("open: {opened:#?}\nclose: {closed:#?}");
    assert_eq!((opened.connections, closed.connections), (1, 0));
    let statements: usize = opened.runs.values().sum();
    assert!(statements <= 24, "open: {statements} statements");
    assert_eq!(closed.runs.values().sum::<usize>(), 1, "{:?}", closed.runs);

    let store = Store::open(StoreConfig::new(test.path())).unwrap();
    let new = NewTask::new("ls", REPOSITORY);
    store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
    let (_, closed) = watch(|| store.close().unwrap());
    assert!(closed.statements.contains("PRAGMA optimize"), "{closed:?}");
}
