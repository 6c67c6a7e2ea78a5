//! Preferences: setting them, which one holds, and reading its value as what it is.

use kernel::Result;
use kernel::models::{AgentId, RepositoryId, UserPreference};
use kernel::services::data;
use kernel::services::preferences::{self, Preference};

use crate::abi::prelude::*;
use crate::abi::session::Session;

/// Sets a preference, new or known, in exactly this scope. Setting what is set already writes
/// nothing.
///
/// `preference` is a JSON object: Key (1 to 255 characters), Value (text: `true` or `false`, a
/// number, JSON, or any other); optional Scope (an object with any of IsDefault, which is true for
/// everyone and not the acting user, RepositoryId, AgentId), Type (UI, Behavior, Performance,
/// Security, Integration), Category, Description, IsEncrypted (whether the value is sealed with the
/// host's key), IsReadOnly (whether later changes are refused). What is absent stays as before, but
/// for IsReadOnly.
///
/// `row` receives a JSON object with all columns of the table UserPreferences under their names,
/// and its Value sealed if it is; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_READ_ONLY: the known one is read-only; ORCHESTRA_ENCRYPTION_FAILED: the value can't be
/// sealed; ORCHESTRA_CONSTRAINT_VIOLATION: there is no such repository or agent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_set(
    store: *const orchestra_store,
    preference: *const u8,
    preference_len: usize,
    row: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.set writes [ReadOnly, EncryptionFailed, ConstraintViolation]; error;
          borrow store, json preference + preference_len -> optional row => {
        row.set_json(&store.write(move |uow| preferences::set(uow, &preference))?)?;
    })
}

/// Removes the preference of exactly this scope.
///
/// `scope` is a JSON object with any of IsDefault (true for everyone), RepositoryId, AgentId; NULL
/// for all work of the acting user. `removed` receives 1 if there was one, otherwise 0; it may be
/// NULL. ORCHESTRA_READ_ONLY: it is read-only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_remove(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    scope: *const u8,
    scope_len: usize,
    removed: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.remove writes [ReadOnly]; error; borrow store, text key + key_len,
          json_or_default scope + scope_len -> optional removed => {
        let key = key.to_owned();
        removed.set(
            store
                .write(move |uow| preferences::remove(uow, &key, &scope))?
                .into(),
        );
    })
}

/// Reads the preference of exactly this scope, which is that of orchestra_preference_remove().
///
/// `preference` receives a JSON object with all columns of the table UserPreferences under their
/// names, the Value readable also where IsEncrypted is true; it stays empty where there is none.
/// Free it with orchestra_buffer_free(), which doesn't overwrite it. ORCHESTRA_ENCRYPTION_FAILED:
/// the value is sealed and can't be opened, which all functions that read a value can answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_get(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    scope: *const u8,
    scope_len: usize,
    preference: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.get reads [EncryptionFailed]; error; borrow store, text key + key_len,
          json_or_default scope + scope_len -> required preference => {
        let found = store.read(|reader| preferences::get(reader, key, &scope))?;
        preference.set_json_if_any(found.map(readable).as_ref())?;
    })
}

/// Reads a preference of the acting user or of everyone by its id, as orchestra_preference_get()
/// gives it. ORCHESTRA_NOT_FOUND: there is no such one, or it is another user's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_open(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    preference: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.open reads [NotFound]; error;
          borrow store, id id + id_len -> required preference => {
        let found = store.read(|reader| {
            let row = data::get(reader, &id)?;
            preferences::open(reader, row)
        })?;
        preference.set_json(&readable(found))?;
    })
}

/// Lists the preferences that hold for the acting user's work with an agent in a repository, the
/// most specific one of each key, by key. `repository_id` and `agent_id` may be NULL for work
/// without one.
///
/// `preferences` receives a JSON array of rows of UserPreferences. Sealed values stay sealed;
/// orchestra_preference_open() opens one. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_list_effective(
    store: *const orchestra_store,
    repository_id: *const u8,
    repository_id_len: usize,
    agent_id: *const u8,
    agent_id_len: usize,
    preferences: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.list_effective reads; error;
          borrow store, optional_id repository_id + repository_id_len,
          optional_id agent_id + agent_id_len -> required preferences => {
        let listed = store.read(|reader| {
            preferences::list_effective(reader, repository_id.as_ref(), agent_id.as_ref())
        })?;
        preferences.set_json(&listed)?;
    })
}

/// Reads the preference that holds for the acting user's work with an agent in a repository: the
/// user's own before everyone's, then agent and repository, then agent, then repository, then all
/// work. `repository_id` and `agent_id` may be NULL for work without one.
///
/// `preference` receives what orchestra_preference_get() gives, and stays empty where there is
/// none. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_resolve(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    repository_id: *const u8,
    repository_id_len: usize,
    agent_id: *const u8,
    agent_id_len: usize,
    preference: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.resolve reads; error;
          borrow store, text key + key_len, optional_id repository_id + repository_id_len,
          optional_id agent_id + agent_id_len -> required preference => {
        let found = resolve(store, key, repository_id, agent_id)?;
        preference.set_json_if_any(found.map(readable).as_ref())?;
    })
}

/// Reads the value of the preference that holds, as orchestra_preference_resolve() finds it, as it
/// is: text, or JSON if it is that.
///
/// `value` is not JSON unless the value is; free it with orchestra_buffer_free(), which doesn't
/// overwrite it. `found` receives 1 if there is a preference, otherwise 0, with an empty `value`;
/// it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_resolve_text(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    repository_id: *const u8,
    repository_id_len: usize,
    agent_id: *const u8,
    agent_id_len: usize,
    value: *mut orchestra_buffer,
    found: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.resolve_text reads; error;
          borrow store, text key + key_len, optional_id repository_id + repository_id_len,
          optional_id agent_id + agent_id_len -> required value, optional found => {
        let preference = resolve(store, key, repository_id, agent_id)?;
        found.set(preference.is_some().into());
        if let Some(preference) = preference {
            value.set_text(preference.text());
        }
    })
}

/// Reads the value of the preference that holds, as orchestra_preference_resolve() finds it, as
/// `true` or `false`, in any case: 1 or 0.
///
/// `found` receives 1 if there is a preference, otherwise 0, with `value` 0; it may be NULL.
/// ORCHESTRA_INVALID_ARGUMENT with the Column `Value`: it is something else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_resolve_bool(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    repository_id: *const u8,
    repository_id_len: usize,
    agent_id: *const u8,
    agent_id_len: usize,
    value: *mut i32,
    found: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.resolve_bool reads [InvalidArgument]; error;
          borrow store, text key + key_len, optional_id repository_id + repository_id_len,
          optional_id agent_id + agent_id_len -> required value, optional found => {
        let preference = resolve(store, key, repository_id, agent_id)?;
        let read = preference.map(|preference| preference.bool()).transpose()?;
        found.set(read.is_some().into());
        value.set(read.unwrap_or_default().into());
    })
}

/// Reads the value of the preference that holds, as orchestra_preference_resolve() finds it, as a
/// whole number.
///
/// `found` receives 1 if there is a preference, otherwise 0, with `value` 0; it may be NULL.
/// ORCHESTRA_INVALID_ARGUMENT with the Column `Value`: it is something else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_resolve_i64(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    repository_id: *const u8,
    repository_id_len: usize,
    agent_id: *const u8,
    agent_id_len: usize,
    value: *mut i64,
    found: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.resolve_i64 reads [InvalidArgument]; error;
          borrow store, text key + key_len, optional_id repository_id + repository_id_len,
          optional_id agent_id + agent_id_len -> required value, optional found => {
        let preference = resolve(store, key, repository_id, agent_id)?;
        let read = preference.map(|preference| preference.i64()).transpose()?;
        found.set(read.is_some().into());
        value.set(read.unwrap_or_default());
    })
}

/// Reads the value of the preference that holds, as orchestra_preference_resolve() finds it, as a
/// finite number.
///
/// `found` receives 1 if there is a preference, otherwise 0, with `value` 0; it may be NULL.
/// ORCHESTRA_INVALID_ARGUMENT with the Column `Value`: it is something else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_resolve_f64(
    store: *const orchestra_store,
    key: *const u8,
    key_len: usize,
    repository_id: *const u8,
    repository_id_len: usize,
    agent_id: *const u8,
    agent_id_len: usize,
    value: *mut f64,
    found: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.resolve_f64 reads [InvalidArgument]; error;
          borrow store, text key + key_len, optional_id repository_id + repository_id_len,
          optional_id agent_id + agent_id_len -> required value, optional found => {
        let preference = resolve(store, key, repository_id, agent_id)?;
        let read = preference.map(|preference| preference.f64()).transpose()?;
        found.set(read.is_some().into());
        value.set(read.unwrap_or_default());
    })
}

fn resolve(
    store: &Session,
    key: &str,
    repository_id: Option<RepositoryId>,
    agent_id: Option<AgentId>,
) -> Result<Option<Preference>> {
    store
        .read(|reader| preferences::resolve(reader, key, repository_id.as_ref(), agent_id.as_ref()))
}

/// Returns the row of a preference with its readable value.
fn readable(preference: Preference) -> UserPreference {
    UserPreference {
        value: preference.text().to_owned(),
        ..preference.row().clone()
    }
}
