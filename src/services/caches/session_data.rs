//! Values that hosts keep for a session, in the table `SessionData`.
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

use super::{check_value, expiry, is_live, removals, tag_list};
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::tables::SessionDataEntry as Row;
use crate::tables::caches::session_data as rows;
use crate::types::{Id, Json};
use crate::validate;

const TABLE: &str = "SessionData";

removals!(rows, TABLE);

/// Returns the value of a session's key, if it has not expired.
pub fn get(reader: &mut Reader<'_>, session_id: &str, key: &str) -> Result<Option<Row>> {
    let now = reader.now();
    let row = rows::get(reader.connection(), session_id, key)?;
    Ok(row.filter(|row| is_live(row.expires_at, now)))
}

/// Returns all values of a session that have not expired, by key.
pub fn list(reader: &mut Reader<'_>, session_id: &str) -> Result<Vec<Row>> {
    let now = reader.now();
    let mut all = rows::list(reader.connection(), session_id)?;
    all.retain(|row| is_live(row.expires_at, now));
    Ok(all)
}

/// Keeps a value for a session (1 to 128 characters) under a key of 1 to 255 characters, in place
/// of the one that it had. Without `valid_for` it stays until it is removed.
pub fn put(
    uow: &mut UnitOfWork<'_>,
    session_id: &str,
    key: &str,
    value: &Json,
    valid_for: Option<Duration>,
    tags: &[&str],
) -> Result<Row> {
    validate::text("SessionId", session_id, 1..=128)?;
    validate::text("Key", key, 1..=255)?;
    check_value(value)?;
    let now = uow.now();
    let row = Row {
        id: uow.new_id()?,
        session_id: session_id.to_owned(),
        key: key.to_owned(),
        value: value.clone(),
        tags: tag_list(tags)?,
        expires_at: expiry(now, valid_for),
        created_at: now,
        updated_at: now,
        row_version: 1,
    };
    let row = rows::put(uow.connection(), &row)?;
    uow.note_write(TABLE, row.id.as_str());
    Ok(row)
}

/// Removes the value of a session's key, and says whether there was one.
pub fn remove(uow: &mut UnitOfWork<'_>, session_id: &str, key: &str) -> Result<bool> {
    match rows::get(uow.connection(), session_id, key)? {
        Some(row) => remove_row(uow, &row.id).map(|()| true),
        None => Ok(false),
    }
}

/// Removes all values of a session, and returns how many these were.
pub fn remove_session(uow: &mut UnitOfWork<'_>, session_id: &str) -> Result<usize> {
    let all = rows::list(uow.connection(), session_id)?;
    all.iter().try_for_each(|row| remove_row(uow, &row.id))?;
    Ok(all.len())
}
