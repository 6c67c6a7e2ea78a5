//! Checking the database, and repairing what can be computed.

use kernel::maintenance::{Severity, integrity, repair};

use crate::abi::prelude::*;

/// Checks the database: SQLite's own checks, foreign keys, and rules that SQLite can't state.
///
/// `report` receives a JSON object with Findings (Severity, Rule, Table, Row, Message,
/// Command: what ends it, a text for a shell),
/// `error_count` how many of these are errors and not warnings. Both may be NULL. Free the report
/// with orchestra_buffer_free(). A database with findings is ORCHESTRA_OK: the check has run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_check(
    store: *const orchestra_store,
    report: *mut orchestra_buffer,
    error_count: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.check reads; error; borrow store -> optional report, optional error_count => {
        let checked = store.read(integrity::check)?;
        let errors = checked
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        error_count.set(i32::try_from(errors.count()).unwrap_or(i32::MAX));
        report.set_json(&checked)?;
    })
}

/// Mends what can be computed from what is there: makes indexes anew that don't fit their tables,
/// resolves foreign keys that point to nothing, rescues tasks whose leases have ended, and raises
/// counters that are behind the tasks. Each repair has an entry in the audit log; the rest is for
/// people.
///
/// `report` receives a JSON object: Repairs (Table, Row, What) and Left, what
/// orchestra_store_check() finds afterwards; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_repair(
    store: *const orchestra_store,
    report: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.repair writes; error; whole store -> optional report => {
        report.set_json(&repair::repair(store)?)?;
    })
}
