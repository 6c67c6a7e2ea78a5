//! Upkeep that a host runs from time to time.

use kernel::maintenance::upkeep::Budget;
use kernel::services::retention_clock;

use crate::abi::prelude::*;
use crate::abi::scalars::nonzero;

/// Does what is due, as far as the budget goes: leases that ended are rescued, what expired is
/// removed, what the retention doesn't keep is deleted, and the file is looked after.
/// docs/maintenance.md lists the steps. A host calls it every few seconds; the library has no
/// threads of its own.
///
/// It ends after `budget_ms` (1000 for 0) or `max_runs` batches (any number for 0), but does at
/// least one; the next call goes on where this one stopped. `report` receives a JSON object: Steps
/// (Step, Runs, Count, More, Error: null or Code and Message), MoreDue, and Size: null, or MaxSize,
/// Before, After, Deleted (Kind, Rows), PagesGivenBack, Held (docs/maintenance.md, "By size"). It may be
/// NULL. Free it with orchestra_buffer_free(). A step that fails keeps no other from running, and is
/// ORCHESTRA_OK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_maintain(
    store: *const orchestra_store,
    budget_ms: u32,
    max_runs: u32,
    report: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.maintain writes; error; whole store, millis budget_ms -> optional report => {
        let mut budget = Budget {
            max_runs: nonzero(max_runs),
            ..Budget::default()
        };
        if let Some(time) = budget_ms {
            budget.time = time;
        }
        report.set_json(&store.maintain(budget)?)?;
    })
}

/// Tells what orchestra_store_maintain() would do: one batch of each step is done in a transaction
/// that is rolled back. Steps that only look after the file are left out.
///
/// `report` receives what orchestra_store_maintain() gives. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_maintain_dry_run(
    store: *const orchestra_store,
    report: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.maintain_dry_run reads; error; whole store -> required report => {
        report.set_json(&store.maintain_dry_run()?)?;
    })
}

/// Makes the retention of orchestra_store_maintain() believe the clock as it is now, although it jumped
/// ahead since the last round: rows that are as old as the policy says by this time are deleted by the
/// next one. docs/operations.md, "Wrong clocks".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_trust_clock(
    store: *const orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.trust_clock writes; error; borrow store => {
        store.write(retention_clock::trust)?;
    })
}
