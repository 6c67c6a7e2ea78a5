//! The cache in memory.

use kernel::registry;

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

/// Looks a row of an entity up as orchestra_entity_get() does, but in memory where it was asked for
/// before and nobody has changed it since, in this process or another: what it gives is never older.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cache_get(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
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
        let entity = registry::by_number(entity)?;
        row.set_json(&entity.get_cached(store?.store()?, id.required()?)?)
    })
}

/// Drops the row or result of a key from memory, such as `Tasks:42`. Only for what the database
/// doesn't know of: its own changes are noticed.
///
/// `dropped` receives 1 if there was one, otherwise 0; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cache_invalidate(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    dropped: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, key, dropped, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            Output::new(dropped),
            Output::new(error),
        )
    };
    boundary(error, || {
        let dropped = dropped.optional("dropped")?;
        dropped.set(store?.store()?.invalidate(key.required()?).into());
        Ok(())
    })
}

/// Drops the rows and results from memory whose keys match: `*` stands for any characters, `?` for
/// one, as in `Tasks:*`.
///
/// `count` receives how many these were; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cache_invalidate_pattern(
    store: *const orchestra_store,
    pattern: *const u8,
    pattern_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, pattern, count, error) = unsafe {
        (
            handle::borrow(store),
            text("pattern", pattern, pattern_len),
            Output::new(count),
            Output::new(error),
        )
    };
    boundary(error, || {
        let count = count.optional("count")?;
        let dropped = store?.store()?.invalidate_pattern(pattern.required()?);
        count.set(i64::try_from(dropped).unwrap_or(i64::MAX));
        Ok(())
    })
}

/// Tells what the cache in memory holds, and how useful it was since the store was opened.
///
/// `statistics` receives a JSON object with Hits, Misses, Entries, Bytes, Evictions and Clears. Free
/// it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cache_statistics(
    store: *const orchestra_store,
    statistics: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, statistics, error) = unsafe {
        (
            handle::borrow(store),
            Output::new(statistics),
            Output::new(error),
        )
    };
    boundary(error, || {
        let statistics = statistics.required("statistics")?;
        statistics.set_json(&store?.store()?.cache_statistics())
    })
}
