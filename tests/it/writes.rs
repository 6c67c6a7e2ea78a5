//! Adding, changing and removing rows of whatever entity.

use std::sync::Barrier;

use diesel::prelude::*;
use orchestra_store::models::{Agent, AgentId, AuditLog, ErrorLog, Task, User, UserPreference};
use orchestra_store::query::{Direction, Specification};
use orchestra_store::schema::{agents, audit_logs, change_events, tasks, users};
use orchestra_store::services::{data, tasks as queue};
use orchestra_store::types::{AgentStatus, ErrorSeverity, PreferenceType, TaskPriority};
use orchestra_store::{ErrorCode, Reader, Result, UnitOfWork, UserContext};
use serde_json::{Value, json};

use crate::support::{TestStore, token_of};

fn user(uow: &UnitOfWork<'_>, name: &str) -> User {
    User {
        id: uow.new_id().unwrap(),
        user_name: name.to_owned(),
        display_name: None,
        email: None,
        is_active: true,
        created_at: uow.now(),
        updated_at: uow.now(),
        created_by: String::new(),
        updated_by: String::new(),
        row_version: 7,
    }
}

fn preference(uow: &UnitOfWork<'_>, owner: &str) -> UserPreference {
    UserPreference {
        id: uow.new_id().unwrap(),
        user_id: owner.parse().unwrap(),
        key: "theme".to_owned(),
        value: "dark".to_owned(),
        type_: PreferenceType::UI,
        category: None,
        repository_id: None,
        agent_id: None,
        description: None,
        is_encrypted: false,
        encryption_key_id: None,
        is_read_only: false,
        created_at: uow.now(),
        updated_at: uow.now(),
        created_by: String::new(),
        updated_by: String::new(),
        row_version: 1,
    }
}

fn user_names(test: &TestStore) -> Vec<String> {
    let all = Specification::<User>::new();
    let rows = test.store.read(|r| data::list(r, &all)).unwrap();
    rows.into_iter().map(|user| user.user_name).collect()
}

fn audits(test: &TestStore, table: &str) -> Vec<AuditLog> {
    let of_table = Specification::<AuditLog>::new()
        .filter(audit_logs::entity_type.eq(table.to_owned()))
        .order_by(audit_logs::timestamp, Direction::Ascending);
    test.store.read(|r| data::list(r, &of_table)).unwrap()
}

fn actions(test: &TestStore, table: &str) -> Vec<String> {
    audits(test, table).into_iter().map(|a| a.action).collect()
}

#[test]
fn a_new_row_is_stamped_whatever_it_says() {
    let test = TestStore::new();
    let ann = test.store.context(UserContext::user("ann"));
    let added = ann
        .write(|uow| {
            let mut row = user(uow, "bert");
            data::add(uow, &mut row)?;
            Ok(row)
        })
        .unwrap();
    assert_eq!((added.created_by.as_str(), added.row_version), ("ann", 1));
    let stored = test.store.read(|r| data::get(r, &added.id)).unwrap();
    assert_eq!(stored, added);
}

#[test]
fn a_batch_with_one_invalid_row_writes_none_and_names_it() {
    let test = TestStore::new();
    let error = test.store.write(|uow| {
        let mut rows = ["a", "b", "c"].map(|name| user(uow, name));
        rows[1].display_name = Some("x".repeat(256));
        let error = data::add_many(uow, &mut rows).unwrap_err();
        rows[1].display_name = Some("a\0b".to_owned());
        let nul = data::add_many(uow, &mut rows).unwrap_err();
        rows[1].display_name = None;
        rows[2].user_name = "a".to_owned();
        let twice = data::bulk_insert(uow, rows).unwrap_err();
        Ok([error, nul, twice])
    });
    let [long, nul, twice] = error.unwrap();
    for (error, code, index, column) in [
        (long, ErrorCode::ConstraintViolation, 1, "DisplayName"),
        (nul, ErrorCode::InvalidArgument, 1, "DisplayName"),
        (twice, ErrorCode::AlreadyExists, 2, "UserName"),
    ] {
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(error.details().index, Some(index), "{error}");
        assert_eq!(error.details().column.as_deref(), Some(column), "{error}");
        assert_eq!(error.details().entity, Some("Users"));
    }
    assert_eq!(user_names(&test), [""; 0]);
    assert_eq!(actions(&test, "Users"), [""; 0]);
}

#[test]
fn many_updates_are_all_or_none_and_count_what_changed() {
    let test = TestStore::new();
    let mut rows = test
        .store
        .write(|uow| {
            let mut rows = ["a", "b", "c"].map(|name| user(uow, name));
            data::add_many(uow, &mut rows)?;
            Ok(rows)
        })
        .unwrap();
    rows[0].user_name = "A".to_owned();
    rows[2].user_name = "C".to_owned();
    let mut stale = rows.clone();
    stale[2].row_version = 9;
    let error = test
        .store
        .write(|uow| Ok(data::update_many(uow, &mut stale).unwrap_err()))
        .unwrap();
    assert_eq!(error.code(), ErrorCode::Conflict);
    assert_eq!(error.details().index, Some(2));
    assert_eq!(user_names(&test), ["a", "b", "c"]);

    let changed = test.store.write(|uow| data::update_many(uow, &mut rows));
    assert_eq!(changed.unwrap(), 2);
    assert_eq!(user_names(&test), ["A", "b", "C"]);
    let ids = rows.map(|row| row.id);
    let deleted = test.store.write(|uow| data::delete_many(uow, &ids[..2]));
    assert_eq!(deleted.unwrap(), 2);
    assert_eq!(user_names(&test), ["C"]);
}

#[test]
fn of_two_writers_from_the_same_version_one_wins() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    for round in 0..20 {
        let read = test.get_agent(&id);
        let barrier = Barrier::new(2);
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let threads = [0, 1].map(|number| {
                let mut agent = read.clone();
                agent.name = format!("{round}-{number}");
                let (store, barrier) = (&test.store, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    store.write(|uow| data::update(uow, &mut agent))
                })
            });
            threads.map(|thread| thread.join().unwrap()).into()
        });
        let won = outcomes.iter().position(|o| matches!(o, Ok(true))).unwrap();
        let lost = outcomes[1 - won].as_ref().unwrap_err();
        assert_eq!(lost.code(), ErrorCode::Conflict);
        let now = test.get_agent(&id);
        assert_eq!(now.name, format!("{round}-{won}"));
        assert_eq!(now.row_version, read.row_version + 1);
    }
}

#[test]
fn bulk_writes_are_stamped_and_audited_row_by_row() {
    let test = TestStore::new();
    for number in 0..1203 {
        test.store
            .write(|uow| data::add(uow, &mut user(uow, &format!("user {number}"))))
            .unwrap();
    }
    let ann = test.store.context(UserContext::user("ann"));
    let all = Specification::<User>::new();
    let changed = ann.write(|uow| {
        data::bulk_update(uow, &all, |user| {
            user.email = Some("x@example.org".to_owned())
        })
    });
    assert_eq!(changed.unwrap(), 1203);
    assert_eq!(actions(&test, "Users").len(), 2406);
    let again = ann.write(|uow| {
        let changes = json!({"Email": "x@example.org"});
        data::bulk_update_json(uow, &all, changes.as_object().unwrap())
    });
    assert_eq!(again.unwrap(), 0);
    let rows = test.store.read(|r| data::list(r, &all)).unwrap();
    assert!(
        rows.iter()
            .all(|u| u.updated_by == "ann" && u.row_version == 2)
    );

    let deleted = ann.write(|uow| data::bulk_delete(uow, &all));
    assert_eq!(deleted.unwrap(), 1203);
    assert_eq!(user_names(&test), [""; 0]);
}

#[test]
fn a_bulk_update_that_fails_for_one_row_changes_none() {
    let test = TestStore::new();
    let first = test.task("first");
    test.task("second");
    let all = Specification::<Task>::new();
    let error = test
        .store
        .write(|uow| {
            let change = |task: &mut Task| {
                task.priority = TaskPriority::Low;
                if task.command == "second" {
                    task.command.clear();
                }
            };
            Ok(data::bulk_update(uow, &all, change).unwrap_err())
        })
        .unwrap();
    assert_eq!(error.details().column.as_deref(), Some("Command"));
    assert_eq!(test.get_task(&first).priority, TaskPriority::Normal);
}

#[test]
fn a_constraint_with_a_name_of_its_own_names_its_column_too() {
    let test = TestStore::new();
    let mut task = test.get_task(&test.task("x"));
    task.max_retries = 11;
    let error = test
        .store
        .write(|uow| data::update(uow, &mut task))
        .unwrap_err();
    let details = error.details();
    assert_eq!(details.constraint.as_deref(), Some("CK_Tasks_MaxRetries"));
    assert_eq!(details.column.as_deref(), Some("MaxRetries"));
}

#[test]
fn changes_as_json_are_checked_before_any_row() {
    let test = TestStore::new();
    test.task("x");
    let urgent = Specification::<Task>::new().filter(tasks::priority.eq(TaskPriority::Normal));
    let set = |changes: Value| {
        test.store
            .write(|uow| data::bulk_update_json(uow, &urgent, changes.as_object().unwrap()))
    };
    for (changes, column) in [
        (json!({"Nonsense": 1}), "Nonsense"),
        (json!({"Priority": "Enormous"}), "Priority"),
        (json!({"Command": null}), "Command"),
        (json!({"RowVersion": 5}), "RowVersion"),
        (json!({"ComputedDuration": 5}), "ComputedDuration"),
    ] {
        let error = set(changes).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        assert_eq!(error.details().column.as_deref(), Some(column), "{error}");
    }
    assert_eq!(set(json!({"Priority": "High"})).unwrap(), 1);
    assert_eq!(set(json!({"Priority": "High"})).unwrap(), 0);
}

#[test]
fn a_deleted_agent_is_seen_only_by_who_asks_for_it() {
    let test = TestStore::new();
    let (kept, id) = (test.agent("kept", 1), test.agent("a", 1));
    let ann = test.store.context(UserContext::user("ann"));
    let deleted = ann.write(|uow| data::delete(uow, &id)).unwrap();
    assert!(deleted.is_deleted);
    assert_eq!(deleted.deleted_by.as_deref(), Some("ann"));

    let all = Specification::<Agent>::new();
    test.store
        .read(|r| {
            assert_eq!(data::find(r, &id)?, None);
            assert_eq!(data::count(r, &all)?, 1);
            assert_eq!(data::page(r, &all, 1, 10)?.total_count, 1);
            assert_eq!(data::after(r, &all, None, 10)?.items.len(), 1);
            assert_eq!(data::first(r, &all)?.unwrap().id, kept);
            let named = Specification::<Agent>::new().filter(agents::id.eq("a"));
            assert!(!data::exists(r, &named)?);
            assert!(data::exists(r, &named.with_deleted())?);
            let from_json = Specification::<Agent>::from_json(&json!({"withDeleted": true}))?;
            assert_eq!(data::list(r, &from_json)?.len(), 2);
            Ok(())
        })
        .unwrap();

    let refused = |outcome: orchestra_store::Result<()>| {
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::NotFound);
    };
    refused(test.store.write(|uow| data::delete(uow, &id).map(drop)));
    let mut stale = deleted.clone();
    stale.status = AgentStatus::Idle;
    refused(
        test.store
            .write(|uow| data::update(uow, &mut stale).map(drop)),
    );
    let changed = test
        .store
        .write(|uow| data::bulk_update(uow, &all, |agent| agent.max_concurrent_tasks = 3));
    assert_eq!(changed.unwrap(), 1);

    let restored = test.store.write(|uow| data::restore(uow, &id)).unwrap();
    assert_eq!(restored.deleted_at, None);
    assert_eq!(test.get_agent(&id), restored);
    let log = audits(&test, "Agents");
    let of_agent = log.iter().filter(|l| l.entity_id.as_deref() == Some("a"));
    let actions: Vec<_> = of_agent.map(|l| l.action.as_str()).collect();
    assert_eq!(actions, ["Create", "Delete", "Restore"]);
}

#[test]
fn what_is_removed_at_once_can_not_be_restored() {
    let test = TestStore::new();
    let id = test.task("x");
    let error = test.store.write(|uow| data::restore(uow, &id)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Misuse);
}

#[test]
fn an_entity_is_deleted_only_as_it_was_read() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let read = test.get_agent(&id);
    let mut changed = read.clone();
    changed.name = "other".to_owned();
    test.store
        .write(|uow| data::update(uow, &mut changed))
        .unwrap();
    let delete = |agent: &Agent| test.store.write(|uow| data::delete_entity(uow, agent));
    assert_eq!(delete(&read).unwrap_err().code(), ErrorCode::Conflict);
    assert!(delete(&changed).unwrap().is_deleted);
}

#[test]
fn a_hard_delete_takes_dependants_as_the_schema_says() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let task = test.task("x");
    let claimed = test.claim(&id, 1);
    assert_eq!(claimed[0].agent_id.as_ref(), Some(&id));
    let at_work =
        |outcome: Result<Agent>| assert_eq!(outcome.unwrap_err().code(), ErrorCode::Conflict);
    at_work(test.store.write(|uow| data::delete(uow, &id)));
    at_work(test.store.write(|uow| data::hard_delete(uow, &id)));
    let token = token_of(&claimed[0]);
    test.store
        .write(|uow| {
            queue::start(uow, &task, Some(&token))?;
            queue::complete(uow, &task, Some(&token), None)
        })
        .unwrap();
    test.store
        .write(|uow| {
            let mut own = preference(uow, "system");
            own.agent_id = Some(id.clone());
            data::add(uow, &mut own)
        })
        .unwrap();
    let preferences = Specification::<UserPreference>::new();
    test.store.write(|uow| data::delete(uow, &id)).unwrap();
    assert_eq!(test.get_task(&task).agent_id.as_ref(), Some(&id));

    test.store.write(|uow| data::hard_delete(uow, &id)).unwrap();
    assert_eq!(test.get_task(&task).agent_id, None);
    let left = test.store.read(|r| data::count(r, &preferences));
    assert_eq!(left.unwrap(), 0);
    let gone = Specification::<Agent>::new().with_deleted();
    assert!(!test.store.read(|r| data::exists(r, &gone)).unwrap());
}

#[test]
fn preferences_of_others_are_not_seen() {
    let test = TestStore::new();
    let (ann, bert) = (
        test.store.context(UserContext::user("ann")),
        test.store.context(UserContext::user("bert")),
    );
    let add = |owner: &str| {
        let store = test.store.context(UserContext::user(owner));
        store
            .write(|uow| {
                let mut row = preference(uow, owner);
                data::add(uow, &mut row)?;
                Ok(row)
            })
            .unwrap()
    };
    let (of_ann, mut of_bert, _) = (add("ann"), add("bert"), add("default"));
    let all = Specification::<UserPreference>::new().with_deleted();
    let owners = ann.read(|r| data::list(r, &all)).unwrap();
    let owners: Vec<_> = owners.iter().map(|p| p.user_id.as_str()).collect();
    assert_eq!(owners, ["ann", "default"]);
    assert_eq!(ann.read(|r| data::find(r, &of_bert.id)).unwrap(), None);
    assert!(bert.read(|r| data::find(r, &of_ann.id)).unwrap().is_none());

    of_bert.value = "light".to_owned();
    let id = of_bert.id.clone();
    for outcome in [
        ann.write(|uow| data::update(uow, &mut of_bert).map(drop)),
        ann.write(|uow| data::hard_delete(uow, &id).map(drop)),
    ] {
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::NotFound);
    }
    assert_eq!(ann.write(|uow| data::bulk_delete(uow, &all)).unwrap(), 2);
    assert_eq!(bert.read(|r| data::count(r, &all)).unwrap(), 1);
}

#[test]
fn a_log_is_only_added_to() {
    let test = TestStore::new();
    let mut log = test
        .store
        .write(|uow| {
            let mut log = ErrorLog {
                id: uow.new_id()?,
                severity: ErrorSeverity::Error,
                source: None,
                message: "x".to_owned(),
                error_code: None,
                stack_trace: None,
                entity_type: None,
                entity_id: None,
                user_id: None,
                session_id: None,
                request_id: None,
                correlation_id: None,
                properties: None,
                timestamp: uow.now(),
            };
            data::add(uow, &mut log)?;
            Ok(log)
        })
        .unwrap();
    let all = Specification::<ErrorLog>::new();
    let id = log.id.clone();
    for outcome in [
        test.store
            .write(|uow| data::update(uow, &mut log).map(drop)),
        test.store.write(|uow| data::delete(uow, &id).map(drop)),
        test.store
            .write(|uow| data::hard_delete(uow, &id).map(drop)),
        test.store.write(|uow| data::restore(uow, &id).map(drop)),
        test.store
            .write(|uow| data::bulk_delete(uow, &all).map(drop)),
        test.store
            .write(|uow| data::bulk_update(uow, &all, |_| ()).map(drop)),
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ReadOnly);
        assert_eq!(error.details().entity, Some("ErrorLogs"));
    }
    assert_eq!(actions(&test, "ErrorLogs"), [""; 0]);
}

#[test]
fn a_row_that_is_not_there_is_named() {
    let test = TestStore::new();
    let ids = [test.agent("a", 1), AgentId::new("nobody").unwrap()];
    let outcome = test.store.write(|uow| data::delete_many(uow, &ids));
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert_eq!(error.details().index, Some(1));
    assert_eq!(error.details().id.as_deref(), Some("nobody"));
    assert!(!test.get_agent(&ids[0]).is_deleted);
}

/// What SQLite does by itself where the disk is full or memory runs out in the middle of a statement.
fn lose_the_transaction(uow: &mut UnitOfWork<'_>) {
    let lost = diesel::sql_query("ROLLBACK").execute(uow.connection());
    lost.unwrap();
}

#[test]
fn nothing_is_written_behind_a_failure_that_took_the_transaction() {
    let test = TestStore::new();
    let add = |uow: &mut UnitOfWork<'_>, name| data::add(uow, &mut user(uow, name));
    let told = || {
        let events = |r: &mut Reader<'_>| change_events::table.count().get_result(r.connection());
        test.store.read(|r| Ok(events(r)?)).unwrap()
    };
    test.store.write(|uow| add(uow, "first")).unwrap();
    let told_before: i64 = told();
    let written = test.store.write(|uow| {
        add(uow, "before")?;
        lose_the_transaction(uow);
        assert!(add(uow, "behind").is_err());
        // Diesel's own way to the same connection.
        let gone = diesel::delete(users::table).execute(uow.connection());
        assert!(gone.is_err());
        Ok(())
    });
    let error = written.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Closed, "{error}");
    assert_eq!(user_names(&test), ["first"]);
    assert_eq!(audits(&test, "Users").len(), 1);
    assert_eq!(told(), told_before);
    test.store.write(|uow| add(uow, "later")).unwrap();
    assert_eq!(user_names(&test), ["first", "later"]);
}
