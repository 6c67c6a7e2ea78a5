//! Tasks.

use super::RowRefusal;
use super::writer::HostRowWriter;
use crate::import::outcome::RecordOutcome;
use crate::import::record::Record;
use crate::services::code_repositories::normalize_path;
use crate::services::tasks::{self, NewTask};
use crate::tables::{AgentId, RepositoryId, Task, TaskId, WorkflowDefinitionId};
use crate::types::{TaskStatus, Timestamp};

/// Imports a task, without a lease and pinned to no agent.
pub(super) fn task(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let agent: Option<AgentId> = record.optional_id("AgentId")?;
    let repository: Option<RepositoryId> = record.optional_id("RepositoryId")?;
    let workflow: Option<WorkflowDefinitionId> = record.optional_id("WorkflowId")?;
    let parent: Option<TaskId> = record.optional_id("ParentTaskId")?;
    let created_at: Timestamp = record.required("CreatedAt")?;
    let status: TaskStatus = record.required("Status")?;
    let started_at: Option<Timestamp> = record.optional("StartedAt")?;
    let completed_at: Option<Timestamp> = record.optional("CompletedAt")?;
    let new = NewTask {
        id: Some(record.id("Id")?),
        command: record.required("Command")?,
        priority: record.required("Priority")?,
        available_at: Some(created_at),
        correlation_id: record.optional("CorrelationId")?,
        workflow_id: writer.known(&record, "WorkflowId", workflow)?,
        parent_task_id: writer.known(&record, "ParentTaskId", parent)?,
        workflow_step: record.optional("WorkflowStep")?.unwrap_or(0),
        queue_name: record.optional("QueueName")?,
        ..NewTask::default()
    };
    let path: String = record.required("RepositoryPath")?;
    let repository_id = writer.repository(&record, "RepositoryId", repository.as_ref());
    let blank = tasks::new_row(writer.uow, &new, normalize_path(&path), repository_id)?;
    let progress = match status {
        TaskStatus::Completed => 100,
        _ => 0,
    };
    let ran_for = started_at.zip(completed_at).map(|(start, end)| end - start);
    let mut row = Task {
        agent_id: writer.known(&record, "AgentId", agent)?,
        status,
        created_at,
        started_at,
        completed_at,
        execution_duration: record.span("ExecutionDuration")?.or(ran_for),
        result: record.optional("Result")?,
        error_message: record.optional("ErrorMessage")?,
        retry_count: record.optional("RetryCount")?.unwrap_or(0),
        hangfire_job_id: record.optional("HangfireJobId")?,
        progress_percentage: record.optional("ProgressPercentage")?.unwrap_or(progress),
        progress_message: record.optional("ProgressMessage")?,
        last_progress_update: record.optional("LastProgressUpdate")?,
        updated_at: record.required("UpdatedAt")?,
        created_by: record.author("CreatedBy")?,
        updated_by: record.author("UpdatedBy")?,
        ..blank
    };
    writer.adopt_task(&mut row, repository.as_ref())
}
