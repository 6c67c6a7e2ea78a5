//! What a worker measured while it ran a task.

use kernel::services::tasks::{self, Metrics, Progress};

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

/// Notes that a running task did what it should, as orchestra_task_complete() does, with what was
/// measured of the run. That is kept as PerformanceMetrics of the task in the same transaction.
///
/// `metrics` is a JSON object of numbers by name, 1 to 255 characters each. `task` receives the
/// task; it may be NULL. Free it with orchestra_buffer_free().
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, token, result, metrics, task, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("token", token, token_len),
            text("result", result, result_len),
            text("metrics", metrics, metrics_len),
            Output::new(task),
            Output::new(error),
        )
    };
    boundary(error, || {
        let task = task.optional("task")?;
        let (id, token, result) = (id.id()?, token.optional_id()?, result.optional()?);
        let metrics: Metrics = metrics.json()?;
        task.set_json(&store?.write(|uow| {
            tasks::complete_with_metrics(uow, &id, token.as_ref(), result, &metrics)
        })?)
    })
}

/// Notes how far a running task is, as orchestra_task_update_progress() does, with what was
/// measured by now. That is kept as PerformanceMetrics of the task in the same transaction.
///
/// `metrics` is a JSON object of numbers by name, 1 to 255 characters each. `task` receives the
/// task; it may be NULL. Free it with orchestra_buffer_free().
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, token, message, metrics, task, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("token", token, token_len),
            text("message", message, message_len),
            text("metrics", metrics, metrics_len),
            Output::new(task),
            Output::new(error),
        )
    };
    boundary(error, || {
        let task = task.optional("task")?;
        let (id, token, message) = (id.id()?, token.optional_id()?, message.optional()?);
        let metrics: Metrics = metrics.json()?;
        let progress = Progress {
            percentage,
            message: message.map(str::to_owned),
            may_go_back: may_go_back != 0,
            metrics,
        };
        task.set_json(
            &store?.write(|uow| tasks::update_progress(uow, &id, token.as_ref(), &progress))?,
        )
    })
}
