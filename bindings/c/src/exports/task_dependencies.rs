//! What a task that is in the queue waits for.

use kernel::services::tasks;

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::scalars::one_of;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

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
    // SAFETY: the header asks for this of the caller.
    let (store, id, depends_on, task, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("depends_on", depends_on, depends_on_len),
            Output::new(task),
            Output::new(error),
        )
    };
    boundary(error, || {
        let task = task.optional("task")?;
        let (id, depends_on) = (id.id()?, depends_on.id()?);
        let on_failure = one_of("on_failure", on_failure)?;
        task.set_json(
            &store?.write(|uow| tasks::add_dependency(uow, &id, &depends_on, on_failure))?,
        )
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, depends_on, task, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("depends_on", depends_on, depends_on_len),
            Output::new(task),
            Output::new(error),
        )
    };
    boundary(error, || {
        let task = task.optional("task")?;
        let (id, depends_on) = (id.id()?, depends_on.id()?);
        task.set_json(&store?.write(|uow| tasks::remove_dependency(uow, &id, &depends_on))?)
    })
}
