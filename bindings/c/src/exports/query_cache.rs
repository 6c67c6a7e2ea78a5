//! Results of queries that hosts keep in the database.

use kernel::models::QueryCacheEntry;
use kernel::services::caches::query_cache::{self, Expiry};
use kernel::types::{Json, TimeSpan};
use kernel::{Error, Result, UnitOfWork};
use serde::Deserialize;

use crate::abi::json::{borrowed, duration};
use crate::abi::prelude::*;

/// Keeps the result of a query under a key, in place of the one that it had. Nothing drops it when
/// tables are written: that is what tags are for.
///
/// `entry` is a JSON object: Key (1 to 500 characters), Value (any JSON, up to 1 MiB); optional
/// ValidFor (`[d.]hh:mm:ss`; until it is removed if it is absent), IsSliding (true:
/// orchestra_query_cache_renew() makes it valid for as long again), Tags (an array of up to 32
/// texts of 1 to 100 characters).
///
/// `row` receives what orchestra_query_cache_get() gives; it may be NULL. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_query_cache_put(
    store: *const orchestra_store,
    entry: *const u8,
    entry_len: usize,
    row: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(query_cache.put writes; error; borrow store, json entry + entry_len -> optional row => {
        row.set_json(&store.write(move |uow| QueryResult::put(&entry, uow))?)?;
    })
}

/// Looks the result of a query up.
///
/// `entry` receives a JSON object with all columns of the table QueryCache under their names, and
/// stays empty where there is none or it has expired. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_query_cache_get(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    entry: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(query_cache.get reads; error; borrow store, text key + key_len -> required entry => {
        let found = store.read(|reader| query_cache::get(reader, key))?;
        entry.set_json_if_any(found.as_ref())?;
    })
}

/// Looks the result of a query up as orchestra_query_cache_get() does; one whose validity is sliding is
/// valid for as long again, which is a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_query_cache_renew(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    entry: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(query_cache.renew writes; error; borrow store, text key + key_len -> required entry => {
        let key = key.to_owned();
        entry.set_json_if_any(
            store
                .write(move |uow| query_cache::renew(uow, &key))?
                .as_ref(),
        )?;
    })
}

/// Removes the result of a key. `removed` receives 1 if there was one, otherwise 0; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_query_cache_remove(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    removed: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(query_cache.remove writes; error;
          borrow store, text key + key_len -> optional removed => {
        let key = key.to_owned();
        removed.set(
            store
                .write(move |uow| query_cache::remove(uow, &key))?
                .into(),
        );
    })
}

/// Removes the results of queries that have a tag. `count` receives how many these were; it may be
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_query_cache_invalidate_tag(
    store: *const orchestra_store,
    tag: *const u8,
    tag_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(query_cache.invalidate_tag writes; error;
          borrow store, text tag + tag_len -> optional count => {
        let tag = tag.to_owned();
        count.set_count(store.write(move |uow| query_cache::invalidate_tag(uow, &tag))?);
    })
}

/// Removes results of queries that have expired, at most `limit` and at most 1000; a host calls it
/// now and then, until it removes less. They are not found any more in any case.
///
/// `count` receives how many these were; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_query_cache_remove_expired(
    store: *const orchestra_store,
    limit: u32,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(query_cache.remove_expired writes; error; borrow store -> optional count => {
        count.set_count(store.write(move |uow| query_cache::remove_expired(uow, limit))?);
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct QueryResult {
    key: String,
    value: Json,
    #[serde(default)]
    valid_for: Option<TimeSpan>,
    #[serde(default)]
    is_sliding: bool,
    #[serde(default)]
    tags: Vec<String>,
}

impl QueryResult {
    fn put(&self, uow: &mut UnitOfWork<'_>) -> Result<QueryCacheEntry> {
        let (expiry, tags) = (self.expiry()?, borrowed(&self.tags));
        query_cache::put(uow, &self.key, &self.value, expiry, &tags)
    }

    fn expiry(&self) -> Result<Expiry> {
        match (duration("ValidFor", self.valid_for)?, self.is_sliding) {
            (Some(time), false) => Ok(Expiry::After(time)),
            (Some(time), true) => Ok(Expiry::Sliding(time)),
            (None, false) => Ok(Expiry::Never),
            (None, true) => Err(Error::invalid("ValidFor", "missing beside IsSliding")),
        }
    }
}
