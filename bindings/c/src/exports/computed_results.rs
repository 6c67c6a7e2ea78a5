//! Results of costly computations that hosts keep in the database.

use kernel::models::ComputedResult;
use kernel::services::caches::computed_results::{self, NewResult};
use kernel::types::{Json, TimeSpan};
use kernel::{Result, UnitOfWork};
use serde::Deserialize;

use crate::abi::json::{borrowed, duration};
use crate::abi::prelude::*;

/// Keeps the result of a costly computation under a key, in place of the one that it had.
///
/// `result` is a JSON object: Key (1 to 500 characters), Value (any JSON, up to 1 MiB); optional
/// InputHash (of what it was computed from, 1 to 128 characters), ComputationTime (`[d.]hh:mm:ss`,
/// how long that took), ValidFor (`[d.]hh:mm:ss`; until it is removed if it is absent), Tags (an
/// array of up to 32 texts of 1 to 100 characters).
///
/// `row` receives what orchestra_computed_result_get() gives; it may be NULL. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_computed_result_put(
    store: *const orchestra_store,
    result: *const u8,
    result_len: usize,
    row: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(computed_results.put writes; error;
          borrow store, json result + result_len -> optional row => {
        row.set_json(&store.write(move |uow| ComputedRequest::put(&result, uow))?)?;
    })
}

/// Looks the result of a computation up, if it was computed from what has this hash; NULL for
/// whatever it was computed from.
///
/// `result` receives a JSON object with all columns of the table ComputedResults under their names,
/// and stays empty where there is none, it has expired, or it has another hash. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_computed_result_get(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    input_hash: *const u8,
    input_hash_len: usize,
    result: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(computed_results.get reads; error; borrow store, text key + key_len,
          optional_text input_hash + input_hash_len -> required result => {
        let found = store.read(|reader| computed_results::get(reader, key, input_hash))?;
        result.set_json_if_any(found.as_ref())?;
    })
}

/// Removes the result of a key. `removed` receives 1 if there was one, otherwise 0; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_computed_result_remove(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    removed: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(computed_results.remove writes; error;
          borrow store, text key + key_len -> optional removed => {
        let key = key.to_owned();
        removed.set(
            store
                .write(move |uow| computed_results::remove(uow, &key))?
                .into(),
        );
    })
}

/// Removes the results of computations that have a tag. `count` receives how many these were; it
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_computed_result_invalidate_tag(
    store: *const orchestra_store,
    tag: *const u8,
    tag_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(computed_results.invalidate_tag writes; error;
          borrow store, text tag + tag_len -> optional count => {
        let tag = tag.to_owned();
        count.set_count(store.write(move |uow| computed_results::invalidate_tag(uow, &tag))?);
    })
}

/// Removes results of computations that have expired, at most `limit` and at most 1000; a host
/// calls it now and then, until it removes less. They are not found any more in any case.
///
/// `count` receives how many these were; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_computed_result_remove_expired(
    store: *const orchestra_store,
    limit: u32,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(computed_results.remove_expired writes; error; borrow store -> optional count => {
        count.set_count(store.write(move |uow| computed_results::remove_expired(uow, limit))?);
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ComputedRequest {
    key: String,
    value: Json,
    #[serde(default)]
    input_hash: Option<String>,
    #[serde(default)]
    computation_time: Option<TimeSpan>,
    #[serde(default)]
    valid_for: Option<TimeSpan>,
    #[serde(default)]
    tags: Vec<String>,
}

impl ComputedRequest {
    fn put(&self, uow: &mut UnitOfWork<'_>) -> Result<ComputedResult> {
        let new = NewResult {
            value: self.value.clone(),
            input_hash: self.input_hash.as_deref(),
            computation_time: duration("ComputationTime", self.computation_time)?,
            valid_for: duration("ValidFor", self.valid_for)?,
            tags: &borrowed(&self.tags),
        };
        computed_results::put(uow, &self.key, &new)
    }
}
