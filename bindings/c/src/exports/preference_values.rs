//! Preferences: which one holds, and reading its value as what it is.

use kernel::Result;
use kernel::services::preferences::{self, Preference};

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::session::Session;
use crate::abi::status::orchestra_status;
use crate::abi::text::{Text, text};
use crate::exports::preferences::readable;
use crate::exports::store::orchestra_store;

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
    // SAFETY: the header asks for this of the caller.
    let (store, key, repository_id, agent_id, preference, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            text("repository_id", repository_id, repository_id_len),
            text("agent_id", agent_id, agent_id_len),
            Output::new(preference),
            Output::new(error),
        )
    };
    boundary(error, || {
        let preference = preference.required("preference")?;
        let found = resolve(store, key, repository_id, agent_id)?;
        preference.set_json_if_any(found.map(readable).as_ref())
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
    // SAFETY: the header asks for this of the caller.
    let (store, key, repository_id, agent_id, value, found, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            text("repository_id", repository_id, repository_id_len),
            text("agent_id", agent_id, agent_id_len),
            Output::new(value),
            Output::new(found),
            Output::new(error),
        )
    };
    boundary(error, || {
        let value = value.required("value")?;
        let found = found.optional("found")?;
        let preference = resolve(store, key, repository_id, agent_id)?;
        found.set(preference.is_some().into());
        if let Some(preference) = preference {
            value.set_text(preference.text());
        }
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, key, repository_id, agent_id, value, found, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            text("repository_id", repository_id, repository_id_len),
            text("agent_id", agent_id, agent_id_len),
            Output::new(value),
            Output::new(found),
            Output::new(error),
        )
    };
    boundary(error, || {
        let value = value.required("value")?;
        let found = found.optional("found")?;
        let preference = resolve(store, key, repository_id, agent_id)?;
        let read = preference.map(|preference| preference.bool()).transpose()?;
        found.set(read.is_some().into());
        value.set(read.unwrap_or_default().into());
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, key, repository_id, agent_id, value, found, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            text("repository_id", repository_id, repository_id_len),
            text("agent_id", agent_id, agent_id_len),
            Output::new(value),
            Output::new(found),
            Output::new(error),
        )
    };
    boundary(error, || {
        let value = value.required("value")?;
        let found = found.optional("found")?;
        let preference = resolve(store, key, repository_id, agent_id)?;
        let read = preference.map(|preference| preference.i64()).transpose()?;
        found.set(read.is_some().into());
        value.set(read.unwrap_or_default());
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, key, repository_id, agent_id, value, found, error) = unsafe {
        (
            handle::borrow(store),
            text("key", key, key_len),
            text("repository_id", repository_id, repository_id_len),
            text("agent_id", agent_id, agent_id_len),
            Output::new(value),
            Output::new(found),
            Output::new(error),
        )
    };
    boundary(error, || {
        let value = value.required("value")?;
        let found = found.optional("found")?;
        let preference = resolve(store, key, repository_id, agent_id)?;
        let read = preference.map(|preference| preference.f64()).transpose()?;
        found.set(read.is_some().into());
        value.set(read.unwrap_or_default());
        Ok(())
    })
}

fn resolve(
    store: Result<&Session>,
    key: Text<'_>,
    repository_id: Text<'_>,
    agent_id: Text<'_>,
) -> Result<Option<Preference>> {
    let key = key.required()?;
    let (repository_id, agent_id) = (repository_id.optional_id()?, agent_id.optional_id()?);
    store?
        .read(|reader| preferences::resolve(reader, key, repository_id.as_ref(), agent_id.as_ref()))
}
