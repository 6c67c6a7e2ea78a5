//! The audit log: who changed what, when, and how a row was.

use kernel::registry;
use kernel::services::audit::{self, AuditFilter, NewAuditLog};

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::scalars::moment;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

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
    // SAFETY: the header asks for this of the caller.
    let (store, entry, recorded, error) = unsafe {
        (
            handle::borrow(store),
            text("entry", entry, entry_len),
            Output::new(recorded),
            Output::new(error),
        )
    };
    boundary(error, || {
        let recorded = recorded.optional("recorded")?;
        let new: NewAuditLog = entry.json()?;
        recorded.set_json(&store?.write(|uow| audit::record(uow, &new))?)
    })
}

/// Lists entries of the audit log, the newest first: `size` of them, 1 to 10000.
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
    // SAFETY: the header asks for this of the caller.
    let (store, filter, after, entries, error) = unsafe {
        (
            handle::borrow(store),
            text("filter", filter, filter_len),
            text("after", after, after_len),
            Output::new(entries),
            Output::new(error),
        )
    };
    boundary(error, || {
        let entries = entries.required("entries")?;
        let (filter, after): (AuditFilter, _) = (filter.json_or_default()?, after.cursor()?);
        entries.set_json(&store?.read(|reader| audit::list(reader, &filter, after.as_ref(), size))?)
    })
}

/// Lists entries of the audit log in the order in which they were written: `size` of them, 1 to
/// 10000. What replays or forwards the log reads this.
///
/// `after` is NULL for the first ones, and then the Next of the answer before. `entries` receives a
/// JSON object: Items, an array of entries, and Next, where the next ones begin, as a text; null
/// where there are no more. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_audit_written_after(
    store: *const orchestra_store,
    after: *const u8,
    after_len: usize,
    size: u32,
    entries: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, after, entries, error) = unsafe {
        (
            handle::borrow(store),
            text("after", after, after_len),
            Output::new(entries),
            Output::new(error),
        )
    };
    boundary(error, || {
        let entries = entries.required("entries")?;
        let after = after.cursor()?;
        entries.set_json(&store?.read(|reader| audit::written_after(reader, after.as_ref(), size))?)
    })
}

/// Lists the changes of one row of an entity, one of ORCHESTRA_ENTITY_*, the oldest first.
///
/// `changes` receives a JSON array: AuditLogId, Timestamp, Action (Create, Update, Delete,
/// Restore), UserId, RequestId, Columns (Column, OldValue, NewValue); it is empty where the log
/// knows nothing of the row. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_audit_history(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    changes: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, id, changes, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(changes),
            Output::new(error),
        )
    };
    boundary(error, || {
        let changes = changes.required("changes")?;
        let (entity, id) = (registry::by_number(entity)?, id.required()?);
        changes.set_json(&store?.read(|reader| entity.history(reader, id))?)
    })
}

/// Tells how a row of an entity was at a moment, in milliseconds since 1970, UTC, by what the audit
/// log tells.
///
/// `row` receives a JSON object with the columns of the table, but for those that the database
/// computes; it stays empty where the row wasn't there yet or any more. Free it with
/// orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: the log no longer goes back to the row's creation.
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, row, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(row),
            Output::new(error),
        )
    };
    boundary(error, || {
        let row = row.required("row")?;
        let (entity, id) = (registry::by_number(entity)?, id.required()?);
        let moment = moment("at_unix_ms", at_unix_ms)?;
        let state = store?.read(|reader| entity.state_at(reader, id, moment))?;
        row.set_json_if_any(state.as_ref())
    })
}
