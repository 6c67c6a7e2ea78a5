//! The table `OrchestrationLogs`.

use super::{Agent, AgentId, CodeRepository, RepositoryId, Task, TaskId};
use crate::rows::entity;
use crate::schema::orchestration_logs;
use crate::types::{ErrorSeverity, Id, Json, Timestamp};

/// Id of an [`OrchestrationLog`].
pub type OrchestrationLogId = Id<OrchestrationLog>;

entity! {
    /// An event of the orchestration; append-only.
    #[derive(Debug)]
    pub struct OrchestrationLog in orchestration_logs as "OrchestrationLogs" {
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
    created { created_at },
    updated { },
    relations {
        Agent: one Agent by "AgentId",
        Repository: one CodeRepository by "RepositoryId",
        Task: one Task by "TaskId",
    },
}
