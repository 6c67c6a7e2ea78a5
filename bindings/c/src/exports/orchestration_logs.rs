//! The orchestration log: what happened to agents, tasks and repositories, for people.

use kernel::services::orchestration_logs;

use crate::abi::prelude::*;

/// Notes in the orchestration log what happened to agents, tasks and repositories, for people.
///
/// `entry` is a JSON object: EventType (such as TaskCompleted, 1 to 100 characters), Message;
/// optional Level (Trace, Debug, Information, which is the default, Warning, Error, Critical),
/// AgentId, TaskId, RepositoryId, AdditionalData (any JSON). ORCHESTRA_CONSTRAINT_VIOLATION: there
/// is no such agent, task or repository.
///
/// `appended` receives the entry as orchestra_orchestration_log_get() gives it; it may be NULL.
/// Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_orchestration_log_append(
    store: *const orchestra_store,
    entry: *const u8,
    entry_len: usize,
    appended: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(orchestration_logs.append writes [ConstraintViolation]; error;
          borrow store, json entry + entry_len -> optional appended => {
        appended.set_json(&store.write(move |uow| orchestration_logs::append(uow, &entry))?)?;
    })
}

/// Looks an entry up.
///
/// `entry` receives a JSON object with all columns of the table OrchestrationLogs under their
/// names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such entry.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_orchestration_log_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    entry: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(orchestration_logs.get reads [NotFound]; error;
          borrow store, id id + id_len -> required entry => {
        entry.set_json(&store.read(|reader| orchestration_logs::get(reader, &id))?)?;
    })
}

/// Lists entries, the newest first: `size` of them, 1 to 1000.
///
/// `filter` is a JSON object with any of MinimumLevel, EventType, AgentId, TaskId, RepositoryId,
/// From and To (ISO 8601; the second is not included); NULL for all entries. `after` is NULL for
/// the newest, and then the Next of the answer before.
///
/// `entries` receives a JSON object: Items, an array of entries, and Next, where the next ones
/// begin, as a text; null where there are no more. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_orchestration_log_list(
    store: *const orchestra_store,
    filter: *const u8,
    filter_len: usize,
    after: *const u8,
    after_len: usize,
    size: u32,
    entries: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(orchestration_logs.list reads; error; borrow store, json_or_default filter + filter_len,
          page_cursor after + after_len -> required entries => {
        let listed =
            store.read(|reader| orchestration_logs::list(reader, &filter, after.as_ref(), size))?;
        entries.set_json(&listed)?;
    })
}

/// Deletes all entries, such as after a test. `count` receives how many there were; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_orchestration_log_clear(
    store: *const orchestra_store,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(orchestration_logs.clear writes; error; borrow store -> optional count => {
        count.set_count(store.write_alone(orchestration_logs::clear)?);
    })
}
