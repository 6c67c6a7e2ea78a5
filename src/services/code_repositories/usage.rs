//! Use of the repositories: last access, and the most used ones.

use super::get;
use crate::error::Result;
use crate::rows::{Entity as _, Reader, UnitOfWork};
use crate::tables::{CodeRepository, RepositoryId, code_repositories as rows};
use crate::validate;

/// Records that a repository is accessed now. Like a heartbeat, this isn't audited.
pub fn note_access(uow: &mut UnitOfWork<'_>, id: &RepositoryId) -> Result<()> {
    get(uow, id)?;
    let now = uow.now();
    rows::save_access(uow.conn(), id, now)?;
    uow.note_write(CodeRepository::NAME, id.as_str());
    Ok(())
}

/// Returns the active repositories with the most tasks, the most used first, at most `limit`, 1 to 1000.
pub fn list_most_used(reader: &mut Reader<'_>, limit: u32) -> Result<Vec<CodeRepository>> {
    validate::number("limit", limit, 1..=1000)?;
    Ok(rows::list_most_used(reader.conn(), limit)?)
}
