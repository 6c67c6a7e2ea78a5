//! Looking for tasks that a claim would get, without claiming them: for claims that wait.

use std::collections::{HashMap, HashSet};

use super::claim::{Claim, Claimant};
use super::claim_place::ClaimPlace;
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::{AgentId, TaskId, queue_outlook};
use crate::types::Timestamp;

/// Tasks that claims were told of, which they are about to take.
#[derive(Debug, Clone, Default)]
pub(crate) struct PromisedTasks {
    tasks: HashSet<TaskId>,
    of_agents: HashMap<AgentId, usize>,
}

impl PromisedTasks {
    pub(crate) fn add(&mut self, claim: &Claim, tasks: &[TaskId]) {
        if let Claimant::Agent(id) = &claim.by {
            *self.of_agents.entry(id.clone()).or_default() += tasks.len();
        }
        self.tasks.extend(tasks.iter().cloned());
    }
}

/// Returns whether there are tasks that some claim may get now, other than those that are promised, at a cost that
/// doesn't depend on the number of tasks.
pub(crate) fn may_have_claimable(
    reader: &mut Reader<'_>,
    promised: &PromisedTasks,
) -> Result<bool> {
    let now = reader.now();
    let limit = u32::try_from(promised.tasks.len()).unwrap_or(u32::MAX);
    let found = queue_outlook::claimable(reader.conn(), now, limit.saturating_add(1))?;
    Ok(found.iter().any(|id| !promised.tasks.contains(id)))
}

/// Returns the earliest time ahead for which a task waits.
pub(crate) fn next_due(reader: &mut Reader<'_>) -> Result<Option<Timestamp>> {
    let now = reader.now();
    Ok(queue_outlook::next_due(reader.conn(), now)?)
}

/// Returns the tasks that a claim would get now if those that are promised were claimed, at most `limit`, whatever
/// the claim's own limit is. An agent that is neither idle nor busy gets none for now.
pub(crate) fn claimable(
    reader: &mut Reader<'_>,
    claim: &Claim,
    promised: &PromisedTasks,
    limit: usize,
) -> Result<Vec<TaskId>> {
    let place = ClaimPlace::of(reader, claim)?;
    let about_to_hold = match &claim.by {
        Claimant::Agent(id) => promised.of_agents.get(id).copied().unwrap_or(0),
        Claimant::Worker { .. } => 0,
    };
    let more = i64::try_from(about_to_hold).unwrap_or(i64::MAX);
    let limit = place.room_for(u32::try_from(limit).unwrap_or(u32::MAX), more);
    if limit == 0 || place.away().is_some() {
        return Ok(Vec::new());
    }
    let ahead = u32::try_from(promised.tasks.len()).unwrap_or(u32::MAX);
    let tasks = place.next(reader, claim, limit.saturating_add(ahead))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let ids = tasks.into_iter().map(|task| task.id);
    let free = ids.filter(|id| !promised.tasks.contains(id));
    Ok(free.take(limit).collect())
}

/// Returns whether the claimant is an agent that is neither idle nor busy.
pub(crate) fn is_away(reader: &mut Reader<'_>, claim: &Claim) -> Result<bool> {
    Ok(ClaimPlace::of(reader, claim)?.away().is_some())
}
