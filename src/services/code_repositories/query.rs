//! Reading repositories.

use super::path::normalize_path;
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::{CodeRepository, RepositoryId, code_repositories as rows};

/// Returns the repository with this id.
pub fn get(reader: &mut Reader<'_>, id: &RepositoryId) -> Result<CodeRepository> {
    reader.get(id)
}

/// Returns the repository at this path, or `None` if it isn't registered.
pub fn get_by_path(reader: &mut Reader<'_>, path: &str) -> Result<Option<CodeRepository>> {
    Ok(rows::get_by_path(
        reader.connection(),
        normalize_path(path),
    )?)
}

/// Returns all repositories, by path.
pub fn list(reader: &mut Reader<'_>) -> Result<Vec<CodeRepository>> {
    Ok(rows::list(reader.connection())?)
}
