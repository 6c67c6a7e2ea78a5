//! Queries that read the tasks of a workflow as a tree.

use diesel::prelude::*;

use super::{Task, TaskId, WorkflowDefinitionId, WorkflowExecutionId};
use crate::schema::task_dependencies as edges;
use crate::schema::tasks::dsl;
use crate::sqlite::Conn;

/// Returns the tasks of an execution by step, then by age.
pub(crate) fn of_execution(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    limit: u32,
) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dsl::workflow_execution_id.eq(id))
        .order((dsl::workflow_step, dsl::created_at, dsl::id))
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)
}

/// Returns the tasks of a definition by step, then by age.
pub(crate) fn of_definition(
    conn: &mut Conn,
    id: &WorkflowDefinitionId,
    limit: u32,
) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dsl::workflow_id.eq(id))
        .order((dsl::workflow_step, dsl::created_at, dsl::id))
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)
}

/// Returns the ids of the tasks that a task depends on, sorted.
pub(crate) fn depends_on(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<TaskId>> {
    edges::table
        .filter(edges::task_id.eq(id))
        .order(edges::depends_on_task_id)
        .select(edges::depends_on_task_id)
        .load(conn)
}
