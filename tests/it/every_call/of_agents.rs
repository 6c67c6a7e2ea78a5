//! Calls about agents, their sessions and their approvals.

use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::Result;
use orchestra_store::models::{AgentId, AgentSession, ApprovalRequest, ApprovalRequestId};
use orchestra_store::query::Specification;
use orchestra_store::schema::{agent_sessions, agents as agent_columns, approval_requests};
use orchestra_store::services::agents::sessions::{self, NewSession, SessionReport, SessionUsage};
use orchestra_store::services::agents::{
    self, AgentPerformanceMetrics, AgentReport, Measurement, NewAgent,
};
use orchestra_store::services::approvals::{self, Decision, NewApproval};
use orchestra_store::types::{AgentStatus, ApprovalStatus, FieldChange, SessionStatus, TimeSpan};

use super::Call;
use super::world::World;

pub const CALLS: &[(&str, Call)] = &[
    ("agents::register", register),
    ("agents::remove", remove),
    ("agents::set_status", set_status),
    ("agents::heartbeat", heartbeat),
    ("agents::report", report),
    ("agents::sweep_health", sweep_health),
    (
        "agents::update_performance_metrics",
        update_performance_metrics,
    ),
    ("sessions::open", open),
    ("sessions::add_usage", add_usage),
    ("sessions::report", report_of_session),
    ("sessions::pause", pause),
    ("sessions::resume", resume),
    ("sessions::mark_error", mark_error),
    ("sessions::close", close),
    ("approvals::request", request),
    ("approvals::approve", approve),
    ("approvals::reject", reject),
    ("approvals::cancel", cancel),
    ("approvals::expire", expire),
];

fn register(world: &mut World) -> Result<()> {
    let mut new = NewAgent::new("Grace", "codex", world.path());
    new.max_concurrent_tasks = 10;
    if world.random.happens(600) {
        // One that is there, or was removed.
        let known = world.draw(&Specification::new().with_deleted());
        new.id = known.map(|agent: orchestra_store::models::Agent| agent.id);
    }
    if world.slips() {
        new.name = String::new();
    }
    let agent = world.write(|uow| agents::register(uow, &new))?;
    world.effect.works(&agent.id);
    Ok(())
}

fn remove(world: &mut World) -> Result<()> {
    let agent = match world.random.happens(200) {
        true => world.agent(),
        false => world.free_agent(),
    };
    let id = world.id(&agent.id);
    world.write(|uow| agents::remove(uow, &id))
}

fn set_status(world: &mut World) -> Result<()> {
    let agent = world.agent();
    let status = world.pick(AgentStatus::ALL);
    // One that is busy without a task says with what.
    let doing = (status == AgentStatus::Busy).then_some("the host's own work");
    let id = world.id(&agent.id);
    world.write(|uow| agents::set_status(uow, &id, status, doing))?;
    world.effect.is_stated(&id);
    Ok(())
}

fn report(world: &mut World) -> Result<()> {
    let agent = world.agent();
    let status = world.pick(AgentStatus::ALL);
    let report = AgentReport {
        status: Some(status),
        current_task: FieldChange::Set("the host's own work".to_owned()),
        ..AgentReport::default()
    };
    let id = world.id(&agent.id);
    world.write(|uow| agents::report(uow, &id, &report))?;
    world.effect.is_stated(&id);
    Ok(())
}

fn heartbeat(world: &mut World) -> Result<()> {
    let away = [AgentStatus::Offline, AgentStatus::Unknown];
    let which = Specification::new().filter(agent_columns::status.eq_any(away));
    let agent = world.draw(&which).unwrap_or_else(|| world.agent());
    let id: AgentId = world.id(&agent.id);
    world.write(|uow| agents::heartbeat(uow, &id))?;
    if away.contains(&agent.status) {
        world.effect.works(&id);
    }
    Ok(())
}

fn sweep_health(world: &mut World) -> Result<()> {
    let limit = world.random.number(1..20) as u32;
    let sweep = world.write(|uow| agents::sweep_health(uow, limit))?;
    for id in &sweep.came_back {
        world.effect.works(id);
    }
    for id in &sweep.went_offline {
        world.effect.is_stated(id);
    }
    Ok(())
}

fn update_performance_metrics(world: &mut World) -> Result<()> {
    let agent = world.agent();
    let measured = AgentPerformanceMetrics {
        tasks_completed: world.random.number(0..5) as i64,
        tasks_failed: 1,
        execution_time: TimeSpan::from(Duration::from_secs(7)),
        measurements: vec![Measurement {
            metric_name: "Load".to_owned(),
            metric_value: 0.5,
            metric_unit: None,
        }],
    };
    let id = world.id(&agent.id);
    world.write(|uow| agents::update_performance_metrics(uow, &id, &measured))?;
    Ok(())
}

fn open(world: &mut World) -> Result<()> {
    let agent = world.agent();
    let name = world.name("run");
    let new = NewSession::new(&world.id(&agent.id), name, "/srv");
    world.write(|uow| sessions::open(uow, &new))?;
    Ok(())
}

/// The name of a session in one of these states.
fn session(world: &mut World, states: &[SessionStatus]) -> String {
    if world.slips() {
        return "nobody".to_owned();
    }
    let which = Specification::new().filter(agent_sessions::status.eq_any(states.to_vec()));
    if let Some(found) = world.draw::<AgentSession>(&which) {
        return found.session_id;
    }
    let agent = world.agent();
    let new = NewSession::new(&agent.id, world.name("run"), "/srv");
    world.write(|uow| sessions::open(uow, &new)).unwrap();
    if states == [SessionStatus::Paused] {
        let pause = world.write(|uow| sessions::pause(uow, &new.session_id));
        pause.unwrap();
    }
    new.session_id
}

fn add_usage(world: &mut World) -> Result<()> {
    let name = session(world, SessionStatus::ALL);
    let usage = SessionUsage {
        cost_usd: 0.25,
        duration_ms: 40,
        messages: 1,
    };
    world.write(|uow| sessions::add_usage(uow, &name, &usage))?;
    Ok(())
}

fn report_of_session(world: &mut World) -> Result<()> {
    let name = session(world, &[SessionStatus::Active, SessionStatus::Paused]);
    let report = SessionReport {
        status: Some(world.pick(&[SessionStatus::Active, SessionStatus::Paused])),
        working_directory: Some("/opt".to_owned()),
        ..SessionReport::default()
    };
    world.write(|uow| sessions::report(uow, &name, &report))?;
    Ok(())
}

fn pause(world: &mut World) -> Result<()> {
    let name = session(world, &[SessionStatus::Active]);
    world.write(|uow| sessions::pause(uow, &name))?;
    Ok(())
}

fn resume(world: &mut World) -> Result<()> {
    let name = session(world, &[SessionStatus::Paused]);
    world.write(|uow| sessions::resume(uow, &name))?;
    Ok(())
}

fn mark_error(world: &mut World) -> Result<()> {
    let name = session(world, &[SessionStatus::Active, SessionStatus::Paused]);
    world.write(|uow| sessions::mark_error(uow, &name))?;
    Ok(())
}

fn close(world: &mut World) -> Result<()> {
    let open = [
        SessionStatus::Active,
        SessionStatus::Paused,
        SessionStatus::Error,
    ];
    let name = session(world, &open);
    world.write(|uow| sessions::close(uow, &name))?;
    Ok(())
}

fn new_request(world: &mut World) -> NewApproval {
    let agent = world.agent();
    let mut new = NewApproval::new(&agent.id);
    if world.random.happens(200) {
        let soon = Duration::from_secs(world.random.number(1..300));
        new.expires_at = Some(world.now() + soon);
    }
    new
}

fn request(world: &mut World) -> Result<()> {
    let mut new = new_request(world);
    new.agent_id = world.id(&new.agent_id);
    world.write(|uow| approvals::request(uow, &new))?;
    Ok(())
}

fn waiting(world: &mut World) -> ApprovalRequestId {
    let which = Specification::new()
        .filter(approval_requests::status.eq(ApprovalStatus::Pending))
        .filter(approval_requests::expires_at.is_null());
    let found = world.draw::<ApprovalRequest>(&which).map(|row| row.id);
    let waiting = found.unwrap_or_else(|| {
        let mut new = new_request(world);
        new.expires_at = None;
        let request = world.write(|uow| approvals::request(uow, &new));
        request.unwrap().id
    });
    world.id(&waiting)
}

fn decision() -> Decision {
    Decision {
        decided_by: Some("ann".to_owned()),
        reason: Some("fine".to_owned()),
        resume_session: false,
    }
}

fn approve(world: &mut World) -> Result<()> {
    let id = waiting(world);
    world.write(|uow| approvals::approve(uow, &id, &decision()))?;
    Ok(())
}

fn reject(world: &mut World) -> Result<()> {
    let id = waiting(world);
    world.write(|uow| approvals::reject(uow, &id, &decision()))?;
    Ok(())
}

fn cancel(world: &mut World) -> Result<()> {
    let id = waiting(world);
    world.write(|uow| approvals::cancel(uow, &id, Some("too late")))?;
    Ok(())
}

fn expire(world: &mut World) -> Result<()> {
    world.write(|uow| approvals::expire(uow, 10))?;
    Ok(())
}
