//! Settings of a repository: allowed operations, access level, and the host's own.

use super::get;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::tables::{CodeRepository, RepositoryId};
use crate::types::{AccessLevel, Json, StringList};
use crate::validate;

/// Most operations that a repository lists.
const MAX_OPERATIONS: usize = 100;

/// Sets the settings that the host keeps with a repository.
pub fn set_settings(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    settings: Option<Json>,
) -> Result<CodeRepository> {
    change(uow, id, |repository| repository.settings_json = settings)
}

/// Sets the access level of a repository.
pub fn set_access_level(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    level: AccessLevel,
) -> Result<CodeRepository> {
    change(uow, id, |repository| repository.access_level = level)
}

/// Sets the operations that are allowed in a repository: up to 100 different names of 1 to 100 characters. `None`
/// allows all, an empty list none.
pub fn set_allowed_operations(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    operations: Option<&[&str]>,
) -> Result<CodeRepository> {
    check_operations(operations.unwrap_or_default())?;
    let list = operations.map(|names| names.iter().copied().collect::<StringList>());
    change(uow, id, |repository| repository.allowed_operations = list)
}

/// Returns true if a repository allows the operation with this name. The host has to check this; the store doesn't.
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
            let reason = format!("must name each operation once, got '{name}' twice");
            return Err(Error::invalid(COLUMN, reason));
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
