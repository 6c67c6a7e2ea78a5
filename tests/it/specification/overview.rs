//! What the specification's diagram names: services, the data access layer, the tables, triggers, views and files.

use std::ops::ControlFlow;

use diesel::prelude::*;
use orchestra_store::maintenance::backup::{self, BackupPolicy};
use orchestra_store::maintenance::unobserved;
use orchestra_store::models::Task;
use orchestra_store::query::{Condition, Specification};
use orchestra_store::schema::tasks as columns;
use orchestra_store::services::analytics::{self, Period};
use orchestra_store::services::preferences::{self, NewPreference, PreferenceScope};
use orchestra_store::services::tasks::{self, Failure};
use orchestra_store::services::{agents, audit, code_repositories, data};
use orchestra_store::types::{AgentStatus, TaskPriority, TaskStatus};
use orchestra_store::{Error, ErrorCode, Store, StoreConfig, UserContext};
use serde_json::json;

use super::rows::{entity, get, ids, insert, run, text};
use crate::support::{REPOSITORY, TestStore, file_names, token_of};

// The service layer.

#[test]
fn agent_management_has_agent_crud() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    assert_eq!(test.get_agent(&id).name, "Agent a");
    let renamed = json!({"Id": "a", "Name": "other"});
    test.store
        .write(|uow| entity("Agents").update(uow, &renamed))
        .unwrap();
    assert_eq!(test.get_agent(&id).name, "other");
    test.store.write(|uow| agents::remove(uow, &id)).unwrap();
    assert_eq!(test.store.read(agents::list).unwrap(), []);
}

#[test]
fn agent_management_has_health_checks() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.advance_seconds(5 * 60 + 1);
    test.store
        .write(|uow| agents::sweep_health(uow, 10))
        .unwrap();
    assert_eq!(test.get_agent(&id).status, AgentStatus::Offline);
    test.store.write(|uow| agents::heartbeat(uow, &id)).unwrap();
    assert_eq!(test.get_agent(&id).status, AgentStatus::Idle);
}

#[test]
fn task_orchestration_has_a_queue() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let task = test.task("ls");
    let claimed = test.claim(&agent, 5);
    assert_eq!(claimed[0].id, task);
    assert!(
        test.claim(&agent, 5).is_empty(),
        "a task is handed out once"
    );
}

#[test]
fn task_orchestration_has_execution() {
    let test = TestStore::new();
    let agent = test.agent("a", 5);
    let task = test.task("ls");
    let token = token_of(&test.claim(&agent, 1)[0]);
    test.store
        .write(|uow| tasks::start(uow, &task, Some(&token)))
        .unwrap();
    assert_eq!(test.get_task(&task).status, TaskStatus::InProgress);
    test.store
        .write(|uow| tasks::fail(uow, &task, Some(&token), &Failure::new("no")))
        .unwrap();
    let again = test.get_task(&task);
    assert_eq!((again.status, again.retry_count), (TaskStatus::Pending, 1));
}

#[test]
fn repository_management_has_configuration() {
    let test = TestStore::new();
    let id = test
        .store
        .write(|uow| code_repositories::register(uow, REPOSITORY))
        .unwrap()
        .id;
    let settings = json!({"timeout": 5});
    let set = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        code_repositories::set_settings(uow, &id, Some(settings.clone().into()))
    };
    test.store.write(set).unwrap();
    assert_eq!(
        get(&test.store, "Repositories", id.as_str())["SettingsJson"],
        settings
    );
}

#[test]
fn repository_management_has_paths() {
    let test = TestStore::new();
    let id = test
        .store
        .write(|uow| code_repositories::register(uow, "/srv/app/"))
        .unwrap()
        .id;
    let found = test
        .store
        .read(|r| code_repositories::get_by_path(r, "/srv/app"))
        .unwrap();
    assert_eq!(
        found.unwrap().id,
        id,
        "with and without the slash at the end"
    );
}

#[test]
fn repository_management_has_analytics() {
    let test = TestStore::new();
    let task = test.task("ls");
    let id = test.get_task(&task).repository_id.unwrap();
    test.advance_seconds(1);
    let told = test
        .store
        .read(|r| code_repositories::statistics(r, &id, None))
        .unwrap();
    assert_eq!(told.tasks.total, 1);
}

#[test]
fn user_preferences_have_settings() {
    let test = TestStore::new();
    let new = NewPreference::new("ui.theme", "dark", PreferenceScope::user());
    test.store.write(|uow| preferences::set(uow, &new)).unwrap();
    let found = test
        .store
        .read(|r| preferences::resolve(r, "ui.theme", None, None))
        .unwrap();
    assert_eq!(found.unwrap().text(), "dark");
}

#[test]
fn user_preferences_are_personal() {
    let test = TestStore::new();
    let everyones = NewPreference::new("ui.theme", "dark", PreferenceScope::everyone());
    test.store
        .write(|uow| preferences::set(uow, &everyones))
        .unwrap();
    let ann = test.store.context(UserContext::user("ann"));
    let hers = NewPreference::new("ui.theme", "light", PreferenceScope::user());
    ann.write(|uow| preferences::set(uow, &hers)).unwrap();
    let theme = |store: &Store| {
        let found = store
            .read(|r| preferences::resolve(r, "ui.theme", None, None))
            .unwrap();
        found.unwrap().text().to_owned()
    };
    assert_eq!(theme(&ann), "light");
    assert_eq!(theme(&test.store.context(UserContext::user("bob"))), "dark");
}

#[test]
fn analytics_have_reports() {
    let test = TestStore::new();
    test.task("ls");
    test.advance_seconds(1);
    let report = test.store.read(|reader| {
        let period = Period::until_now(reader, std::time::Duration::from_secs(60).into())?;
        analytics::report(reader, period)
    });
    assert_eq!(report.unwrap().tasks.total, 1);
}

#[test]
fn analytics_have_trends() {
    let test = TestStore::new();
    test.advance_seconds(120);
    test.task("ls");
    test.advance_seconds(1);
    let trends = test.store.read(|reader| {
        let period = Period::until_now(reader, std::time::Duration::from_secs(60).into())?;
        analytics::task_trends(reader, period, &analytics::TaskScope::default())
    });
    let trends = serde_json::to_value(trends.unwrap()).unwrap();
    assert!(
        trends.as_object().is_some_and(|fields| !fields.is_empty()),
        "{trends}"
    );
}

#[test]
fn audit_tracks_changes() {
    let test = TestStore::new();
    let row = json!({"Id": "r", "Name": "search", "Path": "/srv"});
    insert(&test.store, "Repositories", &row);
    test.store
        .write(|uow| entity("Repositories").update(uow, &json!({"Id": "r", "Name": "other"})))
        .unwrap();
    let history = test
        .store
        .read(|r| entity("Repositories").history(r, "r"))
        .unwrap();
    assert_eq!(history.len(), 2);
}

#[test]
fn audit_has_security_events() {
    let test = TestStore::new();
    let mut login = audit::NewAuditLog::new("Login", "Users");
    login.success = false;
    test.store.write(|uow| audit::record(uow, &login)).unwrap();
    assert_eq!(
        text(&test.store, "SELECT Success || RiskLevel FROM AuditLogs"),
        "01"
    );
}

// The data access layer.

#[test]
fn unit_of_work_manages_a_transaction() {
    let test = TestStore::new();
    let failed = test.store.write(|uow| {
        tasks::enqueue(uow, &tasks::NewTask::new("ls", REPOSITORY))?;
        Err::<(), _>(Error::new(ErrorCode::InvalidArgument, "no"))
    });
    assert_eq!(failed.unwrap_err().code(), ErrorCode::InvalidArgument);
    assert_eq!(ids(&test.store, "Tasks", &json!({})), [""; 0]);
}

#[test]
fn unit_of_work_tracks_changes() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let mut agent = test.get_agent(&id);
    assert!(
        !test
            .store
            .write(|uow| data::update(uow, &mut agent))
            .unwrap(),
        "nothing is dirty"
    );
    agent.name = "other".to_owned();
    assert!(
        test.store
            .write(|uow| data::update(uow, &mut agent))
            .unwrap()
    );
}

#[test]
fn change_tracking_detects_concurrency() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let mut stale = test.get_agent(&id);
    test.store
        .write(|uow| entity("Agents").update(uow, &json!({"Id": "a", "Name": "first"})))
        .unwrap();
    stale.name = "second".to_owned();
    let error = test
        .store
        .write(|uow| data::update(uow, &mut stale))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
}

#[test]
fn change_tracking_validates() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let mut agent = test.get_agent(&id);
    agent.max_concurrent_tasks = 11;
    let error = test
        .store
        .write(|uow| data::update(uow, &mut agent))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConstraintViolation);
}

/// The tasks of high priority.
fn urgent() -> Specification<Task> {
    Specification::new().filter(columns::priority.eq(TaskPriority::High))
}

fn with_priorities() -> TestStore {
    let test = TestStore::new();
    for (command, priority) in [
        ("ls", TaskPriority::High),
        ("cat", TaskPriority::High),
        ("rm", TaskPriority::Low),
    ] {
        let new = tasks::NewTask {
            priority,
            ..tasks::NewTask::new(command, REPOSITORY)
        };
        test.enqueue(&new);
    }
    test
}

#[test]
fn specifications_are_reusable() {
    let test = with_priorities();
    let urgent = urgent();
    assert_eq!(test.store.read(|r| data::count(r, &urgent)).unwrap(), 2);
    assert_eq!(
        test.store.read(|r| data::list(r, &urgent)).unwrap().len(),
        2
    );
    let mut seen = 0;
    let each = |_: Task| {
        seen += 1;
        ControlFlow::Continue(())
    };
    test.store
        .read(|r| data::for_each(r, &urgent, each))
        .unwrap();
    assert_eq!(seen, 2);
}

#[test]
fn specifications_are_composable() {
    let test = with_priorities();
    let lists =
        Specification::<Task>::new().matching(Condition::matching(columns::command.eq("ls")));
    let count = |specification: &Specification<Task>| {
        test.store.read(|r| data::count(r, specification)).unwrap()
    };
    assert_eq!(count(&urgent().and(lists.clone())), 1);
    assert_eq!(count(&urgent().or(lists.clone())), 2);
    assert_eq!(count(&lists.not()), 2);
}

// The database.

macro_rules! tables {
    ($($test:ident: $($table:literal)*,)*) => {$(
        #[test]
        fn $test() {
            let test = TestStore::new();
            for table in [$($table),*] {
                let found = text(&test.store, &format!("SELECT type FROM sqlite_schema WHERE name = '{table}'"));
                assert_eq!(found, "table", "{table}");
            }
        }
    )*};
}

tables! {
    core_tables: "Agents" "Tasks" "Repositories" "Users",
    logging_tables: "AuditLogs" "PerformanceMetrics" "ErrorLogs",
    cache_tables: "QueryCache" "ComputedResults" "SessionData",
}

#[test]
fn triggers_keep_the_audit_trail() {
    let test = TestStore::new();
    test.agent("a", 1);
    let refused = run(&test.store, "DELETE FROM AuditLogs").unwrap_err();
    assert_eq!(
        refused.details().constraint.as_deref(),
        Some("CK_AuditLogs_AppendOnly")
    );
}

#[test]
fn triggers_validate_data() {
    let test = TestStore::new();
    let add = "INSERT INTO Tasks (Id, Command, RepositoryPath, ParentTaskId) VALUES ('a', 'ls', '/', NULL), ('b', 'ls', '/', 'a')";
    run(&test.store, add).unwrap();
    let refused = run(
        &test.store,
        "UPDATE Tasks SET ParentTaskId = 'b' WHERE Id = 'a'",
    )
    .unwrap_err();
    assert_eq!(
        refused.details().constraint.as_deref(),
        Some("CK_Tasks_ParentCycle"),
        "{refused}"
    );
}

#[test]
fn triggers_clean_up() {
    let test = TestStore::new();
    let task = test.task("ls");
    let metric = json!({"EntityType": "Task", "EntityId": task.as_str(), "MetricName": "Tokens", "MetricValue": 1.0});
    insert(&test.store, "PerformanceMetrics", &metric);
    test.store
        .write(|uow| entity("Tasks").delete(uow, task.as_str()))
        .unwrap();
    assert_eq!(ids(&test.store, "PerformanceMetrics", &json!({})), [""; 0]);
}

#[test]
fn views_have_aggregated_data() {
    let test = with_priorities();
    assert_eq!(
        text(
            &test.store,
            "SELECT PendingTasks FROM QueueDepth WHERE Priority = 2"
        ),
        "2"
    );
    assert_eq!(
        text(&test.store, "SELECT PendingTasks FROM RepositoryActivity"),
        "3"
    );
}

#[test]
fn views_have_reports() {
    let test = with_priorities();
    assert_eq!(
        text(
            &test.store,
            "SELECT CreatedTasks || ' ' || OpenTasks FROM DailyTaskSummary"
        ),
        "3 3"
    );
}

#[test]
fn views_have_analytics() {
    let test = TestStore::new();
    test.agent("a", 4);
    assert_eq!(
        text(
            &test.store,
            "SELECT MaxConcurrentTasks || ' ' || SuccessRate FROM AgentPerformance"
        ),
        "4 0.0"
    );
}

// The files.

#[test]
fn the_database_has_a_file_a_journal_and_shared_memory() {
    let test = TestStore::new();
    test.task("ls");
    for suffix in ["", "-wal", "-shm"] {
        let file = test.path().with_file_name(format!("orchestra.db{suffix}"));
        assert!(file.exists(), "{}", file.display());
    }
    assert_eq!(
        text(&test.store, "SELECT journal_mode FROM pragma_journal_mode"),
        "wal"
    );
}

#[test]
fn the_database_has_automated_backups() {
    let directory = tempfile::tempdir().unwrap();
    let backups = directory.path().to_owned();
    let test = TestStore::with(|config| config.backups = Some(BackupPolicy::new(&backups)));
    test.store
        .maintain(std::time::Duration::from_secs(60))
        .unwrap();
    assert_eq!(file_names(&backups).len(), 1);
    test.advance_seconds(3600);
    test.store
        .maintain(std::time::Duration::from_secs(60))
        .unwrap();
    assert_eq!(file_names(&backups).len(), 1, "one a day");
}

#[test]
fn the_database_has_manual_snapshots() {
    let test = TestStore::new();
    let target = test.path().with_file_name("snapshot.db");
    let made = backup::create(&test.store, &target, false, &mut unobserved).unwrap();
    assert_eq!(made.path, target);
    assert_eq!(backup::verify(&target).unwrap().path, target);
}

#[test]
fn the_database_recovers_what_was_committed_from_its_log() {
    let test = TestStore::new();
    test.task("ls");
    let copy = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let name = format!("orchestra.db{suffix}");
        std::fs::copy(test.path().with_file_name(&name), copy.path().join(&name)).unwrap();
    }
    let recovered = Store::open(StoreConfig::new(copy.path().join("orchestra.db"))).unwrap();
    assert_eq!(ids(&recovered, "Tasks", &json!({})).len(), 1);
}
