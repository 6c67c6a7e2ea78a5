//! Settings of a repository: what may be done in it, by whom, and how.

use super::get;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::tables::{CodeRepository, RepositoryId};
use crate::types::{AccessLevel, Json, StringList};
use crate::validate;

/// The most operations that a repository lists.
const MAX_OPERATIONS: usize = 100;

/// Sets what the host wants to keep with a repository.
pub fn set_settings(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    settings: Option<Json>,
) -> Result<CodeRepository> {
    change(uow, id, |repository| repository.settings_json = settings)
}

/// Sets who may see a repository.
pub fn set_access_level(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    level: AccessLevel,
) -> Result<CodeRepository> {
    change(uow, id, |repository| repository.access_level = level)
}

/// Sets which operations are allowed in a repository: up to 100 different names of 1 to 100
/// characters; none: all. An empty list allows nothing.
pub fn set_allowed_operations(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    operations: Option<&[&str]>,
) -> Result<CodeRepository> {
    check_operations(operations.unwrap_or_default())?;
    let list = operations.map(|names| names.iter().copied().collect::<StringList>());
    change(uow, id, |repository| repository.allowed_operations = list)
}

/// Returns `true` where an operation of this name is allowed in a repository. The store only answers: the host
/// has to ask.
pub fn is_allowed(repository: &CodeRepository, operation: &str) -> bool {
    let allowed = repository.allowed_operations.as_ref();
    allowed.is_none_or(|list| list.iter().any(|name| name == operation))
}

fn check_operations(operations: &[&str]) -> Result<()> {
    const COLUMN: &str = "AllowedOperations";
    validate::number(COLUMN, operations.len(), 0..=MAX_OPERATIONS)?;
    for (index, name) in operations.iter().enumerate() {
        validate::text(COLUMN, name, 1..=100)?;
        if operations[..index].contains(name) {
            return Err(Error::invalid(COLUMN, format!("has '{name}' twice")));
        }
    }
    Ok(())
}

fn change(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    change: impl FnOnce(&mut CodeRepository),
) -> Result<CodeRepository> {
    let mut repository = get(uow, id)?;
    change(&mut repository);
    uow.update(&mut repository)?;
    Ok(repository)
}
