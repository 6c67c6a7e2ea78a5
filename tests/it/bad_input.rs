//! What makes no sense is refused with an error that names it, and nothing is written.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use orchestra_store::services::agents::SelectionCriteria;
use orchestra_store::services::analytics::{Period, TaskScope, task_analytics};
use orchestra_store::services::approvals::{self, Decision, NewApproval};
use orchestra_store::services::tasks::{self, QueueScope, TaskProgress};
use orchestra_store::services::templates::{self, Instantiation, NewTemplate};
use orchestra_store::services::workflows::{self, NewDefinition};
use orchestra_store::services::{agents, code_repositories};
use orchestra_store::types::{SelectionStrategy, TimeSpan, Timestamp};
use orchestra_store::{Error, ErrorCode, Result, UnitOfWork};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, token_of};

/// The error of work that is to be refused, after which the file is what it was.
#[track_caller]
fn refused<T>(test: &TestStore, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> Error {
    let mut other = SqliteConnection::establish(test.path().to_str().unwrap()).unwrap();
    let before = data_version(&mut other);
    // Committed although it fails: what it had written would be there.
    let mut error = None;
    let committed = test.store.write(|uow| {
        error = work(uow).err();
        Ok(())
    });
    committed.unwrap();
    assert_eq!(data_version(&mut other), before, "something was written");
    error.expect("it was not refused")
}

/// What SQLite changes when another connection commits a change.
fn data_version(conn: &mut SqliteConnection) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        data_version: i64,
    }
    let row: Row = sql_query("PRAGMA data_version").get_result(conn).unwrap();
    row.data_version
}

#[track_caller]
fn assert_names(error: &Error, code: ErrorCode, column: &str) {
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(error.details().column.as_deref(), Some(column), "{error}");
}

fn days(count: i64) -> TimeSpan {
    TimeSpan::from_ticks(count * TimeSpan::TICKS_PER_DAY)
}

#[test]
fn an_unknown_strategy() {
    let parsed: Result<SelectionStrategy> = "Best".parse().map_err(Error::from);
    let error = parsed.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert!(error.message().contains("\"Best\""), "{error}");
    let document = r#"{"Strategy": "Best"}"#;
    let error = serde_json::from_str::<SelectionCriteria>(document).unwrap_err();
    assert!(error.to_string().contains("Best"), "{error}");
}

#[test]
fn a_negative_period() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    for length in [days(-1), TimeSpan::ZERO] {
        let of_agent = refused(&test, |uow| agents::statistics(uow, &agent, Some(length)));
        assert_names(&of_agent, ErrorCode::InvalidArgument, "period");
        let rating = refused(&test, |uow| {
            code_repositories::update_ratings(uow, Some(length))
        });
        assert_names(&rating, ErrorCode::InvalidArgument, "period");
        let failed = refused(&test, |uow| tasks::list_failed(uow, Some(length), 1));
        assert_names(&failed, ErrorCode::InvalidArgument, "period");
    }
    let noon: Timestamp = "2026-01-01 12:00:00".parse().unwrap();
    let backwards = Period::new(noon, noon - days(1)).unwrap_err();
    assert_names(&backwards, ErrorCode::InvalidArgument, "period");
}

#[test]
fn a_period_over_the_limit() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let eleven_years = days(11 * 366);
    let of_agent = refused(&test, |uow| {
        agents::statistics(uow, &agent, Some(eleven_years))
    });
    assert_names(&of_agent, ErrorCode::InvalidArgument, "period");
    let now: Timestamp = "2026-01-01".parse().unwrap();
    let whole = Period::new(now - eleven_years, now).unwrap_err();
    assert_names(&whole, ErrorCode::InvalidArgument, "period");
    // The limit itself is allowed.
    let ten_years = Period::new(now - days(3650), now).unwrap();
    let scope = TaskScope::default();
    test.store
        .read(|reader| task_analytics(reader, ten_years, &scope))
        .unwrap();
}

#[test]
fn progress_that_goes_backwards() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("make");
    let token = token_of(&test.claim(&agent, 1)[0]);
    let begun = test.store.write(|uow| {
        tasks::start(uow, &id, Some(&token))?;
        tasks::update_progress(uow, &id, Some(&token), &TaskProgress::at(50))
    });
    begun.unwrap();
    let report = |percentage| {
        refused(&test, |uow| {
            tasks::update_progress(uow, &id, Some(&token), &TaskProgress::at(percentage))
        })
    };
    let error = report(49);
    assert_names(&error, ErrorCode::InvalidArgument, "ProgressPercentage");
    assert!(
        error
            .message()
            .contains("must be at least 50 as before, got 49"),
        "{error}"
    );
    for outside in [-1, 101] {
        assert_names(
            &report(outside),
            ErrorCode::InvalidArgument,
            "ProgressPercentage",
        );
    }
}

#[test]
fn deciding_twice() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let asked = test.store.write(|uow| {
        let request = approvals::request(uow, &NewApproval::new(&agent))?;
        approvals::approve(uow, &request.id, &Decision::default())
    });
    let id = asked.unwrap().id;
    for error in [
        refused(&test, |uow| {
            approvals::approve(uow, &id, &Decision::default())
        }),
        refused(&test, |uow| {
            approvals::reject(uow, &id, &Decision::default())
        }),
        refused(&test, |uow| approvals::cancel(uow, &id, None)),
    ] {
        assert_eq!(error.code(), ErrorCode::InvalidTransition, "{error}");
        assert_eq!(error.details().from.as_deref(), Some("Approved"));
    }
}

#[test]
fn resuming_what_is_not_paused() {
    let test = TestStore::new();
    let scope = QueueScope::queue("fast");
    let queue = refused(&test, |uow| tasks::resume(uow, &scope));
    assert_eq!(queue.code(), ErrorCode::InvalidTransition, "{queue}");
    assert!(
        queue.message().contains("queue 'fast' isn't paused"),
        "{queue}"
    );

    let stages = json!({"stages": [{"name": "a", "tasks": [{"command": "ls"}]}]});
    let start = workflows::Start {
        repository_path: REPOSITORY.to_owned(),
        ..workflows::Start::default()
    };
    let started = test.store.write(|uow| {
        let definition = workflows::publish(uow, &NewDefinition::new("Flow", stages))?;
        workflows::start(uow, &definition.id, &start)
    });
    let id = started.unwrap().id;
    let execution = refused(&test, |uow| workflows::resume(uow, &id));
    assert_eq!(
        execution.code(),
        ErrorCode::InvalidTransition,
        "{execution}"
    );
    assert_eq!(execution.details().from.as_deref(), Some("Pending"));
}

#[test]
fn a_template_with_a_missing_parameter() {
    let test = TestStore::new();
    let template = NewTemplate::new(
        "Switch",
        json!({
            "steps": [{"command": "git fetch"}, {"command": "git switch {{branch}}"}],
            "parameters": {"branch": {"type": "string", "required": true}},
        }),
    );
    let template = test
        .store
        .write(|uow| templates::publish(uow, &template))
        .unwrap();
    let run = Instantiation {
        repository_path: REPOSITORY.to_owned(),
        ..Instantiation::default()
    };
    let error = refused(&test, |uow| templates::instantiate(uow, &template.id, &run));
    assert_names(&error, ErrorCode::InvalidArgument, "Parameters.branch");
}
