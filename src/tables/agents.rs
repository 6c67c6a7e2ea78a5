//! The table `Agents`: its row and its queries.

use diesel::dsl::{count_star, not};
use diesel::prelude::*;

use super::{
    AgentSession, ApprovalRequest, ChatMessage, CodeRepository, RepositoryId, Task, UserPreference,
};
use crate::rows::entity;
use crate::schema::agents::{self, dsl};
use crate::sqlite::{Conn, Kept, dialect};
use crate::types::{AgentStatus, Id, Json, TimeSpan, Timestamp};

/// Id of an [`Agent`].
pub type AgentId = Id<Agent>;

entity! {
    /// An agent that runs tasks.
    #[derive(Debug)]
    pub struct Agent in agents as "Agents" {
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
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
    deleted is_deleted at deleted_at by deleted_by,
    relations {
        Repository: one CodeRepository by "RepositoryId",
        Sessions: many AgentSession by "AgentId",
        ApprovalRequests: many ApprovalRequest by "AgentId",
        Messages: many ChatMessage by "AgentId",
        Tasks: many Task by "AgentId",
        Preferences: many UserPreference by "AgentId",
    },
}

/// All that are not deleted, by id.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<Agent>> {
    dsl::agents
        .filter(not(dsl::is_deleted))
        .order(dsl::id)
        .select(Agent::as_select())
        .load(conn)
}

/// All in this state that are not deleted, by id.
pub(crate) fn list_by_status(conn: &mut Conn, status: AgentStatus) -> QueryResult<Vec<Agent>> {
    dsl::agents
        .filter(not(dsl::is_deleted))
        .filter(dsl::status.eq(status))
        .order(dsl::id)
        .select(Agent::as_select())
        .load(conn)
}

/// All that are not deleted and whose last sign of life is before this moment, in that order.
pub(crate) fn list_pinged_before(conn: &mut Conn, moment: Timestamp) -> QueryResult<Vec<Agent>> {
    dsl::agents
        .filter(not(dsl::is_deleted))
        .filter(dsl::last_ping.lt(moment))
        .order((dsl::last_ping, dsl::id))
        .select(Agent::as_select())
        .load(conn)
}

/// All in one of these states that serve a repository, or any where no path is given.
pub(crate) fn list_serving(
    conn: &mut Conn,
    statuses: &[AgentStatus],
    repository_path: Option<&str>,
) -> QueryResult<Vec<Agent>> {
    let query = dsl::agents
        .filter(not(dsl::is_deleted))
        .filter(dsl::status.eq_any(statuses))
        .order(dsl::id)
        .select(Agent::as_select());
    match repository_path {
        Some(path) => {
            let serves = dsl::repository_path
                .eq(path)
                .or(dsl::repository_path.eq("*"));
            Kept(query.filter(serves)).load(conn)
        }
        None => Kept(query).load(conn),
    }
}

/// Whether there is such a row, deleted or not.
pub(crate) fn exists(conn: &mut Conn, id: &AgentId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::agents.find(id))).get_result(conn)
}

/// Whether there is any row.
pub(crate) fn any(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::agents.select(dsl::id))).get_result(conn)
}

/// How many agents of each path are in each state, deleted or not.
pub(crate) fn count_by_path_and_status(
    conn: &mut Conn,
) -> QueryResult<Vec<(String, AgentStatus, i64)>> {
    dsl::agents
        .group_by((dsl::repository_path, dsl::status))
        .select((dsl::repository_path, dsl::status, count_star()))
        .load(conn)
}

/// Writes the moment of the last sign of life.
pub(crate) fn update_ping(conn: &mut Conn, id: &AgentId, at: Timestamp) -> QueryResult<()> {
    let changes = dsl::last_ping.eq(at);
    dialect::update_row(conn, "Agents", id, changes)
}
