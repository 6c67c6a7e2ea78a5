use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{UserId, WorkflowDefinitionId};
use crate::schema::workflow_executions;
use crate::types::{Id, Json, StringList, Timestamp, WorkflowExecutionStatus};

/// Id of a [`WorkflowExecution`].
pub type WorkflowExecutionId = Id<WorkflowExecution>;

/// One run of a workflow.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = workflow_executions, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct WorkflowExecution {
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
