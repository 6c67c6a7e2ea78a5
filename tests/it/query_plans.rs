//! The queries of chat and logs, as the services make them, find their index: none reads through a
//! table, and none sorts more than what has the same time, or what belongs to one user or request.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use orchestra_store::models::{AgentId, ChatSessionId, RepositoryId, TaskId, UserId};
use orchestra_store::services::chat::{
    self, MessageFilter, MessageRetention, NewMessage, SearchQuery,
};
use orchestra_store::services::error_logs::{self, ErrorLogFilter, NewErrorLog};
use orchestra_store::services::orchestration_logs::{
    self, NewOrchestrationLog, OrchestrationLogFilter,
};
use orchestra_store::types::{DeliveryStatus, ErrorSeverity, MessageType, TimeSpan, Timestamp};
use orchestra_store::{Clock as _, Reader, Result};

use crate::support::TestStore;
use crate::vm_steps::{watch, watch_new_connections};

fn store() -> TestStore {
    watch_new_connections();
    TestStore::new()
}

/// A query, and the steps in which SQLite answers it.
type Plan = (String, Vec<String>);

/// What SQLite does for each query of some reads.
fn plans<T>(test: &TestStore, reads: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Vec<Plan> {
    let (outcome, watched) = watch(|| test.store.read(reads));
    outcome.unwrap();
    plans_of(test, &watched.statements)
}

fn plans_of(test: &TestStore, statements: &BTreeSet<String>) -> Vec<Plan> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    // Not those that FTS5 asks its own tables.
    let is_ours = |sql: &&String| sql.starts_with("SELECT") && sql.contains("FROM `");
    let queries = statements.iter().filter(is_ours);
    let explain = |sql: &String| {
        let rows: Vec<Row> = test
            .store
            .read(|reader| {
                Ok(sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(reader.connection())?)
            })
            .unwrap();
        (
            sql.clone(),
            rows.into_iter().map(|row| row.detail).collect(),
        )
    };
    queries.map(explain).collect()
}

/// Each step searches an index, or reads the end of one, and what has to be sorted beyond it are rows
/// of the same time.
#[track_caller]
fn assert_searched(what: &str, plans: &[Plan]) {
    assert!(!plans.is_empty(), "{what}: nothing was asked");
    for (sql, steps) in plans {
        for step in steps {
            let is_end = step.contains(" USING INDEX ") && sql.contains("LIMIT");
            assert!(
                !step.starts_with("SCAN ") || is_end,
                "{what}: {step}\n{sql}"
            );
            assert!(!step.contains("FOR ORDER BY"), "{what}: {step}\n{sql}");
        }
    }
}

/// The same of what may sort what an index finds: this is little, and belongs to one thing.
#[track_caller]
fn assert_found_and_sorted(what: &str, plans: &[Plan]) {
    for (sql, steps) in plans {
        assert!(steps[0].starts_with("SEARCH "), "{what}: {steps:?}\n{sql}");
        assert_eq!(
            steps[1..],
            ["USE TEMP B-TREE FOR ORDER BY"],
            "{what}\n{sql}"
        );
    }
}

fn session(test: &TestStore) -> ChatSessionId {
    let user = UserId::new("ann").unwrap();
    let session = test.store.write(|uow| {
        let session = chat::get_or_create_session(uow, Some(&user), "desk", "Desk")?;
        for text in ["one", "two", "three"] {
            chat::append_message(uow, &NewMessage::new(&session.id, MessageType::User, text))?;
        }
        Ok(session)
    });
    session.unwrap().id
}

#[test]
fn the_messages_of_a_session() {
    let test = store();
    let session = session(&test);
    let now = Some(test.clock.now());
    let filters = [
        MessageFilter::default(),
        MessageFilter {
            from: now,
            to: now,
            ..MessageFilter::default()
        },
        MessageFilter {
            thread_id: Some("t".to_owned()),
            ..MessageFilter::default()
        },
        MessageFilter {
            parent_message_id: Some("m".parse().unwrap()),
            ..MessageFilter::default()
        },
        MessageFilter {
            delivery_status: Some(DeliveryStatus::Pending),
            ..MessageFilter::default()
        },
    ];
    for filter in &filters {
        let what = format!("{filter:?}");
        let list = |reader: &mut Reader<'_>| {
            let first = chat::list_messages(reader, &session, filter, None, 1)?;
            chat::list_messages(reader, &session, filter, first.next.as_ref(), 1)
        };
        assert_searched(&what, &plans(&test, list));
    }
}

#[test]
fn the_sessions_of_a_user_and_what_is_too_old() {
    let test = store();
    session(&test);
    let user = UserId::new("ann").unwrap();
    let sessions = |reader: &mut Reader<'_>| chat::list_sessions(reader, &user, None, 10);
    assert_found_and_sorted("sessions", &plans(&test, sessions));
    let old = MessageRetention::OlderThan(TimeSpan::from_millis(1));
    let expired = |reader: &mut Reader<'_>| chat::count_expired(reader, old);
    assert_searched("expired", &plans(&test, expired));
}

#[test]
fn a_search_looks_at_what_matches_alone() {
    let test = store();
    session(&test);
    let search = |reader: &mut Reader<'_>| chat::search(reader, &SearchQuery::new("two"), 10);
    for (sql, steps) in plans(&test, search) {
        let scans = steps.iter().filter(|step| step.starts_with("SCAN "));
        let of_tables = scans.filter(|step| !step.contains("VIRTUAL TABLE INDEX"));
        assert_eq!(of_tables.count(), 0, "{steps:?}\n{sql}");
    }
}

#[test]
fn the_error_log() {
    let test = store();
    for _ in 0..3 {
        let new = NewErrorLog::new("no");
        test.store.write(|uow| error_logs::log(uow, &new)).unwrap();
    }
    let some = |text: &str| Some(text.to_owned());
    let now = Some(test.clock.now());
    let none = ErrorLogFilter::default;
    let filters = [
        none(),
        ErrorLogFilter {
            minimum_severity: Some(ErrorSeverity::Warning),
            ..none()
        },
        ErrorLogFilter {
            from: now,
            to: now,
            ..none()
        },
        ErrorLogFilter {
            entity_type: some("Tasks"),
            entity_id: some("t"),
            ..none()
        },
    ];
    let of_request = ErrorLogFilter {
        correlation_id: some("c"),
        ..none()
    };
    let list = |reader: &mut Reader<'_>| error_logs::list(reader, &of_request, None, 1);
    assert_found_and_sorted("of a request", &plans(&test, list));
    for filter in &filters {
        let list = |reader: &mut Reader<'_>| {
            let first = error_logs::list(reader, filter, None, 1)?;
            error_logs::list(reader, filter, first.next.as_ref(), 1)
        };
        assert_searched(&format!("{filter:?}"), &plans(&test, list));
    }
}

#[test]
fn the_orchestration_log() {
    let test = store();
    for _ in 0..3 {
        let new = NewOrchestrationLog::new("Started", "it began");
        test.store
            .write(|uow| orchestration_logs::append(uow, &new))
            .unwrap();
    }
    let now: Option<Timestamp> = Some(test.clock.now());
    let none = OrchestrationLogFilter::default;
    let filters = [
        none(),
        OrchestrationLogFilter {
            minimum_level: Some(ErrorSeverity::Warning),
            ..none()
        },
        OrchestrationLogFilter {
            event_type: Some("Started".to_owned()),
            ..none()
        },
        OrchestrationLogFilter {
            agent_id: Some(AgentId::new("a").unwrap()),
            ..none()
        },
        OrchestrationLogFilter {
            task_id: Some(TaskId::new("t").unwrap()),
            ..none()
        },
        OrchestrationLogFilter {
            repository_id: Some(RepositoryId::new("r").unwrap()),
            ..none()
        },
        OrchestrationLogFilter {
            from: now,
            to: now,
            ..none()
        },
    ];
    for filter in &filters {
        let list = |reader: &mut Reader<'_>| {
            let first = orchestration_logs::list(reader, filter, None, 1)?;
            orchestration_logs::list(reader, filter, first.next.as_ref(), 1)
        };
        assert_searched(&format!("{filter:?}"), &plans(&test, list));
    }
}
