//! Queries that sum up `Tasks`.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::db::{Backend, Conn};
use crate::models::{AgentId, RepositoryId};
use crate::schema::tasks::{self, dsl};
use crate::types::{TaskPriority, TaskStatus, Timestamp};

/// Which tasks a query is about.
pub(crate) struct Scope<'a> {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) agent_id: Option<&'a AgentId>,
    pub(crate) repository_id: Option<&'a RepositoryId>,
}

/// What is summed up of a task that was made in the period.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(Backend))]
pub(crate) struct CreatedTask {
    pub(crate) status: TaskStatus,
    pub(crate) priority: TaskPriority,
    pub(crate) retry_count: i32,
    pub(crate) available_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) computed_duration: Option<i64>,
}

type Condition<'a> = Box<dyn BoxableExpression<tasks::table, Backend, SqlType = Bool> + 'a>;

/// Tasks that were made in the period.
fn created<'a>(scope: &Scope<'a>) -> Condition<'a> {
    let period = dsl::created_at
        .ge(scope.from)
        .and(dsl::created_at.lt(scope.to));
    narrowed(Box::new(period), scope)
}

/// Tasks that ended in the period.
fn ended<'a>(scope: &Scope<'a>) -> Condition<'a> {
    let completed_at = dsl::completed_at.assume_not_null();
    let period = completed_at.ge(scope.from).and(completed_at.lt(scope.to));
    narrowed(Box::new(period), scope)
}

fn narrowed<'a>(period: Condition<'a>, scope: &Scope<'a>) -> Condition<'a> {
    let mut condition = period;
    if let Some(agent_id) = scope.agent_id {
        condition = Box::new(condition.and(dsl::agent_id.assume_not_null().eq(agent_id)));
    }
    if let Some(id) = scope.repository_id {
        condition = Box::new(condition.and(dsl::repository_id.assume_not_null().eq(id)));
    }
    condition
}

/// Visits the tasks that were made in the period, one row in memory at a time.
pub(crate) fn for_each_created(
    conn: &mut Conn,
    scope: &Scope<'_>,
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

/// Visits when and how the tasks ended that ended in the period.
pub(crate) fn for_each_ended(
    conn: &mut Conn,
    scope: &Scope<'_>,
    mut visit: impl FnMut(Timestamp, TaskStatus),
) -> QueryResult<()> {
    let rows = dsl::tasks
        .filter(ended(scope))
        .select((dsl::completed_at.assume_not_null(), dsl::status))
        .load_iter::<(Timestamp, TaskStatus), _>(conn)?;
    for row in rows {
        let (ended_at, status) = row?;
        visit(ended_at, status);
    }
    Ok(())
}

/// The most frequent errors of tasks that were made in the period and failed.
pub(crate) fn top_errors(
    conn: &mut Conn,
    scope: &Scope<'_>,
    limit: i64,
) -> QueryResult<Vec<(String, i64)>> {
    dsl::tasks
        .group_by(dsl::error_message)
        .filter(created(scope))
        .filter(dsl::status.eq(TaskStatus::Failed))
        .filter(dsl::error_message.is_not_null())
        .select((dsl::error_message.assume_not_null(), count_star()))
        .order((count_star().desc(), dsl::error_message))
        .limit(limit)
        .load(conn)
}
