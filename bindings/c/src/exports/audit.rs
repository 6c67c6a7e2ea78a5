//! The audit log: who changed what, when, and how a row was.

use kernel::services::audit;

use crate::abi::prelude::*;

/// Notes in the audit log something that is no change of a row, with who acts and in which request.
/// Changes are noted by themselves.
///
/// `entry` is a JSON object: Action (such as Execute or Login, 1 to 100 characters; not Create,
/// Update, Delete or Restore), EntityType (such as Tasks); optional EntityId, Duration (ms),
/// Success (true if it is absent), ErrorMessage, ErrorCode, HttpMethod, RequestPath, RiskLevel
/// (Low, Medium, High, Critical), SecurityContext (any JSON), Tags (an array of texts), Properties
/// (any JSON).
///
/// `recorded` receives a JSON object with all columns of the table AuditLogs under their names; it
/// may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_audit_record(
    store: *const orchestra_store,
    entry: *const u8,
    entry_len: usize,
    recorded: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(audit.record writes; error; borrow store, json entry + entry_len -> optional recorded => {
        recorded.set_json(&store.write(move |uow| audit::record(uow, &entry))?)?;
    })
}

/// Lists entries of the audit log, the newest first: `size` of them, 1 to 10000. It shows the
/// changes of all rows with their values, also those of other users' preferences: the host decides
/// who may list it.
///
/// `filter` is a JSON object with any of EntityType, EntityId (only together with EntityType),
/// UserId, SessionId, CorrelationId, MinimumRisk (Low, Medium, High, Critical), From and To (ISO
/// 8601; the second is not included); NULL for all entries.
///
/// `after` is NULL for the newest, and then the Next of the answer before. `entries` receives a
/// JSON object: Items, an array of entries, and Next, where the next ones begin, as a text; null
/// where there are no more. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_audit_list(
    store: *const orchestra_store,
    filter: *const u8,
    filter_len: usize,
    after: *const u8,
    after_len: usize,
    size: u32,
    entries: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(audit.list reads; error; borrow store, json_or_default filter + filter_len,
          page_cursor after + after_len -> required entries => {
        entries
            .set_json(&store.read(|reader| audit::list(reader, &filter, after.as_ref(), size))?)?;
    })
}

/// Lists entries of the audit log in the order in which they were written: `size` of them, 1 to
/// 10000. What replays or forwards the log reads this. It shows all entries, as
/// orchestra_audit_list() does.
///
/// `after` is NULL for the first ones, and then the Next of the answer before. `entries` receives a
/// JSON object: Items, an array of entries, and Next, where the next ones begin, as a text; null
/// where there are no more. Free it with orchestra_buffer_free(). ORCHESTRA_EVENTS_GONE: `after` is from
/// before a restore of the database; begin again with NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_audit_written_after(
    store: *const orchestra_store,
    after: *const u8,
    after_len: usize,
    size: u32,
    entries: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(audit.written_after reads [EventsGone]; error;
          borrow store, page_cursor after + after_len -> required entries => {
        entries
            .set_json(&store.read(|reader| audit::written_after(reader, after.as_ref(), size))?)?;
    })
}

/// Lists the changes of one row of an entity, one of ORCHESTRA_ENTITY_*, the oldest first.
///
/// `changes` receives a JSON array: AuditLogId, Timestamp, Action (Create, Update, Delete,
/// Restore), UserId, RequestId, Columns (Column, OldValue, NewValue); it is empty where the log
/// knows nothing of the row, and for the preference of another user, deleted or not. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_audit_history(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    changes: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(audit.history reads; error;
          borrow store, entity entity, text id + id_len -> required changes => {
        changes.set_json(&store.read(|reader| entity.history(reader, id))?)?;
    })
}

/// Tells how a row of an entity was at a moment, in milliseconds since 1970, UTC, by what the audit
/// log tells.
///
/// `row` receives a JSON object with the columns of the table, but for those that the database
/// computes; it stays empty where the row wasn't there yet or any more, and for the preference
/// of another user. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: the log no longer goes back to the row's creation.
/// docs/audit.md tells what is written without an entry.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_audit_state_at(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    at_unix_ms: i64,
    row: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(audit.state_at reads [NotFound]; error;
          borrow store, entity entity, text id + id_len, moment at_unix_ms -> required row => {
        let state = store.read(|reader| entity.state_at(reader, id, at_unix_ms))?;
        row.set_json_if_any(state.as_ref())?;
    })
}
