//! A worker's turns: claims that start their tasks, and ends that claim the next ones, each in one commit.

use kernel::services::tasks::{self, Failure};

use super::task_claims::ClaimRequest;
use crate::abi::prelude::*;

/// Takes the next tasks out of the queue as orchestra_task_claim() does, and starts them with the same
/// writes: for workers that run what they get at once.
///
/// `tasks` receives a JSON array of tasks, empty when there is nothing to do. Free it with
/// orchestra_buffer_free(). ORCHESTRA_INVALID_TRANSITION: the agent is offline or broken;
/// ORCHESTRA_NOT_FOUND: there is no such agent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_claim_and_start(
    store: *const orchestra_store,
    claim: *const u8,
    claim_len: usize,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.claim_and_start writes [InvalidTransition, NotFound]; error;
          borrow store, json claim + claim_len -> required tasks => {
        let claim = ClaimRequest::into_claim(claim)?;
        tasks.set_json(&store.write(move |uow| tasks::claim_and_start(uow, &claim))?)?;
    })
}

/// Notes that a running task did what it should, as orchestra_task_complete() does, and takes and starts
/// the next tasks as orchestra_task_claim_and_start() does, in one transaction. An agent has room for a
/// next task again by then; one that was taken off work meanwhile gets none.
///
/// `turn` receives a JSON object: Ended (the task), Claimed (an array of tasks, empty when there is
/// nothing to do). Free it with orchestra_buffer_free(). ORCHESTRA_CONFLICT: the lease has gone to
/// somebody else, and neither was done; go on with orchestra_task_claim_and_start().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_complete_and_claim(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    result: *const u8,
    result_len: usize,
    claim: *const u8,
    claim_len: usize,
    turn: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.complete_and_claim writes [Conflict]; error; borrow store, id id + id_len,
          optional_id token + token_len, optional_text result + result_len,
          json claim + claim_len -> required turn => {
        let next = ClaimRequest::into_claim(claim)?;
        let result = result.map(str::to_owned);
        let done = store.write(move |uow| {
            tasks::complete_and_claim(uow, &id, token.as_ref(), result.as_deref(), &next)
        })?;
        turn.set_json(&done)?;
    })
}

/// Notes that a run failed, and why, as orchestra_task_fail() does, and takes and starts the next tasks
/// as orchestra_task_complete_and_claim() does, in one transaction.
///
/// `turn` receives a JSON object: Ended (the task), Claimed (an array of tasks, empty when there is
/// nothing to do). Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_fail_and_claim(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    message: *const u8,
    message_len: usize,
    permanent: i32,
    claim: *const u8,
    claim_len: usize,
    turn: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.fail_and_claim writes; error; borrow store, id id + id_len,
          optional_id token + token_len, text message + message_len, flag permanent,
          json claim + claim_len -> required turn => {
        let next = ClaimRequest::into_claim(claim)?;
        let failure = Failure {
            message: message.to_owned(),
            permanent,
        };
        let done = store
            .write(move |uow| tasks::fail_and_claim(uow, &id, token.as_ref(), &failure, &next))?;
        turn.set_json(&done)?;
    })
}
