//! Claims that wait until there is a task for them.

use std::time::Duration;

use kernel::services::tasks;

use super::task_claims::ClaimRequest;
use crate::abi::prelude::*;

/// Takes the next tasks out of the queue as orchestra_task_claim() does, and waits at most `timeout_ms`
/// until there is one; 0 doesn't wait.
///
/// The wait ends with anything that makes a task claimable, whichever process does it: a task is
/// enqueued, comes back, becomes due, or has its last dependency completed; a queue or a workflow is
/// resumed; the agent has room again, or is back. An agent that is offline or broken waits as well.
/// While it waits, the call reads nothing and holds no lock: one thread of the process looks for all of
/// them. The store's time limit of operations doesn't end it.
///
/// `tasks` receives a JSON array of tasks, empty when there was nothing to do in that time. Free it with
/// orchestra_buffer_free().
///
/// ORCHESTRA_CANCELLED: its orchestra_cancel was set; ORCHESTRA_CLOSED: the store was closed meanwhile;
/// ORCHESTRA_NOT_FOUND: there is no such agent; ORCHESTRA_MISUSE: `store` is that of a transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_claim_waiting(
    store: *const orchestra_store,
    claim: *const u8,
    claim_len: usize,
    timeout_ms: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.claim_waiting writes [Cancelled, Closed, NotFound, Misuse]; error;
          whole store, json claim + claim_len -> required tasks => {
        let claim = ClaimRequest::into_claim(claim)?;
        let timeout = Duration::from_millis(timeout_ms.into());
        tasks.set_json(&store.claim_waiting(&claim, timeout, tasks::claim)?)?;
    })
}

/// Takes the next tasks out of the queue and starts them as orchestra_task_claim_and_start() does, and
/// waits at most `timeout_ms` until there is one, as orchestra_task_claim_waiting() does.
///
/// `tasks` receives a JSON array of tasks, empty when there was nothing to do in that time. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_claim_and_start_waiting(
    store: *const orchestra_store,
    claim: *const u8,
    claim_len: usize,
    timeout_ms: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.claim_and_start_waiting writes; error;
          whole store, json claim + claim_len -> required tasks => {
        let claim = ClaimRequest::into_claim(claim)?;
        let timeout = Duration::from_millis(timeout_ms.into());
        tasks.set_json(&store.claim_waiting(&claim, timeout, tasks::claim_and_start)?)?;
    })
}
