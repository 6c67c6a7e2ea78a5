//! The task queue, as who fills it and watches over it sees it.

use std::collections::BTreeMap;

use kernel::services::analytics::{TaskScope, task_analytics};
use kernel::services::tasks::{self, NewTask, TaskFilter};
use kernel::types::TaskStatus;

use crate::boundary::boundary;
use crate::buffer::orchestra_buffer;
use crate::error::orchestra_error;
use crate::handle;
use crate::output::Output;
use crate::scalars::period;
use crate::status::orchestra_status;
use crate::store::orchestra_store;
use crate::text::text;

/// Puts a task into the queue.
///
/// `task` is a JSON object: Command (1 to 2000 characters) and RepositoryPath; optional Id (a new one
/// is made), AgentId (the one agent that may run it), Priority (Low, Normal, High, Critical or 0 to
/// 3), AvailableAt (ISO 8601, not to be claimed before), MaxRetries (0 to 10), IdempotencyKey (a
/// second request with the same key returns the task of the first, or is ORCHESTRA_CONFLICT if it
/// asks for something else), CorrelationId, ParentTaskId, WorkflowId, WorkflowExecutionId,
/// WorkflowStep, QueueName.
///
/// `enqueued` receives the task as orchestra_task_get() gives it; it may be NULL. Free it with
/// orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names the property at fault.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_enqueue(
    store: *const orchestra_store,
    task: *const u8,
    task_len: usize,
    enqueued: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, task, enqueued, error) = unsafe {
        (
            handle::borrow(store),
            text("task", task, task_len),
            Output::new(enqueued),
            Output::new(error),
        )
    };
    boundary(error, || {
        let enqueued = enqueued.optional("enqueued")?;
        let new: NewTask = task.json()?;
        enqueued.set_json(&store?.write(|uow| tasks::enqueue(uow, &new))?)
    })
}

/// Puts tasks into the queue in one transaction: all or, when it fails, none.
///
/// `tasks` is a JSON array of what orchestra_task_enqueue() takes. `enqueued` receives a JSON array
/// of the tasks in the same order; it may be NULL. Free it with orchestra_buffer_free(). The details
/// of an error tell the Index of the task at fault, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_enqueue_many(
    store: *const orchestra_store,
    tasks: *const u8,
    tasks_len: usize,
    enqueued: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, batch, enqueued, error) = unsafe {
        (
            handle::borrow(store),
            text("tasks", tasks, tasks_len),
            Output::new(enqueued),
            Output::new(error),
        )
    };
    boundary(error, || {
        let enqueued = enqueued.optional("enqueued")?;
        let new: Vec<NewTask> = batch.json_array()?;
        enqueued.set_json(&store?.write(|uow| tasks::enqueue_many(uow, &new))?)
    })
}

/// Looks a task up.
///
/// `task` receives a JSON object with all columns of the table Tasks under their names. Free it with
/// orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, id, task, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(task),
            Output::new(error),
        )
    };
    boundary(error, || {
        let task = task.required("task")?;
        let id = id.id()?;
        task.set_json(&store?.read(|reader| tasks::get(reader, &id))?)
    })
}

/// Lists the newest tasks that fit, at most `limit`.
///
/// `filter` is a JSON object with any of Status (name or number), AgentId, RepositoryPath,
/// CorrelationId; NULL for all tasks. `tasks` receives a JSON array of tasks. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_list(
    store: *const orchestra_store,
    filter: *const u8,
    filter_len: usize,
    limit: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, filter, list, error) = unsafe {
        (
            handle::borrow(store),
            text("filter", filter, filter_len),
            Output::new(tasks),
            Output::new(error),
        )
    };
    boundary(error, || {
        let list = list.required("tasks")?;
        let filter: TaskFilter = filter.json_or_default()?;
        list.set_json(&store?.read(|reader| tasks::list(reader, &filter, limit))?)
    })
}

/// Counts the tasks in each state.
///
/// `counts` receives a JSON object with a number for each of Pending, Assigned, InProgress,
/// Completed, Failed, Cancelled. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_count_by_status(
    store: *const orchestra_store,
    counts: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, counts, error) = unsafe {
        (
            handle::borrow(store),
            Output::new(counts),
            Output::new(error),
        )
    };
    boundary(error, || {
        let counts = counts.required("counts")?;
        let counted = store?.read(tasks::count_by_status)?;
        counts.set_json(&counted.into_iter().collect::<BTreeMap<TaskStatus, i64>>())
    })
}

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
    // SAFETY: the header asks for this of the caller.
    let (store, id, reason, task, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("reason", reason, reason_len),
            Output::new(task),
            Output::new(error),
        )
    };
    boundary(error, || {
        let task = task.optional("task")?;
        let (id, reason) = (id.id()?, reason.optional()?);
        task.set_json(&store?.write(|uow| tasks::cancel(uow, &id, reason))?)
    })
}

/// Puts a failed task back into the queue, at once and with all its retries.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it has not failed; ORCHESTRA_NOT_FOUND: there is no such task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_retry(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, id, task, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(task),
            Output::new(error),
        )
    };
    boundary(error, || {
        let task = task.optional("task")?;
        let id = id.id()?;
        task.set_json(&store?.write(|uow| tasks::retry(uow, &id))?)
    })
}

/// Takes tasks away from workers that let their leases end, at most `limit`; a host calls it now and
/// then.
///
/// A task that was running counts the run as failed: it is pending again at once while it has
/// retries left, and failed otherwise. One that was only assigned is pending again. One that was
/// asked to stop is cancelled.
///
/// `rescue` receives a JSON object with the ids in Requeued, Failed, Cancelled; it may be NULL. Free
/// it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_rescue_expired(
    store: *const orchestra_store,
    limit: u32,
    rescue: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, rescue, error) = unsafe {
        (
            handle::borrow(store),
            Output::new(rescue),
            Output::new(error),
        )
    };
    boundary(error, || {
        let rescue = rescue.optional("rescue")?;
        rescue.set_json(&store?.write(|uow| tasks::rescue_expired(uow, limit))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, count, error) = unsafe {
        (
            handle::borrow(store),
            Output::new(count),
            Output::new(error),
        )
    };
    boundary(error, || {
        let count = count.optional("count")?;
        let released = store?.write(|uow| tasks::release_unleased(uow, limit))?;
        // No more than `limit`.
        count.set(u32::try_from(released).unwrap_or(u32::MAX));
        Ok(())
    })
}

/// Tells what the tasks show that were made in a period, up to ten years, its end not included.
///
/// The ends are milliseconds since 1970, UTC. `agent_id` and `repository_id` narrow it down, or are
/// NULL. `analytics` receives a JSON object: Period, Total, ByStatus, ByPriority, SuccessRate (0 to
/// 1), Retries, Duration and QueueWait (Count, Min, Average, Max, P50, P95, P99, in ms), Throughput
/// (Start, Completed, Failed, Cancelled, by the hour up to two days, else by the day), TopErrors
/// (ErrorMessage, Count). Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_analytics(
    store: *const orchestra_store,
    from_unix_ms: i64,
    to_unix_ms: i64,
    agent_id: *const u8,
    agent_id_len: usize,
    repository_id: *const u8,
    repository_id_len: usize,
    analytics: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, agent_id, repository_id, analytics, error) = unsafe {
        (
            handle::borrow(store),
            text("agent_id", agent_id, agent_id_len),
            text("repository_id", repository_id, repository_id_len),
            Output::new(analytics),
            Output::new(error),
        )
    };
    boundary(error, || {
        let analytics = analytics.required("analytics")?;
        let period = period(from_unix_ms, to_unix_ms)?;
        let scope = TaskScope {
            agent_id: agent_id.optional_id()?,
            repository_id: repository_id.optional_id()?,
        };
        analytics.set_json(&store?.read(|reader| task_analytics(reader, period, &scope))?)
    })
}
