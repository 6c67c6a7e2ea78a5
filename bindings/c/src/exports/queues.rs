//! Queues: listing, pausing and resuming them.

use kernel::services::tasks::{self, QueueScope};

use crate::abi::prelude::*;

/// Pauses a queue, a repository, or a queue of a repository: none of its tasks is handed out until
/// orchestra_queue_resume(). Tasks that were claimed go on.
///
/// `queue_name` is NULL for every queue of the repository, `repository_path` for the queue in every
/// repository; one of them is needed. `reason` may be NULL. `pause` receives a JSON object with all
/// columns of the table QueuePauses; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_ALREADY_EXISTS: it is paused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_queue_pause(
    store: *const orchestra_store,
    queue_name: *const u8,
    queue_name_len: usize,
    repository_path: *const u8,
    repository_path_len: usize,
    reason: *const u8,
    reason_len: usize,
    pause: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(queues.pause writes [AlreadyExists]; error;
          borrow store, optional_text queue_name + queue_name_len,
          optional_text repository_path + repository_path_len, optional_text reason + reason_len
          -> optional pause => {
        let reason = reason.map(str::to_owned);
        let scope = scope(queue_name, repository_path);
        pause.set_json(&store.write(move |uow| tasks::pause(uow, &scope, reason.as_deref()))?)?;
    })
}

/// Ends the pause of a queue, a repository, or a queue of a repository, named as it was for
/// orchestra_queue_pause().
///
/// `pause` receives what it was; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it isn't paused under exactly this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_queue_resume(
    store: *const orchestra_store,
    queue_name: *const u8,
    queue_name_len: usize,
    repository_path: *const u8,
    repository_path_len: usize,
    pause: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(queues.resume writes [InvalidTransition]; error;
          borrow store, optional_text queue_name + queue_name_len,
          optional_text repository_path + repository_path_len -> optional pause => {
        let scope = scope(queue_name, repository_path);
        pause.set_json(&store.write(move |uow| tasks::resume(uow, &scope))?)?;
    })
}

/// Lists all that is paused, the longest ago first.
///
/// `pauses` receives a JSON array of pauses. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_queue_list_pauses(
    store: *const orchestra_store,
    pauses: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(queues.list_pauses reads; error; borrow store -> required pauses => {
        pauses.set_json(&store.read(tasks::list_pauses)?)?;
    })
}

/// Lists the queues that have tasks which haven't ended, by name and repository. Costs one pass
/// over these tasks.
///
/// `queues` receives a JSON array: QueueName (null for tasks that are in no queue), RepositoryPath,
/// Pending, WaitingForOthers (of the pending ones), Running, OldestAvailableAt, Pauses (what keeps
/// its tasks from being handed out). Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_queue_list(
    store: *const orchestra_store,
    queues: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(queues.list reads; error; borrow store -> required queues => {
        queues.set_json(&store.read(tasks::list_queues)?)?;
    })
}

fn scope(queue_name: Option<&str>, repository_path: Option<&str>) -> QueueScope {
    QueueScope {
        queue_name: queue_name.map(str::to_owned),
        repository_path: repository_path.map(str::to_owned),
    }
}
