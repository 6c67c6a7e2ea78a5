//! Each generic operation on each entity that is registered.

use diesel::prelude::*;
use orchestra_store::models::AuditLog;
use orchestra_store::query::{Aggregate, Specification};
use orchestra_store::registry::{self, AnyEntity};
use orchestra_store::schema::{agents, audit_logs};
use orchestra_store::services::{data, workflows};
use orchestra_store::types::AgentStatus;
use orchestra_store::{ErrorCode, Reader, Result, UnitOfWork};
use serde_json::{Value, json};

use crate::support::TestStore;

/// Of an entity: what a new row has to say, with the number of the row where that has to differ,
/// and another value for one of its columns.
fn sample(entity: &str, number: usize) -> (Value, Value) {
    let unique = format!("{entity} {number}");
    match entity {
        "Agents" => (
            json!({
                "Name": "Ada", "Type": "claude-code", "RepositoryPath": "/srv",
                "LastPing": "2026-01-01T00:00:00Z",
            }),
            json!({"Name": "Grace"}),
        ),
        "AgentSessions" => (
            json!({"AgentId": "parent", "SessionId": unique, "WorkingDirectory": "/srv"}),
            json!({"WorkingDirectory": "/opt"}),
        ),
        "ApprovalRequests" => (
            json!({"AgentId": "parent"}),
            json!({"RequestDetails": {"tool": "rm"}}),
        ),
        "AuditLogs" => (json!({"EntityType": "Tests", "Action": "Try"}), json!({})),
        "ChatMessages" => (
            json!({"SessionId": "parent", "MessageType": "User", "Content": "hello"}),
            json!({"Language": "en", "TokenCount": 3}),
        ),
        "ChatSessions" => (
            json!({"InstanceId": "one", "Title": "Talk"}),
            json!({"Title": "Long talk"}),
        ),
        "ErrorLogs" => (json!({"Message": "it failed"}), json!({})),
        "OrchestrationLogs" => (json!({"EventType": "Started", "Message": "go"}), json!({})),
        "PerformanceMetrics" => (
            json!({"EntityType": "Agent", "MetricName": "Load", "MetricValue": 0.5}),
            json!({"MetricUnit": "ms"}),
        ),
        "QueuePauses" => (json!({"QueueName": unique}), json!({"Reason": "a release"})),
        "Repositories" => (
            json!({"Name": "search", "Path": unique}),
            json!({"AllowedOperations": ["build", "test"], "Type": "Local"}),
        ),
        "Tasks" => (
            json!({"Command": "cargo test", "RepositoryPath": "/srv"}),
            json!({"Priority": "High"}),
        ),
        "TaskDependencies" => (
            json!({"TaskId": format!("parent {number}"), "DependsOnTaskId": "parent"}),
            json!({"OnFailure": "Cancel"}),
        ),
        "TaskTemplates" => (
            json!({"Name": unique, "Definition": {"steps": [{"command": "ls"}]}}),
            json!({"Description": "one step"}),
        ),
        "TemplateCategories" => (json!({"Name": unique}), json!({"SortOrder": 5})),
        "UserPreferences" => (
            json!({"Key": unique, "Value": "dark"}),
            json!({"Value": "light"}),
        ),
        "Users" => (json!({"UserName": unique}), json!({"IsActive": false})),
        "WorkflowDefinitions" => (
            json!({"Name": unique, "Definition": one_stage()}),
            json!({"Tags": ["slow"]}),
        ),
        "WorkflowExecutions" => (
            json!({"WorkflowDefinitionId": "parent", "WorkflowVersion": "1.0.0"}),
            json!({"ProgressMessage": "half way"}),
        ),
        other => panic!("{other} is registered, but has no sample here"),
    }
}

/// The least that a workflow can be.
fn one_stage() -> Value {
    let stage = json!({"name": "only", "tasks": [{"command": "ls"}]});
    json!({"repository": "/srv", "stages": [stage]})
}

pub fn row(entity: &str, number: usize) -> Value {
    let (mut row, _) = sample(entity, number);
    row["Id"] = json!(id(number));
    row
}

fn id(number: usize) -> String {
    format!("row-{number}")
}

/// The rows that a test made, of whatever entity.
fn ours() -> Value {
    json!({"where": {"Id": {"startsWith": "row-"}}, "orderBy": ["Id"]})
}

/// A store with a row for each foreign key that a sample needs.
pub fn store() -> TestStore {
    let test = TestStore::new();
    let add = |table, id: &str| {
        let mut parent = row(table, 0);
        parent["Id"] = json!(id);
        test.store
            .write(|uow| registry::by_name(table)?.insert(uow, &parent))
            .unwrap();
    };
    for table in ["Agents", "ChatSessions", "Tasks", "WorkflowDefinitions"] {
        add(table, "parent");
    }
    for number in 0..5 {
        add("Tasks", &format!("parent {number}"));
    }
    test
}

/// Runs a test on each entity, each with a store of its own.
pub fn for_each_entity(check: impl Fn(&TestStore, &dyn AnyEntity)) {
    for entity in registry::entities() {
        check(&store(), *entity);
    }
}

pub fn write<T>(test: &TestStore, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> T {
    test.store.write(work).unwrap()
}

pub fn add_three(test: &TestStore, entity: &dyn AnyEntity) -> Vec<Value> {
    let rows = [1, 2, 3].map(|number| row(entity.name(), number));
    write(test, |uow| entity.insert_many(uow, &rows))
}

/// The answer to a query, which is the same as text.
fn query(entity: &dyn AnyEntity, reader: &mut Reader<'_>, document: &Value) -> Result<Value> {
    let answer = entity.query(reader, document)?;
    let text = entity.query_text(reader, document)?;
    let parsed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(parsed, answer, "{}", entity.name());
    Ok(answer)
}

#[test]
fn what_is_added_is_found_in_all_ways() {
    for_each_entity(|test, entity| {
        let name = entity.name();
        let rows = add_three(test, entity);
        for column in entity.columns().iter().filter(|c| !c.is_generated) {
            let has = |row: &Value| row.get(column.name).is_some();
            assert!(rows.iter().all(has), "{name}.{}", column.name);
        }
        test.store
            .read(|r| {
                assert_eq!(entity.get(r, "row-2")?, rows[1], "{name}");
                assert_eq!(query(entity, r, &ours())?["Items"], json!(rows), "{name}");
                let mut page = ours();
                page["page"] = json!({"number": 2, "size": 2});
                let page = query(entity, r, &page)?;
                assert_eq!(page["Items"], json!(rows[2..]), "{name}");
                assert_eq!(page["TotalCount"], 3, "{name}");
                let mut first = ours();
                first["limit"] = json!(2);
                let first = query(entity, r, &first)?;
                assert_eq!(first["Items"], json!(rows[..2]), "{name}");
                assert!(first["Next"].is_string(), "{name}");
                assert_eq!(entity.count(r, &ours())?, 3, "{name}");
                assert!(
                    entity.exists(r, &json!({"where": {"Id": "row-3"}}))?,
                    "{name}"
                );
                assert!(
                    !entity.exists(r, &json!({"where": {"Id": "row-4"}}))?,
                    "{name}"
                );
                let last = entity.aggregate(r, &ours(), Aggregate::Max, "Id")?;
                assert_eq!(last, "row-3", "{name}");
                let error = entity.get(r, "nobody").unwrap_err();
                assert_eq!(error.code(), ErrorCode::NotFound, "{name}");
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn a_row_without_an_id_gets_one() {
    for_each_entity(|test, entity| {
        let (row, _) = sample(entity.name(), 1);
        let added = write(test, |uow| entity.insert(uow, &row));
        let id = added["Id"].as_str().unwrap();
        let found = test.store.read(|r| entity.get(r, id)).unwrap();
        assert_eq!(found, added);
    });
}

#[test]
fn a_row_that_makes_no_sense_names_its_column_and_spoils_its_batch() {
    for_each_entity(|test, entity| {
        let name = entity.name();
        let (required, _) = sample(name, 1);
        for column in required.as_object().unwrap().keys() {
            let mut missing = row(name, 2);
            missing.as_object_mut().unwrap().remove(column);
            let mut null = row(name, 2);
            null[column] = Value::Null;
            let mut wrong = row(name, 2);
            wrong[column] = json!([[]]);
            // A JSON column takes whatever is JSON.
            let is_json = |c: &registry::ColumnInfo| c.name == column && c.kind == "Json";
            let takes_all = entity.columns().iter().any(is_json);
            // A pause names a queue or a path, and either alone may be missing.
            let may_miss = |c: &registry::ColumnInfo| c.name == column && c.nullable;
            let needed = !entity.columns().iter().any(may_miss);
            let bad_rows = [
                needed.then_some(missing),
                needed.then_some(null),
                (!takes_all).then_some(wrong),
            ];
            for bad in bad_rows.into_iter().flatten() {
                let rows = [row(name, 1), bad];
                let outcome = test.store.write(|uow| Ok(entity.insert_many(uow, &rows)));
                let error = outcome.unwrap().unwrap_err();
                assert_eq!(error.code(), ErrorCode::InvalidArgument, "{name}: {error}");
                let details = error.details();
                assert_eq!(details.column.as_ref(), Some(column), "{name}: {error}");
                assert_eq!(details.index, Some(1), "{name}: {error}");
            }
        }
        let mut unknown = row(name, 1);
        unknown["Nonsense"] = json!(1);
        let error = test.store.write(|uow| entity.insert(uow, &unknown));
        let error = error.unwrap_err();
        assert_eq!(
            error.details().column.as_deref(),
            Some("Nonsense"),
            "{name}"
        );
        let count = test.store.read(|r| entity.count(r, &ours())).unwrap();
        assert_eq!(count, 0, "{name}");
    });
}

#[test]
fn an_update_writes_what_changed_of_the_version_that_was_read() {
    for_each_entity(|test, entity| {
        let name = entity.name();
        let rows = add_three(test, entity);
        if entity.is_log() {
            return;
        }
        let (_, change) = sample(name, 1);
        let mut changed = rows[0].clone();
        for (column, value) in change.as_object().unwrap() {
            changed[column] = value.clone();
        }
        let written = write(test, |uow| entity.update(uow, &changed));
        assert_eq!(written["RowVersion"], 2, "{name}");
        for column in change.as_object().unwrap().keys() {
            assert_eq!(written[column], change[column], "{name}.{column}");
        }
        let found = test.store.read(|r| entity.get(r, "row-1")).unwrap();
        assert_eq!(found, written, "{name}");
        let error = test.store.write(|uow| entity.update(uow, &changed));
        let error = error.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Conflict, "{name}");
        assert_eq!(error.details().current.as_ref(), Some(&written), "{name}");
        let again = write(test, |uow| {
            entity.update_many(uow, std::slice::from_ref(&written))
        });
        assert_eq!(again, [written], "{name}");

        let bulk = |_| write(test, |uow| entity.bulk_update(uow, &ours(), &change));
        assert_eq!([0, 1].map(bulk), [2, 0], "{name}");
        let audited = actions(test, name);
        assert_eq!(
            audited.iter().filter(|a| *a == "Update").count(),
            3,
            "{name}"
        );
    });
}

#[test]
fn what_became_of_a_row_is_told() {
    for_each_entity(|test, entity| {
        let name = entity.name();
        add_three(test, entity);
        if entity.is_log() {
            return;
        }
        let (_, change) = sample(name, 1);
        let mut changed = row(name, 1);
        for (column, value) in change.as_object().unwrap() {
            changed[column] = value.clone();
        }
        let found = write(test, |uow| entity.update(uow, &changed));
        let told = |r: &mut Reader<'_>| {
            let now = r.now();
            Ok((
                entity.history(r, "row-1")?,
                entity.state_at(r, "row-1", now)?,
            ))
        };
        let (history, state) = test.store.read(told).unwrap();
        let actions: Vec<&str> = history.iter().map(|c| c.action.as_str()).collect();
        assert_eq!(actions, ["Create", "Update"], "{name}");
        let mut expected = found;
        for column in entity.columns().iter().filter(|c| c.is_generated) {
            expected.as_object_mut().unwrap().remove(column.name);
        }
        assert_eq!(state.map(|row| row.0), Some(expected), "{name}");
        let error = test.store.read(|r| entity.history(r, "")).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{name}");
    });
}

#[test]
fn what_is_deleted_is_gone_and_may_come_back() {
    for_each_entity(|test, entity| {
        let name = entity.name();
        add_three(test, entity);
        if entity.is_log() {
            return;
        }
        if name == "WorkflowExecutions" {
            // What is at work isn't deleted.
            for id in ["row-1", "row-2", "row-3"] {
                let id = id.parse().unwrap();
                write(test, |uow| workflows::cancel(uow, &id, None));
            }
        }
        let count = |document: &Value| test.store.read(|r| entity.count(r, document)).unwrap();
        let mut all = ours();
        all["withDeleted"] = json!(true);
        write(test, |uow| entity.delete(uow, "row-1"));
        assert_eq!(count(&ours()), 2, "{name}");
        let found = test.store.read(|r| entity.get(r, "row-1"));
        assert_eq!(found.unwrap_err().code(), ErrorCode::NotFound, "{name}");
        let restored = test.store.write(|uow| entity.restore(uow, "row-1"));
        if entity.keeps_deleted() {
            let found = test.store.read(|r| entity.get(r, "row-1")).unwrap();
            assert_eq!(restored.unwrap(), found, "{name}");
            write(test, |uow| entity.delete(uow, "row-1"));
            assert_eq!(count(&all), 3, "{name}");
            write(test, |uow| entity.hard_delete(uow, "row-1"));
        } else {
            assert_eq!(restored.unwrap_err().code(), ErrorCode::NotFound, "{name}");
        }
        assert_eq!(count(&all), 2, "{name}");

        let error = test
            .store
            .write(|uow| entity.delete_many(uow, &["row-2", "row-1"]));
        assert_eq!(error.unwrap_err().details().index, Some(1), "{name}");
        write(test, |uow| entity.delete_many(uow, &["row-2"]));
        assert_eq!(
            write(test, |uow| entity.bulk_delete(uow, &ours())),
            1,
            "{name}"
        );
        assert_eq!(count(&ours()), 0, "{name}");
    });
}

type Write<'a> = dyn Fn(&mut UnitOfWork<'_>) -> Result<()> + 'a;

#[test]
fn a_log_refuses_whatever_is_not_adding() {
    for_each_entity(|test, entity| {
        if !entity.is_log() {
            return;
        }
        let name = entity.name();
        let rows = add_three(test, entity);
        let all = json!({});
        let refusals: [&Write<'_>; 6] = [
            &|uow| entity.update(uow, &rows[0]).map(drop),
            &|uow| entity.delete(uow, "row-1").map(drop),
            &|uow| entity.hard_delete(uow, "row-1").map(drop),
            &|uow| entity.restore(uow, "row-1").map(drop),
            &|uow| entity.bulk_update(uow, &all, &json!({})).map(drop),
            &|uow| entity.bulk_delete(uow, &all).map(drop),
        ];
        for refused in refusals {
            let error = test.store.write(refused).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ReadOnly, "{name}: {error}");
            assert_eq!(error.details().entity, Some(name));
        }
        assert_eq!(test.store.read(|r| entity.count(r, &ours())).unwrap(), 3);
        assert!(actions(test, name).is_empty(), "{name}");
    });
}

#[test]
fn what_the_database_computes_is_returned_as_it_is() {
    let test = store();
    let entity = registry::by_name("Agents").unwrap();
    let mut agent = row("Agents", 1);
    agent["SuccessRate"] = json!(0.1);
    let refused = test.store.write(|uow| entity.insert(uow, &agent));
    let column = refused.unwrap_err().details().column.clone();
    assert_eq!(column.as_deref(), Some("SuccessRate"));
    agent["SuccessRate"] = json!(0);
    agent["Status"] = json!(AgentStatus::Idle.number());
    let added = write(&test, |uow| entity.insert(uow, &agent));
    assert_eq!(added["SuccessRate"], 0.0);
    assert_eq!(added["Status"], "Idle");
    assert_eq!(added["HealthCheckInterval"], "00:01:00");
    let counted = diesel::update(agents::table).set((
        agents::total_tasks_completed.eq(3),
        agents::total_tasks_failed.eq(1),
    ));
    write(&test, |uow| Ok(counted.execute(uow.connection())?));
    let read = test.store.read(|r| entity.get(r, "row-1"));
    assert_eq!(read.unwrap()["SuccessRate"], 0.75);
}

fn actions(test: &TestStore, table: &str) -> Vec<String> {
    let of_table =
        Specification::<AuditLog>::new().filter(audit_logs::entity_type.eq(table.to_owned()));
    let logs = test.store.read(|r| data::list(r, &of_table)).unwrap();
    logs.into_iter().map(|log| log.action).collect()
}
