//! The error log: what went wrong, where, and how often.

use kernel::services::error_logs;

use crate::abi::prelude::*;

/// Notes an error in the error log, with who acts and in which request.
///
/// `entry` is a JSON object: Message; optional Severity (Trace, Debug, Information, Warning, Error,
/// which is the default, Critical), Source (up to 255 characters), ErrorCode (up to 100),
/// StackTrace, EntityType and EntityId (what it is about), Properties (any JSON).
///
/// `appended` receives the entry as orchestra_error_log_get() gives it; it may be NULL. Free it
/// with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_log_append(
    store: *const orchestra_store,
    entry: *const u8,
    entry_len: usize,
    appended: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(error_logs.append writes; error;
          borrow store, json entry + entry_len -> optional appended => {
        appended.set_json(&store.write(move |uow| error_logs::log(uow, &entry))?)?;
    })
}

/// Looks an entry up.
///
/// `entry` receives a JSON object with all columns of the table ErrorLogs under their names. Free
/// it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such entry.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_log_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    entry: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(error_logs.get reads [NotFound]; error;
          borrow store, id id + id_len -> required entry => {
        entry.set_json(&store.read(|reader| error_logs::get(reader, &id))?)?;
    })
}

/// Lists entries, the newest first: `size` of them, 1 to 1000.
///
/// `filter` is a JSON object with any of MinimumSeverity, Source, ErrorCode, EntityType, EntityId
/// (only together with EntityType), CorrelationId, From and To (ISO 8601; the second is not
/// included); NULL for all entries. `after` is NULL for the newest, and then the Next of the answer
/// before.
///
/// `entries` receives a JSON object: Items, an array of entries, and Next, where the next ones
/// begin, as a text; null where there are no more. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_log_list(
    store: *const orchestra_store,
    filter: *const u8,
    filter_len: usize,
    after: *const u8,
    after_len: usize,
    size: u32,
    entries: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(error_logs.list reads; error; borrow store, json_or_default filter + filter_len,
          page_cursor after + after_len -> required entries => {
        let listed =
            store.read(|reader| error_logs::list(reader, &filter, after.as_ref(), size))?;
        entries.set_json(&listed)?;
    })
}

/// Tells how often each code occurred in a period, its end not included, the most frequent first,
/// at most `limit`. The ends are milliseconds since 1970, UTC. It reads the entries of the period.
///
/// `counts` receives a JSON array: ErrorCode (null for entries without one), Severity, Count,
/// LastAt. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_log_counts_by_code(
    store: *const orchestra_store,
    from_unix_ms: i64,
    to_unix_ms: i64,
    limit: u32,
    counts: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(error_logs.counts_by_code reads; error;
          borrow store, moment from_unix_ms, moment to_unix_ms -> required counts => {
        counts.set_json(&store.read(|reader| {
            error_logs::counts_by_code(reader, from_unix_ms, to_unix_ms, limit)
        })?)?;
    })
}
