//! Numbers that callers keep, kept before a restore and used after it: none may pass for one of the restored database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use orchestra_store::events::{self, ChangeFilter, Delivery, Missed};
use orchestra_store::maintenance::recover::{RecoverOptions, recover, recover_in_place};
use orchestra_store::maintenance::restore::{RestoreOptions, restore, restore_file};
use orchestra_store::maintenance::{backup, unobserved};
use orchestra_store::models::{
    Agent, AgentId, PerformanceMetric, Task, WorkflowExecution, WorkflowExecutionId,
};
use orchestra_store::query::{Cursor, Specification};
use orchestra_store::services::caches::{computed_results, query_cache, session_data};
use orchestra_store::services::chat::{self, NewMessage};
use orchestra_store::services::metrics::{self, Sample};
use orchestra_store::services::tasks::{self, NewTask, TaskProgress};
use orchestra_store::services::{audit, data, workflows};
use orchestra_store::types::{Json, MessageType};
use orchestra_store::{
    ErrorCode, Reader, Result, SequentialIds, Store, StoreConfig, UnitOfWork, registry,
};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, token_of};
use crate::vm_steps::{watch, watch_new_connections};

const SOON: Duration = Duration::from_secs(60);
/// Numbers below it are exact in readers of JSON that know only floating-point numbers.
const MAX_EXACT: i64 = 1 << 53;

fn back_up(test: &TestStore, name: &str) -> PathBuf {
    let backup = test.path().with_file_name(name);
    backup::create(&test.store, &backup, true, &mut unobserved).unwrap();
    backup
}

fn restore_into(store: &Store, backup: &Path) {
    let mut options = RestoreOptions::default();
    options.force = true;
    restore(store, backup, &options, &mut unobserved).unwrap();
}

fn newest(store: &Store) -> i64 {
    store.read(events::newest).unwrap()
}

fn code_at(store: &Store, place: i64) -> Option<ErrorCode> {
    let read = |r: &mut Reader<'_>| events::since(r, place, &ChangeFilter::all(), 1000);
    store.read(read).err().map(|e| e.code())
}

fn enqueue(store: &Store, count: usize) {
    for number in 0..count {
        let new = NewTask::new(format!("make {number}"), REPOSITORY);
        store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
    }
}

/// The store of a file that a test's store has no longer open.
fn reopened(path: &Path) -> Store {
    Store::open(StoreConfig::new(path)).unwrap()
}

/// Whether the numbers in the place of a database go on above this one: of the next event, and of the next version.
#[track_caller]
fn assert_goes_on_above(store: &Store, before: i64) {
    let place = newest(store);
    assert!(before < place && place < MAX_EXACT, "{before} {place}");
    assert_eq!(code_at(store, before), Some(ErrorCode::EventsGone));
    assert_eq!(code_at(store, place), None);
    enqueue(store, 1);
    let page = store.read(|r| events::since(r, place, &ChangeFilter::all(), 1000));
    let events = page.unwrap().events;
    assert_eq!(events[0].sequence, place + 1);
    let task = events.iter().find(|e| e.entity_type == "Tasks").unwrap();
    let id = task.entity_id.parse().unwrap();
    let version = store.read(|r| tasks::get(r, &id)).unwrap().row_version;
    assert!(before < version && version < MAX_EXACT, "{version}");
}

#[test]
fn a_place_among_the_changes_is_gone_after_a_restore() {
    let test = TestStore::new();
    enqueue(&test.store, 5);
    let backup = back_up(&test, "backup.db");
    let at_backup = newest(&test.store);
    enqueue(&test.store, 5);
    let place = newest(&test.store);
    let mut follower = events::follow(&test.store, place, ChangeFilter::all()).unwrap();
    restore_into(&test.store, &backup);

    let start = newest(&test.store);
    let gone = follower.recv_timeout(SOON).unwrap_err();
    assert_eq!(gone.code(), ErrorCode::EventsGone);
    assert!(gone.message().contains(&start.to_string()), "{gone}");
    // As many events as were lost, and more.
    enqueue(&test.store, 8);
    for kept in [0, at_backup, place, place + 1, start - 1] {
        assert_eq!(code_at(&test.store, kept), Some(ErrorCode::EventsGone));
    }
    assert_eq!(
        follower.recv_timeout(SOON).unwrap_err().code(),
        ErrorCode::EventsGone
    );
    let mut follower = events::follow(&test.store, start, ChangeFilter::of("Tasks")).unwrap();
    for number in 0..8 {
        let event = follower.recv_timeout(SOON).unwrap();
        assert!(event.is_some(), "{number}");
    }
    assert_eq!(follower.recv_timeout(Duration::ZERO).unwrap(), None);
}

#[test]
fn a_follower_in_another_store_learns_of_a_restore() {
    let test = TestStore::new();
    let backup = back_up(&test, "backup.db");
    enqueue(&test.store, 1);
    let other = reopened(&test.path());
    let mut follower = events::follow(&other, newest(&other), ChangeFilter::all()).unwrap();
    restore_into(&test.store, &backup);
    let gone = follower.recv_timeout(SOON).unwrap_err();
    assert_eq!(gone.code(), ErrorCode::EventsGone);
}

#[test]
fn subscribers_learn_that_they_missed_everything() {
    let test = TestStore::new();
    let backup = back_up(&test, "backup.db");
    enqueue(&test.store, 1);
    let before = newest(&test.store);
    let mut subscription = test.store.subscribe(ChangeFilter::of("Users")).unwrap();
    restore_into(&test.store, &backup);
    let (first, last) = (before + 1, newest(&test.store));
    assert_eq!(
        subscription.recv_timeout(Duration::ZERO).unwrap(),
        Some(Delivery::Missed(Missed { first, last }))
    );
    assert_eq!(code_at(&test.store, first - 1), Some(ErrorCode::EventsGone));
}

/// An agent in the version that the replaced database gave it, after the restored one has gone as far.
#[test]
fn a_row_version_of_the_replaced_database_is_a_conflict() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let backup = back_up(&test, "backup.db");
    let change = |max_concurrent_tasks| {
        let mut agent = test.get_agent(&id);
        agent.max_concurrent_tasks = max_concurrent_tasks;
        test.store
            .write(|uow| data::update(uow, &mut agent))
            .unwrap();
        agent
    };
    let mut kept = change(2);
    let mut new = kept.clone();
    new.id = AgentId::new("later").unwrap();
    test.store.write(|uow| data::add(uow, &mut new)).unwrap();
    restore_into(&test.store, &backup);

    let restored = test.get_agent(&id);
    assert_eq!(restored.row_version, kept.row_version - 1);
    let present = change(3);
    assert!(present.row_version > kept.row_version);
    kept.max_concurrent_tasks = 9;
    let code = |done: Result<()>| done.unwrap_err().code();
    let update = test.store.write(|uow| data::update(uow, &mut kept.clone()));
    assert_eq!(code(update.map(drop)), ErrorCode::Conflict);
    let delete = test.store.write(|uow| data::delete_entity(uow, &kept));
    assert_eq!(code(delete.map(drop)), ErrorCode::Conflict);
    let row = json!({"Id": "a", "RowVersion": kept.row_version, "MaxConcurrentTasks": 9});
    let agents = registry::by_name("Agents").unwrap();
    let update = test.store.write(|uow| agents.update(uow, &row));
    assert_eq!(code(update.map(drop)), ErrorCode::Conflict);

    // A row of the replaced database, whose id is given again.
    let kept = new.clone();
    test.store.write(|uow| data::add(uow, &mut new)).unwrap();
    let delete = test.store.write(|uow| data::delete_entity(uow, &kept));
    assert_eq!(code(delete.map(drop)), ErrorCode::Conflict);
    assert_eq!(test.get_agent(&id), present);
}

/// The version of each row, by table and id.
fn versions(store: &Store) -> BTreeMap<(String, String), i64> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        id: String,
        #[diesel(sql_type = BigInt)]
        version: i64,
    }
    let tables = "SELECT m.name AS id, 0 AS version FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c \
                  WHERE m.type = 'table' AND c.name = 'RowVersion'";
    let read = |reader: &mut Reader<'_>| {
        let mut versions = BTreeMap::new();
        let conn = reader.connection();
        for table in diesel::sql_query(tables).load::<Row>(conn)? {
            let query = format!("SELECT Id AS id, RowVersion AS version FROM {}", table.id);
            for row in diesel::sql_query(query).load::<Row>(conn)? {
                versions.insert((table.id.clone(), row.id), row.version);
            }
        }
        Ok(versions)
    };
    store.read(read).unwrap()
}

/// The ids that each round of [`change_everything`] needs of the one before.
struct Known {
    task: Task,
    execution: WorkflowExecutionId,
}

/// One workflow with two tasks that runs, one task that is claimed.
fn set_up(test: &TestStore) -> Known {
    let tasks = json!([{"command": "a"}, {"command": "b"}]);
    let definition = json!({"stages": [{"name": "s", "tasks": tasks}]});
    let new = workflows::NewDefinition::new("Flow", definition);
    let start = workflows::Start {
        repository_path: REPOSITORY.to_owned(),
        ..workflows::Start::default()
    };
    let execution = test.store.write(|uow| {
        let definition = workflows::publish(uow, &new)?;
        workflows::start(uow, &definition.id, &start)
    });
    let execution = execution.unwrap().id;
    let agent = test.agent("worker", 5);
    let claimed = test.claim(&agent, 1).remove(0);
    let token = claimed.lease_token.clone();
    let start = |uow: &mut UnitOfWork<'_>| tasks::start(uow, &claimed.id, token.as_ref());
    let task = test.store.write(start).unwrap();
    Known { task, execution }
}

/// Changes rows in each way that counts a version up.
fn change_everything(test: &TestStore, known: &Known, percentage: i32) {
    let token = known.task.lease_token.as_ref();
    let write = |work: &dyn Fn(&mut UnitOfWork<'_>) -> Result<()>| test.store.write(work).unwrap();
    write(&|uow| {
        let progress = TaskProgress::at(percentage);
        tasks::update_progress(uow, &known.task.id, token, &progress).map(drop)
    });
    enqueue(&test.store, 1);
    write(&|uow| {
        let chat = chat::get_or_create_session(uow, Some(&"default".parse()?), "instance", "chat")?;
        let message = NewMessage::new(&chat.id, MessageType::User, "hello");
        chat::append_message(uow, &message).map(drop)
    });
    let value = Json(json!([percentage]));
    write(&|uow| {
        let never = query_cache::Expiry::Never;
        query_cache::put(uow, "key", &value, never, &[])?;
        computed_results::put(uow, "key", &computed_results::NewResult::new(value.clone()))?;
        Ok(())
    });
    write(&|uow| session_data::put(uow, "session", "key", &value, None, &[]).map(drop));
    write(&|uow| metrics::record(uow, &Sample::new("System", "Load", 1.0)).map(drop));
    write(&|uow| {
        let all = Specification::<Agent>::new();
        data::bulk_update(uow, &all, |agent| {
            agent.configuration_json = Some(value.clone())
        })
        .map(drop)
    });
    test.advance_seconds(2 * 3600);
    write(&|uow| metrics::roll_up(uow, 100).map(drop));
}

#[test]
fn each_way_of_changing_a_row_gives_a_version_of_the_restored_database() {
    let test = TestStore::new();
    let known = set_up(&test);
    change_everything(&test, &known, 10);
    let backup = back_up(&test, "backup.db");
    change_everything(&test, &known, 20);
    restore_into(&test.store, &backup);

    let before = versions(&test.store);
    let base = newest(&test.store);
    change_everything(&test, &known, 30);
    test.store
        .write(|uow| tasks::complete(uow, &known.task.id, known.task.lease_token.as_ref(), None))
        .unwrap();
    let mut changed: BTreeMap<&str, usize> = BTreeMap::new();
    let after = versions(&test.store);
    for ((table, id), &version) in &after {
        if before.get(&(table.clone(), id.clone())) != Some(&version) {
            assert!(version > base, "{table} {id}: {version}");
            *changed.entry(table).or_default() += 1;
        }
    }
    let tables: Vec<_> = changed.keys().copied().collect();
    assert_eq!(
        tables,
        [
            "Agents",
            "ChatMessages",
            "ChatSessions",
            "ComputedResults",
            "PerformanceMetrics",
            "QueryCache",
            "Repositories",
            "SessionData",
            "Tasks",
            "WorkflowExecutions",
        ]
    );
    let execution: WorkflowExecution = test
        .store
        .read(|r| workflows::get(r, &known.execution))
        .unwrap();
    assert_eq!(execution.progress_percentage, 50);
}

#[test]
fn the_audit_log_gives_the_versions_of_restored_rows() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let backup = back_up(&test, "backup.db");
    restore_into(&test.store, &backup);
    for capacity in [2, 3] {
        let mut agent = test.get_agent(&id);
        agent.max_concurrent_tasks = capacity;
        test.store
            .write(|uow| data::update(uow, &mut agent))
            .unwrap();
    }
    let now = test.store.read(|r| Ok(r.now())).unwrap();
    let state = test.store.read(|r| audit::state_at(r, &id, now));
    let state = state.unwrap().unwrap().0;
    assert_eq!(state["RowVersion"], test.get_agent(&id).row_version);
    assert_eq!(state["MaxConcurrentTasks"], 3);
}

/// A cursor has the values of the row behind which a page begins, and no number of the database. It leads to the same
/// place in the order, whichever rows are there.
#[test]
fn a_cursor_leads_to_the_same_place_in_the_order_of_the_restored_rows() {
    let test = TestStore::new();
    for id in ["a", "c", "e"] {
        test.agent(id, 1);
    }
    let backup = back_up(&test, "backup.db");
    for id in ["b", "d"] {
        test.agent(id, 1);
    }
    let all = Specification::<Agent>::new();
    let page = |cursor: Option<&Cursor>| {
        let slice = test
            .store
            .read(|r| data::after(r, &all, cursor, 2))
            .unwrap();
        let ids: Vec<_> = slice.items.iter().map(|a| a.id.to_string()).collect();
        (ids, slice.next)
    };
    let (ids, behind_b) = page(None);
    assert_eq!(ids, ["a", "b"]);
    restore_into(&test.store, &backup);
    assert_eq!(page(behind_b.as_ref()).0, ["c", "e"]);
}

/// Its numbers are those of the rows in the file, which a restore gives again.
#[test]
fn a_cursor_of_the_audit_log_is_gone_after_a_restore() {
    let test = TestStore::new();
    test.agent("a", 1);
    let backup = back_up(&test, "backup.db");
    for id in ["b", "c"] {
        test.agent(id, 1);
    }
    let read =
        |cursor: Option<&Cursor>, size| test.store.read(|r| audit::written_after(r, cursor, size));
    let first = read(None, 1).unwrap();
    let kept = first.next.unwrap();
    read(Some(&kept), 1).unwrap();
    restore_into(&test.store, &backup);
    for id in ["d", "e"] {
        test.agent(id, 1);
    }
    let gone = read(Some(&kept), 1).unwrap_err();
    assert_eq!(gone.code(), ErrorCode::EventsGone, "{gone}");
    let again = read(None, 1).unwrap().next.unwrap();
    let all = read(None, 100).unwrap().items;
    assert_eq!(read(Some(&again), 100).unwrap().items, all[1..]);
}

#[test]
fn a_lease_of_the_replaced_database_is_a_conflict() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let id = test.task("make");
    let backup = back_up(&test, "backup.db");
    let kept = token_of(&test.claim(&agent, 1)[0]);
    restore_into(&test.store, &backup);

    let beat = || {
        test.store
            .write(|uow| tasks::heartbeat(uow, &id, &kept, None))
    };
    assert_eq!(beat().unwrap_err().code(), ErrorCode::Conflict);
    let present = token_of(&test.claim(&agent, 1)[0]);
    assert_ne!(present, kept);
    assert_eq!(beat().unwrap_err().code(), ErrorCode::Conflict);
    let complete = test
        .store
        .write(|uow| tasks::complete(uow, &id, Some(&kept), None));
    assert_eq!(complete.unwrap_err().code(), ErrorCode::Conflict);
}

/// The place decides only about the order: whatever is behind it or before it, all is done in the end.
#[test]
fn the_place_of_the_upkeep_leaves_out_nothing_of_the_restored_database() {
    const EXECUTIONS: usize = 120;
    let test = TestStore::new();
    let known = set_up(&test);
    let start = workflows::Start {
        repository_path: REPOSITORY.to_owned(),
        ..workflows::Start::default()
    };
    let definition = test
        .store
        .read(|r| workflows::get(r, &known.execution))
        .unwrap();
    let definition = definition.workflow_definition_id;
    // The task of the first execution has ended, and nobody told the execution.
    let spoil = "UPDATE Tasks SET Status = 3, StartedAt = CreatedAt, CompletedAt = CreatedAt, LeaseOwner = NULL, LeaseToken = NULL, \
                 LeaseExpiresAt = NULL WHERE WorkflowExecutionId IS NOT NULL";
    test.store
        .write(|uow| Ok(uow.connection().batch_execute(spoil)?))
        .unwrap();
    let backup = back_up(&test, "backup.db");
    for _ in 0..EXECUTIONS {
        test.advance_seconds(1);
        test.store
            .write(|uow| workflows::start(uow, &definition, &start))
            .unwrap();
    }
    // One batch at a time, up to the first of the walk over the executions, which doesn't reach its end.
    let is_under_way = || {
        let steps = test.store.maintain(Duration::ZERO).unwrap().steps;
        let walk = steps
            .iter()
            .find(|s| s.step == "recover workflows")
            .unwrap();
        walk.runs > 0 && walk.more
    };
    assert!((0..10).any(|_| is_under_way()));
    restore_into(&test.store, &backup);
    for _ in 0..2 {
        test.store.maintain(SOON).unwrap();
    }
    let execution = test.store.read(|r| workflows::get(r, &known.execution));
    assert!(execution.unwrap().completed_at.is_some());
}

#[test]
fn numbers_rise_with_each_restore_whichever_database_had_the_greater_ones() {
    let test = TestStore::new();
    enqueue(&test.store, 3);
    let old = back_up(&test, "old.db");
    let mut before = newest(&test.store);
    // The clock stands still, so that only the numbers themselves can tell.
    for _ in 0..3 {
        restore_into(&test.store, &old);
        assert_goes_on_above(&test.store, before);
        before = newest(&test.store);
    }
    let new = back_up(&test, "new.db");
    // A backup of greater numbers goes into a database of small ones, and the other way around.
    let other = TestStore::with(|config| config.ids = Arc::new(SequentialIds::new("other")));
    restore_into(&other.store, &new);
    assert_goes_on_above(&other.store, before);
    let before = newest(&other.store);
    restore_into(&other.store, &old);
    assert_goes_on_above(&other.store, before);
}

/// The outbox of the backup is empty, and so is that of the replaced database.
#[test]
fn numbers_rise_where_no_event_is_kept() {
    let test = TestStore::new();
    enqueue(&test.store, 3);
    test.advance_seconds(8 * 24 * 3600);
    test.store.maintain(SOON).unwrap();
    let backup = back_up(&test, "backup.db");
    for _ in 0..2 {
        let before = newest(&test.store);
        restore_into(&test.store, &backup);
        assert_goes_on_above(&test.store, before);
        test.advance_seconds(8 * 24 * 3600);
        test.store.maintain(SOON).unwrap();
    }
}

/// A schema that has neither events nor lineages.
#[test]
fn numbers_rise_where_the_backup_has_an_older_schema() {
    let test = TestStore::new();
    enqueue(&test.store, 3);
    let before = newest(&test.store);
    let old = test.path().with_file_name("old.db");
    let fixture = include_str!("../fixtures/schema-20261123000700.sql");
    SqliteConnection::establish(old.to_str().unwrap())
        .unwrap()
        .batch_execute(fixture)
        .unwrap();
    restore_into(&test.store, &old);
    assert_goes_on_above(&test.store, before);
}

#[test]
fn numbers_are_above_those_of_a_database_that_is_gone_or_unreadable() {
    let test = TestStore::new();
    enqueue(&test.store, 3);
    let old = back_up(&test, "old.db");
    test.store.close().unwrap();
    let path = test.path();
    let config = StoreConfig::new(&path);
    let options = RestoreOptions::default();
    let store = reopened(&path);
    restore_into(&store, &old);
    let mut before = newest(&store);
    store.close().unwrap();
    for content in [None, Some("no database ".repeat(1000))] {
        std::fs::remove_file(&path).unwrap();
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        restore_file(&config, &old, &options, &mut unobserved).unwrap();
        let store = reopened(&path);
        assert_goes_on_above(&store, before);
        before = newest(&store);
        store.close().unwrap();
    }
}

#[test]
fn numbers_are_above_those_of_a_damaged_database_that_was_salvaged() {
    let test = TestStore::new();
    enqueue(&test.store, 3);
    let before = newest(&test.store);
    test.store.close().unwrap();
    let config = StoreConfig::new(test.path());
    let mut options = RecoverOptions::default();
    options.even_if_sound = true;
    recover_in_place(&config, &options, &mut unobserved).unwrap();
    let store = reopened(&test.path());
    assert_goes_on_above(&store, before);
    let before = newest(&store);
    store.close().unwrap();

    let target = test.path().with_file_name("recovered.db");
    recover(&config, &target, &mut unobserved).unwrap();
    assert_goes_on_above(&reopened(&target), before);
}

/// Each commit of another store makes this one look at the numbers again, and none of its own.
#[test]
fn a_store_that_stays_open_notices_that_another_one_restored() {
    let test = TestStore::new();
    let backup = back_up(&test, "backup.db");
    let other = reopened(&test.path());
    enqueue(&other, 2);
    let before = newest(&other);
    restore_into(&test.store, &backup);
    assert_goes_on_above(&other, before);
}

#[test]
fn an_ordinary_write_reads_nothing_about_the_numbers() {
    watch_new_connections();
    let test = TestStore::new();
    enqueue(&test.store, 1);
    let about_lineages = |watched: &crate::vm_steps::Watched| {
        let statements = watched.statements.iter();
        statements.filter(|s| s.contains("Lineages")).count()
    };
    let (_, watched) = watch(|| enqueue(&test.store, 3));
    assert_eq!(about_lineages(&watched), 0);
    enqueue(&reopened(&test.path()), 1);
    let (_, watched) = watch(|| enqueue(&test.store, 3));
    assert_eq!(about_lineages(&watched), 1);
}

#[test]
fn a_store_without_events_counts_versions_from_the_new_base_too() {
    let test = TestStore::with(|config| config.change_events = false);
    let id = test.agent("a", 1);
    let backup = back_up(&test, "backup.db");
    restore_into(&test.store, &backup);
    let base = newest(&test.store);
    let mut agent = test.get_agent(&id);
    agent.max_concurrent_tasks = 2;
    test.store
        .write(|uow| data::update(uow, &mut agent))
        .unwrap();
    assert_eq!(agent.row_version, base + 1);
}

#[test]
fn a_measurement_has_a_version_above_the_base() {
    let test = TestStore::new();
    let backup = back_up(&test, "backup.db");
    restore_into(&test.store, &backup);
    let base = newest(&test.store);
    let load = Sample::new("System", "Load", 1.0);
    let id = test.store.write(|uow| metrics::record(uow, &load)).unwrap();
    let row = test.store.read(|r| data::get::<PerformanceMetric>(r, &id));
    assert_eq!(row.unwrap().row_version, base + 1);
}
