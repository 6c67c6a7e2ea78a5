//! Values that hosts keep for their sessions in the database.

use kernel::models::SessionDataEntry;
use kernel::services::caches::session_data;
use kernel::types::{Json, TimeSpan};
use kernel::{Result, UnitOfWork};
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

/// Keeps a value for a session of the host under a key, in place of the one that it had.
///
/// `entry` is a JSON object: SessionId (1 to 128 characters), Key (1 to 255 characters), Value (any
/// JSON, up to 1 MiB); optional ValidFor (`[d.]hh:mm:ss`; until it is removed if it is absent),
/// Tags (an array of up to 32 texts of 1 to 100 characters).
///
/// `row` receives what orchestra_session_data_get() gives; it may be NULL. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_session_data_put(
    store: *const orchestra_store,
    entry: *const u8,
    entry_len: usize,
    row: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, entry, row, error) = unsafe {
        (
            handle::borrow(store),
            text("entry", entry, entry_len),
            Output::new(row),
            Output::new(error),
        )
    };
    boundary(error, || {
        let row = row.optional("row")?;
        let entry: NewEntry = entry.json()?;
        let put = store?.write(|uow| entry.put(uow))?;
        row.set_json(&put)
    })
}

/// Looks the value of a session's key up.
///
/// `entry` receives a JSON object with all columns of the table SessionData under their names, and
/// stays empty where there is none or it has expired. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_session_data_get(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    key: *const u8,
    key_len: usize,
    entry: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, session_id, key, entry, error) = unsafe {
        (
            handle::borrow(store),
            text("session_id", session_id, session_id_len),
            text("key", key, key_len),
            Output::new(entry),
            Output::new(error),
        )
    };
    boundary(error, || {
        let entry = entry.required("entry")?;
        let (session, key) = (session_id.required()?, key.required()?);
        let found = store?.read(|reader| session_data::get(reader, session, key))?;
        entry.set_json_if_any(found.as_ref())
    })
}

/// Lists all values of a session that have not expired, by key.
///
/// `entries` receives a JSON array of what orchestra_session_data_get() gives. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_session_data_list(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    entries: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, session_id, entries, error) = unsafe {
        (
            handle::borrow(store),
            text("session_id", session_id, session_id_len),
            Output::new(entries),
            Output::new(error),
        )
    };
    boundary(error, || {
        let entries = entries.required("entries")?;
        let session = session_id.required()?;
        entries.set_json(&store?.read(|reader| session_data::list(reader, session))?)
    })
}

/// Removes the value of a session's key. `removed` receives 1 if there was one, otherwise 0; it may
/// be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_session_data_remove(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    key: *const u8,
    key_len: usize,
    removed: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, session_id, key, removed, error) = unsafe {
        (
            handle::borrow(store),
            text("session_id", session_id, session_id_len),
            text("key", key, key_len),
            Output::new(removed),
            Output::new(error),
        )
    };
    boundary(error, || {
        let removed = removed.optional("removed")?;
        let (session, key) = (session_id.required()?, key.required()?);
        removed.set(
            store?
                .write(|uow| session_data::remove(uow, session, key))?
                .into(),
        );
        Ok(())
    })
}

/// Removes all values of a session. `count` receives how many these were; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_session_data_remove_session(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, session_id, count, error) = unsafe {
        (
            handle::borrow(store),
            text("session_id", session_id, session_id_len),
            Output::new(count),
            Output::new(error),
        )
    };
    boundary(error, || {
        let count = count.optional("count")?;
        let session = session_id.required()?;
        count.set_count(store?.write(|uow| session_data::remove_session(uow, session))?);
        Ok(())
    })
}

/// Removes the values of sessions that have a tag. `count` receives how many these were; it may be
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_session_data_invalidate_tag(
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
        count.set_count(store?.write(|uow| session_data::invalidate_tag(uow, tag))?);
        Ok(())
    })
}

/// Removes values of sessions that have expired, at most `limit` and at most 1000; a host calls it
/// now and then, until it removes less. They are not found any more in any case.
///
/// `count` receives how many these were; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_session_data_remove_expired(
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
        count.set_count(store?.write(|uow| session_data::remove_expired(uow, limit.into()))?);
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct NewEntry {
    session_id: String,
    key: String,
    value: Json,
    #[serde(default)]
    valid_for: Option<TimeSpan>,
    #[serde(default)]
    tags: Vec<String>,
}

impl NewEntry {
    fn put(&self, uow: &mut UnitOfWork<'_>) -> Result<SessionDataEntry> {
        let valid_for = duration("ValidFor", self.valid_for)?;
        let (session, tags) = (&self.session_id, borrowed(&self.tags));
        session_data::put(uow, session, &self.key, &self.value, valid_for, &tags)
    }
}
