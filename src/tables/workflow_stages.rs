//! Row and queries of the table `WorkflowStages`.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::WorkflowExecutionId;
use crate::schema::workflow_executions as executions;
use crate::schema::workflow_stages::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{StageFailurePolicy, WorkflowExecutionStatus};

/// Stage of an execution that hasn't ended, with the numbers of its tasks.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = workflow_stages, primary_key(workflow_execution_id, stage), check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct WorkflowStage {
    /// Execution of the stage.
    pub workflow_execution_id: WorkflowExecutionId,
    /// Number of the stage, from 0, in the order of the definition.
    pub stage: i32,
    /// Name of the stage.
    pub name: String,
    /// Reaction to a task that failed or was cancelled.
    pub on_failure: StageFailurePolicy,
    /// Number of times that failed tasks may be requeued.
    pub retries: i32,
    /// Number of times that they were requeued.
    pub retried: i32,
    /// Number of planned tasks.
    pub task_count: i32,
    /// True once a task has started or ended.
    pub has_begun: bool,
    /// Number of completed tasks.
    pub completed: i32,
    /// Number of failed tasks.
    pub failed: i32,
    /// Number of tasks that were cancelled or deleted.
    pub cancelled: i32,
    /// Number of stages that the stage still waits for.
    pub waits_for: i32,
}

/// Returns the stages of an execution by number; none if it has ended.
pub(crate) fn of_execution(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
) -> QueryResult<Vec<WorkflowStage>> {
    dsl::workflow_stages
        .filter(dsl::workflow_execution_id.eq(id))
        .order(dsl::stage)
        .select(WorkflowStage::as_select())
        .load(conn)
}

/// Returns a stage of an execution, unless that has ended.
pub(crate) fn find(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    stage: i32,
) -> QueryResult<Option<WorkflowStage>> {
    dsl::workflow_stages
        .filter(dsl::workflow_execution_id.eq(id))
        .filter(dsl::stage.eq(stage))
        .select(WorkflowStage::as_select())
        .first(conn)
        .optional()
}

/// Returns the executions with a plan that have stages, and their states, by id.
pub(crate) fn executions(
    conn: &mut Conn,
) -> QueryResult<Vec<(WorkflowExecutionId, WorkflowExecutionStatus)>> {
    let own = dsl::workflow_stages.filter(dsl::workflow_execution_id.eq(executions::id));
    executions::table
        .filter(executions::execution_plan.is_not_null())
        .filter(exists(own))
        .order(executions::id)
        .select((executions::id, executions::status))
        .load(conn)
}

/// Returns the executions that haven't ended, have a plan and have no stages, by id.
pub(crate) fn executions_without(conn: &mut Conn) -> QueryResult<Vec<WorkflowExecutionId>> {
    let own = dsl::workflow_stages.filter(dsl::workflow_execution_id.eq(executions::id));
    executions::table
        .filter(executions::status.eq_any(WorkflowExecutionStatus::OPEN))
        .filter(executions::execution_plan.is_not_null())
        .filter(not(exists(own)))
        .order(executions::id)
        .select(executions::id)
        .load(conn)
}

/// Inserts the stages of an execution.
pub(crate) fn insert(conn: &mut Conn, stages: &[WorkflowStage]) -> QueryResult<()> {
    for stage in stages {
        diesel::insert_into(workflow_stages::table)
            .values(stage)
            .execute(conn)?;
    }
    Ok(())
}

/// Writes the columns of a stage that change.
pub(crate) fn save(conn: &mut Conn, stage: &WorkflowStage) -> QueryResult<()> {
    let row = dsl::workflow_stages
        .filter(dsl::workflow_execution_id.eq(&stage.workflow_execution_id))
        .filter(dsl::stage.eq(stage.stage));
    let changes = (
        dsl::retried.eq(stage.retried),
        dsl::has_begun.eq(stage.has_begun),
        dsl::completed.eq(stage.completed),
        dsl::failed.eq(stage.failed),
        dsl::cancelled.eq(stage.cancelled),
        dsl::waits_for.eq(stage.waits_for),
    );
    diesel::update(row).set(changes).execute(conn).map(drop)
}

/// Deletes the stages of an execution.
pub(crate) fn delete(conn: &mut Conn, id: &WorkflowExecutionId) -> QueryResult<()> {
    diesel::delete(dsl::workflow_stages.filter(dsl::workflow_execution_id.eq(id)))
        .execute(conn)
        .map(drop)
}
