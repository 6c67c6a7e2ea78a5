//! Results of costly computations that hosts keep in the database.

use kernel::Result;
use kernel::services::caches::computed_results::{self, NewResult};
use kernel::types::{Json, TimeSpan};
use serde::Deserialize;

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::json::{borrowed, duration};
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

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
    // SAFETY: the header asks for this of the caller.
    let (store, result, row, error) = unsafe {
        (
            handle::borrow(store),
            text("result", result, result_len),
            Output::new(row),
            Output::new(error),
        )
    };
    boundary(error, || {
        let row = row.optional("row")?;
        let result: Computed = result.json()?;
        let put = store?.write(|uow| {
            computed_results::put(
                uow,
                &result.key,
                &result.new_result(&borrowed(&result.tags))?,
            )
        })?;
        row.set_json(&put)
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
    // SAFETY: the header asks for this of the caller.
    let (store, key, input_hash, result, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            text("input_hash", input_hash, input_hash_len),
            Output::new(result),
            Output::new(error),
        )
    };
    boundary(error, || {
        let result = result.required("result")?;
        let (key, hash) = (key.required()?, input_hash.optional()?);
        let found = store?.read(|reader| computed_results::get(reader, key, hash))?;
        result.set_json_if_any(found.as_ref())
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
    // SAFETY: the header asks for this of the caller.
    let (store, key, removed, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            Output::new(removed),
            Output::new(error),
        )
    };
    boundary(error, || {
        let removed = removed.optional("removed")?;
        let key = key.required()?;
        removed.set(
            store?
                .write(|uow| computed_results::remove(uow, key))?
                .into(),
        );
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, tag, count, error) = unsafe {
        (
            handle::borrow(store),
            text("tag", tag, tag_len),
            Output::new(count),
            Output::new(error),
        )
    };
    boundary(error, || {
        let count = count.optional("count")?;
        let tag = tag.required()?;
        count.set_count(store?.write(|uow| computed_results::invalidate_tag(uow, tag))?);
        Ok(())
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
        count.set_count(store?.write(|uow| computed_results::remove_expired(uow, limit.into()))?);
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Computed {
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

impl Computed {
    fn new_result<'a>(&'a self, tags: &'a [&'a str]) -> Result<NewResult<'a>> {
        Ok(NewResult {
            value: self.value.clone(),
            input_hash: self.input_hash.as_deref(),
            computation_time: duration("ComputationTime", self.computation_time)?,
            valid_for: duration("ValidFor", self.valid_for)?,
            tags,
        })
    }
}
