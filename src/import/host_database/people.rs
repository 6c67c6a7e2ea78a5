//! Repositories, agents, and preferences of users.

use super::RowRefusal;
use super::writer::HostRowWriter;
use crate::import::legacy;
use crate::import::outcome::RecordOutcome;
use crate::import::record::Record;
use crate::services::code_repositories::{self, name_of_path, normalize_path};
use crate::services::{agents, statistics};
use crate::tables::{Agent, AgentId, CodeRepository, RepositoryId, UserId, UserPreference};
use crate::types::{AgentStatus, TimeSpan};

pub(super) fn repository(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let path = record.path_of_one("Path")?;
    let blank = code_repositories::new_row(writer.uow, &path)?;
    let name: Option<String> = record.optional("Name")?;
    let named = record.list("AllowedOperationsJson")?;
    let separated = record.list("AllowedOperations")?;
    let mut row = CodeRepository {
        id: record.id("Id")?,
        name: name.unwrap_or_else(|| name_of_path(&path).to_owned()),
        description: record.optional("Description")?,
        type_: record.optional("Type")?.unwrap_or(blank.type_),
        is_active: record.flag("IsActive")?,
        settings_json: record.json("SettingsJson")?,
        default_branch: record.optional("DefaultBranch")?,
        allowed_operations: named.filter(|list| !list.is_empty()).or(separated),
        access_level: record
            .optional("AccessLevel")?
            .unwrap_or(blank.access_level),
        owner_user_id: record.optional_id("OwnerUserId")?,
        total_tasks: record.optional("TotalTasks")?.unwrap_or(0),
        successful_tasks: record.optional("SuccessfulTasks")?.unwrap_or(0),
        failed_tasks: record.optional("FailedTasks")?.unwrap_or(0),
        total_execution_time: record.span("TotalExecutionTime")?.unwrap_or(TimeSpan::ZERO),
        last_task_executed_at: record.optional("LastTaskExecutedAt")?,
        created_at: record.required("CreatedAt")?,
        updated_at: record.required("UpdatedAt")?,
        last_accessed_at: record.optional("LastAccessedAt")?,
        created_by: record.author("CreatedBy")?,
        updated_by: record.author("UpdatedBy")?,
        ..blank
    };
    statistics::derive(&mut row);
    writer.adopt_repository(&mut row)
}

pub(super) fn agent(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let id: AgentId = record.id("Id")?;
    let blank = agents::blank(writer.uow, Some(id))?;
    let path: String = record.required("RepositoryPath")?;
    let repository: Option<RepositoryId> = record.optional_id("RepositoryId")?;
    let is_deleted = record.flag("IsDeleted")?;
    let updated_at = record.required("UpdatedAt")?;
    let deleted_at = record.optional("DeletedAt")?.unwrap_or(updated_at);
    let given: AgentStatus = record.required("Status")?;
    let status = legacy::status_of(given, writer.options.keep_running);
    let current_task: Option<String> = record.optional("CurrentTask")?;
    let mut row = Agent {
        name: record.required("Name")?,
        type_: record.required("Type")?,
        repository_path: normalize_path(&path).to_owned(),
        status,
        last_ping: record.required("LastPing")?,
        current_task: current_task.filter(|_| status == given),
        session_id: record.optional("SessionId")?,
        configuration_json: record.json("ConfigurationJson")?,
        max_concurrent_tasks: record.optional("MaxConcurrentTasks")?.unwrap_or(1),
        health_check_interval: record
            .span("HealthCheckInterval")?
            .unwrap_or(blank.health_check_interval),
        total_tasks_completed: record.optional("TotalTasksCompleted")?.unwrap_or(0),
        total_tasks_failed: record.optional("TotalTasksFailed")?.unwrap_or(0),
        total_execution_time: record.span("TotalExecutionTime")?.unwrap_or(TimeSpan::ZERO),
        created_at: record.required("CreatedAt")?,
        updated_at,
        created_by: record.author("CreatedBy")?,
        updated_by: record.author("UpdatedBy")?,
        is_deleted,
        deleted_at: is_deleted.then_some(deleted_at),
        deleted_by: record.optional("DeletedBy")?,
        repository_id: writer.repository(&record, "RepositoryId", repository.as_ref()),
        ..blank
    };
    statistics::derive_of_agent(&mut row);
    writer.adopt_agent(&mut row)
}

pub(super) fn preference(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let repository: Option<RepositoryId> = record.optional_id("RepositoryId")?;
    let agent: Option<AgentId> = record.optional_id("AgentId")?;
    let user: String = record.required("UserId")?;
    let mut row = UserPreference {
        id: record.id("Id")?,
        user_id: UserId::new(user).map_err(|e| record.rejection("UserId", e))?,
        key: record.required("Key")?,
        value: record.required("Value")?,
        type_: record.required("Type")?,
        category: record.optional("Category")?,
        repository_id: writer.repository(&record, "RepositoryId", repository.as_ref()),
        agent_id: writer.known(&record, "AgentId", agent.clone())?,
        description: record.optional("Description")?,
        is_encrypted: false,
        encryption_key_id: None,
        is_read_only: record.flag("IsReadOnly")?,
        created_at: record.required("CreatedAt")?,
        updated_at: record.required("UpdatedAt")?,
        created_by: record.author("CreatedBy")?,
        updated_by: record.author("UpdatedBy")?,
        row_version: 1,
    };
    // Without them the preference would apply everywhere.
    for (field, is_lost) in [
        (
            "RepositoryId",
            repository.is_some() && row.repository_id.is_none(),
        ),
        ("AgentId", agent.is_some() && row.agent_id.is_none()),
    ] {
        if is_lost {
            let reason = "must refer to a row of the file or the database, but that is missing";
            return Err(record.rejection(field, reason).into());
        }
    }
    writer.adopt(&mut row)
}
