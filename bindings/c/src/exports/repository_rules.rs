//! Access levels, allowed operations and settings of repositories.

use kernel::services::code_repositories;

use crate::abi::json::borrowed;
use crate::abi::prelude::*;

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
    call!(repositories.set_settings writes; error; borrow store, id id + id_len,
          optional_json_value settings + settings_len -> optional repository => {
        let set = store.write(move |uow| code_repositories::set_settings(uow, &id, settings))?;
        repository.set_json(&set)?;
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
    call!(repositories.set_access_level writes [InvalidArgument]; error;
          borrow store, id id + id_len, choice level -> optional repository => {
        let set = store.write(move |uow| code_repositories::set_access_level(uow, &id, level))?;
        repository.set_json(&set)?;
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
    call!(repositories.set_allowed_operations writes; error; borrow store, id id + id_len,
          optional_json_texts operations + operations_len -> optional repository => {
        let set = store.write(move |uow| {
            let operations = operations.as_deref().map(borrowed);
            code_repositories::set_allowed_operations(uow, &id, operations.as_deref())
        })?;
        repository.set_json(&set)?;
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
    call!(repositories.is_allowed reads; error;
          borrow store, id id + id_len, text operation + operation_len -> required allowed => {
        let repository = store.read(|reader| code_repositories::get(reader, &id))?;
        allowed.set(code_repositories::is_allowed(&repository, operation).into());
    })
}
