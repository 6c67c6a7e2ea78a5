//! The table `OrchestrationLogs`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Agent, AgentId, CodeRepository, RepositoryId, Task, TaskId};
use crate::rows::entity;
use crate::schema::orchestration_logs;
use crate::types::{ErrorSeverity, Id, Json, Timestamp};

/// Id of an [`OrchestrationLog`].
pub type OrchestrationLogId = Id<OrchestrationLog>;

/// An event of the orchestration; append-only.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = orchestration_logs, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct OrchestrationLog {
    /// Primary key.
    pub id: OrchestrationLogId,
    /// Kind of event.
    pub event_type: String,
    /// What happened.
    pub message: String,
    /// How severe it is.
    pub level: ErrorSeverity,
    /// Agent it is about.
    pub agent_id: Option<AgentId>,
    /// Task it is about.
    pub task_id: Option<TaskId>,
    /// Repository it is about.
    pub repository_id: Option<RepositoryId>,
    /// Anything else.
    pub additional_data: Option<Json>,
    /// When it happened.
    pub created_at: Timestamp,
}

entity! {
    OrchestrationLog in orchestration_logs as "OrchestrationLogs",
    enums { Level: ErrorSeverity },
    created { created_at },
    updated { },
    relations {
        Agent: one Agent by "AgentId",
        Repository: one CodeRepository by "RepositoryId",
        Task: one Task by "TaskId",
    },
}
