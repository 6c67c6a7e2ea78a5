//! Row of the table `OrchestrationLogs`.

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
        /// Message that describes the event.
        pub message: String,
        /// Severity.
        pub level: ErrorSeverity,
        /// Agent that the event is about.
        pub agent_id: Option<AgentId>,
        /// Task that the event is about.
        pub task_id: Option<TaskId>,
        /// Repository that the event is about.
        pub repository_id: Option<RepositoryId>,
        /// Further properties.
        pub additional_data: Option<Json>,
        /// Time at which the event happened.
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
