//! Which agents the health sweep marks offline, which it brings back, and which it leaves alone.

use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::models::AgentId;
use orchestra_store::schema::agents::dsl;
use orchestra_store::services::agents::{self, HealthSweep, NewAgent};
use orchestra_store::types::AgentStatus;
use orchestra_store::{Clock as _, ErrorCode, UnitOfWork};

use crate::support::{REPOSITORY, TestStore};
use crate::vm_steps::{watch, watch_new_connections};

fn sweep(test: &TestStore, limit: u32) -> HealthSweep {
    test.store
        .write(|uow| agents::sweep_health(uow, limit))
        .unwrap()
}

fn names(ids: &[AgentId]) -> Vec<&str> {
    ids.iter().map(AgentId::as_str).collect()
}

fn agent_with_interval(test: &TestStore, id: &str, seconds: u64) -> AgentId {
    let mut new = NewAgent::new(id, "claude-code", REPOSITORY);
    new.id = Some(AgentId::new(id).unwrap());
    new.health_check_interval = Duration::from_secs(seconds).into();
    test.store
        .write(|uow| agents::register(uow, &new))
        .unwrap()
        .id
}

fn set_status(test: &TestStore, id: &AgentId, status: AgentStatus) {
    let set = test
        .store
        .write(|uow| agents::set_status(uow, id, status, None));
    set.unwrap();
}

/// A sign of life from a host that knows of nothing else.
fn bare_ping(test: &TestStore, id: &AgentId) {
    let now = test.clock.now();
    let ping = diesel::update(dsl::agents.find(id)).set(dsl::last_ping.eq(now));
    test.store
        .write(|uow| Ok(ping.execute(uow.connection())?))
        .unwrap();
}

#[test]
fn five_intervals_of_its_own_make_an_agent_offline() {
    let test = TestStore::new();
    let quick = agent_with_interval(&test, "quick", 10);
    let slow = agent_with_interval(&test, "slow", 60);
    let endless = agent_with_interval(&test, "endless", 10_000_000_000);
    test.advance_seconds(50);
    assert!(sweep(&test, 10).is_empty(), "five intervals are allowed");
    test.advance_seconds(1);
    let before = test.get_agent(&quick);
    let swept = sweep(&test, 10);
    assert_eq!(
        (names(&swept.went_offline), swept.len()),
        (vec!["quick"], 1)
    );
    let after = test.get_agent(&quick);
    assert_eq!(after.status, AgentStatus::Offline);
    assert_eq!(
        after.last_ping, before.last_ping,
        "the sweep is no sign of life"
    );
    assert!(sweep(&test, 10).is_empty(), "once is enough");
    test.advance_seconds(1_000_000);
    assert_eq!(names(&sweep(&test, 10).went_offline), ["slow"]);
    assert_eq!(test.get_agent(&slow).status, AgentStatus::Offline);
    assert_eq!(test.get_agent(&endless).status, AgentStatus::Idle);
}

#[test]
fn what_pings_again_is_back() {
    let test = TestStore::new();
    let (idle, busy, gone) = (
        test.agent("idle", 1),
        test.agent("busy", 1),
        test.agent("gone", 1),
    );
    test.task("ls");
    assert_eq!(test.claim(&busy, 1).len(), 1);
    test.advance_seconds(301);
    assert_eq!(sweep(&test, 10).went_offline.len(), 3);
    assert!(sweep(&test, 10).is_empty());

    test.advance_seconds(10);
    bare_ping(&test, &idle);
    bare_ping(&test, &busy);
    let swept = sweep(&test, 10);
    assert_eq!(swept.came_back.len(), 2);
    let back = test.get_agent(&idle);
    assert_eq!((back.status, back.current_task), (AgentStatus::Idle, None));
    assert_eq!(test.get_agent(&busy).status, AgentStatus::Busy);
    assert_eq!(test.get_agent(&gone).status, AgentStatus::Offline);
    assert!(sweep(&test, 10).is_empty());

    // A ping that is old again by the time of the sweep brings nobody back.
    bare_ping(&test, &gone);
    test.advance_seconds(301);
    assert_eq!(sweep(&test, 10).came_back, []);
    assert_eq!(test.get_agent(&gone).status, AgentStatus::Offline);
}

#[test]
fn who_signed_off_or_is_in_error_is_left_alone() {
    let test = TestStore::new();
    let (off, error) = (test.agent("off", 1), test.agent("error", 1));
    let removed = test.agent("removed", 1);
    set_status(&test, &off, AgentStatus::Offline);
    set_status(&test, &error, AgentStatus::Error);
    test.store
        .write(|uow| agents::remove(uow, &removed))
        .unwrap();
    assert!(
        sweep(&test, 10).is_empty(),
        "it pinged before it signed off"
    );
    test.advance_seconds(1000);
    assert!(sweep(&test, 10).is_empty());
    bare_ping(&test, &error);
    assert!(sweep(&test, 10).is_empty());
    assert_eq!(test.get_agent(&error).status, AgentStatus::Error);
}

#[test]
fn a_sweep_has_a_limit_and_the_next_one_goes_on() {
    let test = TestStore::new();
    for number in 0..5 {
        agent_with_interval(&test, &format!("a{number}"), 10 + number % 2);
    }
    test.advance_seconds(100);
    assert_eq!(sweep(&test, 2).len(), 2);
    assert_eq!(sweep(&test, 2).len(), 2);
    assert_eq!(sweep(&test, 2).len(), 1);
    assert!(sweep(&test, 2).is_empty());
    for limit in [0, 1001, u32::MAX] {
        let error = test.store.write(|uow| agents::sweep_health(uow, limit));
        let error = error.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.details().column.as_deref(), Some("limit"));
    }
}

#[test]
fn a_sweep_costs_the_same_however_many_agents_are_well_or_gone() {
    watch_new_connections();
    let cost = |agents: usize| {
        let test = TestStore::new();
        let register = |uow: &mut UnitOfWork<'_>| {
            for _ in 0..agents {
                let new = NewAgent::new("A", "claude-code", REPOSITORY);
                let well = agents::register(uow, &new)?;
                let gone = agents::register(uow, &new)?;
                test.clock.advance(Duration::from_millis(1));
                agents::heartbeat(uow, &well.id)?;
                agents::set_status(uow, &gone.id, AgentStatus::Offline, None)?;
            }
            Ok(())
        };
        test.store.write(register).unwrap();
        assert!(
            sweep(&test, 10).is_empty(),
            "the first prepares the statements"
        );
        let (swept, watched) = watch(|| sweep(&test, 10));
        assert!(swept.is_empty());
        watched.steps
    };
    assert_eq!(cost(3), cost(300));
}
