//! Which agents a person should look after, and why.

use serde::Serialize;

use super::query::list;
use super::status::is_alive;
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::agent_health::Ended;
use crate::tables::{Agent, agent_health as rows};
use crate::types::{AgentStatus, TimeSpan, Timestamp};

/// How far back failures are counted.
const WINDOW: TimeSpan = TimeSpan::from_ticks(TimeSpan::TICKS_PER_DAY);
/// With fewer ended tasks nothing is said about failures.
const LEAST_EVIDENCE: i64 = 5;

/// Why an agent is to be looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "Reason", rename_all_fields = "PascalCase")]
pub enum MaintenanceReason {
    /// It says that it can't work.
    Error,
    /// It gave no sign of life for five of its health intervals.
    NoPing {
        /// When it last did.
        last_ping: Timestamp,
    },
    /// Of at least five tasks that ended in the last 24 hours, more than half failed.
    ManyFailures {
        /// How many ended; cancelled ones don't count.
        ended: i64,
        /// How many of these failed.
        failed: i64,
    },
    /// It holds tasks whose leases have ended.
    ExpiredLeases {
        /// How many.
        count: i64,
    },
}

/// An agent that is to be looked after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentMaintenance {
    /// The agent.
    #[serde(flatten)]
    pub agent: Agent,
    /// Why, at least one.
    pub reasons: Vec<MaintenanceReason>,
}

/// Returns the agents that are to be looked after, by id, each with all its reasons.
///
/// Reads all agents, the tasks that ended in the last 24 hours, and the expired leases.
pub fn list_requiring_maintenance(reader: &mut Reader<'_>) -> Result<Vec<AgentMaintenance>> {
    let now = reader.now();
    let ended = rows::count_ended_by_agent(reader.connection(), now - WINDOW)?;
    let expired = rows::count_expired_by_agent(reader.connection(), now)?;
    let reasons = |agent: &Agent| -> Vec<MaintenanceReason> {
        let found = [
            has_error(agent),
            no_ping(agent, now),
            ended.get(&agent.id).and_then(many_failures),
            expired
                .get(&agent.id)
                .map(|&count| MaintenanceReason::ExpiredLeases { count }),
        ];
        found.into_iter().flatten().collect()
    };
    let agents = list(reader)?.into_iter();
    let examined = agents.map(|agent| AgentMaintenance {
        reasons: reasons(&agent),
        agent,
    });
    Ok(examined.filter(|agent| !agent.reasons.is_empty()).collect())
}

fn has_error(agent: &Agent) -> Option<MaintenanceReason> {
    (agent.status == AgentStatus::Error).then_some(MaintenanceReason::Error)
}

fn no_ping(agent: &Agent, now: Timestamp) -> Option<MaintenanceReason> {
    let last_ping = agent.last_ping;
    (!is_alive(agent, now)).then_some(MaintenanceReason::NoPing { last_ping })
}

fn many_failures(ended: &Ended) -> Option<MaintenanceReason> {
    let Ended { completed, failed } = *ended;
    let ended = completed + failed;
    let is_due = ended >= LEAST_EVIDENCE && failed > completed;
    is_due.then_some(MaintenanceReason::ManyFailures { ended, failed })
}
