//! Bytes that a task takes in the database file: while it is kept, and once retention has deleted it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use orchestra_store::import::{ImportOptions, import_file};
use orchestra_store::maintenance::space;
use orchestra_store::models::TaskId;
use orchestra_store::services::audit;
use orchestra_store::services::tasks::{self, Claim, NewTask};
use orchestra_store::{Durability, StoreConfig, UuidGenerator};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, token_of};

const TASKS: i64 = 2000;

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// Returns the size of the file without free pages.
fn size(test: &TestStore) -> i64 {
    space::vacuum(&test.store).unwrap();
    let query = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
    let read = test
        .store
        .read(|r| Ok(sql_query(query).get_result::<Size>(r.connection())?));
    read.unwrap().bytes
}

fn store(configure: impl FnOnce(&mut StoreConfig)) -> TestStore {
    TestStore::with(|config| {
        config.durability = Durability::Normal;
        // As long as those of hosts.
        config.ids = Arc::new(UuidGenerator);
        configure(config);
    })
}

/// Runs tasks to their ends, a hundred at a time.
fn run(test: &TestStore, count: i64) {
    let agent = test.agent("agent", 10);
    for _ in 0..count {
        let new = NewTask::new("cargo test --workspace", REPOSITORY);
        test.store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
        test.advance_seconds(1);
        let claim =
            |uow: &mut orchestra_store::UnitOfWork<'_>| tasks::claim(uow, &Claim::agent(&agent));
        let task = test.store.write(claim).unwrap().remove(0);
        let token = token_of(&task);
        test.store
            .write(|uow| tasks::start(uow, &task.id, Some(&token)))
            .unwrap();
        test.advance_seconds(1);
        test.store
            .write(|uow| tasks::complete(uow, &task.id, Some(&token), Some("passed")))
            .unwrap();
    }
}

/// Returns the bytes that each of so many tasks has added since the file had this size.
fn per_task(test: &TestStore, before: i64) -> i64 {
    (size(test) - before) / TASKS
}

#[test]
fn a_finished_task_takes_few_bytes() {
    for (audit, most) in [(true, 4000), (false, 610)] {
        let test = store(|config| {
            config.audit = audit;
            config.change_events = audit;
        });
        let before = size(&test);
        run(&test, TASKS);
        let kept = per_task(&test, before);
        println!("audit and events {audit}: {kept} bytes for each finished task");
        assert!(kept <= most, "{kept}");
    }
}

#[test]
fn deleting_tasks_makes_the_file_smaller() {
    let test = store(|config| {
        config.retention.completed_tasks = Some(Duration::from_secs(60));
    });
    let empty = size(&test);
    run(&test, TASKS);
    let full = size(&test);
    test.advance_seconds(3600);
    let report = test.store.maintain(Duration::from_secs(600)).unwrap();
    assert_eq!(report.errors().count(), 0, "{report:?}");
    let left: i64 = test
        .store
        .read(|r| {
            Ok(orchestra_store::schema::tasks::table
                .count()
                .get_result(r.connection())?)
        })
        .unwrap();
    assert_eq!(left, 0, "{report:?}");
    let freed = (full - size(&test)) / TASKS;
    println!(
        "{} bytes for each task, of which {freed} are free once it is deleted",
        (full - empty) / TASKS
    );
    assert!(freed >= 300, "{freed}");
}

#[test]
fn an_imported_task_takes_few_bytes() {
    let state = |count: i64| {
        let tasks = (0..count).map(|number| {
            json!({
                "Id": format!("5c0b1c5e-6f1f-4b5e-9f58-{number:012}"), "AgentId": "",
                "Command": format!("dotnet test {number}"), "RepositoryPath": "/srv/git/search",
                "CreatedAt": "2025-10-01T12:00:00+04:00", "Priority": 1, "Status": 0,
            })
        });
        json!({ "Agents": {}, "TaskQueue": tasks.collect::<Vec<_>>() }).to_string()
    };
    let directory = tempfile::tempdir().unwrap();
    let test = store(|_| {});
    let before = size(&test);
    let path = directory.path().join("state.json");
    std::fs::write(&path, state(TASKS)).unwrap();
    let report = import_file(&test.store, &path, &ImportOptions::default(), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(report.tasks.imported, u64::try_from(TASKS).unwrap());
    let kept = per_task(&test, before);
    println!(
        "{kept} bytes for each imported task, of {} bytes in the file",
        state(1).len()
    );
    assert!(kept <= 800, "{kept}");

    // One entry tells of many, and what it tells of each is the task.
    let id: TaskId = "5c0b1c5e-6f1f-4b5e-9f58-000000000777".parse().unwrap();
    let history = |id: &TaskId| test.store.read(|r| audit::history(r, id)).unwrap();
    let state = |id: &TaskId| {
        let state = test.store.read(|r| audit::state_at(r, id, r.now()));
        state.unwrap().unwrap().0
    };
    let present = |id: &TaskId| {
        let mut row = serde_json::to_value(test.get_task(id)).unwrap();
        row.as_object_mut().unwrap().remove("ComputedDuration");
        row
    };
    let of_task = history(&id);
    assert_eq!(of_task.len(), 1);
    assert_eq!(of_task[0].action, "Create");
    let command = of_task[0].columns.iter().find(|c| c.column == "Command");
    assert_eq!(command.unwrap().new_value, "dotnet test 777");
    assert_eq!(state(&id), present(&id));
    test.store
        .write(|uow| tasks::cancel(uow, &id, Some("not needed")))
        .unwrap();
    assert_eq!(history(&id).len(), 2);
    assert_eq!(state(&id), present(&id));
}
