//! The cache in memory.

use std::ffi::c_void;

use kernel::{Result, TableDependency, registry};

use crate::abi::factory::orchestra_factory_callback;
use crate::abi::prelude::*;

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
    call!(cache.get reads; error; whole store, entity entity, text id + id_len -> required row => {
        row.set_json(&entity.get_cached(store, id)?)?;
    })
}

/// Looks a value up that was made for this key before, in memory, or has it made and keeps it. A value is never
/// older than the last commit to a table that it depends on, in this process or another.
///
/// `depends_on` is a JSON array of the names of entities, such as `["Tasks"]`; NULL for all. `expiry_ms` is how long
/// the value is used at most; 0 for `cache_expiry_ms` of the options. `key` must name what the value is made
/// from, such as the user and the arguments: all handles of a store share the values.
///
/// `value` receives it; free it with orchestra_buffer_free(). ORCHESTRA_CANCELLED: `factory` made none;
/// ORCHESTRA_MISUSE: it asked for the value that it makes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cache_get_or_make(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    depends_on: *const u8,
    depends_on_len: usize,
    expiry_ms: u32,
    factory: orchestra_factory_callback,
    context: *mut c_void,
    value: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(cache.get_or_make reads [Cancelled, Misuse]; error; whole store, text key + key_len,
          optional_json_texts depends_on + depends_on_len, millis expiry_ms,
          factory factory + context -> required value => {
        let tables = tables(&depends_on.unwrap_or_default())?;
        let made = store.cached_value(key, &tables, expiry_ms, || factory.make(key))?;
        value.set_text(&made);
    })
}

fn tables(names: &[String]) -> Result<Vec<TableDependency>> {
    let table = |name: &String| registry::by_name(name).map(TableDependency::on_entity);
    names.iter().map(table).collect()
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
    call!(cache.invalidate; error; whole store, text key + key_len -> optional dropped => {
        dropped.set(store.invalidate(key).into());
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
    call!(cache.invalidate_pattern; error;
          whole store, text pattern + pattern_len -> optional count => {
        count.set_count(store.invalidate_pattern(pattern));
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
    call!(cache.statistics; error; whole store -> required statistics => {
        statistics.set_json(&store.cache_statistics())?;
    })
}
