//! The operations that every entity has.

use diesel::prelude::*;
use orchestra_store::models::{Agent, AuditLog, Task};
use orchestra_store::query::{Condition, Direction, Specification};
use orchestra_store::schema::{agents, audit_logs, tasks};
use orchestra_store::services::data;
use orchestra_store::services::tasks::NewTask;
use orchestra_store::types::TaskPriority;
use orchestra_store::{ErrorCode, UserContext};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore};

fn with_tasks(count: usize) -> TestStore {
    let test = TestStore::new();
    for number in 0..count {
        let mut new = NewTask::new(format!("task {number}"), REPOSITORY);
        new.priority = TaskPriority::ALL[number % 4];
        test.enqueue(&new);
        test.advance_seconds(1);
    }
    test
}

fn commands(test: &TestStore, specification: &Specification<Task>) -> Vec<String> {
    let rows = test.store.read(|r| data::list(r, specification)).unwrap();
    rows.into_iter().map(|task| task.command).collect()
}

#[test]
fn a_typed_specification_and_its_json_form_find_the_same() {
    let test = with_tasks(8);
    let typed = Specification::<Task>::new()
        .filter(tasks::priority.eq(TaskPriority::High))
        .matching(Condition::matching(tasks::command.eq("task 2")).not())
        .order_by(tasks::created_at, Direction::Descending);
    let document = json!({
        "where": {"Priority": "High", "Command": {"ne": "task 2"}},
        "orderBy": [{"CreatedAt": "desc"}],
    });
    let from_json = Specification::from_json(&document).unwrap();
    assert_eq!(commands(&test, &typed), ["task 6"]);
    assert_eq!(commands(&test, &from_json), ["task 6"]);
}

#[test]
fn pages_by_number_and_by_cursor_hold_all_rows_once() {
    let test = with_tasks(10);
    let all = Specification::<Task>::new().order_by(tasks::priority, Direction::Descending);
    let expected = commands(&test, &all);

    let page = |number| test.store.read(|r| data::page(r, &all, number, 4)).unwrap();
    let by_number: Vec<String> = (1..=3)
        .flat_map(|number| page(number).items)
        .map(|task| task.command)
        .collect();
    assert_eq!(by_number, expected);
    assert_eq!((page(1).total_count, page(1).total_pages), (10, 3));

    let mut by_cursor = Vec::new();
    let mut cursor = None;
    loop {
        let slice = test
            .store
            .read(|r| data::after(r, &all, cursor.as_ref(), 3))
            .unwrap();
        by_cursor.extend(slice.items.into_iter().map(|task| task.command));
        cursor = slice.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(by_cursor, expected);
}

#[test]
fn what_changed_meanwhile_is_a_conflict_that_tells_the_present_row() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let read = test.get_agent(&id);
    let rename = |name: &str| {
        let mut agent = read.clone();
        agent.name = name.to_owned();
        test.store.write(|uow| data::update(uow, &mut agent))
    };
    assert!(rename("first").unwrap());
    let error = rename("second").unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    let current = error.details().current.as_ref().unwrap();
    assert_eq!(current["Name"], "first");
    assert_eq!(test.get_agent(&id).name, "first");
}

#[test]
fn an_update_that_changes_nothing_writes_nothing() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let mut agent = test.get_agent(&id);
    let audited = || {
        let all = Specification::<AuditLog>::new();
        test.store.read(|r| data::count(r, &all)).unwrap()
    };
    let before = audited();
    assert!(
        !test
            .store
            .write(|uow| data::update(uow, &mut agent))
            .unwrap()
    );
    assert_eq!(audited(), before);
    assert_eq!(test.get_agent(&id), agent);
}

#[test]
fn an_update_is_audited_with_what_changed_and_who_did_it() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let ann = test.store.context(UserContext::user("ann"));
    let mut agent = test.get_agent(&id);
    agent.max_concurrent_tasks = 5;
    ann.write(|uow| data::update(uow, &mut agent)).unwrap();

    let of_agent = Specification::<AuditLog>::new()
        .filter(audit_logs::entity_type.eq("Agents"))
        .order_by(audit_logs::timestamp, Direction::Ascending);
    let logs = test.store.read(|r| data::list(r, &of_agent)).unwrap();
    let actions: Vec<&str> = logs.iter().map(|log| log.action.as_str()).collect();
    assert_eq!(actions, ["Create", "Update"]);
    let update = &logs[1];
    assert_eq!(update.user_id.as_ref().unwrap().as_str(), "ann");
    let changed = update.changed_properties.as_ref().unwrap();
    assert_eq!(changed.0, ["MaxConcurrentTasks"]);
    assert_eq!(
        update.old_values.as_ref().unwrap().0,
        json!({"MaxConcurrentTasks": 1, "RowVersion": 1})
    );
    assert_eq!(
        update.new_values.as_ref().unwrap().0,
        json!({"MaxConcurrentTasks": 5, "RowVersion": 2})
    );
}

#[test]
fn a_document_that_makes_no_sense_is_refused_with_the_place() {
    for (document, place) in [
        (json!({"where": {"Nonsense": 1}}), "where.Nonsense"),
        (
            json!({"where": {"Status": {"about": 1}}}),
            "where.Status.about",
        ),
        (
            json!({"where": {"and": [{"Status": "Idle"}, {"Name": 5}]}}),
            "where.and[1].Name",
        ),
        (
            json!({"where": {"LastPing": {"gt": "soon"}}}),
            "where.LastPing.gt",
        ),
        (
            json!({"orderBy": ["Name", {"Status": "up"}]}),
            "orderBy[1].Status",
        ),
        (json!({"limit": 5}), "limit"),
        (json!([]), "query"),
    ] {
        let error = Specification::<Agent>::from_json(&document).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{document}");
        assert_eq!(
            error.details().column.as_deref(),
            Some(place),
            "{document}: {error}"
        );
    }
    let agents = Specification::<Agent>::new().filter(agents::name.eq("x"));
    assert!(format!("{agents:?}").contains("Typed"));
}
