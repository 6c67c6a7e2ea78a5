//! Queries that summarize `Tasks`.

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::Serialize;

use super::{AgentId, RepositoryId};
use crate::schema::tasks::{self, dsl};
use crate::sqlite::{Backend, Conn, dialect};
use crate::types::{TaskPriority, TaskStatus, TimeSpan, Timestamp};

/// Period, and the agent or repository, whose tasks are summarized.
pub(crate) struct PeriodScope<'a> {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) agent_id: Option<&'a AgentId>,
    pub(crate) repository_id: Option<&'a RepositoryId>,
}

/// Columns of a task created in the period that are summarized.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(Backend))]
pub(crate) struct CreatedTask {
    pub(crate) status: TaskStatus,
    pub(crate) priority: TaskPriority,
    pub(crate) retry_count: i32,
    pub(crate) available_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) completed_at: Option<Timestamp>,
}

impl CreatedTask {
    /// Returns the time from start to end, in milliseconds, if the task completed or failed.
    ///
    /// `ComputedDuration` holds it too, but costs SQLite more to read than the rest of the row.
    pub(crate) fn duration(&self) -> Option<i64> {
        let (started, ended) = (self.started_at?, self.completed_at?);
        let has_outcome = matches!(self.status, TaskStatus::Completed | TaskStatus::Failed);
        let ticks = (ended - started).ticks() + TimeSpan::TICKS_PER_MILLISECOND / 2;
        has_outcome.then_some(ticks / TimeSpan::TICKS_PER_MILLISECOND)
    }

    /// Returns the time from becoming available to the start of the last run, in whole milliseconds, if the task ran.
    pub(crate) fn queue_wait(&self) -> Option<i64> {
        let started = self.started_at?;
        Some(started.saturating_since(self.available_at).whole_millis())
    }
}

type TaskCondition<'a> = Box<dyn BoxableExpression<tasks::table, Backend, SqlType = Bool> + 'a>;

/// Selects the tasks that were created in the period.
fn created<'a>(scope: &PeriodScope<'a>) -> TaskCondition<'a> {
    let period = dsl::created_at
        .ge(scope.from)
        .and(dsl::created_at.lt(scope.to));
    narrowed(Box::new(period), scope)
}

/// Selects the tasks that ended in the period and were created before it.
fn carried_over<'a>(scope: &PeriodScope<'a>) -> TaskCondition<'a> {
    let completed_at = dsl::completed_at.assume_not_null();
    let ended = completed_at.ge(scope.from).and(completed_at.lt(scope.to));
    narrowed(Box::new(ended.and(dsl::created_at.lt(scope.from))), scope)
}

fn narrowed<'a>(period: TaskCondition<'a>, scope: &PeriodScope<'a>) -> TaskCondition<'a> {
    let mut condition = period;
    if let Some(agent_id) = scope.agent_id {
        condition = Box::new(condition.and(dsl::agent_id.assume_not_null().eq(agent_id)));
    }
    if let Some(id) = scope.repository_id {
        condition = Box::new(condition.and(dsl::repository_id.assume_not_null().eq(id)));
    }
    condition
}

/// Calls `visit` with each task created in the period, and holds one row in memory at a time.
pub(crate) fn for_each_created(
    conn: &mut Conn,
    scope: &PeriodScope<'_>,
    mut visit: impl FnMut(CreatedTask),
) -> QueryResult<()> {
    let rows = dsl::tasks
        .filter(created(scope))
        .select(CreatedTask::as_select())
        .load_iter::<CreatedTask, _>(conn)?;
    for row in rows {
        visit(row?);
    }
    Ok(())
}

/// Calls `visit` with the end and state of each task that ended in the period and was created before it.
pub(crate) fn for_each_carried_over(
    conn: &mut Conn,
    scope: &PeriodScope<'_>,
    mut visit: impl FnMut(Timestamp, TaskStatus),
) -> QueryResult<()> {
    let rows = dsl::tasks
        .filter(carried_over(scope))
        .select((dsl::completed_at.assume_not_null(), dsl::status))
        .load_iter::<(Timestamp, TaskStatus), _>(conn)?;
    for row in rows {
        let (ended_at, status) = row?;
        visit(ended_at, status);
    }
    Ok(())
}

/// Calls `visit` with the agent, repository and state of each task created in the period.
pub(crate) fn for_each_outcome(
    conn: &mut Conn,
    scope: &PeriodScope<'_>,
    mut visit: impl FnMut(Option<AgentId>, Option<RepositoryId>, TaskStatus),
) -> QueryResult<()> {
    let rows = dsl::tasks
        .filter(created(scope))
        .select((dsl::agent_id, dsl::repository_id, dsl::status))
        .load_iter::<(Option<AgentId>, Option<RepositoryId>, TaskStatus), _>(conn)?;
    for row in rows {
        let (agent_id, repository_id, status) = row?;
        visit(agent_id, repository_id, status);
    }
    Ok(())
}

/// Number of open tasks in one state for one repository.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueDepth {
    /// Path of the repository.
    pub repository_path: String,
    /// State: `Pending`, `Assigned` or `InProgress`.
    pub status: TaskStatus,
    /// Number of tasks.
    pub count: i64,
    /// Time at which the first of them became available, or will.
    pub oldest_available_at: Option<Timestamp>,
}

/// Counts the tasks that have not ended by repository and state.
pub(crate) fn queue_depths(conn: &mut Conn) -> QueryResult<Vec<QueueDepth>> {
    let mut depths: Vec<QueueDepth> = Vec::new();
    // Each has an index of its own.
    for is_open in [
        dialect::task_is_in(TaskStatus::Pending),
        dialect::task_is_assigned(),
    ] {
        let of_state = dsl::tasks
            .group_by((dsl::repository_path, dsl::status))
            .filter(is_open)
            .select((
                dsl::repository_path,
                dsl::status,
                count_star(),
                min(dsl::available_at),
            ));
        depths.extend(of_state.load::<QueueDepth>(conn)?);
    }
    depths.sort_by(|a, b| (&a.repository_path, a.status).cmp(&(&b.repository_path, b.status)));
    Ok(depths)
}

/// Returns the most frequent errors of failed tasks created in the period, each with its number.
pub(crate) fn top_errors(
    conn: &mut Conn,
    scope: &PeriodScope<'_>,
    limit: u32,
) -> QueryResult<Vec<(String, i64)>> {
    // Without the priority, SQLite can't use the index by status, priority and creation. The failures of all in a period
    // are fewer than all tasks of an agent or a repository.
    let mut failed: TaskCondition<'_> = Box::new(
        dialect::task_is_in(TaskStatus::Failed)
            .and(dsl::priority.eq_any(TaskPriority::ALL))
            .and(dsl::created_at.ge(scope.from))
            .and(dsl::created_at.lt(scope.to)),
    );
    if let Some(agent_id) = scope.agent_id {
        let of_agent = dialect::task_agent_unindexed().assume_not_null();
        failed = Box::new(failed.and(of_agent.eq(agent_id)));
    }
    if let Some(id) = scope.repository_id {
        let of_repository = dialect::task_repository_unindexed().assume_not_null();
        failed = Box::new(failed.and(of_repository.eq(id)));
    }
    dsl::tasks
        .group_by(dsl::error_message)
        .filter(failed)
        .filter(dsl::error_message.is_not_null())
        .select((dsl::error_message.assume_not_null(), count_star()))
        .order((count_star().desc(), dsl::error_message))
        .limit(limit.into())
        .load(conn)
}
