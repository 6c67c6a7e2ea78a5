//! Queries of `TaskDependencies`.

use diesel::prelude::*;

use crate::db::Conn;
use crate::models::{Task, TaskDependency, TaskDependencyId, TaskId};
use crate::schema::{task_dependencies as edges, tasks};
use crate::types::{FailurePolicy, TaskStatus};

/// The tasks that wait for this one, by id.
pub(crate) fn waiting_for(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<Task>> {
    edges::table
        .inner_join(tasks::table.on(tasks::id.eq(edges::task_id)))
        .filter(edges::depends_on_task_id.eq(id))
        .filter(tasks::status.eq(TaskStatus::Pending))
        .order(edges::task_id)
        .select(Task::as_select())
        .load(conn)
}

/// What is written of a task that waits for another one.
pub(crate) fn between(
    conn: &mut Conn,
    id: &TaskId,
    depends_on: &TaskId,
) -> QueryResult<Option<TaskDependency>> {
    edges::table
        .filter(edges::task_id.eq(id))
        .filter(edges::depends_on_task_id.eq(depends_on))
        .select(TaskDependency::as_select())
        .first(conn)
        .optional()
}

/// What is written of those that wait for this task.
pub(crate) fn ids_on(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<TaskDependencyId>> {
    edges::table
        .filter(edges::depends_on_task_id.eq(id))
        .select(edges::id)
        .load(conn)
}

/// Those of them that are to be cancelled if it fails.
pub(crate) fn doomed_with(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<Task>> {
    edges::table
        .inner_join(tasks::table.on(tasks::id.eq(edges::task_id)))
        .filter(edges::depends_on_task_id.eq(id))
        .filter(edges::on_failure.eq(FailurePolicy::Cancel))
        .filter(tasks::status.eq(TaskStatus::Pending))
        .order(edges::task_id)
        .select(Task::as_select())
        .load(conn)
}

/// The tasks that a task depends on, by id, with their states.
pub(crate) fn parents(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<(TaskId, TaskStatus)>> {
    edges::table
        .inner_join(tasks::table.on(tasks::id.eq(edges::depends_on_task_id)))
        .filter(edges::task_id.eq(id))
        .order(edges::depends_on_task_id)
        .select((tasks::id, tasks::status))
        .load(conn)
}
