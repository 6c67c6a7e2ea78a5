//! Analytics and trends of the tasks of a period.

use kernel::services::analytics::{self, TaskScope, task_analytics, task_trends};

use crate::abi::prelude::*;
use crate::abi::scalars::period;

/// Tells what the tasks show that were made in a period, up to ten years, its end not included.
///
/// The ends are milliseconds since 1970, UTC. `agent_id` and `repository_id` narrow it down, or are
/// NULL. `analytics` receives a JSON object: Period, Total, ByStatus, ByPriority, SuccessRate (0 to
/// 1), Retries, Duration and QueueWait (Count, Min, Average, Max, P50, P95, P99, in ms), Throughput
/// (Start, Completed, Failed, Cancelled, by the hour up to two days, else by the day), TopErrors
/// (ErrorMessage, Count). Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_analytics(
    store: *const orchestra_store,
    from_unix_ms: i64,
    to_unix_ms: i64,
    agent_id: *const u8,
    agent_id_len: usize,
    repository_id: *const u8,
    repository_id_len: usize,
    analytics: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.analytics reads; error; borrow store, optional_id agent_id + agent_id_len,
          optional_id repository_id + repository_id_len -> required analytics => {
        let period = period(from_unix_ms, to_unix_ms)?;
        let scope = TaskScope {
            agent_id,
            repository_id,
        };
        analytics.set_json(&store.read(|reader| task_analytics(reader, period, &scope))?)?;
    })
}

/// Tells how the tasks of a period compare with those of the period of the same length before it.
/// The arguments are those of orchestra_task_analytics().
///
/// `trends` receives a JSON object: Current and Previous, as orchestra_task_analytics() tells them,
/// and Total, Completed, Failed, SuccessRate, Retries, MedianDuration, MedianQueueWait, each with
/// Before, Now, Difference, and Ratio (Now over Before; null where nothing was before). Free it
/// with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_trends(
    store: *const orchestra_store,
    from_unix_ms: i64,
    to_unix_ms: i64,
    agent_id: *const u8,
    agent_id_len: usize,
    repository_id: *const u8,
    repository_id_len: usize,
    trends: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.trends reads; error; borrow store, optional_id agent_id + agent_id_len,
          optional_id repository_id + repository_id_len -> required trends => {
        let period = period(from_unix_ms, to_unix_ms)?;
        let scope = TaskScope {
            agent_id,
            repository_id,
        };
        trends.set_json(&store.read(|reader| task_trends(reader, period, &scope))?)?;
    })
}

/// Tells of a period in one document, which a host can print as it is. The ends are those of
/// orchestra_task_analytics(); beside what that costs, it takes a pass over the tasks of the
/// period.
///
/// `report` receives a JSON object: GeneratedAt, Tasks (as orchestra_task_analytics() tells them),
/// Agents and Repositories (of each Id, Total, Completed, Failed, Cancelled, SuccessRate), Queues
/// (what waits and runs now: RepositoryPath, Status, Count, OldestAvailableAt), Errors (of the
/// error log: ErrorCode, Severity, Count, LastAt). Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_analytics_report(
    store: *const orchestra_store,
    from_unix_ms: i64,
    to_unix_ms: i64,
    report: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(analytics.report reads; error; borrow store -> required report => {
        let period = period(from_unix_ms, to_unix_ms)?;
        report.set_json(&store.read(|reader| analytics::report(reader, period))?)?;
    })
}
