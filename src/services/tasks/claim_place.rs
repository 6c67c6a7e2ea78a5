//! Where a claim looks for its tasks, and how many it has room for.

use super::claim::{Claim, Claimant};
use super::pick;
use crate::error::{Error, Result};
use crate::rows::{Entity as _, Reader};
use crate::services::{agents, code_repositories};
use crate::tables::claim_views::{self, ClaimView};
use crate::tables::claimable_tasks::Lane;
use crate::tables::{Agent, Task};

/// Part of the queue that a claim is served from.
#[derive(Debug)]
pub(super) struct ClaimPlace {
    /// Agent that claims, if one does.
    pub(super) agent: Option<Agent>,
    /// Tasks that are assigned to the agent.
    held: i64,
    path: String,
    view: ClaimView,
}

impl ClaimPlace {
    /// Returns the place of a claim. Fails if its agent doesn't exist or was removed.
    pub(super) fn of(reader: &mut Reader<'_>, claim: &Claim) -> Result<Self> {
        let now = reader.now();
        match &claim.by {
            Claimant::Agent(id) => {
                let found = claim_views::of_agent(reader.conn(), id, now)?;
                let found = found.filter(|(agent, ..)| !agent.is_deleted);
                let (agent, held, view) = found.ok_or_else(|| Error::not_found(Agent::NAME, id))?;
                reader.keep_seen(&agent);
                Ok(Self {
                    path: code_repositories::registered_path(reader, &agent.repository_path)?,
                    agent: Some(agent),
                    held,
                    view,
                })
            }
            Claimant::Worker {
                repository_path, ..
            } => Ok(Self {
                agent: None,
                held: 0,
                path: code_repositories::registered_path(reader, repository_path)?,
                view: claim_views::of_worker(reader.conn(), now)?,
            }),
        }
    }

    /// Returns the agent that claims if it is neither idle nor busy, and so may not.
    pub(super) fn away(&self) -> Option<&Agent> {
        let agent = self.agent.as_ref();
        agent.filter(|agent| !agents::is_at_work(agent))
    }

    /// Returns how many of `wanted` tasks the claimant has room for, when it is about to hold `more`
    /// besides those that it holds.
    pub(super) fn room_for(&self, wanted: u32, more: i64) -> u32 {
        let Some(agent) = &self.agent else {
            return wanted;
        };
        let room = (i64::from(agent.max_concurrent_tasks) - self.held - more).max(0);
        u32::try_from(room).unwrap_or(u32::MAX).min(wanted)
    }

    /// Returns the next tasks of the claim, at most `limit`, whatever its own limit is.
    pub(super) fn next(
        &self,
        reader: &mut Reader<'_>,
        claim: &Claim,
        limit: u32,
    ) -> Result<Vec<Task>> {
        let open = if self.path == code_repositories::ANY_PATH {
            Lane::Open
        } else {
            Lane::OpenIn(&self.path)
        };
        let pinned = self.agent.as_ref().filter(|_| self.view.has_pinned);
        let lanes: Vec<_> = (pinned.map(|agent| Lane::PinnedTo(&agent.id)).into_iter())
            .chain([open])
            .collect();
        pick::next(reader, &self.view, &lanes, &claim.queues, limit)
    }
}
