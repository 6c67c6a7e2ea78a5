//! What may be done in a repository, by whom, and what a host keeps with it.

use kernel::services::code_repositories;

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::json::borrowed;
use crate::abi::output::Output;
use crate::abi::scalars::one_of;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

/// Its owner may see the repository.
pub const ORCHESTRA_ACCESS_PRIVATE: i32 = 0;
/// The owner's team may see the repository.
pub const ORCHESTRA_ACCESS_TEAM: i32 = 1;
/// Everybody may see the repository.
pub const ORCHESTRA_ACCESS_PUBLIC: i32 = 2;

/// Sets what the host wants to keep with a repository: any JSON, or NULL for nothing.
///
/// `repository` receives the repository; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_set_settings(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    settings: *const u8,
    settings_len: usize,
    repository: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, id, settings, repository, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("settings", settings, settings_len),
            Output::new(repository),
            Output::new(error),
        )
    };
    boundary(error, || {
        let repository = repository.optional("repository")?;
        let (id, settings) = (id.id()?, settings.optional_json_value()?);
        let set = store?.write(|uow| code_repositories::set_settings(uow, &id, settings))?;
        repository.set_json(&set)
    })
}

/// Sets who may see a repository, one of ORCHESTRA_ACCESS_*.
///
/// `repository` receives the repository; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT: the number is no level.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_set_access_level(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    level: i32,
    repository: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, id, repository, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(repository),
            Output::new(error),
        )
    };
    boundary(error, || {
        let repository = repository.optional("repository")?;
        let (id, level) = (id.id()?, one_of("level", level)?);
        let set = store?.write(|uow| code_repositories::set_access_level(uow, &id, level))?;
        repository.set_json(&set)
    })
}

/// Sets which operations are allowed in a repository.
///
/// `operations` is a JSON array of up to 100 different names of 1 to 100 characters; NULL allows
/// all, and an empty array none. `repository` receives the repository; it may be NULL. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_set_allowed_operations(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    operations: *const u8,
    operations_len: usize,
    repository: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, id, operations, repository, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("operations", operations, operations_len),
            Output::new(repository),
            Output::new(error),
        )
    };
    boundary(error, || {
        let repository = repository.optional("repository")?;
        let (id, operations) = (id.id()?, operations.optional_json_texts()?);
        let operations = operations.as_deref().map(borrowed);
        let operations = operations.as_deref();
        let set =
            store?.write(|uow| code_repositories::set_allowed_operations(uow, &id, operations))?;
        repository.set_json(&set)
    })
}

/// Tells whether an operation of this name is allowed in a repository. The store only answers: the
/// host has to ask.
///
/// `allowed` receives 1 if it is, otherwise 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_is_allowed(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    operation: *const u8,
    operation_len: usize,
    allowed: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, id, operation, allowed, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("operation", operation, operation_len),
            Output::new(allowed),
            Output::new(error),
        )
    };
    boundary(error, || {
        let allowed = allowed.required("allowed")?;
        let (id, operation) = (id.id()?, operation.required()?);
        let repository = store?.read(|reader| code_repositories::get(reader, &id))?;
        allowed.set(code_repositories::is_allowed(&repository, operation).into());
        Ok(())
    })
}
