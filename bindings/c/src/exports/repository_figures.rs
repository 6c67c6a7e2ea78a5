//! Statistics and ratings of repositories.

use kernel::services::code_repositories;

use crate::abi::prelude::*;

/// Tells how well it goes in a repository, and what its tasks show that were made in the last
/// `period_ms`, or in 30 days if that is 0; ten years at the most.
///
/// `statistics` receives a JSON object: RepositoryId, Path, ReliabilityScore (0 to 1),
/// PerformanceRating (0 to 10, as of the last orchestra_repository_update_ratings()), and what
/// orchestra_task_analytics() tells. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_statistics(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    period_ms: i64,
    statistics: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.statistics reads; error;
          borrow store, id id + id_len, span period_ms -> required statistics => {
        let figures = store.read(|reader| code_repositories::statistics(reader, &id, period_ms))?;
        statistics.set_json(&figures)?;
    })
}

/// Rates all repositories anew by the tasks that ended in the last `period_ms`, or in 30 days if
/// that is 0; a host calls it now and then, such as once an hour. It costs a pass over these tasks.
///
/// `count` receives how many ratings changed; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_update_ratings(
    store: *const orchestra_store,
    period_ms: i64,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.update_ratings writes; error;
          borrow store, span period_ms -> optional count => {
        let updated = store.write_alone(|uow| code_repositories::update_ratings(uow, period_ms))?;
        count.set_count(updated);
    })
}

/// Sets the counters of a repository to what its tasks give. It reads all of them; those that are
/// no longer in the database don't count any more.
///
/// `recount` receives a JSON object: RepositoryId, Path, Differences (Column, Kept, Counted), which
/// is empty where all was right; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_recount(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    recount: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.recount writes; error; borrow store, id id + id_len -> optional recount => {
        recount.set_json(&store.write_alone(|uow| code_repositories::recount(uow, &id))?)?;
    })
}
