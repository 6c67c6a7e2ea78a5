//! Reading repositories.

use super::path::{ANY_PATH, is_same_on_windows, normalize_path};
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::{CodeRepository, RepositoryId, code_repositories as rows};

/// Returns the repository with this id.
pub fn get(reader: &mut Reader<'_>, id: &RepositoryId) -> Result<CodeRepository> {
    reader.get(id)
}

/// Returns the repository at this path, or `None` if it isn't registered.
pub fn get_by_path(reader: &mut Reader<'_>, path: &str) -> Result<Option<CodeRepository>> {
    let path = registered_path(reader, path)?;
    Ok(rows::get_by_path(reader.conn(), &path)?)
}

/// Returns the normalized path in the spelling of its repository. With
/// [`StoreConfig::windows_paths`](crate::StoreConfig::windows_paths) that is the one that differs only in case or
/// slashes, which costs a look at all repositories if no repository has exactly this path.
pub(crate) fn registered_path(reader: &mut Reader<'_>, path: &str) -> Result<String> {
    let path = normalize_path(path);
    let has_one_spelling = !reader.has_windows_paths() || path == ANY_PATH;
    if has_one_spelling || rows::id_of_path(reader.conn(), path)?.is_some() {
        return Ok(path.to_owned());
    }
    let known = rows::paths(reader.conn())?;
    let same = known
        .into_iter()
        .find(|known| is_same_on_windows(known, path));
    Ok(same.unwrap_or_else(|| path.to_owned()))
}

/// Returns all repositories, by path.
pub fn list(reader: &mut Reader<'_>) -> Result<Vec<CodeRepository>> {
    Ok(rows::list(reader.conn())?)
}
