use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{AgentId, RepositoryId, WorkflowDefinitionId, WorkflowExecutionId};
use crate::schema::tasks;
use crate::types::{Id, TaskPriority, TaskStatus, TimeSpan, Timestamp};

/// Id of a [`Task`].
pub type TaskId = Id<Task>;

/// Marks the ids that are lease tokens.
#[derive(Debug)]
pub enum Lease {}

/// Proves that a task was claimed by who shows it.
pub type LeaseToken = Id<Lease>;

/// A command to be run by an agent, with everything that happened to it.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = tasks, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Task {
    /// Primary key.
    pub id: TaskId,
    /// What is to be run, 1 to 2000 characters.
    pub command: String,
    /// Agent that runs it, ran it last, or is to run it.
    pub agent_id: Option<AgentId>,
    /// Whether only the agent named by `AgentId` may run it.
    pub is_pinned: bool,
    /// Path of the repository it is about.
    pub repository_path: String,
    /// How urgent it is.
    pub priority: TaskPriority,
    /// State of the task.
    pub status: TaskStatus,
    /// When it may be claimed, not before.
    pub available_at: Timestamp,
    /// Worker that holds the lease.
    pub lease_owner: Option<String>,
    /// Secret of the lease: who finishes the task must show it.
    pub lease_token: Option<LeaseToken>,
    /// When the lease ends unless extended.
    pub lease_expires_at: Option<Timestamp>,
    /// When the running task was asked to stop.
    pub cancel_requested_at: Option<Timestamp>,
    /// Key that makes enqueueing repeatable, unique.
    pub idempotency_key: Option<String>,
    /// When the row was created.
    pub created_at: Timestamp,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended: completed, failed or cancelled.
    pub completed_at: Option<Timestamp>,
    /// How long it ran.
    pub execution_duration: Option<TimeSpan>,
    /// Time from start to end, in milliseconds; computed by the database.
    #[diesel(skip_insertion)]
    pub computed_duration: Option<i64>,
    /// What it produced.
    pub result: Option<String>,
    /// Why it failed last.
    pub error_message: Option<String>,
    /// How often it was tried again.
    pub retry_count: i32,
    /// How often it may be tried again, 0 to 10.
    pub max_retries: i32,
    /// Ties together what belongs to one request.
    pub correlation_id: Option<String>,
    /// Workflow it is a step of.
    pub workflow_id: Option<WorkflowDefinitionId>,
    /// Run of the workflow it belongs to.
    pub workflow_execution_id: Option<WorkflowExecutionId>,
    /// Task it is a part of.
    pub parent_task_id: Option<TaskId>,
    /// Place among the steps of the workflow.
    pub workflow_step: i32,
    /// The host's job that stands behind it.
    pub hangfire_job_id: Option<String>,
    /// The host's queue it came from.
    pub queue_name: Option<String>,
    /// Progress, 0 to 100.
    pub progress_percentage: i32,
    /// Progress, for people.
    pub progress_message: Option<String>,
    /// When progress was last reported.
    pub last_progress_update: Option<Timestamp>,
    /// When the row was last changed.
    pub updated_at: Timestamp,
    /// Who created the row.
    pub created_by: String,
    /// Who last changed the row.
    pub updated_by: String,
    /// Repository it is about.
    pub repository_id: Option<RepositoryId>,
    /// Version of the row: each update adds one.
    pub row_version: i64,
    /// How many of the tasks that it depends on haven't completed: it can't be claimed before.
    #[serde(default)]
    pub unmet_dependencies: i32,
    /// Whether it is held back: its workflow is paused, and it can't be claimed before that goes on.
    #[serde(default)]
    pub is_held: bool,
}
