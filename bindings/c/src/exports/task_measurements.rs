//! Measurements that a worker reports while it runs a task.

use kernel::services::tasks::{self, TaskProgress};

use crate::abi::prelude::*;

/// Notes that a running task did what it should, as orchestra_task_complete() does, with what was
/// measured of the run. That is kept as PerformanceMetrics of the task in the same transaction.
///
/// `metrics` is a JSON object by names of 1 to 255 characters each: a number becomes a row of its own,
/// anything else one of the Properties of a row ExecutionDuration. `task` receives the task; it may be
/// NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_complete_with_metrics(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    result: *const u8,
    result_len: usize,
    metrics: *const u8,
    metrics_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.complete_with_metrics writes; error;
          borrow store, id id + id_len, optional_id token + token_len,
          optional_text result + result_len, json metrics + metrics_len -> optional task => {
        let result = result.map(str::to_owned);
        task.set_json(&store.write(move |uow| {
            tasks::complete_with_metrics(uow, &id, token.as_ref(), result.as_deref(), &metrics)
        })?)?;
    })
}

/// Notes how far a running task is, as orchestra_task_update_progress() does, with what was
/// measured by now. That is kept as PerformanceMetrics of the task in the same transaction.
///
/// `metrics` is as for orchestra_task_complete_with_metrics(), with a row ProgressPercentage. `task`
/// receives the task; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_update_progress_with_metrics(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    token: *const u8,
    token_len: usize,
    percentage: i32,
    message: *const u8,
    message_len: usize,
    may_go_back: i32,
    metrics: *const u8,
    metrics_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.update_progress_with_metrics writes; error; borrow store, id id + id_len,
          optional_id token + token_len, optional_text message + message_len, flag may_go_back,
          json metrics + metrics_len -> optional task => {
        let progress = TaskProgress {
            percentage,
            message: message.map(str::to_owned),
            may_go_back,
            metrics,
        };
        task.set_json(
            &store.write(move |uow| tasks::update_progress(uow, &id, token.as_ref(), &progress))?,
        )?;
    })
}
