//! The audit log: what is in it, how it is found, and what it tells of a row.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use orchestra_store::maintenance::space;
use orchestra_store::models::{Agent, AgentId, AuditLog};
use orchestra_store::query::Cursor;
use orchestra_store::services::audit::{self, AuditFilter, NewAuditLog};
use orchestra_store::services::{agents, data, tasks};
use orchestra_store::types::{AgentStatus, RiskLevel, Timestamp};
use orchestra_store::{Error, ErrorCode, Result, Store, UserContext};
use serde_json::json;

use crate::support::{TestStore, token_of};

fn list(test: &TestStore, filter: &AuditFilter) -> Vec<AuditLog> {
    let slice = test
        .store
        .read(|r| audit::list(r, filter, None, 1000))
        .unwrap();
    assert_eq!(slice.next, None);
    slice.items
}

fn actions(entries: &[AuditLog]) -> Vec<&str> {
    entries.iter().map(|log| log.action.as_str()).collect()
}

fn all(test: &TestStore) -> Vec<AuditLog> {
    list(test, &AuditFilter::default())
}

fn record(store: &Store, new: &NewAuditLog) -> AuditLog {
    store.write(|uow| audit::record(uow, new)).unwrap()
}

fn rename(store: &Store, id: &AgentId, name: &str) -> Result<()> {
    store.write(|uow| {
        let mut agent = agents::get(uow, id)?;
        agent.name = name.to_owned();
        data::update(uow, &mut agent).map(drop)
    })
}

fn ann() -> UserContext {
    UserContext {
        user_id: "ann".to_owned(),
        session_id: Some("session".to_owned()),
        request_id: Some("request".to_owned()),
        correlation_id: Some("correlation".to_owned()),
        ip_address: Some("192.0.2.1".to_owned()),
        user_agent: Some("browser".to_owned()),
        http_method: Some("POST".to_owned()),
        request_path: Some("/agents/a".to_owned()),
    }
}

/// Who did it and in which request, as the log has it.
fn context_of(log: &AuditLog) -> UserContext {
    UserContext {
        user_id: log.user_id.as_ref().unwrap().to_string(),
        session_id: log.session_id.clone(),
        request_id: log.request_id.clone(),
        correlation_id: log.correlation_id.clone(),
        ip_address: log.ip_address.clone(),
        user_agent: log.user_agent.clone(),
        http_method: log.http_method.clone(),
        request_path: log.request_path.clone(),
    }
}

#[test]
fn entries_tell_who_acted_in_which_request() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let store = test.store.context(ann());
    rename(&store, &id, "renamed").unwrap();
    let login = record(&store, &NewAuditLog::new("Login", "Users"));
    let entries = all(&test);
    assert_eq!(entries[0], login);
    assert_eq!(actions(&entries), ["Login", "Update", "Create", "Create"]);
    for log in &entries[..2] {
        assert_eq!(context_of(log), ann());
    }
    assert_eq!(context_of(&entries[2]), UserContext::default());
}

#[test]
fn each_criterion_finds_its_entries_and_all_together_fewer() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.agent("b", 1);
    test.advance_seconds(10);
    let store = test.store.context(ann());
    rename(&store, &id, "renamed").unwrap();
    let mut risky = NewAuditLog::new("Execute", "Agents");
    risky.entity_id = Some("a".to_owned());
    risky.risk_level = Some(RiskLevel::Critical);
    record(&store, &risky);
    test.advance_seconds(10);
    test.store.write(|uow| data::hard_delete(uow, &id)).unwrap();

    let found = |change: &dyn Fn(&mut AuditFilter)| {
        let mut filter = AuditFilter::default();
        change(&mut filter);
        let entries = list(&test, &filter);
        entries
            .into_iter()
            .map(|log| log.action)
            .collect::<Vec<_>>()
    };
    let agents = |f: &mut AuditFilter| f.entity_type = Some("Agents".to_owned());
    let row_a = |f: &mut AuditFilter| {
        agents(f);
        f.entity_id = Some("a".to_owned());
    };
    assert_eq!(
        found(&agents),
        ["Delete", "Execute", "Update", "Create", "Create"]
    );
    assert_eq!(found(&row_a), ["Delete", "Execute", "Update", "Create"]);
    let by_ann = ["Execute", "Update"];
    assert_eq!(found(&|f| f.user_id = Some("ann".to_owned())), by_ann);
    assert_eq!(
        found(&|f| f.session_id = Some("session".to_owned())),
        by_ann
    );
    assert_eq!(
        found(&|f| f.correlation_id = Some("correlation".to_owned())),
        by_ann
    );
    assert_eq!(
        found(&|f| f.minimum_risk = Some(RiskLevel::Medium)),
        ["Delete", "Execute"]
    );
    assert_eq!(
        found(&|f| f.minimum_risk = Some(RiskLevel::High)),
        ["Execute"]
    );
    assert_eq!(found(&|f| f.minimum_risk = Some(RiskLevel::Low)).len(), 6);
    let at = |seconds: u64| -> Timestamp {
        let start: Timestamp = "2026-01-01".parse().unwrap();
        start + std::time::Duration::from_secs(seconds)
    };
    assert_eq!(
        found(&|f| (f.from, f.to) = (Some(at(10)), Some(at(20)))),
        by_ann
    );
    assert_eq!(found(&|f| f.from = Some(at(20))), ["Delete"]);
    assert_eq!(
        found(&|f| {
            row_a(f);
            f.user_id = Some("ann".to_owned());
            f.minimum_risk = Some(RiskLevel::Medium);
            f.from = Some(at(10));
        }),
        ["Execute"]
    );
    assert!(found(&|f| f.user_id = Some("nobody".to_owned())).is_empty());
}

#[test]
fn pages_hold_each_entry_once_also_within_one_moment() {
    let test = TestStore::new();
    for number in 0..30 {
        let mut new = NewAuditLog::new(format!("Action {number}"), "Users");
        new.risk_level = Some(RiskLevel::ALL[number % 4]);
        record(&test.store, &new);
        if number % 7 == 0 {
            test.advance_seconds(1);
        }
    }
    let pages = |filter: &AuditFilter| {
        let mut entries = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let slice = test
                .store
                .read(|r| audit::list(r, filter, cursor.as_ref(), 4))
                .unwrap();
            assert!(slice.items.len() <= 4);
            entries.extend(slice.items);
            cursor = slice.next;
            if cursor.is_none() {
                return entries;
            }
        }
    };
    let newest_first = pages(&AuditFilter::default());
    assert_eq!(newest_first.len(), 30);
    assert_eq!(newest_first, all(&test));
    let written = test
        .store
        .read(|r| audit::written_after(r, None, 1000))
        .unwrap();
    assert!(newest_first.iter().rev().eq(&written.items));
    let risky = AuditFilter {
        minimum_risk: Some(RiskLevel::Medium),
        ..AuditFilter::default()
    };
    let expected: Vec<AuditLog> = newest_first
        .into_iter()
        .filter(|log| log.risk_level >= RiskLevel::Medium)
        .collect();
    assert_eq!(pages(&risky), expected);
}

/// SQLite may renumber the rows of a table that has no number of its own, from 1.
#[test]
fn a_cursor_outlives_the_removal_of_old_entries_and_a_vacuum() {
    let test = TestStore::new();
    for number in 0..6 {
        let action = format!("Act{number}");
        record(&test.store, &NewAuditLog::new(action, "Tasks"));
    }
    let after = |cursor: Option<&Cursor>, size| {
        let slice = test.store.read(|r| audit::written_after(r, cursor, size));
        slice.unwrap()
    };
    let cursor = after(None, 4).next.unwrap();
    let remove = "INSERT INTO RetentionMarks (TableName, DeleteBefore)
                  VALUES ('AuditLogs', '2027-01-01 00:00:00.0000000');
                  DELETE FROM AuditLogs WHERE Action IN ('Act0', 'Act1')";
    test.store
        .write(|uow| Ok(uow.connection().batch_execute(remove)?))
        .unwrap();
    space::vacuum(&test.store).unwrap();
    let left = after(Some(&cursor), 10);
    assert_eq!(actions(&left.items), ["Act4", "Act5"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let test = TestStore::new();
    let only_id = AuditFilter {
        entity_id: Some("a".to_owned()),
        ..AuditFilter::default()
    };
    let wrong = Cursor::from("{}".to_owned());
    let any = AuditFilter::default();
    for (filter, cursor, size) in [
        (&only_id, None, 1),
        (&any, Some(&wrong), 1),
        (&any, None, 0),
        (&any, None, 10_001),
    ] {
        let outcome = test.store.read(|r| audit::list(r, filter, cursor, size));
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::InvalidArgument);
    }
    let refused = |change: &dyn Fn(&mut NewAuditLog)| {
        let mut new = NewAuditLog::new("Execute", "Tasks");
        change(&mut new);
        let error = test
            .store
            .write(|uow| audit::record(uow, &new))
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        error.details().column.clone().unwrap()
    };
    for action in ["", "Create", "Update", "Delete", "Restore"] {
        assert_eq!(refused(&|n| n.action = action.to_owned()), "Action");
    }
    assert_eq!(refused(&|n| n.entity_type = String::new()), "EntityType");
    assert_eq!(refused(&|n| n.duration = Some(-1)), "Duration");
    assert_eq!(
        refused(&|n| n.http_method = Some("x".repeat(21))),
        "HttpMethod"
    );
    assert!(all(&test).is_empty());
}

#[test]
fn events_are_recorded_with_everything_that_is_given() {
    let test = TestStore::new();
    let new: NewAuditLog = serde_json::from_value(json!({
        "Action": "Execute", "EntityType": "Tasks", "EntityId": "t", "Duration": 42,
        "Success": false, "ErrorMessage": "no", "ErrorCode": "E1", "HttpMethod": "POST",
        "RequestPath": "/tasks", "SecurityContext": {"role": "admin"}, "Tags": ["a", "b"],
        "Properties": {"x": 1},
    }))
    .unwrap();
    record(&test.store, &new);
    let stored = serde_json::to_value(&all(&test)[0]).unwrap();
    let mut given = serde_json::to_value(&new).unwrap();
    given["RiskLevel"] = json!("Medium");
    for (column, value) in given.as_object().unwrap() {
        assert_eq!(&stored[column], value, "{column}");
    }
    let success = record(&test.store, &NewAuditLog::new("Login", "Users"));
    assert!(success.success);
    assert_eq!(success.risk_level, RiskLevel::Low);
}

#[test]
fn a_rollback_takes_the_entries_back_and_a_savepoint_its_own() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let before = all(&test);
    let fail = |uow: &mut orchestra_store::UnitOfWork<'_>| -> Result<()> {
        agents::set_status(uow, &id, AgentStatus::Error, None)?;
        audit::record(uow, &NewAuditLog::new("Execute", "Agents"))?;
        Err(Error::new(ErrorCode::Internal, "on purpose"))
    };
    test.store.write(fail).unwrap_err();
    assert_eq!(all(&test), before);
    test.store
        .write(|uow| {
            agents::set_status(uow, &id, AgentStatus::Offline, None)?;
            uow.savepoint(fail).unwrap_err();
            Ok(())
        })
        .unwrap();
    let entries = all(&test);
    assert_eq!(entries.len(), before.len() + 1);
    assert_eq!(
        entries[0].new_values.as_ref().unwrap().0,
        json!({"Status": "Offline", "RowVersion": 2})
    );
}

#[test]
fn entries_can_be_neither_changed_nor_removed() {
    let test = TestStore::new();
    test.agent("a", 1);
    let before = all(&test);
    for sql in [
        "UPDATE AuditLogs SET UserId = 'somebody else'",
        "UPDATE AuditLogs SET Timestamp = Timestamp WHERE Action = 'Create'",
        "DELETE FROM AuditLogs",
        "REPLACE INTO AuditLogs (Id, EntityType, Action) SELECT Id, 'Other', 'Create' FROM AuditLogs",
    ] {
        let outcome = test
            .store
            .write(|uow| Ok(uow.connection().batch_execute(sql)?));
        assert_eq!(
            outcome.unwrap_err().code(),
            ErrorCode::ConstraintViolation,
            "{sql}"
        );
    }
    assert_eq!(all(&test), before);
}

#[test]
fn history_tells_each_change_from_old_to_new() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.advance_seconds(1);
    rename(&test.store.context(ann()), &id, "renamed").unwrap();
    let mut event = NewAuditLog::new("Execute", "Agents");
    event.entity_id = Some("a".to_owned());
    record(&test.store, &event);
    test.store.write(|uow| data::hard_delete(uow, &id)).unwrap();

    let history = test.store.read(|r| audit::history(r, &id)).unwrap();
    let told: Vec<&str> = history.iter().map(|c| c.action.as_str()).collect();
    assert_eq!(told, ["Create", "Update", "Delete"]);
    let value = |index: usize, name: &str| {
        let change = history[index].columns.iter().find(|c| c.column == name);
        change.map(|c| (c.old_value.clone(), c.new_value.clone()))
    };
    assert_eq!(value(0, "Name"), Some((json!(null), json!("Agent a"))));
    assert_eq!(value(0, "CurrentTask"), None);
    assert_eq!(history[1].columns.len(), 1);
    assert_eq!(value(1, "Name"), Some((json!("Agent a"), json!("renamed"))));
    assert_eq!(value(2, "Name"), Some((json!("renamed"), json!(null))));
    assert_eq!(history[1].user_id.as_ref().unwrap().as_str(), "ann");
    assert_eq!(history[1].request_id.as_deref(), Some("request"));
    let unknown = AgentId::new("unknown").unwrap();
    let none = test.store.read(|r| audit::history(r, &unknown)).unwrap();
    assert!(none.is_empty());
}

#[test]
fn the_state_of_a_row_at_each_moment_is_the_row_as_it_was() {
    let test = TestStore::new();
    let before = test.store.read(|r| Ok(r.now())).unwrap();
    test.advance_seconds(1);
    let id = test.agent("a", 1);
    let mut rows = vec![test.get_agent(&id)];
    for name in ["first", "second"] {
        test.advance_seconds(1);
        rename(&test.store.context(ann()), &id, name).unwrap();
        rows.push(test.get_agent(&id));
    }
    test.advance_seconds(1);
    test.store.write(|uow| data::hard_delete(uow, &id)).unwrap();
    let state = |moment| {
        test.store
            .read(|r| audit::state_at(r, &id, moment))
            .unwrap()
    };
    assert_eq!(state(before), None);
    for row in rows {
        let mut expected = serde_json::to_value(&row).unwrap();
        expected.as_object_mut().unwrap().remove("SuccessRate");
        let half_a_second = std::time::Duration::from_millis(500);
        for moment in [row.updated_at, row.updated_at + half_a_second] {
            assert_eq!(state(moment).unwrap().0, expected);
        }
    }
    assert_eq!(state(test.store.read(|r| Ok(r.now())).unwrap()), None);
    // Registering it again is another life of the same row.
    test.advance_seconds(1);
    test.agent("a", 2);
    let again = state(Timestamp::MAX).unwrap().0;
    assert_eq!(again["MaxConcurrentTasks"], 2);
}

#[test]
fn a_row_that_is_marked_as_deleted_is_told_of_with_its_mark() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let is_deleted = || {
        test.advance_seconds(1);
        let state = test.store.read(|r| audit::state_at(r, &id, r.now()));
        state.unwrap().unwrap().0["IsDeleted"].clone()
    };
    test.store.write(|uow| agents::remove(uow, &id)).unwrap();
    assert_eq!(is_deleted(), true);
    test.store.write(|uow| data::restore(uow, &id)).unwrap();
    assert_eq!(is_deleted(), false);
    let history = test.store.read(|r| audit::history(r, &id)).unwrap();
    let told: Vec<&str> = history.iter().map(|c| c.action.as_str()).collect();
    assert_eq!(told, ["Create", "Delete", "Restore"]);
}

#[test]
fn a_clock_that_is_set_back_leaves_the_order_of_the_changes() {
    let test = TestStore::new();
    let start = test.store.read(|r| Ok(r.now())).unwrap();
    test.advance_seconds(100);
    let id = test.agent("a", 1);
    test.clock.set(start);
    rename(&test.store, &id, "earlier by the clock").unwrap();
    let history = test.store.read(|r| audit::history(r, &id)).unwrap();
    let told: Vec<&str> = history.iter().map(|c| c.action.as_str()).collect();
    assert_eq!(told, ["Create", "Update"]);
    let state = test.store.read(|r| audit::state_at(r, &id, start)).unwrap();
    assert_eq!(state.unwrap().0["Name"], "earlier by the clock");
}

#[test]
fn a_row_whose_creation_is_not_in_the_log_has_no_known_past() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let other = AgentId::new("b").unwrap();
    test.store
        .write(|uow| {
            use orchestra_store::schema::agents::dsl;
            diesel::update(dsl::agents.find(&id))
                .set(dsl::id.eq(&other))
                .execute(uow.connection())?;
            Ok(())
        })
        .unwrap();
    rename(&test.store, &other, "renamed").unwrap();
    let error = test
        .store
        .read(|r| audit::state_at::<Agent>(r, &other, Timestamp::MAX))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[test]
fn signs_of_life_are_not_audited_but_what_follows_from_them_is() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.task("x");
    let task = test.claim(&id, 1).remove(0);
    let token = token_of(&task);
    let store = &test.store;
    store
        .write(|uow| tasks::start(uow, &task.id, Some(&token)))
        .unwrap();
    let before = all(&test).len();
    test.advance_seconds(1);
    store.write(|uow| agents::heartbeat(uow, &id)).unwrap();
    store
        .write(|uow| tasks::heartbeat(uow, &task.id, &token, None))
        .unwrap();
    let progress = tasks::TaskProgress::at(50);
    store
        .write(|uow| tasks::update_progress(uow, &task.id, Some(&token), &progress))
        .unwrap();
    assert_eq!(all(&test).len(), before);

    store
        .write(|uow| agents::set_status(uow, &id, AgentStatus::Offline, None))
        .unwrap();
    store.write(|uow| agents::heartbeat(uow, &id)).unwrap();
    let log = all(&test).remove(0);
    let agent = test.get_agent(&id);
    assert_eq!(agent.status, AgentStatus::Busy);
    let version = agent.row_version;
    assert_eq!(
        log.new_values.unwrap().0,
        json!({"Status": "Busy", "RowVersion": version})
    );
}

/// The entries of the task tell it all, and what they don't tell of is recorded as before.
#[test]
fn work_on_tasks_has_entries_of_the_tasks_alone() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let task = test.task("x");
    let entries_before = all(&test).len();
    test.advance_seconds(1);
    let claimed = test.claim(&id, 1).remove(0);
    let token = token_of(&claimed);
    let work = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        tasks::start(uow, &task, Some(&token))?;
        tasks::complete(uow, &task, Some(&token), None)
    };
    test.store.write(work).unwrap();
    let entries = all(&test);
    let of_work = &entries[..entries.len() - entries_before];
    let about: Vec<&str> = of_work.iter().map(|e| e.entity_type.as_str()).collect();
    assert_eq!(about, ["Tasks"; 3]);
    let agent = test.get_agent(&id);
    assert_eq!(agent.total_tasks_completed, 1);
    assert_eq!(agent.row_version, 3);

    // The versions that nobody recorded are no gap: the next entry has its own.
    test.advance_seconds(1);
    rename(&test.store, &id, "renamed").unwrap();
    let now = test.store.read(|r| Ok(r.now())).unwrap();
    let state = test.store.read(|r| audit::state_at(r, &id, now)).unwrap();
    assert_eq!(state.unwrap().0["RowVersion"], 4);
    let history = test.store.read(|r| audit::history(r, &id)).unwrap();
    let [_, rename] = history.as_slice() else {
        panic!("{history:?}");
    };
    let [name] = rename.columns.as_slice() else {
        panic!("{rename:?}");
    };
    assert_eq!(name.column, "Name");
}

/// One entry tells of all tasks that retention deletes, and the history of each has it.
#[test]
fn the_history_of_a_row_that_retention_deleted_ends_with_it() {
    let test = TestStore::with(|config| {
        config.retention.cancelled_tasks = Some(std::time::Duration::from_secs(60));
    });
    let now = || test.store.read(|r| Ok(r.now())).unwrap();
    let mut new = tasks::NewTask::new("ls", crate::support::REPOSITORY);
    new.id = Some("t \"1\"".parse().unwrap());
    let cancelled = |new: &tasks::NewTask| {
        let id = test.enqueue(new).id;
        test.store
            .write(|uow| tasks::cancel(uow, &id, None))
            .unwrap();
        id
    };
    let other = cancelled(&tasks::NewTask::new("ls", crate::support::REPOSITORY));
    let id = cancelled(&new);
    let before = now();
    test.advance_seconds(61);
    test.store
        .maintain(std::time::Duration::from_secs(60))
        .unwrap();
    let removals = all(&test);
    let removals: Vec<_> = removals
        .iter()
        .filter(|e| e.action == "Retention")
        .collect();
    let [removal] = removals.as_slice() else {
        panic!("{removals:?}");
    };
    let told = json!({"Removed": 2, "Ids": [other, id]});
    assert_eq!(removal.properties.as_ref().unwrap().0, told);
    assert_eq!(
        (&removal.old_values, &removal.new_values, &removal.entity_id),
        (&None, &None, &None)
    );

    let history = || {
        let changes = test.store.read(|r| audit::history(r, &id)).unwrap();
        let actions = changes.iter().map(|change| change.action.clone());
        actions.collect::<Vec<_>>()
    };
    let state = |moment| {
        test.store
            .read(|r| audit::state_at(r, &id, moment))
            .unwrap()
    };
    assert_eq!(history(), ["Create", "Update", "Delete"]);
    assert!(state(before).is_some());
    let removed = now();
    assert_eq!(state(removed), None);

    test.advance_seconds(1);
    assert_eq!(test.enqueue(&new).id, id);
    assert_eq!(history(), ["Create", "Update", "Delete", "Create"]);
    assert_eq!(state(removed), None);
    assert_eq!(state(now()).unwrap().0["Status"], "Pending");
}
