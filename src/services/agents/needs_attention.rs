//! Agents that need a person's attention, and why.

use serde::Serialize;

use super::query::list;
use super::status::is_alive;
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::agent_health::Ended;
use crate::tables::{Agent, agent_health as rows};
use crate::types::{AgentStatus, TimeSpan, Timestamp};

/// Period before now in which failures are counted.
const WINDOW: TimeSpan = TimeSpan::from_ticks(TimeSpan::TICKS_PER_DAY);
/// Fewest ended tasks from which a failure rate is judged.
const LEAST_EVIDENCE: i64 = 5;

/// Reason why an agent needs attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "Reason", rename_all_fields = "PascalCase")]
pub enum MaintenanceReason {
    /// The agent reported [`AgentStatus::Error`].
    Error,
    /// The agent has sent no heartbeat for five of its health intervals.
    NoPing {
        /// Time of its last heartbeat.
        last_ping: Timestamp,
    },
    /// At least five of the agent's tasks ended in the last 24 hours, and more than half of them failed.
    ManyFailures {
        /// Number of tasks that completed or failed.
        ended: i64,
        /// Number of tasks that failed.
        failed: i64,
    },
    /// The agent holds tasks whose leases have expired.
    ExpiredLeases {
        /// Number of such tasks.
        count: i64,
    },
}

/// An agent that needs attention.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentMaintenance {
    /// Row of the agent.
    #[serde(flatten)]
    pub agent: Agent,
    /// Reasons, at least one.
    pub reasons: Vec<MaintenanceReason>,
}

/// Returns the agents that need attention, by id, each with all its reasons.
///
/// The cost is that of reading all agents, the tasks that ended in the last 24 hours, and the expired leases.
pub fn list_requiring_maintenance(reader: &mut Reader<'_>) -> Result<Vec<AgentMaintenance>> {
    let now = reader.now();
    let ended = rows::count_ended_by_agent(reader.conn(), now - WINDOW)?;
    let expired = rows::count_expired_by_agent(reader.conn(), now)?;
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
