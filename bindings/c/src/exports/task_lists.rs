//! Lists of tasks for a purpose.

use kernel::services::tasks;
use kernel::types::TimeSpan;

use crate::abi::prelude::*;

/// Lists the tasks that nobody runs yet, pending or assigned, at most `limit`: the highest priority
/// first, then the oldest.
///
/// `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_list_pending(
    store: *const orchestra_store,
    limit: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.list_pending reads; error; borrow store -> required tasks => {
        tasks.set_json(&store.read(|reader| tasks::list_pending(reader, limit))?)?;
    })
}

/// Lists the tasks that failed and have no retries left, at most `limit`, the latest first: the
/// dead letters, which stay so until orchestra_task_retry() or orchestra_task_redrive().
///
/// `period_ms` is the length of the period, up to ten years, that ends now and in which they
/// failed; 0 for all. `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_list_failed(
    store: *const orchestra_store,
    period_ms: i64,
    limit: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.list_failed reads; error; borrow store, span period_ms -> required tasks => {
        tasks.set_json(&store.read(|reader| tasks::list_failed(reader, period_ms, limit))?)?;
    })
}

/// Lists the tasks that have been running for `threshold_ms` or longer, at most `limit`, the
/// longest first.
///
/// `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_list_long_running(
    store: *const orchestra_store,
    threshold_ms: i64,
    limit: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.list_long_running reads; error; borrow store -> required tasks => {
        let threshold = TimeSpan::from_millis(threshold_ms);
        tasks
            .set_json(&store.read(|reader| tasks::list_long_running(reader, threshold, limit))?)?;
    })
}

/// Lists the tasks with this correlation id, at most `limit`, the oldest first.
///
/// `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_list_correlated(
    store: *const orchestra_store,
    correlation_id: *const u8,
    correlation_id_len: usize,
    limit: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.list_correlated reads; error;
          borrow store, text correlation_id + correlation_id_len -> required tasks => {
        tasks.set_json(
            &store.read(|reader| tasks::list_correlated(reader, correlation_id, limit))?,
        )?;
    })
}

/// Lists the newest tasks of a repository, at most `limit`.
///
/// `period_ms` is the length of the period, up to ten years, that ends now and in which they were
/// made; 0 for all. `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
/// ORCHESTRA_NOT_FOUND: there is no such repository.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_list_of_repository(
    store: *const orchestra_store,
    repository_id: *const u8,
    repository_id_len: usize,
    period_ms: i64,
    limit: u32,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.list_of_repository reads [NotFound]; error;
          borrow store, id repository_id + repository_id_len, span period_ms -> required tasks => {
        tasks.set_json(&store.read(|reader| {
            tasks::list_of_repository(reader, &repository_id, period_ms, limit)
        })?)?;
    })
}
