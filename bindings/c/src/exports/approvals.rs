//! Approvals: questions of agents to people, each decided once.

use kernel::services::approvals;

use crate::abi::prelude::*;

/// Asks people for a decision, which is made once.
///
/// `approval` is a JSON object: AgentId, the agent that asks; optional Id (a new one is made),
/// SessionId (1 to 128 characters), ExpiresAt (ISO 8601, in the future; when it is too late to
/// decide), RequestDetails (any JSON).
///
/// `requested` receives the request as orchestra_approval_get() gives it; it may be NULL. Free it
/// with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such agent;
/// ORCHESTRA_ALREADY_EXISTS: the Id is in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_approval_request(
    store: *const orchestra_store,
    approval: *const u8,
    approval_len: usize,
    requested: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(approvals.request writes [NotFound, AlreadyExists]; error;
          borrow store, json approval + approval_len -> optional requested => {
        requested.set_json(&store.write(move |uow| approvals::request(uow, &approval))?)?;
    })
}

/// Looks a request for approval up.
///
/// `approval` receives a JSON object with all columns of the table ApprovalRequests under their
/// names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such request,
/// which all functions that take the id of one can answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_approval_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    approval: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(approvals.get reads [NotFound]; error;
          borrow store, id id + id_len -> required approval => {
        approval.set_json(&store.read(|reader| approvals::get(reader, &id))?)?;
    })
}

/// Lists the requests that can be decided now, the oldest first, at most `limit`, 1 to 1000.
///
/// `agent_id` may be NULL for those of all agents. `approvals` receives a JSON array of requests.
/// Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_approval_list_waiting(
    store: *const orchestra_store,
    agent_id: *const u8,
    agent_id_len: usize,
    limit: u32,
    approvals: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(approvals.list_waiting reads; error;
          borrow store, optional_id agent_id + agent_id_len -> required approvals => {
        let waiting =
            store.read(|reader| approvals::list_waiting(reader, agent_id.as_ref(), limit))?;
        approvals.set_json(&waiting)?;
    })
}

/// Grants what was asked for.
///
/// `decision` is a JSON object with any of DecidedBy (1 to 128 characters; the acting user if it is
/// absent), Reason (up to 500 characters), ResumeSession (true: the session of the request goes on
/// now, in the same transaction; it is active, with a new LastResumedAt); NULL is `{}`. `approval` receives the request; it may be
/// NULL. Free it with orchestra_buffer_free(). ORCHESTRA_INVALID_TRANSITION: it was decided or
/// cancelled before, or has expired; the details have which as From.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_approval_approve(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    decision: *const u8,
    decision_len: usize,
    approval: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(approvals.approve writes [InvalidTransition]; error; borrow store, id id + id_len,
          json_or_default decision + decision_len -> optional approval => {
        approval.set_json(&store.write(move |uow| approvals::approve(uow, &id, &decision))?)?;
    })
}

/// Denies what was asked for. Otherwise as orchestra_approval_approve().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_approval_reject(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    decision: *const u8,
    decision_len: usize,
    approval: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(approvals.reject writes; error; borrow store, id id + id_len,
          json_or_default decision + decision_len -> optional approval => {
        approval.set_json(&store.write(move |uow| approvals::reject(uow, &id, &decision))?)?;
    })
}

/// Withdraws a request, for a reason of up to 500 characters or NULL; one that has expired too.
///
/// `approval` receives the request; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it was decided or cancelled before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_approval_cancel(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    reason: *const u8,
    reason_len: usize,
    approval: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(approvals.cancel writes [InvalidTransition]; error;
          borrow store, id id + id_len, optional_text reason + reason_len -> optional approval => {
        let reason = reason.map(str::to_owned);
        let cancelled = store.write(move |uow| approvals::cancel(uow, &id, reason.as_deref()))?;
        approval.set_json(&cancelled)?;
    })
}

/// Cancels requests that have expired, the longest ago first, at most `limit`, 1 to 1000; a host
/// calls it now and then, until it returns less.
///
/// `ids` receives a JSON array of the ids of these; it may be NULL. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_approval_expire(
    store: *const orchestra_store,
    limit: u32,
    ids: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(approvals.expire writes; error; borrow store -> optional ids => {
        ids.set_json(&store.write(move |uow| approvals::expire(uow, limit))?)?;
    })
}
