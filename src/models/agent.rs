use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::RepositoryId;
use crate::schema::agents;
use crate::types::{AgentStatus, Id, Json, TimeSpan, Timestamp};

/// Id of an [`Agent`].
pub type AgentId = Id<Agent>;

/// An agent that runs tasks.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = agents, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Agent {
    /// Primary key.
    pub id: AgentId,
    /// Display name.
    pub name: String,
    /// Kind of agent, such as `claude-code`.
    pub type_: String,
    /// Path of the repository it serves, or `*` for any.
    pub repository_path: String,
    /// State of the agent.
    pub status: AgentStatus,
    /// When it last reported.
    pub last_ping: Timestamp,
    /// What it is doing, for people.
    pub current_task: Option<String>,
    /// The host's session of the agent.
    pub session_id: Option<String>,
    /// Settings of the host; `capabilities` is read when agents are chosen.
    pub configuration_json: Option<Json>,
    /// Tasks it may hold at once, 1 to 10.
    pub max_concurrent_tasks: i32,
    /// How often it is expected to report.
    pub health_check_interval: TimeSpan,
    /// Tasks that it completed.
    pub total_tasks_completed: i64,
    /// Tasks that failed in its hands.
    pub total_tasks_failed: i64,
    /// Time spent on tasks that ended.
    pub total_execution_time: TimeSpan,
    /// Mean duration of a task, in milliseconds.
    pub average_execution_time: f64,
    /// Completed tasks as a part of those that ended, 0 to 1; computed by the database.
    #[diesel(skip_insertion)]
    pub success_rate: f64,
    /// When the row was created.
    pub created_at: Timestamp,
    /// When the row was last changed.
    pub updated_at: Timestamp,
    /// Who created the row.
    pub created_by: String,
    /// Who last changed the row.
    pub updated_by: String,
    /// Whether it was deleted softly.
    pub is_deleted: bool,
    /// When it was deleted softly.
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it softly.
    pub deleted_by: Option<String>,
    /// Repository it belongs to.
    pub repository_id: Option<RepositoryId>,
    /// Version of the row: each update adds one.
    pub row_version: i64,
    /// When it last claimed tasks.
    pub last_claimed_at: Option<Timestamp>,
}
