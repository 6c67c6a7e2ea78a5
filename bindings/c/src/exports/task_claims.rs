//! Claiming: taking tasks out of the queue so that nobody else gets them.

use std::time::Duration;

use kernel::models::AgentId;
use kernel::services::tasks::{self, Claim, Claimant};
use kernel::types::TimeSpan;
use kernel::{Error, Result};
use serde::Deserialize;

use crate::abi::json::duration;
use crate::abi::prelude::*;

/// Takes the next tasks out of the queue for an agent, at most `limit` and no more than it has room
/// for: the highest priority first, then what became available first. It gets what is meant for it
/// alone and what is open in its repository.
///
/// The tasks are assigned and leased for `lease_ms`, or for the store's default if that is 0; until
/// the lease ends they belong to who shows its token. `tasks` receives a JSON array of tasks, empty
/// when there is nothing to do; the token is LeaseToken in each, the same for all of one claim. Free
/// it with orchestra_buffer_free().
///
/// ORCHESTRA_INVALID_TRANSITION: the agent is offline or broken; ORCHESTRA_NOT_FOUND: there is no
/// such agent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_claim_for_agent(
    store: *const orchestra_store,
    agent_id: *const u8,
    agent_id_len: usize,
    limit: u32,
    lease_ms: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.claim_for_agent writes [InvalidTransition, NotFound]; error;
          borrow store, id agent_id + agent_id_len, millis lease_ms -> required tasks => {
        let claim = of_any_queue(Claimant::Agent(agent_id), limit, lease_ms);
        tasks.set_json(&store.write(move |uow| tasks::claim(uow, &claim))?)?;
    })
}

/// Takes the next task out of the queue for each idle agent, at most `limit` tasks, in the order of
/// orchestra_agent_find_available(): for hosts that push work to their agents.
///
/// The tasks are leased for `lease_ms`, or for the store's default if that is 0. `tasks` receives them
/// as orchestra_task_claim_for_agent() does, each with its AgentId and LeaseToken. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_assign_pending(
    store: *const orchestra_store,
    limit: u32,
    lease_ms: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.assign_pending writes; error;
          borrow store, millis lease_ms -> required tasks => {
        tasks.set_json(&store.write(move |uow| tasks::assign_pending(uow, limit, lease_ms))?)?;
    })
}

/// Takes the next tasks of a repository (`*` for any) out of the queue for a worker that is no agent,
/// at most `limit`. `worker` is its name, 1 to 128 characters. Otherwise as
/// orchestra_task_claim_for_agent().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_claim_for_repository(
    store: *const orchestra_store,
    repository_path: *const u8,
    repository_path_len: usize,
    worker: *const u8,
    worker_len: usize,
    limit: u32,
    lease_ms: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.claim_for_repository writes; error;
          borrow store, text repository_path + repository_path_len, text worker + worker_len,
          millis lease_ms -> required tasks => {
        let (name, repository_path) = (worker.to_owned(), repository_path.to_owned());
        let by = Claimant::Worker {
            name,
            repository_path,
        };
        let claim = of_any_queue(by, limit, lease_ms);
        tasks.set_json(&store.write(move |uow| tasks::claim(uow, &claim))?)?;
    })
}

/// Takes the next tasks out of the queue as orchestra_task_claim_for_agent() and
/// orchestra_task_claim_for_repository() do, where the tasks may be those of some queues only.
///
/// `claim` is a JSON object: AgentId, or Worker (1 to 128 characters) and RepositoryPath (`*` for
/// any); optional Limit (how many at most, default 1), Lease (`hh:mm:ss`, the store's default where
/// it is absent), QueueNames (an array; those of any queue and of none where it is empty).
///
/// `tasks` receives a JSON array of tasks, empty when there is nothing to do. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_claim(
    store: *const orchestra_store,
    claim: *const u8,
    claim_len: usize,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.claim writes; error; borrow store, json claim + claim_len -> required tasks => {
        let claim = ClaimRequest::into_claim(claim)?;
        tasks.set_json(&store.write(move |uow| tasks::claim(uow, &claim))?)?;
    })
}

fn of_any_queue(by: Claimant, limit: u32, lease: Option<Duration>) -> Claim {
    Claim {
        by,
        limit,
        lease,
        queues: Vec::new(),
    }
}

/// A claim as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ClaimRequest {
    agent_id: Option<AgentId>,
    worker: Option<String>,
    repository_path: Option<String>,
    #[serde(default = "one")]
    limit: u32,
    lease: Option<TimeSpan>,
    #[serde(default)]
    queue_names: Vec<String>,
}

fn one() -> u32 {
    1
}

impl ClaimRequest {
    pub(super) fn into_claim(self) -> Result<Claim> {
        let by = match (self.agent_id, self.worker, self.repository_path) {
            (Some(id), None, None) => Claimant::Agent(id),
            (None, Some(name), Some(repository_path)) => Claimant::Worker {
                name,
                repository_path,
            },
            _ => {
                let reason = "has to have AgentId, or Worker and RepositoryPath";
                return Err(Error::invalid("claim", reason));
            }
        };
        Ok(Claim {
            by,
            limit: self.limit,
            lease: duration("Lease", self.lease)?,
            queues: self.queue_names,
        })
    }
}
