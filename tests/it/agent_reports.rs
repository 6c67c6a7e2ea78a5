//! What agents report of themselves: state, sign of life and present work in one call.

use std::time::Duration;

use orchestra_store::models::{Agent, AgentId};
use orchestra_store::services::agents::{self, AgentReport};
use orchestra_store::types::{AgentStatus, FieldChange};
use orchestra_store::{Clock as _, ErrorCode, Result};

use crate::support::TestStore;

fn try_report(test: &TestStore, id: &AgentId, json: &str) -> Result<Agent> {
    let given: AgentReport = serde_json::from_str(json).unwrap();
    let reported = test.store.write(|uow| agents::report(uow, id, &given))?;
    assert_eq!(reported, test.get_agent(id));
    Ok(reported)
}

fn report(test: &TestStore, id: &AgentId, json: &str) -> Agent {
    try_report(test, id, json).unwrap()
}

fn set_status(test: &TestStore, id: &AgentId, status: AgentStatus, task: Option<&str>) -> Agent {
    let set = test
        .store
        .write(|uow| agents::set_status(uow, id, status, task));
    set.unwrap()
}

fn said(agent: &Agent) -> (AgentStatus, Option<&str>) {
    (agent.status, agent.current_task.as_deref())
}

#[test]
fn what_is_not_given_stays() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let busy = report(&test, &id, r#"{"Status":"Busy","CurrentTask":"cleaning"}"#);
    assert_eq!(said(&busy), (AgentStatus::Busy, Some("cleaning")));
    test.advance_seconds(5);
    let pinged = report(&test, &id, "{}");
    assert_eq!(said(&pinged), (AgentStatus::Busy, Some("cleaning")));
    assert_eq!(pinged.last_ping, test.clock.now());
    assert_eq!(pinged.row_version, busy.row_version, "a sign of life alone");

    let error = report(&test, &id, r#"{"Status":"Error"}"#);
    assert_eq!(said(&error), (AgentStatus::Error, Some("cleaning")));
    let cleared = report(&test, &id, r#"{"CurrentTask":null}"#);
    assert_eq!(said(&cleared), (AgentStatus::Error, None));
}

#[test]
fn an_idle_agent_has_no_current_task() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    report(&test, &id, r#"{"Status":"Busy","CurrentTask":"cleaning"}"#);
    let idle = report(&test, &id, r#"{"Status":"Idle","CurrentTask":"resting"}"#);
    assert_eq!(said(&idle), (AgentStatus::Idle, None));
}

#[test]
fn the_host_may_say_when_the_agent_gave_its_sign_of_life() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.advance_seconds(60);
    let now = test.clock.now();
    for (given, kept) in [
        (now - Duration::from_secs(30), now - Duration::from_secs(30)),
        (now + Duration::from_secs(30), now),
    ] {
        let agent = report(&test, &id, &format!(r#"{{"LastPing":"{given}"}}"#));
        assert_eq!(agent.last_ping, kept);
    }
}

#[test]
fn an_agent_that_was_offline_comes_back_by_a_fresh_sign_of_life_only() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let old = test.clock.now();
    report(&test, &id, r#"{"Status":"Offline"}"#);
    test.advance_seconds(1000);
    let late = report(&test, &id, &format!(r#"{{"LastPing":"{old}"}}"#));
    assert_eq!(late.status, AgentStatus::Offline);
    assert_eq!(report(&test, &id, "{}").status, AgentStatus::Idle);
}

#[test]
fn signing_off_twice_is_no_return() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    for _ in 0..2 {
        set_status(&test, &id, AgentStatus::Offline, None);
        test.advance_seconds(10);
        test.store
            .write(|uow| agents::sweep_health(uow, 10))
            .unwrap();
        assert_eq!(test.get_agent(&id).status, AgentStatus::Offline);
    }
}

#[test]
fn setting_a_status_is_a_report() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    for (status, task, kept) in [
        (AgentStatus::Busy, Some("one"), Some("one")),
        (AgentStatus::Error, None, Some("one")),
        (AgentStatus::Offline, Some("two"), Some("two")),
        (AgentStatus::Busy, None, None),
        (AgentStatus::Busy, Some("three"), Some("three")),
        (AgentStatus::Idle, Some("four"), None),
    ] {
        test.advance_seconds(1);
        let agent = set_status(&test, &id, status, task);
        assert_eq!(said(&agent), (status, kept), "{status} {task:?}");
        assert_eq!(agent.last_ping, test.clock.now(), "{status}");
    }
}

#[test]
fn what_is_refused_changes_nothing() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let before = test.get_agent(&id);
    test.advance_seconds(1);
    let long = AgentReport {
        current_task: FieldChange::Set("x".repeat(2001)),
        ..AgentReport::default()
    };
    let refused = test.store.write(|uow| agents::report(uow, &id, &long));
    let column = refused.unwrap_err().details().column.clone();
    assert_eq!(column.as_deref(), Some("CurrentTask"));
    let nobody = AgentId::new("nobody").unwrap();
    let missing = try_report(&test, &nobody, "{}").unwrap_err();
    assert_eq!(missing.code(), ErrorCode::NotFound);
    assert_eq!(test.get_agent(&id), before);
}
