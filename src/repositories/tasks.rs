//! Queries of `Tasks`.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::Deserialize;

use crate::db::Conn;
use crate::models::{AgentId, Task, TaskId};
use crate::schema::tasks::dsl;
use crate::types::{TaskPriority, TaskStatus, Timestamp};

/// Where a claim looks for tasks. Each is served by an index of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lane<'a> {
    /// Tasks that only this agent may run.
    PinnedTo(&'a AgentId),
    /// Tasks of one repository that anyone may run.
    OpenIn(&'a str),
    /// Tasks of any repository that anyone may run.
    Open,
}

/// Which tasks to list.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct TaskFilter {
    /// Only those in this state.
    pub status: Option<TaskStatus>,
    /// Only those of this agent.
    pub agent_id: Option<AgentId>,
    /// Only those of this repository.
    pub repository_path: Option<String>,
    /// Only those with this correlation id.
    pub correlation_id: Option<String>,
}

pub(crate) fn get_by_idempotency_key(conn: &mut Conn, key: &str) -> QueryResult<Option<Task>> {
    dsl::tasks
        .filter(dsl::idempotency_key.eq(key))
        .select(Task::as_select())
        .first(conn)
        .optional()
}

/// The newest that fit, at most `limit`.
pub(crate) fn list(conn: &mut Conn, filter: &TaskFilter, limit: i64) -> QueryResult<Vec<Task>> {
    let mut query = dsl::tasks
        .select(Task::as_select())
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(dsl::status.eq(status));
    }
    if let Some(agent_id) = &filter.agent_id {
        query = query.filter(dsl::agent_id.eq(agent_id));
    }
    if let Some(path) = &filter.repository_path {
        query = query.filter(dsl::repository_path.eq(path));
    }
    if let Some(correlation_id) = &filter.correlation_id {
        query = query.filter(dsl::correlation_id.eq(correlation_id));
    }
    query.load(conn)
}

/// How many tasks are in each state.
pub(crate) fn count_by_status(conn: &mut Conn) -> QueryResult<Vec<(TaskStatus, i64)>> {
    dsl::tasks
        .group_by(dsl::status)
        .order(dsl::status)
        .select((dsl::status, count_star()))
        .load(conn)
}

/// The tasks of one priority that may be claimed, first those that became available first.
pub(crate) fn claimable(
    conn: &mut Conn,
    lane: Lane<'_>,
    priority: TaskPriority,
    now: Timestamp,
    limit: i64,
) -> QueryResult<Vec<Task>> {
    let available = dsl::tasks
        .filter(dsl::available_at.le(now))
        .order((dsl::available_at, dsl::id))
        .limit(limit)
        .select(Task::as_select());
    match lane {
        Lane::PinnedTo(agent_id) => available
            .filter(dsl::agent_id.eq(agent_id))
            .filter(dsl::pinned_priority.eq(priority))
            .load(conn),
        Lane::OpenIn(path) => available
            .filter(dsl::repository_path.eq(path))
            .filter(dsl::open_priority.eq(priority))
            .load(conn),
        Lane::Open => available.filter(dsl::open_priority.eq(priority)).load(conn),
    }
}

/// How many tasks an agent holds a lease on.
pub(crate) fn count_held(conn: &mut Conn, agent_id: &AgentId) -> QueryResult<i64> {
    dsl::tasks
        .filter(dsl::agent_id.eq(agent_id))
        .filter(dsl::lease_token.is_not_null())
        .select(count_star())
        .first(conn)
}

/// How many tasks each agent holds a lease on, for those that hold any.
pub(crate) fn count_held_by_agent(conn: &mut Conn) -> QueryResult<HashMap<AgentId, i64>> {
    let counts: Vec<(Option<AgentId>, i64)> = dsl::tasks
        .filter(dsl::lease_token.is_not_null())
        .filter(dsl::agent_id.is_not_null())
        .group_by(dsl::agent_id)
        .select((dsl::agent_id, count_star()))
        .load(conn)?;
    let with_agent = |(id, count): (Option<AgentId>, i64)| id.map(|id| (id, count));
    Ok(counts.into_iter().filter_map(with_agent).collect())
}

/// The tasks whose leases ended before `now`, the longest ago first; the index holds nothing to
/// order those by that ended at the same moment.
pub(crate) fn expired(conn: &mut Conn, now: Timestamp, limit: i64) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dsl::lease_expires_at.lt(now))
        .order(dsl::lease_expires_at)
        .limit(limit)
        .select(Task::as_select())
        .load(conn)
}

/// The tasks that are assigned or running without a lease, at most `limit`.
pub(crate) fn unleased(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dsl::status.eq_any([TaskStatus::Assigned, TaskStatus::InProgress]))
        .filter(dsl::lease_token.is_null())
        .order((dsl::created_at, dsl::id))
        .limit(limit)
        .select(Task::as_select())
        .load(conn)
}

/// Whether there is any row.
pub(crate) fn any(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::tasks.select(dsl::id))).get_result(conn)
}

/// How many tasks of each path are in each state.
pub(crate) fn count_by_path_and_status(
    conn: &mut Conn,
) -> QueryResult<Vec<(String, TaskStatus, i64)>> {
    dsl::tasks
        .group_by((dsl::repository_path, dsl::status))
        .select((dsl::repository_path, dsl::status, count_star()))
        .load(conn)
}

/// Writes how far a task is, and nothing that an index would have to follow.
pub(crate) fn save_progress(conn: &mut Conn, task: &Task) -> QueryResult<()> {
    diesel::update(dsl::tasks.find(&task.id))
        .set((
            dsl::progress_percentage.eq(task.progress_percentage),
            dsl::progress_message.eq(task.progress_message.as_deref()),
            dsl::last_progress_update.eq(task.last_progress_update),
            dsl::updated_at.eq(task.updated_at),
            dsl::updated_by.eq(&task.updated_by),
            dsl::row_version.eq(task.row_version),
        ))
        .execute(conn)
        .map(drop)
}

/// Writes when the lease ends.
pub(crate) fn save_lease_end(
    conn: &mut Conn,
    id: &TaskId,
    expires_at: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::tasks.find(id))
        .set(dsl::lease_expires_at.eq(expires_at))
        .execute(conn)
        .map(drop)
}
