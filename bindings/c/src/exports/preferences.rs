//! Preferences: setting them, and reading those of one scope.

use kernel::models::{UserPreference, UserPreferenceId};
use kernel::services::data;
use kernel::services::preferences::{self, NewPreference, Preference, Scope};

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

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
    // SAFETY: the header asks for this of the caller.
    let (store, preference, row, error) = unsafe {
        (
            handle::borrow(store),
            text("preference", preference, preference_len),
            Output::new(row),
            Output::new(error),
        )
    };
    boundary(error, || {
        let row = row.optional("row")?;
        let new: NewPreference = preference.json()?;
        row.set_json(&store?.write(|uow| preferences::set(uow, &new))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, key, scope, removed, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            text("scope", scope, scope_len),
            Output::new(removed),
            Output::new(error),
        )
    };
    boundary(error, || {
        let removed = removed.optional("removed")?;
        let (key, scope): (_, Scope) = (key.required()?, scope.json_or_default()?);
        removed.set(
            store?
                .write(|uow| preferences::remove(uow, key, &scope))?
                .into(),
        );
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, key, scope, preference, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            text("scope", scope, scope_len),
            Output::new(preference),
            Output::new(error),
        )
    };
    boundary(error, || {
        let preference = preference.required("preference")?;
        let (key, scope): (_, Scope) = (key.required()?, scope.json_or_default()?);
        let found = store?.read(|reader| preferences::get(reader, key, &scope))?;
        preference.set_json_if_any(found.map(readable).as_ref())
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, preference, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(preference),
            Output::new(error),
        )
    };
    boundary(error, || {
        let preference = preference.required("preference")?;
        let id: UserPreferenceId = id.id()?;
        let found = store?.read(|reader| {
            let row = data::get(reader, &id)?;
            preferences::open(reader, row)
        })?;
        preference.set_json(&readable(found))
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
    // SAFETY: the header asks for this of the caller.
    let (store, repository_id, agent_id, preferences, error) = unsafe {
        (
            handle::borrow(store),
            text("repository_id", repository_id, repository_id_len),
            text("agent_id", agent_id, agent_id_len),
            Output::new(preferences),
            Output::new(error),
        )
    };
    boundary(error, || {
        let preferences = preferences.required("preferences")?;
        let (repository_id, agent_id) = (repository_id.optional_id()?, agent_id.optional_id()?);
        let listed = store?.read(|reader| {
            preferences::list_effective(reader, repository_id.as_ref(), agent_id.as_ref())
        })?;
        preferences.set_json(&listed)
    })
}

/// A preference as C sees it: the row, with the value that can be read.
pub(crate) fn readable(preference: Preference) -> UserPreference {
    UserPreference {
        value: preference.text().to_owned(),
        ..preference.row().clone()
    }
}
