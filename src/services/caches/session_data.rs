//! Values that a host keeps for its sessions, in the table `SessionData`.
//!
//! ```
//! use orchestra_store::services::caches::session_data;
//! use orchestra_store::types::Json;
//! use serde_json::json;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let cart = Json(json!(["make", "make test"]));
//! store.write(|uow| session_data::put(uow, "session-7", "selected", &cart, None, &[]))?;
//! let found = store.read(|reader| session_data::get(reader, "session-7", "selected"))?;
//! assert_eq!(found.map(|row| row.value), Some(cart));
//! assert_eq!(store.write(|uow| session_data::remove_session(uow, "session-7"))?, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::time::Duration;

use super::entry;
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::tables::caches::CacheEntry;
use crate::tables::{SessionDataEntry, session_data as rows};
use crate::types::Json;
use crate::validate;

/// Returns the value of a session with this key, unless it has expired.
pub fn get(
    reader: &mut Reader<'_>,
    session_id: &str,
    key: &str,
) -> Result<Option<SessionDataEntry>> {
    let row = rows::get(reader.connection(), session_id, key)?;
    Ok(row.filter(|row| entry::is_live(reader, row)))
}

/// Returns the values of a session by key, without those that have expired.
pub fn list(reader: &mut Reader<'_>, session_id: &str) -> Result<Vec<SessionDataEntry>> {
    let mut all = rows::list(reader.connection(), session_id)?;
    all.retain(|row| entry::is_live(reader, row));
    Ok(all)
}

/// Stores a value for a session, whose id has 1 to 128 characters, under a key of 1 to 255 characters, in place of the
/// one that the key had. Without `valid_for`, it stays until it is removed.
pub fn put(
    uow: &mut UnitOfWork<'_>,
    session_id: &str,
    key: &str,
    value: &Json,
    valid_for: Option<Duration>,
    tags: &[&str],
) -> Result<SessionDataEntry> {
    validate::text("SessionId", session_id, 1..=128)?;
    validate::text("Key", key, 1..=255)?;
    entry::check_value(value)?;
    let now = uow.now();
    let row = SessionDataEntry {
        id: uow.new_id()?,
        session_id: session_id.to_owned(),
        key: key.to_owned(),
        value: value.clone(),
        tags: entry::tag_list(tags)?,
        expires_at: valid_for.map(|valid_for| now + valid_for),
        created_at: now,
        updated_at: now,
        row_version: uow.number_base().first_version(),
    };
    entry::put(uow, &row)
}

/// Removes the value of a session with this key, and returns true if there was one.
pub fn remove(uow: &mut UnitOfWork<'_>, session_id: &str, key: &str) -> Result<bool> {
    let found = rows::get(uow.connection(), session_id, key)?;
    entry::remove(uow, found)
}

/// Removes all values of a session, and returns their number.
pub fn remove_session(uow: &mut UnitOfWork<'_>, session_id: &str) -> Result<usize> {
    let all = rows::list(uow.connection(), session_id)?;
    entry::remove_all(uow, all.iter().map(CacheEntry::id))
}

/// Removes the entries with a tag, and returns their number.
pub fn invalidate_tag(uow: &mut UnitOfWork<'_>, tag: &str) -> Result<usize> {
    entry::invalidate_tag::<SessionDataEntry>(uow, tag)
}

/// Removes entries that have expired, at most `limit` and [`MAX_BATCH`](super::MAX_BATCH), and returns their number.
pub fn remove_expired(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    entry::remove_expired::<SessionDataEntry>(uow, limit)
}
