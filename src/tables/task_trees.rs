//! Queries for the tree of a workflow's tasks.

use diesel::prelude::*;

use super::{Task, TaskId, WorkflowDefinitionId, WorkflowExecutionId};
use crate::schema::task_dependencies as edges;
use crate::schema::tasks::dsl;
use crate::sqlite::Conn;

/// The tasks of a run, by step, then by age.
pub(crate) fn of_execution(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    limit: i64,
) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dsl::workflow_execution_id.eq(id))
        .order((dsl::workflow_step, dsl::created_at, dsl::id))
        .limit(limit)
        .select(Task::as_select())
        .load(conn)
}

/// The tasks of a definition, by step, then by age.
pub(crate) fn of_definition(
    conn: &mut Conn,
    id: &WorkflowDefinitionId,
    limit: i64,
) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dsl::workflow_id.eq(id))
        .order((dsl::workflow_step, dsl::created_at, dsl::id))
        .limit(limit)
        .select(Task::as_select())
        .load(conn)
}

/// The tasks that a task depends on, by id.
pub(crate) fn depends_on(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<TaskId>> {
    edges::table
        .filter(edges::task_id.eq(id))
        .order(edges::depends_on_task_id)
        .select(edges::depends_on_task_id)
        .load(conn)
}
