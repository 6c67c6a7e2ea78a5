//! Repositories: the places in which agents work.

use crate::db::{Reader, UnitOfWork};
use crate::entity::Entity as _;
use crate::error::{Error, Result};
use crate::models::{CodeRepository, RepositoryId};
use crate::repositories::code_repositories as rows;
use crate::types::{AccessLevel, RepositoryType, TimeSpan};
use crate::validate;

/// The path of agents that work in any repository.
pub const ANY_PATH: &str = "*";

/// The repository with this id.
pub fn get(reader: &mut Reader<'_>, id: &RepositoryId) -> Result<CodeRepository> {
    CodeRepository::find(reader.connection(), id)?
        .ok_or_else(|| Error::not_found(CodeRepository::NAME, id))
}

/// The repository at this path, if it is known.
pub fn get_by_path(reader: &mut Reader<'_>, path: &str) -> Result<Option<CodeRepository>> {
    Ok(rows::get_by_path(
        reader.connection(),
        normalize_path(path),
    )?)
}

/// All repositories, by path.
pub fn list(reader: &mut Reader<'_>) -> Result<Vec<CodeRepository>> {
    Ok(rows::list(reader.connection())?)
}

/// Makes the repository at this path known, named after the path's last part; one that is known
/// stays as it is, but becomes active again.
pub fn register(uow: &mut UnitOfWork<'_>, path: &str) -> Result<CodeRepository> {
    let path = normalize_path(path);
    validate::text("Path", path, validate::PATH)?;
    let Some(mut known) = rows::get_by_path(uow.connection(), path)? else {
        let mut repository = new_row(uow, path)?;
        uow.insert(&mut repository)?;
        return Ok(repository);
    };
    if !known.is_active {
        known.is_active = true;
        uow.update(&mut known)?;
    }
    Ok(known)
}

/// The id of the repository at this path, made known if it isn't; none for [`ANY_PATH`].
pub(crate) fn link(uow: &mut UnitOfWork<'_>, path: &str) -> Result<Option<RepositoryId>> {
    if path == ANY_PATH {
        return Ok(None);
    }
    match rows::id_of_path(uow.connection(), path)? {
        Some(id) => Ok(Some(id)),
        None => Ok(Some(register(uow, path)?.id)),
    }
}

/// The path without white space around it and separators behind it: two spellings of one place
/// are one repository.
pub(crate) fn normalize_path(path: &str) -> &str {
    let path = path.trim();
    let short = path.trim_end_matches(['/', '\\']);
    let is_root = short.is_empty() || short.ends_with(':');
    if is_root { path } else { short }
}

/// The last part of a path, which names the repository.
pub(crate) fn name_of_path(path: &str) -> &str {
    path.rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or(path)
}

/// A row for a path that isn't known yet.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_place_are_one_path() {
        for (given, path) in [
            ("/srv/git/search/", "/srv/git/search"),
            (" C:\\Sources\\App\\\\ ", "C:\\Sources\\App"),
            ("/", "/"),
            ("C:\\", "C:\\"),
            ("*", "*"),
        ] {
            assert_eq!(normalize_path(given), path, "{given:?}");
        }
    }

    #[test]
    fn a_repository_is_named_after_its_last_part() {
        assert_eq!(name_of_path("C:\\Sources\\Billing API"), "Billing API");
        assert_eq!(name_of_path("/srv/git/search"), "search");
        assert_eq!(name_of_path("/"), "/");
    }
}
