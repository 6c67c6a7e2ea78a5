//! Results of queries, in the table `QueryCache`.
//!
//! ```
//! use orchestra_store::services::caches::query_cache::{self, Expiry};
//! use orchestra_store::types::Json;
//! use serde_json::json;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! store.write(|uow| {
//!     query_cache::put(uow, "open tasks", &Json(json!([1, 2])), Expiry::Never, &["Tasks"])?;
//!     query_cache::put(uow, "agents", &Json(json!(["Ada"])), Expiry::Never, &["Agents"])
//! })?;
//! store.write(|uow| query_cache::invalidate_tag(uow, "Tasks"))?;
//! assert_eq!(store.read(|reader| query_cache::get(reader, "open tasks"))?, None);
//! assert!(store.read(|reader| query_cache::get(reader, "agents"))?.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::time::Duration;

use super::{check_value, expiry, is_live, removals, tag_list};
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::tables::QueryCacheEntry as Row;
use crate::tables::caches::query_cache as rows;
use crate::types::{Id, Json};
use crate::validate;

const TABLE: &str = "QueryCache";

removals!(rows, TABLE);

/// How long a result is valid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expiry {
    /// Until it is removed.
    #[default]
    Never,
    /// This long.
    After(Duration),
    /// This long after it was written or [renewed](renew).
    Sliding(Duration),
}

/// Returns the result of a key, if it has not expired.
pub fn get(reader: &mut Reader<'_>, key: &str) -> Result<Option<Row>> {
    let now = reader.now();
    let row = rows::get(reader.connection(), key)?;
    Ok(row.filter(|row| is_live(row.expires_at, now)))
}

/// Returns the result of a key like [`get`], and moves a sliding expiry ahead, which is a write.
pub fn renew(uow: &mut UnitOfWork<'_>, key: &str) -> Result<Option<Row>> {
    let Some(mut row) = get(uow, key)? else {
        return Ok(None);
    };
    if let Some(sliding) = row.sliding_expiration {
        let expires_at = uow.now() + sliding;
        rows::save_expiry(uow.connection(), &row.id, expires_at)?;
        uow.note_write(TABLE, row.id.as_str());
        row.expires_at = Some(expires_at);
    }
    Ok(Some(row))
}

/// Keeps a result under a key of 1 to 500 characters, in place of the one that it had.
pub fn put(
    uow: &mut UnitOfWork<'_>,
    key: &str,
    value: &Json,
    valid: Expiry,
    tags: &[&str],
) -> Result<Row> {
    validate::text("Key", key, 1..=500)?;
    check_value(value)?;
    let now = uow.now();
    let (after, sliding) = match valid {
        Expiry::Never => (None, None),
        Expiry::After(time) => (Some(time), None),
        Expiry::Sliding(time) => (Some(time), Some(time)),
    };
    let row = Row {
        id: uow.new_id()?,
        key: key.to_owned(),
        value: value.clone(),
        sliding_expiration: sliding.map(Into::into),
        tags: tag_list(tags)?,
        expires_at: expiry(now, after),
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
