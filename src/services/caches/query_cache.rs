//! Cache for the results of queries, in the table `QueryCache`.
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

use super::entry;
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::tables::caches::CacheEntry as _;
use crate::tables::{QueryCacheEntry, query_cache as rows};
use crate::types::Json;
use crate::validate;

/// Validity of a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expiry {
    /// Valid until it is removed.
    #[default]
    Never,
    /// Valid for this time.
    After(Duration),
    /// Valid for this time after it was written or last [renewed](renew).
    Sliding(Duration),
}

/// Returns the result with this key, unless it has expired.
pub fn get(reader: &mut Reader<'_>, key: &str) -> Result<Option<QueryCacheEntry>> {
    let row = rows::get(reader.connection(), key)?;
    Ok(row.filter(|row| entry::is_live(reader, row)))
}

/// Returns the result with this key as [`get`] does, and postpones a sliding expiry, which is a write.
pub fn renew(uow: &mut UnitOfWork<'_>, key: &str) -> Result<Option<QueryCacheEntry>> {
    let Some(mut row) = get(uow, key)? else {
        return Ok(None);
    };
    if let Some(sliding) = row.sliding_expiration {
        let expires_at = uow.now() + sliding;
        rows::save_expiry(uow.connection(), &row.id, expires_at)?;
        uow.note_write(QueryCacheEntry::TABLE, row.id.as_str());
        row.expires_at = Some(expires_at);
    }
    Ok(Some(row))
}

/// Stores a result under a key of 1 to 500 characters, in place of the one that the key had.
pub fn put(
    uow: &mut UnitOfWork<'_>,
    key: &str,
    value: &Json,
    valid: Expiry,
    tags: &[&str],
) -> Result<QueryCacheEntry> {
    validate::text("Key", key, 1..=500)?;
    entry::check_value(value)?;
    let now = uow.now();
    let (after, sliding) = match valid {
        Expiry::Never => (None, None),
        Expiry::After(time) => (Some(time), None),
        Expiry::Sliding(time) => (Some(time), Some(time)),
    };
    let row = QueryCacheEntry {
        id: uow.new_id()?,
        key: key.to_owned(),
        value: value.clone(),
        sliding_expiration: sliding.map(Into::into),
        tags: entry::tag_list(tags)?,
        expires_at: after.map(|after| now + after),
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
    entry::invalidate_tag::<QueryCacheEntry>(uow, tag)
}

/// Removes entries that have expired, at most `limit` and [`MAX_BATCH`](super::MAX_BATCH), and returns their number.
pub fn remove_expired(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    entry::remove_expired::<QueryCacheEntry>(uow, limit)
}
