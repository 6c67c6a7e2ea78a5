//! Queries that list `Tasks`, one for each purpose.

use std::ops::Range;

use diesel::prelude::*;

use super::{AgentId, RepositoryId, Task};
use crate::schema::tasks::dsl;
use crate::sqlite::{Conn, dialect};
use crate::types::{TaskPriority, TaskStatus, Timestamp};

/// Period from a time, inclusive, up to another, exclusive.
pub(crate) type TimeRange = Range<Timestamp>;

/// Lists the tasks of one state and priority, the oldest first.
pub(crate) fn of_priority(
    conn: &mut Conn,
    status: TaskStatus,
    priority: TaskPriority,
    limit: u32,
) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dialect::task_is_in(status))
        .filter(dsl::priority.eq(priority))
        .order((dsl::created_at, dsl::id))
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)
}

/// Lists the tasks of an agent, in one state or in any, the newest first.
pub(crate) fn of_agent(
    conn: &mut Conn,
    agent_id: &AgentId,
    status: Option<TaskStatus>,
    limit: u32,
) -> QueryResult<Vec<Task>> {
    let newest = dsl::tasks
        .filter(dsl::agent_id.eq(agent_id))
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .limit(limit.into())
        .select(Task::as_select());
    match status {
        Some(status) => newest.filter(dialect::task_is_in(status)).load(conn),
        None => newest.load(conn),
    }
}

/// Lists the tasks of a repository that were created in a period, or at any time, the newest first.
pub(crate) fn of_repository(
    conn: &mut Conn,
    id: &RepositoryId,
    made: Option<&TimeRange>,
    limit: u32,
) -> QueryResult<Vec<Task>> {
    let newest = dsl::tasks
        .filter(dsl::repository_id.eq(id))
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .limit(limit.into())
        .select(Task::as_select());
    match made {
        Some(made) => newest
            .filter(dsl::created_at.ge(made.start))
            .filter(dsl::created_at.lt(made.end))
            .load(conn),
        None => newest.load(conn),
    }
}

/// Lists the tasks that failed in a period, or at any time, the latest first.
pub(crate) fn failed(
    conn: &mut Conn,
    ended: Option<&TimeRange>,
    limit: u32,
) -> QueryResult<Vec<Task>> {
    let latest = dsl::tasks
        .filter(dialect::task_is_in(TaskStatus::Failed))
        .order((dsl::completed_at.desc(), dsl::id.desc()))
        .limit(limit.into())
        .select(Task::as_select());
    match ended {
        Some(ended) => latest
            .filter(dsl::completed_at.ge(ended.start))
            .filter(dsl::completed_at.lt(ended.end))
            .load(conn),
        None => latest.load(conn),
    }
}

/// Lists the tasks that have been running since `since` or longer, the longest first.
pub(crate) fn running_since(
    conn: &mut Conn,
    since: Timestamp,
    limit: u32,
) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dialect::task_is_in(TaskStatus::InProgress))
        .filter(dsl::started_at.le(since))
        .order((dsl::started_at, dsl::id))
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)
}

/// Lists the tasks that share a correlation id, the oldest first.
pub(crate) fn correlated(
    conn: &mut Conn,
    correlation_id: &str,
    limit: u32,
) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dsl::correlation_id.eq(correlation_id))
        .order((dsl::created_at, dsl::id))
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)
}
