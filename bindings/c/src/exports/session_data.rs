//! Values that hosts keep for their sessions in the database.

use kernel::models::SessionDataEntry;
use kernel::services::caches::session_data;
use kernel::types::{Json, TimeSpan};
use kernel::{Result, UnitOfWork};
use serde::Deserialize;

use crate::abi::json::{borrowed, duration};
use crate::abi::prelude::*;

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
    call!(session_data.put writes; error; borrow store, json entry + entry_len -> optional row => {
        row.set_json(&store.write(move |uow| SessionValue::put(&entry, uow))?)?;
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
    call!(session_data.get reads; error;
          borrow store, text session_id + session_id_len, text key + key_len -> required entry => {
        let found = store.read(|reader| session_data::get(reader, session_id, key))?;
        entry.set_json_if_any(found.as_ref())?;
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
    call!(session_data.list reads; error;
          borrow store, text session_id + session_id_len -> required entries => {
        entries.set_json(&store.read(|reader| session_data::list(reader, session_id))?)?;
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
    call!(session_data.remove writes; error; borrow store, text session_id + session_id_len,
          text key + key_len -> optional removed => {
        let session_id = session_id.to_owned();
        let key = key.to_owned();
        removed.set(
            store
                .write(move |uow| session_data::remove(uow, &session_id, &key))?
                .into(),
        );
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
    call!(session_data.remove_session writes; error;
          borrow store, text session_id + session_id_len -> optional count => {
        let session_id = session_id.to_owned();
        count.set_count(store.write(move |uow| session_data::remove_session(uow, &session_id))?);
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
    call!(session_data.invalidate_tag writes; error;
          borrow store, text tag + tag_len -> optional count => {
        let tag = tag.to_owned();
        count.set_count(store.write(move |uow| session_data::invalidate_tag(uow, &tag))?);
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
    call!(session_data.remove_expired writes; error; borrow store -> optional count => {
        count.set_count(store.write(move |uow| session_data::remove_expired(uow, limit))?);
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SessionValue {
    session_id: String,
    key: String,
    value: Json,
    #[serde(default)]
    valid_for: Option<TimeSpan>,
    #[serde(default)]
    tags: Vec<String>,
}

impl SessionValue {
    fn put(&self, uow: &mut UnitOfWork<'_>) -> Result<SessionDataEntry> {
        let valid_for = duration("ValidFor", self.valid_for)?;
        let (session, tags) = (&self.session_id, borrowed(&self.tags));
        session_data::put(uow, session, &self.key, &self.value, valid_for, &tags)
    }
}
