//! The counters of agents and repositories after what takes tasks away, or brings runs without tasks.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use orchestra_store::Store;
use orchestra_store::maintenance::{integrity, repair};
use orchestra_store::models::{Agent, AgentId, AgentPastRuns, RepositoryPastTasks, Task, TaskId};
use orchestra_store::schema::{agent_past_runs, repository_past_tasks};
use orchestra_store::services::agents::{self, AgentPerformanceMetrics};
use orchestra_store::services::tasks::{self, Failure, NewTask};
use orchestra_store::services::{code_repositories, data};
use orchestra_store::types::{AgentStatus, TimeSpan};

use crate::support::{REPOSITORY, TestStore, token_of};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

fn messages(store: &Store) -> Vec<String> {
    let report = store.read(integrity::check).unwrap();
    report.findings.into_iter().map(|f| f.message).collect()
}

fn assert_sound(test: &TestStore, after: &str) {
    assert_eq!(messages(&test.store), Vec::<String>::new(), "after {after}");
}

/// Runs a task for three seconds, and completes it, or fails it for good.
fn run(test: &TestStore, agent: &AgentId, succeeds: bool) -> TaskId {
    let new = NewTask {
        max_retries: Some(0),
        ..NewTask::new("make", REPOSITORY)
    };
    test.enqueue(&new);
    let task = test.claim(agent, 1).remove(0);
    let token = token_of(&task);
    test.store
        .write(|uow| tasks::start(uow, &task.id, Some(&token)))
        .unwrap();
    test.advance_seconds(3);
    test.store
        .write(|uow| {
            if succeeds {
                tasks::complete(uow, &task.id, Some(&token), None)
            } else {
                tasks::fail(uow, &task.id, Some(&token), &Failure::new("no"))
            }
        })
        .unwrap();
    task.id
}

fn past(test: &TestStore) -> (Vec<AgentPastRuns>, Vec<RepositoryPastTasks>) {
    let mut conn = SqliteConnection::establish(test.path().to_str().unwrap()).unwrap();
    rows(&mut conn)
}

fn rows(conn: &mut SqliteConnection) -> (Vec<AgentPastRuns>, Vec<RepositoryPastTasks>) {
    let runs = agent_past_runs::table.select(AgentPastRuns::as_select());
    let tasks = repository_past_tasks::table.select(RepositoryPastTasks::as_select());
    (runs.load(conn).unwrap(), tasks.load(conn).unwrap())
}

/// A store in which a task of each outcome was deleted, and one that failed runs again.
fn with_a_past() -> (TestStore, AgentId) {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let [done, failed, again] = [true, false, false].map(|succeeds| run(&test, &agent, succeeds));
    run(&test, &agent, true);
    let waiting = test.task("waiting");
    assert_sound(&test, "four runs");

    test.store.write(|uow| tasks::retry(uow, &again)).unwrap();
    assert_sound(&test, "a retry");
    for id in [done, failed, waiting] {
        test.store
            .write(|uow| data::delete::<Task>(uow, &id))
            .unwrap();
        assert_sound(&test, "a deletion");
    }
    (test, agent)
}

#[test]
fn what_is_gone_stays_counted() {
    let (test, agent) = with_a_past();
    let (runs, tasks) = past(&test);
    let seconds = TimeSpan::TICKS_PER_SECOND;
    assert_eq!((runs[0].completed, runs[0].failed), (1, 2));
    assert_eq!(runs[0].execution_ticks, 9 * seconds);
    let of_tasks = (tasks[0].tasks, tasks[0].completed, tasks[0].failed);
    assert_eq!(of_tasks, (3, 1, 1));
    assert_eq!(tasks[0].execution_ticks, 6 * seconds);
    let row = test.get_agent(&agent);
    assert_eq!((row.total_tasks_completed, row.total_tasks_failed), (2, 2));
}

#[test]
fn a_counter_is_set_to_what_it_must_be_from_above_and_from_below() {
    for (sql, expected) in [
        (
            "UPDATE Agents SET TotalTasksCompleted = 3",
            "TotalTasksCompleted must be 2, got 3",
        ),
        (
            "UPDATE Agents SET TotalTasksFailed = 1",
            "TotalTasksFailed must be 2, got 1",
        ),
        (
            "UPDATE Repositories SET TotalTasks = 6",
            "TotalTasks must be 5, got 6",
        ),
        (
            "UPDATE Repositories SET TotalExecutionTime = '00:00:01'",
            "TotalExecutionTime must be \"00:00:09\", got \"00:00:01\"",
        ),
    ] {
        let (test, _) = with_a_past();
        let mut conn = SqliteConnection::establish(test.path().to_str().unwrap()).unwrap();
        conn.batch_execute(sql).unwrap();
        assert_eq!(messages(&test.store), [expected]);
        let report = repair::repair(&test.store).unwrap();
        assert_eq!((report.repairs.len(), report.left.findings.len()), (1, 0));
    }
}

#[test]
fn the_past_goes_with_its_agent_and_with_a_recount() {
    let (test, agent) = with_a_past();
    test.store
        .write(|uow| data::hard_delete::<Agent>(uow, &agent))
        .unwrap();
    assert_sound(&test, "the deletion of the agent");
    assert_eq!(past(&test).0, []);

    let repository = test.store.read(|reader| {
        let repository = code_repositories::get_by_path(reader, REPOSITORY)?;
        Ok(repository.map(|repository| repository.id))
    });
    let id = repository.unwrap().unwrap();
    let recount = test
        .store
        .write(|uow| code_repositories::recount(uow, &id))
        .unwrap();
    assert!(!recount.differences.is_empty());
    assert_sound(&test, "a recount");
}

#[test]
fn runs_that_a_host_reports_are_no_tasks() {
    let (test, agent) = with_a_past();
    let measured = AgentPerformanceMetrics {
        tasks_completed: 7,
        tasks_failed: 2,
        execution_time: TimeSpan::from_millis(1234),
        ..AgentPerformanceMetrics::default()
    };
    test.store
        .write(|uow| agents::update_performance_metrics(uow, &agent, &measured))
        .unwrap();
    assert_sound(&test, "a report");
    assert_eq!(past(&test).0[0].completed, 8);
}

/// The migration finds by subtraction what the triggers have added since.
#[test]
fn a_database_of_before_has_its_past_too() {
    let (test, _) = with_a_past();
    let copy = test.path().with_file_name("copy.db");
    let mut conn = SqliteConnection::establish(test.path().to_str().unwrap()).unwrap();
    conn.batch_execute(&format!("VACUUM INTO '{}'", copy.display()))
        .unwrap();
    let mut conn = SqliteConnection::establish(copy.to_str().unwrap()).unwrap();
    let kept = rows(&mut conn);
    assert!(!kept.0.is_empty() && !kept.1.is_empty());
    loop {
        let reverted = conn.revert_last_migration(MIGRATIONS).unwrap();
        if reverted.to_string().contains("20261130000100") {
            break;
        }
    }
    conn.run_pending_migrations(MIGRATIONS).unwrap();
    assert_eq!(rows(&mut conn), kept);
}

#[test]
fn an_agent_may_be_busy_with_work_of_its_host() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let busy = |with: Option<&str>| {
        test.store
            .write(|uow| agents::set_status(uow, &agent, AgentStatus::Busy, with))
            .unwrap();
        messages(&test.store).len()
    };
    assert_eq!(busy(Some("cleaning up")), 0);
    assert_eq!(busy(None), 1);
    let task = test.task("somebody's");
    assert_eq!(busy(Some(task.as_str())), 1);
    let report = repair::repair(&test.store).unwrap();
    assert_eq!(report.repairs[0].what, "made idle, since it held no task");
    assert_eq!(test.get_agent(&agent).status, AgentStatus::Idle);
    assert_eq!(report.left.findings, []);
}
