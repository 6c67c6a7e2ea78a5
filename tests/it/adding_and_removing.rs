//! What the generic operations add and remove obeys the rules of the operations.

use orchestra_store::maintenance::integrity;
use orchestra_store::models::Task;
use orchestra_store::query::Specification;
use orchestra_store::registry::{self, AnyEntity};
use orchestra_store::services::{code_repositories, data, tasks, workflows};
use orchestra_store::types::{AgentStatus, TaskStatus, WorkflowExecutionStatus};
use orchestra_store::{ErrorCode, Result};
use serde_json::{Value, json};

use crate::support::{REPOSITORY, TestStore, token_of};

fn table(name: &str) -> &'static dyn AnyEntity {
    registry::by_name(name).unwrap()
}

fn insert(test: &TestStore, entity: &str, row: Value) -> Result<Value> {
    test.store.write(|uow| table(entity).insert(uow, &row))
}

fn delete(test: &TestStore, entity: &str, id: &str) -> Result<Value> {
    test.store.write(|uow| table(entity).delete(uow, id))
}

fn get(test: &TestStore, entity: &str, id: &str) -> Value {
    test.store.read(|r| table(entity).get(r, id)).unwrap()
}

fn check(test: &TestStore) {
    let report = test.store.read(integrity::check).unwrap();
    assert_eq!(report.findings, []);
}

fn column(error: &orchestra_store::Error) -> Option<&str> {
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
    error.details().column.as_deref()
}

#[test]
fn a_task_that_is_added_is_enqueued() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let new = json!({
        "Id": "t", "Command": "ls", "RepositoryPath": "/srv/new/", "AgentId": "a", "HangfireJobId": "7",
        "IdempotencyKey": "k", "Priority": "High",
    });
    let added = insert(&test, "Tasks", new.clone()).unwrap();
    assert_eq!(added["RepositoryPath"], "/srv/new");
    assert_eq!(added["IsPinned"], true);
    assert_eq!(added["HangfireJobId"], "7");
    let repository = test
        .store
        .read(|r| code_repositories::get_by_path(r, "/srv/new"))
        .unwrap()
        .unwrap();
    assert_eq!(repository.total_tasks, 1);
    assert_eq!(added["RepositoryId"], repository.id.as_str());
    check(&test);
    let claimed = test.claim(&agent, 1).remove(0);
    assert_eq!(claimed.id.as_str(), "t");

    let mut other = new;
    other["Id"] = json!("u");
    let twice = insert(&test, "Tasks", other.clone()).unwrap_err();
    assert_eq!(column(&twice), Some("Id"), "the key is that of task t");
    other["IdempotencyKey"] = json!(null);
    other["RepositoryId"] = json!("elsewhere");
    let elsewhere = insert(&test, "Tasks", other).unwrap_err();
    assert_eq!(column(&elsewhere), Some("RepositoryId"));
}

#[test]
fn an_execution_that_is_added_is_started() {
    let test = TestStore::new();
    let definition = json!({"Id": "d", "Name": "release", "Definition": {
        "repository": "/srv", "stages": [{"name": "only", "tasks": [{"command": "ls {{where}}"}]}]
    }});
    let unknown = insert(&test, "WorkflowDefinitions", definition.clone());
    assert!(unknown.is_ok(), "without a schema, any input may be named");
    let mut bad = definition;
    bad["Definition"]["stages"] = json!([]);
    let refused = insert(&test, "WorkflowDefinitions", bad).unwrap_err();
    assert_eq!(column(&refused), Some("Definition.stages"));

    let mut run = json!({
        "Id": "x", "WorkflowDefinitionId": "d", "WorkflowVersion": "1.0.0",
        "InputParameters": {"where": "/tmp"}, "TriggerType": "API",
    });
    insert(&test, "WorkflowExecutions", run.clone()).unwrap();
    let all = Specification::<Task>::new();
    let tasks = test.store.read(|r| data::list(r, &all)).unwrap();
    assert_eq!(tasks[0].command, "ls /tmp");
    check(&test);
    run["Id"] = json!("y");
    run["WorkflowVersion"] = json!("1.2.0");
    let other = insert(&test, "WorkflowExecutions", run).unwrap_err();
    assert_eq!(column(&other), Some("WorkflowVersion"));
    assert_eq!(
        test.store.read(|r| data::count(r, &all)).unwrap(),
        1,
        "rolled back"
    );

    for (entity, id) in [("WorkflowExecutions", "x"), ("Tasks", tasks[0].id.as_str())] {
        let open = delete(&test, entity, id).unwrap_err();
        assert_eq!(open.code(), ErrorCode::Conflict, "{entity}: {open}");
    }
    let x = "x".parse().unwrap();
    let cancelled = test.store.write(|uow| workflows::cancel(uow, &x, None));
    assert_eq!(
        cancelled.unwrap().status,
        WorkflowExecutionStatus::Cancelled
    );
    delete(&test, "Tasks", tasks[0].id.as_str()).unwrap();
    delete(&test, "WorkflowExecutions", "x").unwrap();
    check(&test);
}

#[test]
fn a_version_that_is_added_is_the_active_one() {
    let test = TestStore::new();
    let version = |id: &str, version: &str| {
        let steps = json!({"steps": [{"command": "ls"}]});
        let row = json!({"Id": id, "Name": "t", "Version": version, "Definition": steps});
        insert(&test, "TaskTemplates", row)
    };
    version("one", "1.0.0").unwrap();
    version("two", "1.1.0").unwrap();
    assert_eq!(get(&test, "TaskTemplates", "one")["IsActive"], false);
    assert_eq!(get(&test, "TaskTemplates", "two")["IsActive"], true);
    assert_eq!(
        column(&version("three", "newest").unwrap_err()),
        Some("Version")
    );
    let twice = version("four", "1.1.0").unwrap_err();
    assert_eq!(twice.code(), ErrorCode::AlreadyExists);
    assert_eq!(get(&test, "TaskTemplates", "two")["IsActive"], true);
}

#[test]
fn a_dependency_is_counted_as_it_comes_and_goes() {
    let test = TestStore::new();
    let [first, second] = ["first", "second"].map(|command| test.task(command));
    let edge = json!({"Id": "e", "TaskId": second, "DependsOnTaskId": first});
    insert(&test, "TaskDependencies", edge).unwrap();
    assert_eq!(test.get_task(&second).unmet_dependencies, 1);
    let back = json!({"TaskId": first, "DependsOnTaskId": second});
    let cycle = insert(&test, "TaskDependencies", back).unwrap_err();
    assert_eq!(cycle.code(), ErrorCode::InvalidArgument, "{cycle}");
    let needed = delete(&test, "Tasks", first.as_str()).unwrap_err();
    assert_eq!(needed.code(), ErrorCode::ConstraintViolation);
    assert_eq!(
        test.get_task(&first).status,
        TaskStatus::Pending,
        "rolled back"
    );
    check(&test);
    delete(&test, "TaskDependencies", "e").unwrap();
    assert_eq!(test.get_task(&second).unmet_dependencies, 0);
    delete(&test, "Tasks", first.as_str()).unwrap();
    check(&test);
}

#[test]
fn what_is_at_work_is_not_removed() {
    let test = TestStore::new();
    let agent = test.agent("a", 2);
    let task = test.task("ls");
    let claimed = test.claim(&agent, 1).remove(0);
    let pinned =
        json!({"Id": "own", "Command": "ls", "RepositoryPath": REPOSITORY, "AgentId": "a"});
    insert(&test, "Tasks", pinned).unwrap();
    for (entity, id) in [("Agents", "a"), ("Tasks", task.as_str())] {
        let delete = test.store.write(|uow| table(entity).delete(uow, id));
        assert_eq!(delete.unwrap_err().code(), ErrorCode::Conflict, "{entity}");
        let remove = test.store.write(|uow| table(entity).hard_delete(uow, id));
        assert_eq!(remove.unwrap_err().code(), ErrorCode::Conflict, "{entity}");
    }
    assert_eq!(
        test.get_task(&task).cancel_requested_at,
        None,
        "rolled back"
    );
    let all = test
        .store
        .write(|uow| table("Tasks").bulk_delete(uow, &json!({})));
    assert_eq!(all.unwrap_err().code(), ErrorCode::Conflict);

    // A task that was started by hand is held without a lease, and ends with its removal.
    let token = token_of(&claimed);
    test.store
        .write(|uow| tasks::release(uow, &task, Some(&token)))
        .unwrap();
    test.store
        .write(|uow| tasks::reassign(uow, &task, Some(&agent)))
        .unwrap();
    test.store
        .write(|uow| tasks::start(uow, &task, None))
        .unwrap();
    assert_eq!(test.get_agent(&agent).status, AgentStatus::Busy);
    delete(&test, "Tasks", task.as_str()).unwrap();
    assert_eq!(test.get_agent(&agent).status, AgentStatus::Idle);
    check(&test);

    delete(&test, "Agents", "a").unwrap();
    let for_good = test
        .store
        .write(|uow| table("Agents").hard_delete(uow, "a"));
    let message = for_good.unwrap_err().to_string();
    assert!(message.contains("waiting tasks of its own"), "{message}");
    delete(&test, "Tasks", "own").unwrap();
    test.store
        .write(|uow| table("Agents").hard_delete(uow, "a"))
        .unwrap();
    check(&test);
}

#[test]
fn a_message_that_is_added_is_the_last_of_its_session() {
    let test = TestStore::new();
    let session = json!({"Id": "s", "InstanceId": "one", "Title": "Talk"});
    insert(&test, "ChatSessions", session).unwrap();
    test.advance_seconds(60);
    let new = json!({"SessionId": "s", "MessageType": "User", "Content": "hello"});
    let message = insert(&test, "ChatMessages", new).unwrap();
    assert_eq!(
        get(&test, "ChatSessions", "s")["LastMessageAt"],
        message["Timestamp"]
    );
}

#[test]
fn an_entry_of_the_audit_log_is_no_change_of_a_row() {
    let test = TestStore::new();
    let entry = |action: &str| {
        let row = json!({"EntityType": "Tasks", "EntityId": "t", "Action": action});
        insert(&test, "AuditLogs", row)
    };
    entry("Exported").unwrap();
    assert_eq!(column(&entry("Update").unwrap_err()), Some("Action"));
}

#[test]
fn unset_stamps_of_a_new_row_pass_and_others_are_refused() {
    let test = TestStore::new();
    let user = |column: &str, value: Value| {
        let mut row = json!({"Id": "u", "UserName": "ann"});
        row[column] = value;
        test.store.write(|uow| {
            let added = table("Users").insert(uow, &row);
            added
                .and_then(|_| table("Users").hard_delete(uow, "u"))
                .map(drop)
        })
    };
    for (column, unset) in [
        ("CreatedAt", json!("0001-01-01T00:00:00")),
        ("RowVersion", json!(0)),
        ("RowVersion", json!(1)),
    ] {
        user(column, unset).unwrap();
    }
    for (name, value) in [
        ("CreatedAt", json!("2025-01-01T00:00:00Z")),
        ("RowVersion", json!(7)),
    ] {
        assert_eq!(column(&user(name, value).unwrap_err()), Some(name));
    }
}
