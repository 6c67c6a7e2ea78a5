//! The table `WorkflowExecutions`: its row and its queries.

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
    /// One run of a workflow.
    #[derive(Debug)]
    pub struct WorkflowExecution in workflow_executions as "WorkflowExecutions" {
        /// Primary key.
        pub id: WorkflowExecutionId,
        /// Definition that is run.
        pub workflow_definition_id: WorkflowDefinitionId,
        /// Version of the definition at the start.
        pub workflow_version: String,
        /// Input.
        pub input_parameters: Option<Json>,
        /// Output.
        pub output_results: Option<Json>,
        /// Stages as they are to be run.
        pub execution_plan: Option<Json>,
        /// State of the run.
        pub status: WorkflowExecutionStatus,
        /// Stage that is being run.
        pub current_stage: Option<String>,
        /// Stages that completed.
        pub completed_stages: Option<StringList>,
        /// Stages that failed.
        pub failed_stages: Option<StringList>,
        /// When it was started.
        pub started_at: Timestamp,
        /// When it ended.
        pub completed_at: Option<Timestamp>,
        /// Expected duration, in milliseconds.
        pub estimated_duration: Option<i64>,
        /// Duration, in milliseconds.
        pub actual_duration: Option<i64>,
        /// Why it failed.
        pub error_message: Option<String>,
        /// Stage that failed.
        pub error_stage: Option<String>,
        /// How often it was started again.
        pub retry_count: i32,
        /// Progress, 0 to 100.
        pub progress_percentage: i32,
        /// Progress, for people.
        pub progress_message: Option<String>,
        /// When progress was last reported.
        pub last_progress_update: Option<Timestamp>,
        /// Most memory used, in bytes.
        pub peak_memory_usage: Option<i64>,
        /// Processor time, in milliseconds.
        pub cpu_time: Option<i64>,
        /// Input and output operations.
        pub io_operations: Option<i64>,
        /// User that started it.
        pub trigger_user_id: Option<UserId>,
        /// What started it: `Manual`, `Scheduled`, `Event` or `API`.
        pub trigger_type: Option<String>,
        /// Run that started this one.
        pub parent_execution_id: Option<WorkflowExecutionId>,
        /// Who created the row.
        pub created_by: String,
        /// When the row was last changed.
        pub updated_at: Timestamp,
        /// Version of the row: each update adds one.
        pub row_version: i64,
    }
    created { updated_at } by created_by,
    updated { updated_at },
    version row_version,
    relations {
        ParentExecution: one WorkflowExecution by "ParentExecutionId",
        WorkflowDefinition: one WorkflowDefinition by "WorkflowDefinitionId",
        Tasks: many Task by "WorkflowExecutionId",
        Messages: many ChatMessage by "WorkflowExecutionId",
        SubExecutions: many WorkflowExecution by "ParentExecutionId",
    },
}

/// Which executions to list.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct ExecutionFilter {
    /// Only those in this state.
    pub status: Option<WorkflowExecutionStatus>,
    /// Only those of this version of a workflow.
    pub workflow_definition_id: Option<WorkflowDefinitionId>,
}

/// The executions that fit and started last, at most `limit`.
pub(crate) fn list(
    conn: &mut Conn,
    filter: &ExecutionFilter,
    limit: i64,
) -> QueryResult<Vec<WorkflowExecution>> {
    let mut query = dsl::workflow_executions
        .order((dsl::started_at.desc(), dsl::id.desc()))
        .limit(limit)
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

/// An execution, by what it is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct ExecutionPosition {
    pub(crate) status: WorkflowExecutionStatus,
    pub(crate) started_at: Timestamp,
    pub(crate) id: WorkflowExecutionId,
}

/// The executions with a plan in a state, behind a place, at most `limit`, the oldest first.
pub(crate) fn planned(
    conn: &mut Conn,
    status: WorkflowExecutionStatus,
    behind: Option<&ExecutionPosition>,
    limit: i64,
) -> QueryResult<Vec<ExecutionPosition>> {
    let mut query = dsl::workflow_executions
        .filter(dsl::status.eq(status))
        .filter(dsl::execution_plan.is_not_null())
        .order((dsl::started_at, dsl::id))
        .limit(limit)
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

/// The states of the tasks of an execution, those of earlier attempts too.
pub(crate) fn task_states(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
) -> QueryResult<Vec<(TaskId, TaskStatus)>> {
    tasks::tasks
        .filter(tasks::workflow_execution_id.eq(id))
        .select((tasks::id, tasks::status))
        .load(conn)
}

/// The results of the tasks of an execution.
pub(crate) fn results(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
) -> QueryResult<Vec<(TaskId, Option<String>)>> {
    tasks::tasks
        .filter(tasks::workflow_execution_id.eq(id))
        .select((tasks::id, tasks::result))
        .load(conn)
}

/// The tasks of an execution, by stage and id.
pub(crate) fn tasks_of(conn: &mut Conn, id: &WorkflowExecutionId) -> QueryResult<Vec<Task>> {
    tasks::tasks
        .filter(tasks::workflow_execution_id.eq(id))
        .order((tasks::workflow_step, tasks::id))
        .select(Task::as_select())
        .load(conn)
}

/// Keeps the tasks of an execution that haven't ended from being claimed, or no longer does;
/// returns those that this changed.
pub(crate) fn set_held(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    is_held: bool,
) -> QueryResult<Vec<TaskId>> {
    let open = [
        TaskStatus::Pending,
        TaskStatus::Assigned,
        TaskStatus::InProgress,
    ];
    let open_tasks = tasks::tasks
        .filter(tasks::workflow_execution_id.eq(id))
        .filter(tasks::status.eq_any(open))
        .filter(tasks::is_held.ne(is_held));
    let update = diesel::update(open_tasks)
        .set(tasks::is_held.eq(is_held))
        .returning(tasks::id);
    Kept(update).get_results(conn)
}

/// Writes how far an execution is.
pub(crate) fn save_progress(conn: &mut Conn, execution: &WorkflowExecution) -> QueryResult<()> {
    let changes = (
        dsl::progress_percentage.eq(execution.progress_percentage),
        dsl::last_progress_update.eq(execution.last_progress_update),
        dsl::updated_at.eq(execution.updated_at),
        dsl::row_version.eq(execution.row_version),
    );
    dialect::update_row(conn, "WorkflowExecutions", &execution.id, changes)
}
