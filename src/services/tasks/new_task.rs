//! Data of a new task, and its row.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::dependencies::Dependency;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::services::code_repositories::normalize_path;
use crate::tables::{
    AgentId, RepositoryId, Task, TaskId, WorkflowDefinitionId, WorkflowExecutionId,
};
use crate::types::{FailurePolicy, TaskPriority, TaskStatus, Timestamp};
use crate::validate;

/// Data with which a task is enqueued.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct NewTask {
    /// Id of the task; `None`: a new one.
    pub id: Option<TaskId>,
    /// Command to run, 1 to 2000 characters.
    pub command: String,
    /// Path of the repository to run it in, 1 to 500 characters; registered if it isn't yet.
    pub repository_path: String,
    /// Only agent that may run it; `None`: any.
    pub agent_id: Option<AgentId>,
    /// Priority.
    pub priority: TaskPriority,
    /// Earliest time at which it may be claimed; `None`: now.
    pub available_at: Option<Timestamp>,
    /// Most retries after failures, 0 to 10; `None`: the store's default.
    pub max_retries: Option<i32>,
    /// Key that identifies the request, 1 to 255 characters: a second request with the same key returns the task of the
    /// first, or is refused if anything but its id differs.
    pub idempotency_key: Option<String>,
    /// Correlation id that it shares with related tasks, 1 to 128 characters.
    pub correlation_id: Option<String>,
    /// Task that it is a part of.
    pub parent_task_id: Option<TaskId>,
    /// Workflow that it is a step of.
    pub workflow_id: Option<WorkflowDefinitionId>,
    /// Workflow execution that it is a step of.
    pub workflow_execution_id: Option<WorkflowExecutionId>,
    /// Number of the step in the workflow, from 0.
    pub workflow_step: i32,
    /// Name of its queue, 1 to 100 characters; `None`: no queue.
    pub queue_name: Option<String>,
    /// Job of the host that stands behind it, 1 to 128 characters.
    pub hangfire_job_id: Option<String>,
    /// Tasks that must complete before it can be claimed.
    pub depends_on: Vec<Dependency>,
    /// Effect on it if one of these fails or is cancelled.
    pub on_dependency_failure: FailurePolicy,
}

impl NewTask {
    /// Creates a task of normal priority that any agent of the repository may run at once.
    pub fn new(command: impl Into<String>, repository_path: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            repository_path: repository_path.into(),
            ..Self::default()
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        validate::text("Command", &self.command, 1..=2000)?;
        validate::text("RepositoryPath", &self.repository_path, validate::PATH)?;
        validate::number("WorkflowStep", self.workflow_step, 0..=i32::MAX)?;
        if let Some(max_retries) = self.max_retries {
            validate::number("MaxRetries", max_retries, 0..=10)?;
        }
        let key = self.idempotency_key.as_deref();
        validate::optional_text("IdempotencyKey", key, validate::NAME)?;
        validate::optional_text("CorrelationId", self.correlation_id.as_deref(), 1..=128)?;
        validate::optional_text("HangfireJobId", self.hangfire_job_id.as_deref(), 1..=128)?;
        validate::optional_text("QueueName", self.queue_name.as_deref(), 1..=100)
    }

    /// Returns a hash of all that the request asks for, if it has an idempotency key. The id isn't among it, since a
    /// caller that repeats a request after a crash may have drawn another one.
    ///
    /// Only what differs from the defaults counts, so that a field that a later release adds changes no hash.
    pub(super) fn request_hash(&self) -> Result<Option<String>> {
        if self.idempotency_key.is_none() {
            return Ok(None);
        }
        let path = normalize_path(&self.repository_path).to_owned();
        let mut asked = fields(&Self {
            id: None,
            repository_path: path,
            ..self.clone()
        })?;
        let defaults = fields(&Self::default())?;
        asked.retain(|name, value| defaults.get(name) != Some(value));
        let text = Value::Object(asked).to_string();
        let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
        Ok(Some(hash.to_string()))
    }
}

/// Returns the fields of a request, in the order of their names.
fn fields(new: &NewTask) -> Result<Map<String, Value>> {
    match serde_json::to_value(new) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(Map::new()),
        Err(e) => Err(Error::new(ErrorCode::Internal, "a request has no JSON form").with_source(e)),
    }
}

/// Returns the row of a new task, pinned to its agent if it names one.
pub(crate) fn new_row(
    uow: &UnitOfWork<'_>,
    new: &NewTask,
    path: &str,
    repository_id: Option<RepositoryId>,
) -> Result<Task> {
    let now = uow.now();
    let user = &uow.user().user_id;
    Ok(Task {
        id: new.id.clone().map_or_else(|| uow.new_id(), Ok)?,
        command: new.command.clone(),
        agent_id: new.agent_id.clone(),
        is_pinned: new.agent_id.is_some(),
        repository_path: path.to_owned(),
        priority: new.priority,
        status: TaskStatus::Pending,
        available_at: new.available_at.unwrap_or(now),
        lease_owner: None,
        lease_token: None,
        lease_expires_at: None,
        cancel_requested_at: None,
        idempotency_key: new.idempotency_key.clone(),
        created_at: now,
        started_at: None,
        completed_at: None,
        execution_duration: None,
        computed_duration: None,
        result: None,
        error_message: None,
        retry_count: 0,
        max_retries: new.max_retries.unwrap_or(uow.queue_policy().max_retries),
        correlation_id: new.correlation_id.clone(),
        workflow_id: new.workflow_id.clone(),
        workflow_execution_id: new.workflow_execution_id.clone(),
        parent_task_id: new.parent_task_id.clone(),
        workflow_step: new.workflow_step,
        hangfire_job_id: new.hangfire_job_id.clone(),
        queue_name: new.queue_name.clone(),
        progress_percentage: 0,
        progress_message: None,
        last_progress_update: None,
        updated_at: now,
        created_by: user.clone(),
        updated_by: user.clone(),
        repository_id,
        row_version: 1,
        unmet_dependencies: 0,
        is_held: false,
        lease_renewed_at: None,
        lease_boot: None,
        lease_deadline: None,
        stage_position: None,
        request_hash: new.request_hash()?,
    })
}
