//! Reading and counting tasks.

use crate::error::{Error, Result};
use crate::rows::{Entity as _, Reader};
use crate::services::code_repositories::normalize_path;
use crate::tables::tasks::TaskFilter;
use crate::tables::{Task, TaskId, task_views, tasks as rows};
use crate::types::TaskStatus;
use crate::validate;

/// Returns the task with this id.
pub fn get(reader: &mut Reader<'_>, id: &TaskId) -> Result<Task> {
    reader.get(id)
}

/// Returns the task with this id, and remembers its agent and its repository beside it, which its end changes.
pub(super) fn get_with_owners(reader: &mut Reader<'_>, id: &TaskId) -> Result<Task> {
    let found = task_views::with_owners(reader.conn(), id)?;
    let (task, agent, repository) = found.ok_or_else(|| Error::not_found(Task::NAME, id))?;
    reader.keep_seen(&task);
    if let Some(agent) = &agent {
        reader.keep_seen(agent);
    }
    if let Some(repository) = &repository {
        reader.keep_seen(repository);
    }
    Ok(task)
}

/// Returns the tasks that meet the conditions, the newest first, at most `limit`.
pub fn list(reader: &mut Reader<'_>, filter: &TaskFilter, limit: u32) -> Result<Vec<Task>> {
    validate::limit(limit)?;
    Ok(rows::list(reader.conn(), &normalized(filter), limit)?)
}

/// Returns the filter with its path normalized, as the paths of tasks are.
pub(super) fn normalized(filter: &TaskFilter) -> TaskFilter {
    let mut filter = filter.clone();
    filter.repository_path = filter
        .repository_path
        .map(|path| normalize_path(&path).to_owned());
    filter
}

/// Returns the number of tasks in each state, including states without tasks.
pub fn count_by_status(reader: &mut Reader<'_>) -> Result<Vec<(TaskStatus, i64)>> {
    let counted = rows::count_by_status(reader.conn())?;
    let count_of = |status| {
        counted
            .iter()
            .find(|(s, _)| *s == status)
            .map_or(0, |c| c.1)
    };
    Ok(TaskStatus::ALL
        .iter()
        .map(|&status| (status, count_of(status)))
        .collect())
}
