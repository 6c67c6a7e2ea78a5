//! A claimed task, as its worker sees it: start, heartbeat, and how it ended.

use kernel::services::tasks::{self, Failure, TaskProgress};

use crate::abi::prelude::*;

/// Notes that a task runs now.
///
/// A claimed task needs the token of its lease. One that nobody claimed is started with a NULL token,
/// by hosts that hand out the work themselves.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_CONFLICT: the token is not that of the task's lease; ORCHESTRA_INVALID_TRANSITION: it
/// runs already or has ended; ORCHESTRA_NOT_FOUND: there is no such task. These three mean the same
/// for every function that takes a token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_start(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.start writes [Conflict, InvalidTransition, NotFound]; error;
          borrow store, id id + id_len, optional_id token + token_len -> optional task => {
        task.set_json(&store.write(move |uow| tasks::start(uow, &id, token.as_ref()))?)?;
    })
}

/// Extends the lease of a claimed task to `extend_ms` from now, or to the store's default if that is
/// 0. It is no sign of life of the agent: that is orchestra_agent_heartbeat().
///
/// `lease_expires_at` receives when the lease ends now, in milliseconds since 1970, UTC;
/// `cancel_requested` 1 if the worker is to stop and call orchestra_task_acknowledge_cancel(),
/// otherwise 0. Both may be NULL. ORCHESTRA_CONFLICT: the lease has gone to somebody else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_heartbeat(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    extend_ms: u32,
    lease_expires_at: *mut i64,
    cancel_requested: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.heartbeat writes [Conflict]; error;
          borrow store, id id + id_len, id token + token_len, millis extend_ms
          -> optional lease_expires_at, optional cancel_requested => {
        let heartbeat = store.write(move |uow| tasks::heartbeat(uow, &id, &token, extend_ms))?;
        lease_expires_at.set(heartbeat.lease_expires_at.unix_millis());
        cancel_requested.set(heartbeat.cancel_requested.into());
    })
}

/// Notes how far a running task is: 0 to 100, and a text or NULL.
///
/// Less than before is ORCHESTRA_INVALID_ARGUMENT unless `may_go_back` is not 0. `task` receives the
/// task; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_update_progress(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    percentage: i32,
    message: *const u8,
    message_len: usize,
    may_go_back: i32,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.update_progress writes [InvalidArgument]; error;
          borrow store, id id + id_len, optional_id token + token_len,
          optional_text message + message_len, flag may_go_back -> optional task => {
        let progress = TaskProgress {
            percentage,
            message: message.map(str::to_owned),
            may_go_back,
            ..TaskProgress::default()
        };
        let updated =
            store.write(move |uow| tasks::update_progress(uow, &id, token.as_ref(), &progress))?;
        task.set_json(&updated)?;
    })
}

/// Notes that a running task did what it should, with its result or NULL. The statistics of its agent
/// and its repository follow in the same transaction.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_CONFLICT: the lease has gone to somebody else, and the result is not wanted any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_complete(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    result: *const u8,
    result_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.complete writes [Conflict]; error; borrow store, id id + id_len,
          optional_id token + token_len, optional_text result + result_len -> optional task => {
        let result = result.map(str::to_owned);
        let completed =
            store.write(move |uow| tasks::complete(uow, &id, token.as_ref(), result.as_deref()))?;
        task.set_json(&completed)?;
    })
}

/// Notes that a run failed, and why. A task that has retries left waits for its backoff and is
/// pending again, unless `permanent` is not 0; otherwise it has failed. One that was asked to stop
/// is cancelled.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_fail(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    message: *const u8,
    message_len: usize,
    permanent: i32,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.fail writes; error; borrow store, id id + id_len, optional_id token + token_len,
          text message + message_len, flag permanent -> optional task => {
        let failure = Failure {
            message: message.to_owned(),
            permanent,
        };
        let failed = store.write(move |uow| tasks::fail(uow, &id, token.as_ref(), &failure))?;
        task.set_json(&failed)?;
    })
}

/// Notes that a worker stopped a task that it was asked to cancel, or that it cancels by itself.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_acknowledge_cancel(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.acknowledge_cancel writes; error;
          borrow store, id id + id_len, id token + token_len -> optional task => {
        task.set_json(&store.write(move |uow| tasks::acknowledge_cancel(uow, &id, &token))?)?;
    })
}

/// Gives a claimed task back: it is pending again, at once and for anyone, and this doesn't count as
/// a run. One that was asked to stop is cancelled. A task that runs without a lease is given back
/// with a NULL token.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_release(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.release writes; error;
          borrow store, id id + id_len, optional_id token + token_len -> optional task => {
        task.set_json(&store.write(move |uow| tasks::release(uow, &id, token.as_ref()))?)?;
    })
}

/// Brings a task into a state, whatever its present one is: a pending task that is to be completed is
/// started first, a failed one is retried. A task that is in the state already stays as it is.
///
/// `report` is a JSON object: Status (Pending, Assigned, InProgress, Completed, Failed, Cancelled);
/// optional AgentId (who has the task, which is pinned to it; Assigned needs one), Result and Metrics
/// (for any end; as for orchestra_task_complete_with_metrics()), ErrorMessage (Failed, Cancelled),
/// Retry (true: a failed task that has retries left is pending again). `token` is that of the task's
/// lease, or NULL where it has none.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_CONFLICT: the token is not that of the task's lease; ORCHESTRA_INVALID_TRANSITION: no
/// steps lead there, as from a task that has completed; ORCHESTRA_INVALID_ARGUMENT names a property
/// that doesn't belong to the state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_set_status(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    report: *const u8,
    report_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.set_status writes [Conflict, InvalidTransition, InvalidArgument]; error;
          borrow store, id id + id_len, optional_id token + token_len,
          json report + report_len -> optional task => {
        let set = store.write(move |uow| tasks::set_status(uow, &id, token.as_ref(), &report))?;
        task.set_json(&set)?;
    })
}
