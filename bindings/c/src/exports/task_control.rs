//! Steering tasks: cancelling, retrying and reassigning them, and explaining why one waits.

use kernel::services::tasks;

use crate::abi::prelude::*;

/// Cancels a task, with a reason or NULL.
///
/// One that no worker holds is cancelled at once. One that is leased is asked to stop: its worker
/// learns of it with its next orchestra_task_heartbeat(), and ends it with
/// orchestra_task_acknowledge_cancel(). Asking twice changes nothing.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it has ended; ORCHESTRA_NOT_FOUND: there is no such task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_cancel(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    reason: *const u8,
    reason_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.cancel writes [InvalidTransition, NotFound]; error;
          borrow store, id id + id_len, optional_text reason + reason_len -> optional task => {
        let reason = reason.map(str::to_owned);
        task.set_json(&store.write(move |uow| tasks::cancel(uow, &id, reason.as_deref()))?)?;
    })
}

/// Puts a task that failed or was cancelled back into the queue, at once and with all its retries. A
/// cancelled task of a workflow execution goes with that: orchestra_execution_retry().
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it neither failed nor was cancelled; ORCHESTRA_NOT_FOUND: there is no
/// such task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_retry(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.retry writes [InvalidTransition, NotFound]; error;
          borrow store, id id + id_len -> optional task => {
        task.set_json(&store.write(move |uow| tasks::retry(uow, &id))?)?;
    })
}

/// Takes tasks away from workers that let their leases end, at most `limit`; a host calls it now and
/// then.
///
/// A task that was running counts the run as failed: it is pending again at once while it has
/// retries left, and failed otherwise. One that was only assigned is pending again. One that was
/// asked to stop is cancelled.
///
/// `rescue` receives a JSON object with the ids in Requeued, Failed, Cancelled and Due; it may be NULL. Free
/// it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_rescue_expired(
    store: *const orchestra_store,
    limit: u32,
    rescue: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.rescue_expired writes; error; borrow store -> optional rescue => {
        rescue.set_json(&store.write(move |uow| tasks::rescue_expired(uow, limit))?)?;
    })
}

/// Gives back tasks that are assigned or running without a lease, at most `limit`: what a host
/// without leases, or an import, left behind. They are pending again.
///
/// `count` receives how many these were; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_release_unleased(
    store: *const orchestra_store,
    limit: u32,
    count: *mut u32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.release_unleased writes; error; borrow store -> optional count => {
        let released = store.write(move |uow| tasks::release_unleased(uow, limit))?;
        // No more than `limit`.
        count.set(u32::try_from(released).unwrap_or(u32::MAX));
    })
}

/// Puts the failed tasks that fit back into the queue, as orchestra_task_retry() does with one:
/// those that failed first, at most `limit`, all or none.
///
/// `filter` is what orchestra_task_list() takes; its Status has to be absent or Failed. NULL for
/// all that failed. `tasks` receives a JSON array of the tasks; it may be NULL. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_redrive(
    store: *const orchestra_store,
    filter: *const u8,
    filter_len: usize,
    limit: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.redrive writes; error;
          borrow store, json_or_default filter + filter_len -> optional tasks => {
        tasks.set_json(&store.write(move |uow| tasks::redrive(uow, &filter, limit))?)?;
    })
}

/// Gives a task that hasn't ended to another agent, which alone may run it from then on; to any
/// agent for NULL.
///
/// Where somebody holds it, the lease ends: the worker gets ORCHESTRA_CONFLICT with its next step,
/// and what it did doesn't count as a run. One that was asked to stop is cancelled.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it has ended; ORCHESTRA_NOT_FOUND: there is no such task or agent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_reassign(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    agent_id: *const u8,
    agent_id_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.reassign writes [Conflict, InvalidTransition, NotFound]; error;
          borrow store, id id + id_len, optional_id agent_id + agent_id_len -> optional task => {
        task.set_json(&store.write(move |uow| tasks::reassign(uow, &id, agent_id.as_ref()))?)?;
    })
}

/// Tells why a task isn't running, or what it is doing.
///
/// `explanation` receives a JSON object: TaskId, Status, Reasons (at least one). Each has Reason,
/// the name of its kind, and what it is about: WaitsFor and BlockedBy (TaskId, Status),
/// WaitsForStage (WorkflowExecutionId, Stage, OpenTasks, First: at most three task ids), ScheduledUntil (AvailableAt), Paused (QueueName, RepositoryPath, By, Since, Because),
/// WorkflowPaused (WorkflowExecutionId), AgentRemoved (AgentId), AgentAway (AgentId, Status,
/// LastPing), AgentFull (AgentId, Tasks), NobodyServes (RepositoryPath, QueueName), NoCapacity
/// (RepositoryPath, Agents), Claimable (Agents), LeasedBy (Owner, Until), LeaseExpired (Owner,
/// Since), Unleased, CancelRequested (Since), Ended (At, ErrorMessage); new kinds may come. Commands has,
/// for each reason in their order, the command of `orchestra` that ends it, a text for a shell. Free it
/// with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_explain(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    explanation: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.explain reads [NotFound]; error;
          borrow store, id id + id_len -> required explanation => {
        explanation.set_json(&store.read(|reader| tasks::explain(reader, &id))?)?;
    })
}
