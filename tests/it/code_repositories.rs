//! Repositories: settings, usage, ratings, and counters that can be counted anew.

use diesel::prelude::*;
use orchestra_store::models::{CodeRepository, RepositoryId};
use orchestra_store::schema::repositories::dsl;
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::code_repositories as service;
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask};
use orchestra_store::types::{AccessLevel, Json, TimeSpan};
use orchestra_store::{Clock as _, ErrorCode, Result};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, token_of};

fn register(test: &TestStore, path: &str) -> CodeRepository {
    test.store
        .write(|uow| service::register(uow, path))
        .unwrap()
}

fn get(test: &TestStore, id: &RepositoryId) -> CodeRepository {
    test.store.read(|r| service::get(r, id)).unwrap()
}

/// Runs a task in a repository for so many seconds, and returns it.
fn run(
    test: &TestStore,
    path: &str,
    seconds: u64,
    succeeds: bool,
) -> orchestra_store::models::TaskId {
    let agent = test
        .store
        .write(|uow| agents::register(uow, &NewAgent::new("A", "test", path)))
        .unwrap();
    let new = NewTask {
        max_retries: Some(0),
        ..NewTask::new("ls", path)
    };
    test.enqueue(&new);
    let claimed = test
        .store
        .write(|uow| tasks::claim(uow, &Claim::agent(&agent.id)))
        .unwrap();
    let (id, token) = (claimed[0].id.clone(), token_of(&claimed[0]));
    test.store
        .write(|uow| {
            tasks::start(uow, &id, Some(&token))?;
            test.advance_seconds(seconds);
            if succeeds {
                tasks::complete(uow, &id, Some(&token), None)
            } else {
                tasks::fail(uow, &id, Some(&token), &Failure::new("no"))
            }
        })
        .unwrap();
    id
}

#[test]
fn a_repository_is_deactivated_and_registering_brings_it_back() {
    let test = TestStore::new();
    let row = register(&test, REPOSITORY);
    let off = test
        .store
        .write(|uow| service::deactivate(uow, &row.id))
        .unwrap();
    assert!(!off.is_active && !get(&test, &row.id).is_active);
    let again = register(&test, &format!(" {REPOSITORY}/ "));
    assert_eq!((&again.id, again.is_active), (&row.id, true));
    let ghost = RepositoryId::new("ghost").unwrap();
    let error = test
        .store
        .write(|uow| service::deactivate(uow, &ghost))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[test]
fn settings_access_and_operations_are_kept() {
    let test = TestStore::new();
    let id = register(&test, REPOSITORY).id;
    let set = |operations: Option<&[&str]>| -> Result<CodeRepository> {
        test.store.write(|uow| {
            service::set_settings(uow, &id, Some(Json(json!({"branch": "next"}))))?;
            service::set_access_level(uow, &id, AccessLevel::Team)?;
            service::set_allowed_operations(uow, &id, operations)
        })
    };
    let row = set(Some(&["build, test", "deploy"])).unwrap();
    assert_eq!(row, get(&test, &id));
    assert_eq!(
        (
            row.access_level,
            row.settings_json.as_ref().unwrap().0["branch"].as_str()
        ),
        (AccessLevel::Team, Some("next"))
    );
    let allowed = |name| service::is_allowed(&get(&test, &id), name);
    assert!(allowed("build, test") && allowed("deploy") && !allowed("build") && !allowed("Deploy"));
    set(Some(&[])).unwrap();
    assert!(!allowed("deploy"));
    set(None).unwrap();
    assert!(allowed("deploy") && allowed("anything"));

    let before = get(&test, &id);
    let long = "o".repeat(101);
    for wrong in [
        &[""] as &[&str],
        &[&long],
        &["a", "b", "a"],
        &["a\0"],
        &["a"; 101],
    ] {
        let error = set(Some(wrong)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.details().column.as_deref(), Some("AllowedOperations"));
    }
    assert_eq!(get(&test, &id), before);
}

#[test]
fn usage_is_noted_and_ordered() {
    let test = TestStore::new();
    for (path, tasks) in [("/a", 1), ("/b", 3), ("/c", 2), ("/d", 9)] {
        for _ in 0..tasks {
            test.enqueue(&NewTask::new("ls", path));
        }
    }
    let d = register(&test, "/d");
    test.store
        .write(|uow| service::deactivate(uow, &d.id))
        .unwrap();
    let most_used = |limit| test.store.read(|r| service::list_most_used(r, limit));
    let paths: Vec<String> = most_used(2).unwrap().into_iter().map(|r| r.path).collect();
    assert_eq!(paths, ["/b", "/c"]);
    assert_eq!(most_used(0).unwrap_err().code(), ErrorCode::InvalidArgument);

    let a = register(&test, "/a");
    assert_eq!(a.last_accessed_at, None);
    test.advance_seconds(7);
    test.store
        .write(|uow| service::note_access(uow, &a.id))
        .unwrap();
    let noted = get(&test, &a.id);
    assert_eq!(
        (noted.last_accessed_at, noted.row_version),
        (Some(test.clock.now()), a.row_version)
    );
}

#[test]
fn statistics_are_those_of_the_repository_s_tasks() {
    let test = TestStore::new();
    run(&test, "/a", 4, true);
    run(&test, "/b", 9, false);
    let id = register(&test, "/a").id;
    let statistics = |length| test.store.read(|r| service::statistics(r, &id, length));
    let found = statistics(None).unwrap();
    assert_eq!(
        (
            found.path.as_str(),
            found.tasks.total,
            found.tasks.success_rate
        ),
        ("/a", 1, 1.0)
    );
    assert_eq!(
        (found.tasks.duration.p50, found.tasks.duration.count),
        (4000, 1)
    );
    assert_eq!(found.reliability_score, get(&test, &id).reliability_score);
    for ticks in [-1, 0, 3661 * TimeSpan::TICKS_PER_DAY] {
        let error = statistics(Some(TimeSpan::from_ticks(ticks))).unwrap_err();
        assert_eq!(error.details().column.as_deref(), Some("period"));
    }
}

#[test]
fn ratings_compare_with_all_repositories() {
    let test = TestStore::new();
    for seconds in [1, 2, 3] {
        run(&test, "/fast", seconds, true);
        run(&test, "/slow", seconds * 10, true);
    }
    let idle = register(&test, "/idle");
    let update = || test.store.write(|uow| service::update_ratings(uow, None));
    assert_eq!(update().unwrap(), 2);
    let (fast, slow) = (register(&test, "/fast"), register(&test, "/slow"));
    // Of 1, 2, 3, 10, 20 and 30 seconds the median by nearest rank is 3; of the slow ones 20.
    assert!((fast.performance_rating - 10.0 * fast.reliability_score).abs() < 1e-9);
    assert!((slow.performance_rating - 10.0 * slow.reliability_score * 3.0 / 20.0).abs() < 1e-9);
    assert_eq!(get(&test, &idle.id).performance_rating, 0.0);
    assert_eq!(update().unwrap(), 0, "nothing new");

    // Beyond the period nothing is learned, and nothing forgotten.
    test.advance_seconds(31 * 24 * 3600);
    assert_eq!(update().unwrap(), 0);
    assert_eq!(get(&test, &slow.id), slow);
    let negative = test
        .store
        .write(|uow| service::update_ratings(uow, Some(TimeSpan::from_ticks(-1))));
    assert_eq!(
        negative.unwrap_err().details().column.as_deref(),
        Some("period")
    );
}

#[test]
fn counting_anew_finds_what_is_kept_and_mends_what_is_not() {
    let test = TestStore::new();
    run(&test, REPOSITORY, 3, true);
    run(&test, REPOSITORY, 5, false);
    let retried = run(&test, REPOSITORY, 7, false);
    test.store.write(|uow| tasks::retry(uow, &retried)).unwrap();
    let cancelled = test.task("ls");
    test.store
        .write(|uow| tasks::cancel(uow, &cancelled, None))
        .unwrap();
    test.task("waits");
    let row = register(&test, REPOSITORY);
    let recount = || {
        test.store
            .write(|uow| service::recount(uow, &row.id))
            .unwrap()
    };
    assert_eq!(recount().differences, []);
    assert_eq!(get(&test, &row.id), row, "nothing is written");

    let spoil = diesel::update(dsl::repositories.find(&row.id))
        .set((dsl::total_tasks.eq(99), dsl::average_task_duration.eq(1.0)));
    test.store
        .write(|uow| Ok(spoil.execute(uow.connection())?))
        .unwrap();
    let found = recount();
    let differing: Vec<_> = found
        .differences
        .iter()
        .map(|d| (d.column, d.kept.clone(), d.counted.clone()))
        .collect();
    assert_eq!(
        differing,
        [
            ("TotalTasks", json!(99), json!(5)),
            ("AverageTaskDuration", json!(1.0), json!(4000.0))
        ]
    );
    assert_eq!(recount().differences, []);
    let mended = get(&test, &row.id);
    assert_eq!(
        (mended.total_tasks, mended.average_task_duration),
        (row.total_tasks, row.average_task_duration)
    );
}
