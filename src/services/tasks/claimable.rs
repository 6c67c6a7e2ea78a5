//! Looking for tasks that a claim would get, without claiming them: for claims that wait.

use std::collections::{HashMap, HashSet};

use super::claim::{self, Claim, Claimant};
use super::pick;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::{agents, code_repositories};
use crate::tables::queue_outlook::{self, QueueOutlook};
use crate::tables::tasks::Lane;
use crate::tables::{AgentId, TaskId, assignments};

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

/// Returns the state of the queue, as far as it concerns all claims that wait.
pub(crate) fn outlook(reader: &mut Reader<'_>) -> Result<QueueOutlook> {
    let now = reader.now();
    Ok(queue_outlook::read(reader.connection(), now)?)
}

/// Returns the tasks that a claim would get now if those that are promised were claimed, at most `limit`, whatever
/// the claim's own limit is. An agent that is neither idle nor busy gets none for now.
pub(crate) fn claimable(
    reader: &mut Reader<'_>,
    claim: &Claim,
    promised: &PromisedTasks,
    limit: usize,
) -> Result<Vec<TaskId>> {
    let with_promised = |limit: usize| {
        let limit = limit.saturating_add(promised.tasks.len());
        u32::try_from(limit).unwrap_or(u32::MAX)
    };
    let (tasks, limit) = match &claim.by {
        Claimant::Agent(id) => {
            let agent = agents::get(reader, id)?;
            if !agents::is_at_work(&agent) {
                return Ok(Vec::new());
            }
            let held = assignments::count(reader.connection(), id)?;
            let room = usize::try_from(i64::from(agent.max_concurrent_tasks) - held).unwrap_or(0);
            let about_to_hold = promised.of_agents.get(id).copied().unwrap_or(0);
            let limit = limit.min(room.saturating_sub(about_to_hold));
            if limit == 0 {
                return Ok(Vec::new());
            }
            let path = code_repositories::registered_path(reader, &agent.repository_path)?;
            let lanes = [Lane::PinnedTo(id), claim::open_lane(&path)];
            let tasks = pick::next(reader, &lanes, &claim.queues, with_promised(limit))?;
            (tasks, limit)
        }
        Claimant::Worker {
            repository_path, ..
        } => {
            let path = code_repositories::registered_path(reader, repository_path)?;
            let lanes = [claim::open_lane(&path)];
            let tasks = pick::next(reader, &lanes, &claim.queues, with_promised(limit))?;
            (tasks, limit)
        }
    };
    let ids = tasks.into_iter().map(|task| task.id);
    let free = ids.filter(|id| !promised.tasks.contains(id));
    Ok(free.take(limit).collect())
}

/// Returns whether the claimant is an agent that is neither idle nor busy.
pub(crate) fn is_away(reader: &mut Reader<'_>, claim: &Claim) -> Result<bool> {
    match &claim.by {
        Claimant::Agent(id) => Ok(!agents::is_at_work(&agents::get(reader, id)?)),
        Claimant::Worker { .. } => Ok(false),
    }
}
