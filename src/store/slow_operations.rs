//! The log of calls that take long.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::sqlite::statement_log;

/// Runs the work of a call, and logs it where it takes at least this time. A call inside another is part of that one.
pub(super) fn watch<T>(slow: Option<Duration>, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let Some(slow) = slow else {
        return work();
    };
    let began = Instant::now();
    let (outcome, run) = statement_log::watch(work);
    let elapsed = began.elapsed();
    if let Some(run) = run
        && elapsed >= slow
    {
        let (statements, rows) = (run.statements, run.rows);
        let (longest, sql) = run.slowest.unwrap_or_default();
        let error = outcome.as_ref().err().map(|e| e.code());
        tracing::warn!(
            target: "orchestra_store::slow_operations",
            ?elapsed, statements, rows, ?longest, sql, ?error, "slow operation"
        );
    }
    outcome
}
