//! Queries for the planned tasks of the stages of an execution.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{Task, TaskId, WorkflowExecutionId};
use crate::schema::tasks::{self, dsl};
use crate::sqlite::{Backend, Conn};
use crate::types::TaskStatus;

/// Counts the tasks of a stage by state.
pub(crate) fn count(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    stage: i32,
) -> QueryResult<Vec<(TaskStatus, i64)>> {
    dsl::tasks
        .filter(dsl::workflow_execution_id.eq(id))
        .filter(dsl::workflow_step.eq(stage))
        .filter(dsl::stage_position.is_not_null())
        .group_by(dsl::status)
        .select((dsl::status, count_star()))
        .load(conn)
}

/// Counts the tasks of an execution by stage and state.
pub(crate) fn count_all(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
) -> QueryResult<Vec<(i32, TaskStatus, i64)>> {
    dsl::tasks
        .filter(dsl::workflow_execution_id.eq(id))
        .filter(dsl::stage_position.is_not_null())
        .group_by((dsl::workflow_step, dsl::status))
        .select((dsl::workflow_step, dsl::status, count_star()))
        .load(conn)
}

/// Returns the pending tasks of a stage, in the order of the definition.
pub(crate) fn pending(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    stage: i32,
) -> QueryResult<Vec<Task>> {
    of_stage(id, stage)
        .filter(dsl::status.eq(TaskStatus::Pending))
        .select(Task::as_select())
        .load(conn)
}

/// Returns all tasks of a stage, in the order of the definition.
pub(crate) fn all(conn: &mut Conn, id: &WorkflowExecutionId, stage: i32) -> QueryResult<Vec<Task>> {
    of_stage(id, stage).select(Task::as_select()).load(conn)
}

/// Returns the ids of all tasks of a stage, in the order of the definition.
pub(crate) fn ids(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    stage: i32,
) -> QueryResult<Vec<TaskId>> {
    of_stage(id, stage).select(dsl::id).load(conn)
}

/// Returns the execution and the stage of a planned task.
pub(crate) fn place(
    conn: &mut Conn,
    task: &TaskId,
) -> QueryResult<Option<(WorkflowExecutionId, i32)>> {
    dsl::tasks
        .filter(dsl::id.eq(task))
        .filter(dsl::stage_position.is_not_null())
        .filter(dsl::workflow_execution_id.is_not_null())
        .select((
            dsl::workflow_execution_id.assume_not_null(),
            dsl::workflow_step,
        ))
        .first(conn)
        .optional()
}

/// Returns the tasks of a stage in this state, in the order of the definition.
pub(crate) fn in_state(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    stage: i32,
    status: TaskStatus,
) -> QueryResult<Vec<TaskId>> {
    of_stage(id, stage)
        .filter(dsl::status.eq(status))
        .select(dsl::id)
        .load(conn)
}

/// Returns tasks of a stage that haven't ended, in the order of the definition, at most `limit`.
pub(crate) fn first_open(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    stage: i32,
    limit: u32,
) -> QueryResult<Vec<TaskId>> {
    of_stage(id, stage)
        .filter(dsl::status.eq_any(TaskStatus::OPEN))
        .limit(limit.into())
        .select(dsl::id)
        .load(conn)
}

/// Returns the tasks of an execution that haven't ended, in the order of the definition.
pub(crate) fn open(conn: &mut Conn, id: &WorkflowExecutionId) -> QueryResult<Vec<TaskId>> {
    dsl::tasks
        .filter(dsl::workflow_execution_id.eq(id))
        .filter(dsl::stage_position.is_not_null())
        .filter(dsl::status.eq_any(TaskStatus::OPEN))
        .order((dsl::workflow_step, dsl::stage_position))
        .select(dsl::id)
        .load(conn)
}

fn of_stage<'q>(id: &'q WorkflowExecutionId, stage: i32) -> tasks::BoxedQuery<'q, Backend> {
    dsl::tasks
        .filter(dsl::workflow_execution_id.eq(id))
        .filter(dsl::workflow_step.eq(stage))
        .filter(dsl::stage_position.is_not_null())
        .order(dsl::stage_position)
        .into_boxed()
}
