//! The task queue: filling it and looking at it.

use std::collections::BTreeMap;

use kernel::services::tasks;
use kernel::types::TaskStatus;

use crate::abi::prelude::*;

/// Puts a task into the queue.
///
/// `task` is a JSON object: Command (1 to 2000 characters) and RepositoryPath; optional Id (a new one
/// is made), AgentId (the one agent that may run it), Priority (Low, Normal, High, Critical or 0 to
/// 3), AvailableAt (ISO 8601, not to be claimed before), MaxRetries (0 to 10), IdempotencyKey (a
/// second request with the same key returns the task of the first, or is ORCHESTRA_CONFLICT if it
/// asks for anything else but an Id), CorrelationId, ParentTaskId, WorkflowId, WorkflowExecutionId,
/// WorkflowStep, QueueName, HangfireJobId, DependsOn (an array of the ids of tasks that have to complete before it
/// can be claimed), OnDependencyFailure (Block or Cancel: what becomes of it if one of these fails).
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
    call!(tasks.enqueue writes [Conflict, InvalidArgument]; error;
          borrow store, json task + task_len -> optional enqueued => {
        enqueued.set_json(&store.write(move |uow| tasks::enqueue(uow, &task))?)?;
    })
}

/// Puts tasks into the queue in one transaction: all or, when it fails, none.
///
/// `tasks` is a JSON array of what orchestra_task_enqueue() takes. In DependsOn, a number stands for
/// the task at this place of the array, from 0; a circle of tasks is ORCHESTRA_INVALID_ARGUMENT.
/// `enqueued` receives a JSON array of the tasks in the same order; it may be NULL. Free it with
/// orchestra_buffer_free(). The details of an error tell the Index of the task at fault, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_enqueue_many(
    store: *const orchestra_store,
    tasks: *const u8,
    tasks_len: usize,
    enqueued: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.enqueue_many writes [InvalidArgument]; error;
          borrow store, json_array tasks + tasks_len -> optional enqueued => {
        enqueued.set_json(&store.write(move |uow| tasks::enqueue_many(uow, &tasks))?)?;
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
    call!(tasks.get reads [NotFound]; error; borrow store, id id + id_len -> required task => {
        task.set_json(&store.read(|reader| tasks::get(reader, &id))?)?;
    })
}

/// Lists the newest tasks that fit, at most `limit`.
///
/// `filter` is a JSON object with any of Status (name or number), AgentId, RepositoryPath,
/// QueueName, CorrelationId; NULL for all tasks. `tasks` receives a JSON array of tasks. Free it with
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
    call!(tasks.list reads; error;
          borrow store, json_or_default filter + filter_len -> required tasks => {
        tasks.set_json(&store.read(|reader| tasks::list(reader, &filter, limit))?)?;
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
    call!(tasks.count_by_status reads; error; borrow store -> required counts => {
        let counted = store.read(tasks::count_by_status)?;
        counts.set_json(&counted.into_iter().collect::<BTreeMap<TaskStatus, i64>>())?;
    })
}
