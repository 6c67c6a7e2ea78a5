//! Executions of workflows: looking at them and steering them.

use kernel::services::tasks::{self, TreeOf};
use kernel::services::workflows;

use crate::abi::prelude::*;

/// Looks an execution of a workflow up.
///
/// `execution` receives a JSON object with all columns of the table WorkflowExecutions under their
/// names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such execution.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_execution_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    execution: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(executions.get reads [NotFound]; error;
          borrow store, id id + id_len -> required execution => {
        execution.set_json(&store.read(|reader| workflows::get(reader, &id))?)?;
    })
}

/// Lists the executions that fit and started last, at most `limit`.
///
/// `filter` is a JSON object with any of Status (name or number), WorkflowDefinitionId; NULL for
/// all executions. `executions` receives a JSON array of executions. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_execution_list(
    store: *const orchestra_store,
    filter: *const u8,
    filter_len: usize,
    limit: u32,
    executions: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(executions.list reads; error;
          borrow store, json_or_default filter + filter_len -> required executions => {
        executions.set_json(&store.read(|reader| workflows::list(reader, &filter, limit))?)?;
    })
}

/// Tells where the stages of an execution are, in the order of the definition.
///
/// `stages` receives a JSON array: Name, State (Pending, Running, Completed or Failed), Tasks (the
/// tasks that stand for the stage now, as orchestra_task_get() gives them). Free it with
/// orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such execution.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_execution_stages(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    stages: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(executions.stages reads [NotFound]; error;
          borrow store, id id + id_len -> required stages => {
        stages.set_json(&store.read(|reader| workflows::stages(reader, &id))?)?;
    })
}

/// Shows the tasks of an execution as a tree by what is a part of what (ParentTaskId), with the
/// state and progress of each branch.
///
/// `tree` receives a JSON object with Executions: for this one WorkflowExecutionId, Total, Nodes
/// (each task, followed by all that is a part of it: Depth, Task, Total, DependsOn), Stages (in the
/// order of WorkflowStep: Name, DependsOn, the numbers of stages) and Cycles (ids). A task of a
/// stage depends on all tasks of the stages that it depends on. A Total has Status, ProgressPercentage, Tasks and ByStatus. Free it with
/// orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such execution;
/// ORCHESTRA_INVALID_ARGUMENT: it has more than 10000 tasks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_execution_task_tree(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    tree: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(executions.task_tree reads [NotFound, InvalidArgument]; error;
          borrow store, id id + id_len -> required tree => {
        tree.set_json(&store.read(|reader| tasks::workflow_tree(reader, &TreeOf::Execution(id)))?)?;
    })
}

/// Pauses an execution: none of its tasks is claimed until orchestra_execution_resume(). Those that
/// run go on.
///
/// `execution` receives the execution; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it is paused already or has ended; ORCHESTRA_NOT_FOUND: there is
/// no such execution. These two mean the same for the functions that follow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_execution_pause(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    execution: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(executions.pause writes [InvalidTransition, NotFound]; error;
          borrow store, id id + id_len -> optional execution => {
        execution.set_json(&store.write(move |uow| workflows::pause(uow, &id))?)?;
    })
}

/// Lets an execution that is paused go on.
///
/// `execution` receives the execution; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_execution_resume(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    execution: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(executions.resume writes; error; borrow store, id id + id_len -> optional execution => {
        execution.set_json(&store.write(move |uow| workflows::resume(uow, &id))?)?;
    })
}

/// Cancels an execution and its tasks, with a reason or NULL. Tasks that run are asked to stop.
///
/// `execution` receives the execution; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_execution_cancel(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    reason: *const u8,
    reason_len: usize,
    execution: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(executions.cancel writes; error;
          borrow store, id id + id_len, optional_text reason + reason_len -> optional execution => {
        let reason = reason.map(str::to_owned);
        let cancelled = store.write(move |uow| workflows::cancel(uow, &id, reason.as_deref()))?;
        execution.set_json(&cancelled)?;
    })
}

/// Runs an execution that failed or was cancelled again: the stages that aren't done, the stage
/// `from_stage` unless it is NULL, and all that depend on it. They get new tasks; what was done
/// stays.
///
/// `execution` receives the execution; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT: every stage is done and none is named, or there is no such stage;
/// ORCHESTRA_CONFLICT: a task that was asked to stop hasn't yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_execution_retry(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    from_stage: *const u8,
    from_stage_len: usize,
    execution: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(executions.retry writes [InvalidArgument, Conflict]; error; borrow store, id id + id_len,
          optional_text from_stage + from_stage_len -> optional execution => {
        let from_stage = from_stage.map(str::to_owned);
        let retried = store.write(move |uow| workflows::retry(uow, &id, from_stage.as_deref()))?;
        execution.set_json(&retried)?;
    })
}

/// Brings every execution that hasn't ended to what its tasks say: for rows that were imported,
/// restored, or changed by other means. A crash leaves nothing to do.
///
/// `executions` receives a JSON array of those that this changed; it may be NULL. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_execution_recover(
    store: *const orchestra_store,
    executions: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(executions.recover writes; error; borrow store -> optional executions => {
        executions.set_json(&store.write(workflows::recover)?)?;
    })
}
