//! Registering and deactivating repositories.

use super::get;
use super::path::{ANY_PATH, name_of_path};
use super::query::registered_path;
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::tables::{CodeRepository, RepositoryId, code_repositories as rows};
use crate::types::{AccessLevel, RepositoryType, TimeSpan};
use crate::validate;

/// Registers the repository at this path, 1 to 500 characters, with the path's last component as its name, and returns
/// it. A registered repository is returned as it is, but becomes active again.
pub fn register(uow: &mut UnitOfWork<'_>, path: &str) -> Result<CodeRepository> {
    let path = registered_path(uow, path)?;
    validate::text("Path", &path, validate::PATH)?;
    let Some(mut known) = rows::get_by_path(uow.conn(), &path)? else {
        let mut repository = new_row(uow, &path)?;
        uow.insert(&mut repository)?;
        return Ok(repository);
    };
    if !known.is_active {
        known.is_active = true;
        uow.update(&mut known)?;
    }
    Ok(known)
}

/// Marks a repository as no longer in use. Its tasks and agents stay as they are; registering it again makes it active.
pub fn deactivate(uow: &mut UnitOfWork<'_>, id: &RepositoryId) -> Result<CodeRepository> {
    let mut repository = get(uow, id)?;
    repository.is_active = false;
    uow.update(&mut repository)?;
    Ok(repository)
}

/// Returns the id of the repository at this path, which is registered if it isn't yet; `None` for [`ANY_PATH`].
pub(crate) fn link(uow: &mut UnitOfWork<'_>, path: &str) -> Result<Option<RepositoryId>> {
    if path == ANY_PATH {
        return Ok(None);
    }
    match rows::id_of_path(uow.conn(), path)? {
        Some(id) => Ok(Some(id)),
        None => Ok(Some(register(uow, path)?.id)),
    }
}

/// Returns the row of a new repository, with the defaults of all columns.
pub(crate) fn new_row(uow: &UnitOfWork<'_>, path: &str) -> Result<CodeRepository> {
    let now = uow.now();
    let user = &uow.user().user_id;
    let name: String = name_of_path(path).chars().take(255).collect();
    Ok(CodeRepository {
        id: uow.new_id()?,
        name,
        path: path.to_owned(),
        description: None,
        type_: RepositoryType::Git,
        is_active: true,
        settings_json: None,
        default_branch: None,
        allowed_operations: None,
        access_level: AccessLevel::Private,
        owner_user_id: None,
        total_tasks: 0,
        successful_tasks: 0,
        failed_tasks: 0,
        total_execution_time: TimeSpan::ZERO,
        average_task_duration: 0.0,
        last_task_executed_at: None,
        created_at: now,
        updated_at: now,
        last_accessed_at: None,
        created_by: user.clone(),
        updated_by: user.clone(),
        performance_rating: 0.0,
        reliability_score: 0.0,
        row_version: 1,
    })
}
