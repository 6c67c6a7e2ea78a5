//! Cache for the results of costly computations, in the table `ComputedResults`.
//!
//! ```
//! use orchestra_store::services::caches::computed_results::{self, NewResult};
//! use orchestra_store::types::Json;
//! use serde_json::json;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let mut new = NewResult::new(Json(json!({ "lines": 1200 })));
//! new.input_hash = Some("5f2c");
//! store.write(|uow| computed_results::put(uow, "size of /srv/app", &new))?;
//!
//! // The result is not found for an input with another hash.
//! let get = |hash| store.read(|reader| computed_results::get(reader, "size of /srv/app", Some(hash)));
//! assert!(get("5f2c")?.is_some());
//! assert!(get("9d01")?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::time::Duration;

use super::entry;
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::tables::{ComputedResult, computed_results as rows};
use crate::types::Json;
use crate::validate;

/// A result to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewResult<'a> {
    /// Result of the computation.
    pub value: Json,
    /// Hash of the input of the computation, 1 to 128 characters.
    pub input_hash: Option<&'a str>,
    /// Time that the computation took; whole milliseconds are stored.
    pub computation_time: Option<Duration>,
    /// Time that the result is valid; none means until it is removed.
    pub valid_for: Option<Duration>,
    /// Tags by which the result can be invalidated.
    pub tags: &'a [&'a str],
}

impl NewResult<'_> {
    /// Creates a result without hash, time, expiry and tags.
    pub fn new(value: Json) -> Self {
        Self {
            value,
            input_hash: None,
            computation_time: None,
            valid_for: None,
            tags: &[],
        }
    }
}

/// Returns the result with this key, unless it has expired or, if a hash is given, was computed from an input with
/// another hash.
pub fn get(
    reader: &mut Reader<'_>,
    key: &str,
    input_hash: Option<&str>,
) -> Result<Option<ComputedResult>> {
    let row = rows::get(reader.connection(), key)?;
    Ok(row
        .filter(|row| entry::is_live(reader, row))
        .filter(|row| input_hash.is_none() || row.input_hash.as_deref() == input_hash))
}

/// Stores a result under a key of 1 to 500 characters, in place of the one that the key had.
pub fn put(uow: &mut UnitOfWork<'_>, key: &str, new: &NewResult<'_>) -> Result<ComputedResult> {
    validate::text("Key", key, 1..=500)?;
    validate::optional_text("InputHash", new.input_hash, 1..=128)?;
    entry::check_value(&new.value)?;
    let now = uow.now();
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let row = ComputedResult {
        id: uow.new_id()?,
        key: key.to_owned(),
        value: new.value.clone(),
        input_hash: new.input_hash.map(str::to_owned),
        computation_time: new.computation_time.map(millis),
        tags: entry::tag_list(new.tags)?,
        expires_at: new.valid_for.map(|valid_for| now + valid_for),
        created_at: now,
        updated_at: now,
        row_version: uow.number_base().first_version(),
    };
    entry::put(uow, &row)
}

/// Removes the result with this key, and returns true if there was one.
pub fn remove(uow: &mut UnitOfWork<'_>, key: &str) -> Result<bool> {
    let found = rows::get(uow.connection(), key)?;
    entry::remove(uow, found)
}

/// Removes the entries with a tag, and returns their number.
pub fn invalidate_tag(uow: &mut UnitOfWork<'_>, tag: &str) -> Result<usize> {
    entry::invalidate_tag::<ComputedResult>(uow, tag)
}

/// Removes entries that have expired, at most `limit` and [`MAX_BATCH`](super::MAX_BATCH), and returns their number.
pub fn remove_expired(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    entry::remove_expired::<ComputedResult>(uow, limit)
}
