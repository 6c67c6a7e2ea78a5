//! Detecting agents whose heartbeats stopped, and those that are back.

use serde::Serialize;

use super::status::{HEALTH_INTERVALS, is_alive, set_working};
use crate::error::Result;
use crate::rows::{UnitOfWork, room_left};
use crate::tables::{Agent, AgentId, agent_health as rows};
use crate::types::{AgentStatus, TimeSpan};
use crate::validate;

/// Most agents that one sweep changes.
const MAX_BATCH: u32 = 1000;

/// Agents that a sweep changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthSweep {
    /// Agents that are now offline because their heartbeats stopped.
    pub went_offline: Vec<AgentId>,
    /// Agents that were offline, have sent a heartbeat since, and are now idle or busy.
    pub came_back: Vec<AgentId>,
    /// Agents whose last heartbeat was in the future, by a clock that was wrong, and counts as one of now.
    pub corrected: Vec<AgentId>,
}

impl HealthSweep {
    /// Returns the number of agents that changed.
    pub fn len(&self) -> usize {
        self.went_offline.len() + self.came_back.len() + self.corrected.len()
    }

    /// Returns true if no agent changed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Marks agents offline whose last heartbeat is older than five of their health intervals, and brings those back that
/// are offline and have sent a heartbeat since: at most `limit` agents, 1 to 1000. A heartbeat from the future, by a clock
/// that was wrong, counts as one of now. Repeat it, each time in a transaction of its own, until it changes fewer.
///
/// An agent in [`AgentStatus::Error`] keeps its state, and so does one that was set offline, until its next heartbeat.
/// The sweep itself never counts as a heartbeat. It leaves the tasks that an agent holds to
/// [`rescue_expired`](crate::services::tasks::rescue_expired).
///
/// An index finds the agents that are due: the cost grows with the agents that change and with the number of
/// different health intervals, not with the healthy agents.
pub fn sweep_health(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<HealthSweep> {
    validate::number("limit", limit, 1..=MAX_BATCH)?;
    let corrected = correct_pings(uow, limit)?;
    let room = room_left(limit, corrected.len());
    let came_back = bring_back(uow, room)?;
    let went_offline = mark_offline(uow, room_left(room, came_back.len()))?;
    Ok(HealthSweep {
        went_offline,
        came_back,
        corrected,
    })
}

/// Moves heartbeats from the future to now: otherwise their agents would count as alive until then.
pub(crate) fn correct_pings(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<Vec<AgentId>> {
    let (now, latest) = (uow.now(), uow.latest_present());
    let mut ids = Vec::new();
    for mut agent in rows::pinged_after(uow.conn(), latest, limit)? {
        tracing::warn!(agent = %agent.id, last_ping = %agent.last_ping, "the heartbeat of an agent is in the future");
        agent.last_ping = now;
        uow.update(&mut agent)?;
        ids.push(agent.id);
    }
    Ok(ids)
}

fn bring_back(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<Vec<AgentId>> {
    let now = uow.now();
    let mut pinged = rows::pinged_while_offline(uow.conn(), limit)?;
    pinged.retain(|agent| is_alive(agent, now));
    let mut ids = Vec::new();
    for mut agent in pinged {
        set_working(uow, &mut agent)?;
        uow.update(&mut agent)?;
        ids.push(agent.id);
    }
    Ok(ids)
}

fn mark_offline(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<Vec<AgentId>> {
    let mut ids = Vec::new();
    let mut interval = rows::next_interval(uow.conn(), None)?;
    while let Some(current) = interval {
        for mut agent in silent(uow, current, room_left(limit, ids.len()))? {
            agent.status = AgentStatus::Offline;
            uow.update(&mut agent)?;
            ids.push(agent.id);
        }
        if room_left(limit, ids.len()) == 0 {
            break;
        }
        interval = rows::next_interval(uow.conn(), Some(current))?;
    }
    Ok(ids)
}

fn silent(uow: &mut UnitOfWork<'_>, interval: TimeSpan, limit: u32) -> Result<Vec<Agent>> {
    let patience = interval.ticks().saturating_mul(HEALTH_INTERVALS.into());
    let before = uow.now() - TimeSpan::from_ticks(patience);
    Ok(rows::silent(uow.conn(), interval, before, limit)?)
}
