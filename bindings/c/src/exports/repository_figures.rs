//! How well it goes in repositories.

use kernel::services::code_repositories;

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::scalars::length_or_default;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

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
    // SAFETY: the header asks for this of the caller.
    let (store, id, statistics, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(statistics),
            Output::new(error),
        )
    };
    boundary(error, || {
        let statistics = statistics.required("statistics")?;
        let (id, length) = (id.id()?, length_or_default(period_ms));
        let told = store?.read(|reader| code_repositories::statistics(reader, &id, length))?;
        statistics.set_json(&told)
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
    // SAFETY: the header asks for this of the caller.
    let (store, count, error) = unsafe {
        (
            handle::borrow(store),
            Output::new(count),
            Output::new(error),
        )
    };
    boundary(error, || {
        let count = count.optional("count")?;
        let length = length_or_default(period_ms);
        count.set_count(store?.write(|uow| code_repositories::update_ratings(uow, length))?);
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, recount, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(recount),
            Output::new(error),
        )
    };
    boundary(error, || {
        let recount = recount.optional("recount")?;
        let id = id.id()?;
        recount.set_json(&store?.write(|uow| code_repositories::recount(uow, &id))?)
    })
}
