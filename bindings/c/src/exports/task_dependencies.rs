//! Dependencies of tasks that are in the queue.

use kernel::services::tasks;

use crate::abi::prelude::*;

/// The task waits until the other one is run again and completes.
pub const ORCHESTRA_FAILURE_BLOCK: i32 = 0;
/// The task is cancelled too.
pub const ORCHESTRA_FAILURE_CANCEL: i32 = 1;

/// Lets a pending task wait for another one, too: it can't be claimed before that has completed.
/// `on_failure`, one of ORCHESTRA_FAILURE_*, says what becomes of it if that one fails or is
/// cancelled, or has been.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it isn't pending; ORCHESTRA_ALREADY_EXISTS: it waits for that one
/// already; ORCHESTRA_INVALID_ARGUMENT: the tasks would wait for each other in a circle, or the
/// number is no policy; ORCHESTRA_NOT_FOUND: there is no such task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_add_dependency(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    depends_on: *const u8,
    depends_on_len: usize,
    on_failure: i32,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.add_dependency
          writes [InvalidTransition, AlreadyExists, InvalidArgument, NotFound]; error;
          borrow store, id id + id_len, id depends_on + depends_on_len, choice on_failure
          -> optional task => {
        task.set_json(
            &store.write(move |uow| tasks::add_dependency(uow, &id, &depends_on, on_failure))?,
        )?;
    })
}

/// Lets a pending task no longer wait for another one. If it waits for nothing else, it can be
/// claimed from now on.
///
/// `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it isn't pending; ORCHESTRA_NOT_FOUND: it doesn't wait for that
/// one, or there is no such task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_remove_dependency(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    depends_on: *const u8,
    depends_on_len: usize,
    task: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.remove_dependency writes [InvalidTransition, NotFound]; error;
          borrow store, id id + id_len, id depends_on + depends_on_len -> optional task => {
        task.set_json(&store.write(move |uow| tasks::remove_dependency(uow, &id, &depends_on))?)?;
    })
}
