//! Row and queries of the table `OrchestrationLogs`.

use diesel::prelude::*;
use serde::Deserialize;

use super::{Agent, AgentId, CodeRepository, RepositoryId, Task, TaskId};
use crate::rows::entity;
use crate::rows::query::{Direction, Specification};
use crate::schema::orchestration_logs::{self, dsl};
use crate::sqlite::Conn;
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

/// Conditions for the entries to list; an empty filter lists all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct OrchestrationLogFilter {
    /// Minimum level.
    pub minimum_level: Option<ErrorSeverity>,
    /// Kind of event.
    pub event_type: Option<String>,
    /// Agent that the event is about.
    pub agent_id: Option<AgentId>,
    /// Task that the event is about.
    pub task_id: Option<TaskId>,
    /// Repository that the event is about.
    pub repository_id: Option<RepositoryId>,
    /// Earliest time.
    pub from: Option<Timestamp>,
    /// End of the times, which is excluded.
    pub to: Option<Timestamp>,
}

/// Returns the entries that match the filter, the newest first.
pub(crate) fn matching(filter: &OrchestrationLogFilter) -> Specification<OrchestrationLog> {
    Specification::new()
        .order_by(dsl::created_at, Direction::Descending)
        .filter_some(filter.minimum_level, |least| dsl::level.ge(least))
        .filter_some(filter.event_type.clone(), |kind| dsl::event_type.eq(kind))
        .filter_some(filter.agent_id.clone(), |id| dsl::agent_id.eq(id))
        .filter_some(filter.task_id.clone(), |id| dsl::task_id.eq(id))
        .filter_some(filter.repository_id.clone(), |id| dsl::repository_id.eq(id))
        .filter_some(filter.from, |from| dsl::created_at.ge(from))
        .filter_some(filter.to, |to| dsl::created_at.lt(to))
}

/// Returns the time of the newest entry.
pub(crate) fn newest_time(conn: &mut Conn) -> QueryResult<Option<Timestamp>> {
    dsl::orchestration_logs
        .select(diesel::dsl::max(dsl::created_at))
        .get_result(conn)
}

/// Deletes all entries, as far as the log's mark allows it, and returns their number.
pub(crate) fn delete_all(conn: &mut Conn) -> QueryResult<usize> {
    diesel::delete(dsl::orchestration_logs).execute(conn)
}
