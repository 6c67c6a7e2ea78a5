//! Lists of tasks for particular purposes. Each takes a limit, at most 10 000, so that none grows with the database;
//! [`data::for_each`](crate::rows::data::for_each) visits all rows.

use crate::error::Result;
use crate::rows::{Reader, room_left};
use crate::services::analytics::Period;
use crate::services::{agents, code_repositories};
use crate::tables::task_lists::TimeRange;
use crate::tables::{AgentId, RepositoryId, Task, task_lists as rows};
use crate::types::{TaskPriority, TaskStatus, TimeSpan};
use crate::validate;

/// Returns the tasks that nobody runs yet, pending or assigned, by priority, then the oldest first; at most `limit`.
pub fn list_pending(reader: &mut Reader<'_>, limit: u32) -> Result<Vec<Task>> {
    validate::limit(limit)?;
    let mut found = Vec::new();
    for &priority in TaskPriority::ALL.iter().rev() {
        let room = room_left(limit, found.len());
        let conn = reader.conn();
        let mut of_priority = rows::of_priority(conn, TaskStatus::Pending, priority, room)?;
        of_priority.extend(rows::of_priority(
            conn,
            TaskStatus::Assigned,
            priority,
            room,
        )?);
        of_priority.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        found.extend(of_priority);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(found)
}

/// Returns the tasks of an agent, in one state or in any, the newest first, at most `limit`: those that it runs or ran
/// last, and those that are pinned to it.
pub fn list_of_agent(
    reader: &mut Reader<'_>,
    agent_id: &AgentId,
    status: Option<TaskStatus>,
    limit: u32,
) -> Result<Vec<Task>> {
    validate::limit(limit)?;
    agents::get(reader, agent_id)?;
    Ok(rows::of_agent(reader.conn(), agent_id, status, limit)?)
}

/// Returns the tasks of a repository that were created in the period of this length that ends now, or at any time, the
/// newest first, at most `limit`.
pub fn list_of_repository(
    reader: &mut Reader<'_>,
    id: &RepositoryId,
    period: Option<TimeSpan>,
    limit: u32,
) -> Result<Vec<Task>> {
    validate::limit(limit)?;
    let created = time_range(reader, period)?;
    code_repositories::get(reader, id)?;
    let conn = reader.conn();
    Ok(rows::of_repository(conn, id, created.as_ref(), limit)?)
}

/// Returns the tasks in state Failed that failed in the period of this length that ends now, or at any time, the latest
/// failure first, at most `limit`.
///
/// They stay failed until they are [retried](super::retry) or [redriven](super::redrive).
pub fn list_failed(
    reader: &mut Reader<'_>,
    period: Option<TimeSpan>,
    limit: u32,
) -> Result<Vec<Task>> {
    validate::limit(limit)?;
    let ended = time_range(reader, period)?;
    Ok(rows::failed(reader.conn(), ended.as_ref(), limit)?)
}

/// Returns the tasks that have been running for `threshold` or longer, the longest first, at most `limit`.
pub fn list_long_running(
    reader: &mut Reader<'_>,
    threshold: TimeSpan,
    limit: u32,
) -> Result<Vec<Task>> {
    validate::limit(limit)?;
    let since = Period::until_now(reader, threshold)?.from;
    Ok(rows::running_since(reader.conn(), since, limit)?)
}

/// Returns the tasks with this correlation id, 1 to 128 characters, the oldest first, at most `limit`.
pub fn list_correlated(
    reader: &mut Reader<'_>,
    correlation_id: &str,
    limit: u32,
) -> Result<Vec<Task>> {
    validate::limit(limit)?;
    validate::text("CorrelationId", correlation_id, 1..=128)?;
    Ok(rows::correlated(reader.conn(), correlation_id, limit)?)
}

fn time_range(reader: &Reader<'_>, period: Option<TimeSpan>) -> Result<Option<TimeRange>> {
    let Some(length) = period else {
        return Ok(None);
    };
    let period = Period::until_now(reader, length)?;
    Ok(Some(period.from..period.to))
}
