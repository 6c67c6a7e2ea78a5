//! Results of costly computations, in the table `ComputedResults`.
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
//! // The input is another one by now, so that the result no longer counts.
//! let get = |hash| store.read(|reader| computed_results::get(reader, "size of /srv/app", Some(hash)));
//! assert!(get("5f2c")?.is_some());
//! assert!(get("9d01")?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::time::Duration;

use super::{check_value, expiry, is_live, removals, tag_list};
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::tables::ComputedResult as Row;
use crate::tables::caches::computed_results as rows;
use crate::types::{Id, Json};
use crate::validate;

const TABLE: &str = "ComputedResults";

removals!(rows, TABLE);

/// A result that is to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewResult<'a> {
    /// The result.
    pub value: Json,
    /// A hash of what it was computed from, 1 to 128 characters.
    pub input_hash: Option<&'a str>,
    /// How long the computation took; whole milliseconds are kept.
    pub computation_time: Option<Duration>,
    /// How long it is valid; none: until it is removed.
    pub valid_for: Option<Duration>,
    /// Tags that it can be removed by.
    pub tags: &'a [&'a str],
}

impl NewResult<'_> {
    /// Makes a result of which nothing else is known.
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

/// Returns the result of a key, if it has not expired and, where a hash is given, was computed from what
/// has this hash.
pub fn get(reader: &mut Reader<'_>, key: &str, input_hash: Option<&str>) -> Result<Option<Row>> {
    let now = reader.now();
    let row = rows::get(reader.connection(), key)?;
    Ok(row
        .filter(|row| is_live(row.expires_at, now))
        .filter(|row| input_hash.is_none() || row.input_hash.as_deref() == input_hash))
}

/// Keeps a result under a key of 1 to 500 characters, in place of the one that it had.
pub fn put(uow: &mut UnitOfWork<'_>, key: &str, new: &NewResult<'_>) -> Result<Row> {
    validate::text("Key", key, 1..=500)?;
    validate::optional_text("InputHash", new.input_hash, 1..=128)?;
    check_value(&new.value)?;
    let now = uow.now();
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let row = Row {
        id: uow.new_id()?,
        key: key.to_owned(),
        value: new.value.clone(),
        input_hash: new.input_hash.map(str::to_owned),
        computation_time: new.computation_time.map(millis),
        tags: tag_list(new.tags)?,
        expires_at: expiry(now, new.valid_for),
        created_at: now,
        updated_at: now,
        row_version: 1,
    };
    let row = rows::put(uow.connection(), &row)?;
    uow.note_write(TABLE, row.id.as_str());
    Ok(row)
}

/// Removes the result of a key, and says whether there was one.
pub fn remove(uow: &mut UnitOfWork<'_>, key: &str) -> Result<bool> {
    match rows::get(uow.connection(), key)? {
        Some(row) => remove_row(uow, &row.id).map(|()| true),
        None => Ok(false),
    }
}
