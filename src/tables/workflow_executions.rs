//! Row and queries of the table `WorkflowExecutions`.

use diesel::prelude::*;
use serde::Deserialize;

use super::{ChatMessage, Task, TaskId, UserId, WorkflowDefinition, WorkflowDefinitionId};
use crate::rows::entity;
use crate::schema::tasks::dsl as tasks;
use crate::schema::workflow_executions::{self, dsl};
use crate::sqlite::{Conn, Kept, dialect};
use crate::types::{Id, Json, StringList, TaskStatus, Timestamp, WorkflowExecutionStatus};

/// Id of a [`WorkflowExecution`].
pub type WorkflowExecutionId = Id<WorkflowExecution>;

entity! {
    /// An execution of a workflow.
    #[derive(Debug)]
    pub struct WorkflowExecution in workflow_executions as "WorkflowExecutions" {
        /// Primary key.
        pub id: WorkflowExecutionId,
        /// Definition that is executed.
        pub workflow_definition_id: WorkflowDefinitionId,
        /// Version of the definition at the start.
        pub workflow_version: String,
        /// Input of the execution.
        pub input_parameters: Option<Json>,
        /// Output of the execution.
        pub output_results: Option<Json>,
        /// Stages to run.
        pub execution_plan: Option<Json>,
        /// State of the execution.
        pub status: WorkflowExecutionStatus,
        /// Stage that is running.
        pub current_stage: Option<String>,
        /// Stages that completed.
        pub completed_stages: Option<StringList>,
        /// Stages that failed.
        pub failed_stages: Option<StringList>,
        /// Time of the start.
        pub started_at: Timestamp,
        /// Time of the end.
        pub completed_at: Option<Timestamp>,
        /// Expected duration, in milliseconds.
        pub estimated_duration: Option<i64>,
        /// Duration, in milliseconds.
        pub actual_duration: Option<i64>,
        /// Reason of the failure.
        pub error_message: Option<String>,
        /// Stage that failed.
        pub error_stage: Option<String>,
        /// Number of restarts.
        pub retry_count: i32,
        /// Progress, 0 to 100.
        pub progress_percentage: i32,
        /// Progress message for people.
        pub progress_message: Option<String>,
        /// Time of the last progress report.
        pub last_progress_update: Option<Timestamp>,
        /// Peak memory use, in bytes.
        pub peak_memory_usage: Option<i64>,
        /// Processor time, in milliseconds.
        pub cpu_time: Option<i64>,
        /// Number of input and output operations.
        pub io_operations: Option<i64>,
        /// User that started the execution.
        pub trigger_user_id: Option<UserId>,
        /// Kind of trigger: `Manual`, `Scheduled`, `Event` or `API`.
        pub trigger_type: Option<String>,
        /// Execution that started this one.
        pub parent_execution_id: Option<WorkflowExecutionId>,
        /// User who created the row.
        pub created_by: String,
        /// Time of the last change to the row.
        pub updated_at: Timestamp,
        /// Version of the row; each update raises it.
        pub row_version: i64,
    }
    created { updated_at } by created_by,
    updated { updated_at },
    version row_version,
    kept {
        [
            workflow_definition_id, workflow_version, input_parameters, output_results, execution_plan,
            status, current_stage, completed_stages, failed_stages, started_at, completed_at,
            estimated_duration, actual_duration, error_message, error_stage, retry_count,
            progress_percentage, last_progress_update,
        ] by "start, pause, resume, cancel, retry and the ends of its tasks",
    },
    given { workflow_definition_id, workflow_version, input_parameters, started_at },
    relations {
        ParentExecution: one WorkflowExecution by "ParentExecutionId",
        WorkflowDefinition: one WorkflowDefinition by "WorkflowDefinitionId",
        Tasks: many Task by "WorkflowExecutionId",
        Messages: many ChatMessage by "WorkflowExecutionId",
        SubExecutions: many WorkflowExecution by "ParentExecutionId",
    },
}

/// Conditions for the executions to list; an empty filter lists all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct ExecutionFilter {
    /// State of the executions.
    pub status: Option<WorkflowExecutionStatus>,
    /// Definition, which is one version of a workflow.
    pub workflow_definition_id: Option<WorkflowDefinitionId>,
}

/// Lists the executions that match the filter, the latest start first.
pub(crate) fn list(
    conn: &mut Conn,
    filter: &ExecutionFilter,
    limit: u32,
) -> QueryResult<Vec<WorkflowExecution>> {
    let mut query = dsl::workflow_executions
        .order((dsl::started_at.desc(), dsl::id.desc()))
        .limit(limit.into())
        .select(WorkflowExecution::as_select())
        .into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(dsl::status.eq(status));
    }
    if let Some(id) = &filter.workflow_definition_id {
        query = query.filter(dsl::workflow_definition_id.eq(id));
    }
    query.load(conn)
}

/// State of an execution and the columns that it is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct ExecutionPosition {
    pub(crate) status: WorkflowExecutionStatus,
    pub(crate) started_at: Timestamp,
    pub(crate) id: WorkflowExecutionId,
}

/// Returns the executions with a plan that are in this state, the oldest first, starting behind `behind`.
pub(crate) fn planned(
    conn: &mut Conn,
    status: WorkflowExecutionStatus,
    behind: Option<&ExecutionPosition>,
    limit: u32,
) -> QueryResult<Vec<ExecutionPosition>> {
    let mut query = dsl::workflow_executions
        .filter(dsl::status.eq(status))
        .filter(dsl::execution_plan.is_not_null())
        .order((dsl::started_at, dsl::id))
        .limit(limit.into())
        .select((dsl::status, dsl::started_at, dsl::id))
        .into_boxed();
    if let Some(ExecutionPosition { started_at, id, .. }) = behind {
        let same_time = dsl::started_at.eq(started_at).and(dsl::id.gt(id));
        query = query
            .filter(dsl::started_at.ge(started_at))
            .filter(dsl::started_at.gt(started_at).or(same_time));
    }
    query.load(conn)
}

/// Returns the states of the tasks of an execution, those of earlier attempts included.
pub(crate) fn task_states(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
) -> QueryResult<Vec<(TaskId, TaskStatus)>> {
    tasks::tasks
        .filter(tasks::workflow_execution_id.eq(id))
        .select((tasks::id, tasks::status))
        .load(conn)
}

/// Returns the size of the results of an execution's tasks in total, in bytes.
pub(crate) fn size_of_results(conn: &mut Conn, id: &WorkflowExecutionId) -> QueryResult<i64> {
    let size: Option<i64> = tasks::tasks
        .filter(tasks::workflow_execution_id.eq(id))
        .select(diesel::dsl::sum(dialect::octet_length(tasks::result)))
        .first(conn)?;
    Ok(size.unwrap_or_default())
}

/// Returns the results of the tasks of an execution.
pub(crate) fn results(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
) -> QueryResult<Vec<(TaskId, Option<String>)>> {
    tasks::tasks
        .filter(tasks::workflow_execution_id.eq(id))
        .select((tasks::id, tasks::result))
        .load(conn)
}

/// Returns the tasks of an execution by stage, then by id.
pub(crate) fn tasks_of(conn: &mut Conn, id: &WorkflowExecutionId) -> QueryResult<Vec<Task>> {
    tasks::tasks
        .filter(tasks::workflow_execution_id.eq(id))
        .order((tasks::workflow_step, tasks::id))
        .select(Task::as_select())
        .load(conn)
}

/// Makes the open tasks of an execution unclaimable, or claimable again, and returns the ids of those that changed.
pub(crate) fn set_held(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    is_held: bool,
) -> QueryResult<Vec<TaskId>> {
    let open_tasks = tasks::tasks
        .filter(tasks::workflow_execution_id.eq(id))
        .filter(tasks::status.eq_any(TaskStatus::OPEN))
        .filter(tasks::is_held.ne(is_held));
    let update = diesel::update(open_tasks)
        .set(tasks::is_held.eq(is_held))
        .returning(tasks::id);
    Kept(update).get_results(conn)
}

/// Writes the progress of an execution.
pub(crate) fn save_progress(conn: &mut Conn, execution: &WorkflowExecution) -> QueryResult<()> {
    let changes = (
        dsl::progress_percentage.eq(execution.progress_percentage),
        dsl::last_progress_update.eq(execution.last_progress_update),
        dsl::updated_at.eq(execution.updated_at),
        dsl::row_version.eq(execution.row_version),
    );
    dialect::update_row(conn, "WorkflowExecutions", &execution.id, changes)
}
