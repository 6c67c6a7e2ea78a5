//! Handing out pending tasks to idle agents, for hosts that push work instead of letting agents claim it.

use std::time::Duration;

use super::claim::{Claim, claim};
use crate::error::Result;
use crate::rows::{UnitOfWork, room_left};
use crate::services::agents;
use crate::tables::Task;
use crate::types::AgentStatus;
use crate::validate;

/// Claims the next task for each idle agent, in the order of [`agents::find_available`], at most `limit` tasks, and
/// returns them. Each is assigned and leased to its agent as by [`claim`](super::claim): the host passes it on, with its
/// lease token.
///
/// `lease` is the length of the leases; `None`: the store's default. The cost grows with the number of available agents.
pub fn assign_pending(
    uow: &mut UnitOfWork<'_>,
    limit: u32,
    lease: Option<Duration>,
) -> Result<Vec<Task>> {
    validate::limit(limit)?;
    let mut agents = agents::find_available(uow, None)?;
    agents.retain(|agent| agent.status == AgentStatus::Idle);
    let mut assigned = Vec::new();
    for agent in agents {
        if room_left(limit, assigned.len()) == 0 {
            break;
        }
        let one = Claim {
            lease,
            ..Claim::agent(&agent.id)
        };
        assigned.extend(claim(uow, &one)?);
    }
    Ok(assigned)
}
