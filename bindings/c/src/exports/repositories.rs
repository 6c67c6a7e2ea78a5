//! Repositories: the places in which agents work.

use kernel::services::code_repositories;

use crate::abi::prelude::*;

/// Makes the repository at a path known, 1 to 500 characters, and names it after the path's last
/// part; one that is known stays as it is, but becomes active again. Enqueueing a task or
/// registering an agent does the same for its RepositoryPath.
///
/// `repository` receives the repository as orchestra_repository_get() gives it; it may be NULL.
/// Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_register(
    store: *const orchestra_store,
    path: *const u8,
    path_len: usize,
    repository: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.register writes; error;
          borrow store, text path + path_len -> optional repository => {
        let path = path.to_owned();
        repository.set_json(&store.write(move |uow| code_repositories::register(uow, &path))?)?;
    })
}

/// Looks a repository up.
///
/// `repository` receives a JSON object with all columns of the table Repositories under their
/// names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such repository,
/// which all functions that take the id of one can answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    repository: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.get reads [NotFound]; error;
          borrow store, id id + id_len -> required repository => {
        repository.set_json(&store.read(|reader| code_repositories::get(reader, &id))?)?;
    })
}

/// Looks the repository at a path up.
///
/// `repository` receives the repository, and stays empty where none is known there. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_get_by_path(
    store: *const orchestra_store,
    path: *const u8,
    path_len: usize,
    repository: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.get_by_path reads; error;
          borrow store, text path + path_len -> required repository => {
        let found = store.read(|reader| code_repositories::get_by_path(reader, path))?;
        repository.set_json_if_any(found.as_ref())?;
    })
}

/// Lists all repositories, by path.
///
/// `repositories` receives a JSON array of repositories. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_list(
    store: *const orchestra_store,
    repositories: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.list reads; error; borrow store -> required repositories => {
        repositories.set_json(&store.read(code_repositories::list)?)?;
    })
}

/// Lists the active repositories that had the most tasks, the most first, at most `limit`, 1 to
/// 1000.
///
/// `repositories` receives a JSON array of repositories. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_list_most_used(
    store: *const orchestra_store,
    limit: u32,
    repositories: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.list_most_used reads; error; borrow store -> required repositories => {
        let most_used = store.read(|reader| code_repositories::list_most_used(reader, limit))?;
        repositories.set_json(&most_used)?;
    })
}

/// Notes that a repository is no longer in use. Its tasks and agents stay as they are; registering
/// it again makes it active.
///
/// `repository` receives the repository; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_deactivate(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    repository: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.deactivate writes; error;
          borrow store, id id + id_len -> optional repository => {
        repository.set_json(&store.write(move |uow| code_repositories::deactivate(uow, &id))?)?;
    })
}

/// Notes that somebody used a repository now. Like a sign of life, this isn't audited.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_repository_note_access(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(repositories.note_access writes; error; borrow store, id id + id_len => {
        store.write(move |uow| code_repositories::note_access(uow, &id))?;
    })
}
