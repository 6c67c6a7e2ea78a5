//! Sessions of agents: their steps, and what they add up.

use orchestra_store::models::{AgentId, AgentSession};
use orchestra_store::services::agents::sessions::{
    self, NewSession, SessionFilter, SessionReport, SessionUsage,
};
use orchestra_store::types::SessionStatus;
use orchestra_store::{Clock as _, ErrorCode, Result, UnitOfWork};
use proptest::prelude::*;

use crate::support::TestStore;

fn open(test: &TestStore, agent: &AgentId, name: &str) -> Result<AgentSession> {
    let new = NewSession::new(agent, name, "/srv/git/search");
    test.store.write(|uow| sessions::open(uow, &new))
}

fn get(test: &TestStore, name: &str) -> AgentSession {
    test.store
        .read(|reader| sessions::get(reader, name))
        .unwrap()
}

type Step = fn(&mut UnitOfWork<'_>, &str) -> Result<AgentSession>;

fn step(test: &TestStore, step: Step, name: &str) -> Result<AgentSession> {
    test.store.write(|uow| step(uow, name))
}

fn report(test: &TestStore, json: &str) -> Result<AgentSession> {
    let report: SessionReport = serde_json::from_str(json).unwrap();
    let done = test
        .store
        .write(|uow| sessions::report(uow, "s", &report))?;
    assert_eq!(done, get(test, "s"));
    Ok(done)
}

#[test]
fn several_things_of_a_session_change_in_one_call() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    open(&test, &agent, "s").unwrap();
    let json = r#"{"Status":"Paused","ProcessId":7,"WorkingDirectory":"/srv/x",
        "Usage":{"CostUsd":0.5,"Messages":2}}"#;
    let after = report(&test, json).unwrap();
    assert_eq!(
        (after.status, after.process_id),
        (SessionStatus::Paused, Some(7))
    );
    assert_eq!((after.total_cost_usd, after.message_count), (0.5, 2));
    assert_eq!(after.working_directory, "/srv/x");

    // What isn't given stays, and a state that it has already is no step.
    let same = report(&test, r#"{"Status":"Paused","Usage":{"Messages":1}}"#).unwrap();
    assert_eq!((same.process_id, same.message_count), (Some(7), 3));
    let cleared = report(&test, r#"{"Status":"Error","ProcessId":null}"#).unwrap();
    assert_eq!(cleared.process_id, None);
    test.advance_seconds(1);
    let active = report(&test, r#"{"Status":"Active"}"#).unwrap();
    assert_eq!(active.last_resumed_at, Some(test.clock.now()));
    let closed = report(&test, r#"{"Status":"Closed"}"#).unwrap();
    assert_eq!(closed.closed_at, Some(test.clock.now()));

    let refused = report(&test, r#"{"Status":"Active","Usage":{"Messages":1}}"#);
    assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidTransition);
    assert_eq!(get(&test, "s"), closed);
    let late = report(&test, r#"{"Status":"Closed","Usage":{"Messages":1}}"#).unwrap();
    assert_eq!(late.message_count, 4, "a bill can come late");
}

#[test]
fn a_session_is_opened_paused_resumed_and_closed() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let opened = open(&test, &agent, "s").unwrap();
    assert_eq!(
        (opened.status, opened.last_resumed_at),
        (SessionStatus::Active, None)
    );
    test.advance_seconds(1);
    let paused = step(&test, sessions::pause, "s").unwrap();
    assert_eq!(paused.status, SessionStatus::Paused);
    test.advance_seconds(1);
    let resumed = step(&test, sessions::resume, "s").unwrap();
    assert_eq!(resumed.status, SessionStatus::Active);
    assert_eq!(resumed.last_resumed_at, Some(test.clock.now()));
    test.advance_seconds(1);
    let closed = step(&test, sessions::close, "s").unwrap();
    assert_eq!(
        (closed.status, closed.closed_at),
        (SessionStatus::Closed, Some(test.clock.now()))
    );
    assert_eq!(closed, get(&test, "s"));
}

#[test]
fn opening_a_known_session_goes_on_with_it() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let first = open(&test, &agent, "s").unwrap();
    let usage = SessionUsage {
        cost_usd: 0.5,
        duration_ms: 10,
        messages: 2,
    };
    test.store
        .write(|uow| sessions::add_usage(uow, "s", &usage))
        .unwrap();
    let states: [Option<Step>; 3] = [None, Some(sessions::pause), Some(sessions::mark_error)];
    for before in states {
        if let Some(before) = before {
            step(&test, before, "s").unwrap();
        }
        test.advance_seconds(1);
        let mut new = NewSession::new(&agent, "s", "/srv/elsewhere");
        new.process_id = Some(4711);
        let again = test.store.write(|uow| sessions::open(uow, &new)).unwrap();
        assert_eq!(
            (&again.id, again.status),
            (&first.id, SessionStatus::Active)
        );
        assert_eq!(again.last_resumed_at, Some(test.clock.now()));
        assert_eq!(
            (again.process_id, again.working_directory.as_str()),
            (Some(4711), "/srv/elsewhere")
        );
        assert_eq!((again.total_cost_usd, again.message_count), (0.5, 2));
    }
    step(&test, sessions::close, "s").unwrap();
    let closed = open(&test, &agent, "s").unwrap_err();
    assert_eq!(closed.code(), ErrorCode::InvalidTransition);

    let other = test.agent("b", 1);
    let error = open(&test, &other, "s").unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists);
    assert_eq!(error.details().column.as_deref(), Some("SessionId"));
    let ghost = AgentId::new("ghost").unwrap();
    assert_eq!(
        open(&test, &ghost, "t").unwrap_err().code(),
        ErrorCode::NotFound
    );
}

#[test]
fn a_step_that_is_not_there_is_refused_with_both_states() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    for (name, before) in [
        ("active", None),
        ("paused", Some(sessions::pause as Step)),
        ("error", Some(sessions::mark_error)),
        ("closed", Some(sessions::close)),
    ] {
        open(&test, &agent, name).unwrap();
        if let Some(before) = before {
            step(&test, before, name).unwrap();
        }
    }
    let refused: [(Step, &str, &str, &str); 8] = [
        (sessions::resume, "active", "Active", "Active"),
        (sessions::resume, "closed", "Closed", "Active"),
        (sessions::resume, "error", "Error", "Active"),
        (sessions::pause, "paused", "Paused", "Paused"),
        (sessions::pause, "error", "Error", "Paused"),
        (sessions::mark_error, "error", "Error", "Error"),
        (sessions::mark_error, "closed", "Closed", "Error"),
        (sessions::close, "closed", "Closed", "Closed"),
    ];
    for (tried, name, from, to) in refused {
        let before = get(&test, name);
        let error = step(&test, tried, name).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidTransition, "{error}");
        let details = error.details();
        assert_eq!(
            (details.from.as_deref(), details.to.as_deref()),
            (Some(from), Some(to))
        );
        assert_eq!(get(&test, name), before);
    }
    let unknown = step(&test, sessions::pause, "nobody's").unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::NotFound);
}

#[test]
fn usage_adds_up_and_is_never_negative() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    open(&test, &agent, "s").unwrap();
    let add = |cost_usd, duration_ms, messages| {
        let usage = SessionUsage {
            cost_usd,
            duration_ms,
            messages,
        };
        test.store
            .write(|uow| sessions::add_usage(uow, "s", &usage))
    };
    add(0.25, 1500, 3).unwrap();
    step(&test, sessions::close, "s").unwrap();
    let total = add(0.5, 500, 1).unwrap();
    assert_eq!(
        (
            total.total_cost_usd,
            total.total_duration_ms,
            total.message_count
        ),
        (0.75, 2000, 4)
    );
    for (usage, column) in [
        ((-0.1, 0, 0), "CostUsd"),
        ((f64::NAN, 0, 0), "CostUsd"),
        ((f64::INFINITY, 0, 0), "CostUsd"),
        ((0.0, -1, 0), "DurationMs"),
        ((0.0, i64::MAX, 0), "DurationMs"),
        ((0.0, 0, -1), "Messages"),
        ((1.0, 1, i64::MAX), "Messages"),
    ] {
        let error = add(usage.0, usage.1, usage.2).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.details().column.as_deref(), Some(column));
        assert_eq!(get(&test, "s"), total);
    }
}

#[test]
fn sessions_are_listed_by_agent_and_state() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 1), test.agent("b", 1));
    for (agent, name) in [(&a, "a1"), (&a, "a2"), (&b, "b1")] {
        test.advance_seconds(1);
        open(&test, agent, name).unwrap();
    }
    step(&test, sessions::pause, "a1").unwrap();
    let list = |agent_id: Option<&AgentId>, status, limit| {
        let filter = SessionFilter {
            agent_id: agent_id.cloned(),
            status,
        };
        let found = test.store.read(|r| sessions::list(r, &filter, limit));
        found.map(|list| list.into_iter().map(|s| s.session_id).collect::<Vec<_>>())
    };
    assert_eq!(list(None, None, 10).unwrap(), ["b1", "a2", "a1"]);
    assert_eq!(list(Some(&a), None, 10).unwrap(), ["a2", "a1"]);
    assert_eq!(list(None, Some(SessionStatus::Active), 1).unwrap(), ["b1"]);
    assert_eq!(
        list(Some(&b), Some(SessionStatus::Paused), 10).unwrap(),
        [""; 0]
    );
    assert_eq!(
        list(None, None, 0).unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::support::scaled(16, 256)))]

    /// Whatever is tried, a session that is closed stays as it was closed.
    #[test]
    fn closed_is_the_end(tried in prop::collection::vec(0_usize..5, 1..12)) {
        let test = TestStore::new();
        let agent = test.agent("a", 1);
        open(&test, &agent, "s").unwrap();
        let steps: [Step; 4] = [sessions::pause, sessions::resume, sessions::mark_error, sessions::close];
        let mut closed: Option<AgentSession> = None;
        for number in tried {
            let outcome = match steps.get(number) {
                Some(tried) => step(&test, *tried, "s"),
                None => open(&test, &agent, "s"),
            };
            if let Some(closed) = &closed {
                prop_assert!(outcome.is_err());
                prop_assert_eq!(&get(&test, "s"), closed);
            }
            let now = get(&test, "s");
            if now.status == SessionStatus::Closed {
                closed = Some(now);
            }
        }
    }
}
