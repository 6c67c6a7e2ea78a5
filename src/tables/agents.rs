//! Row and queries of the table `Agents`.

use diesel::dsl::{count_star, not};
use diesel::prelude::*;

use super::{
    AgentSession, ApprovalRequest, ChatMessage, CodeRepository, PerformanceMetric, RepositoryId,
    Task, UserPreference,
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
        /// Path of the repository that the agent serves, or `*` for any.
        pub repository_path: String,
        /// State of the agent.
        pub status: AgentStatus,
        /// Time of the agent's last report.
        pub last_ping: Timestamp,
        /// Description, for people, of the work that the agent is doing.
        pub current_task: Option<String>,
        /// Session of the host in which the agent runs.
        pub session_id: Option<String>,
        /// Settings of the host; `capabilities` is read when agents are chosen.
        pub configuration_json: Option<Json>,
        /// Number of tasks that the agent may hold at once, 1 to 10.
        pub max_concurrent_tasks: i32,
        /// Interval at which the agent is expected to report.
        pub health_check_interval: TimeSpan,
        /// Number of tasks that the agent completed.
        pub total_tasks_completed: i64,
        /// Number of tasks that failed while the agent ran them.
        pub total_tasks_failed: i64,
        /// Time spent on tasks that have ended.
        pub total_execution_time: TimeSpan,
        /// Mean duration of a task, in milliseconds.
        pub average_execution_time: f64,
        /// Share of completed tasks among those that have ended, 0 to 1; computed by the database.
        #[diesel(skip_insertion)]
        pub success_rate: f64,
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// Time of the last change to the row.
        pub updated_at: Timestamp,
        /// User who created the row.
        pub created_by: String,
        /// User who last changed the row.
        pub updated_by: String,
        /// True if the row is soft-deleted.
        pub is_deleted: bool,
        /// Time of the soft deletion.
        pub deleted_at: Option<Timestamp>,
        /// User who soft-deleted the row.
        pub deleted_by: Option<String>,
        /// Repository that the agent belongs to.
        pub repository_id: Option<RepositoryId>,
        /// Version of the row; each update raises it.
        pub row_version: i64,
        /// Time at which the agent last claimed tasks.
        pub last_claimed_at: Option<Timestamp>,
    }
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
    deleted is_deleted at deleted_at by deleted_by,
    kept {
        [status, current_task] by "set_status, claim and the ends of tasks",
        [last_ping] unversioned "heartbeat and register",
        [repository_path, repository_id] by "register",
        [
            total_tasks_completed, total_tasks_failed, total_execution_time, average_execution_time,
            last_claimed_at,
        ] by "claim and the ends of tasks",
    },
    given { status, last_ping, repository_path, repository_id },
    derived {
        status, current_task, total_tasks_completed, total_tasks_failed, total_execution_time,
        average_execution_time, last_claimed_at,
    },
    relations {
        Repository: one CodeRepository by "RepositoryId",
        Sessions: many AgentSession by "AgentId",
        ApprovalRequests: many ApprovalRequest by "AgentId",
        Messages: many ChatMessage by "AgentId",
        Tasks: many Task by "AgentId",
        Preferences: many UserPreference by "AgentId",
        PerformanceMetrics: many PerformanceMetric by "EntityId" where "EntityType" = "Agent",
    },
}

/// Lists the agents that are not deleted, by id.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<Agent>> {
    dsl::agents
        .filter(not(dsl::is_deleted))
        .order(dsl::id)
        .select(Agent::as_select())
        .load(conn)
}

/// Returns true if an agent in this state is expected to report, as the column `IsExpected` says, which the indexes have
/// instead of the state.
fn is_expected(status: AgentStatus) -> bool {
    match status {
        AgentStatus::Unknown | AgentStatus::Idle | AgentStatus::Busy => true,
        AgentStatus::Offline | AgentStatus::Error => false,
    }
}

/// Lists the agents in this state that are not deleted, by id.
pub(crate) fn list_by_status(conn: &mut Conn, status: AgentStatus) -> QueryResult<Vec<Agent>> {
    dsl::agents
        .filter(not(dsl::is_deleted))
        .filter(dsl::is_expected.eq(is_expected(status)))
        .filter(dsl::status.eq(status))
        .order(dsl::id)
        .select(Agent::as_select())
        .load(conn)
}

/// Lists the agents that are not deleted and reported last before `moment`, the longest silent first.
pub(crate) fn list_pinged_before(conn: &mut Conn, moment: Timestamp) -> QueryResult<Vec<Agent>> {
    dsl::agents
        .filter(not(dsl::is_deleted))
        .filter(dsl::last_ping.lt(moment))
        .order((dsl::last_ping, dsl::id))
        .select(Agent::as_select())
        .load(conn)
}

/// Lists, by id, the agents in one of these states that serve a repository, or that serve any if no path is given;
/// deleted ones are left out.
pub(crate) fn list_serving(
    conn: &mut Conn,
    statuses: &[AgentStatus],
    repository_path: Option<&str>,
) -> QueryResult<Vec<Agent>> {
    let mut query = dsl::agents
        .filter(not(dsl::is_deleted))
        .filter(dsl::status.eq_any(statuses))
        .order(dsl::id)
        .select(Agent::as_select())
        .into_boxed();
    if statuses.iter().all(|&status| is_expected(status)) {
        query = query.filter(dsl::is_expected.eq(true));
    }
    if let Some(path) = repository_path {
        let serves = dsl::repository_path
            .eq(path)
            .or(dsl::repository_path.eq("*"));
        query = query.filter(serves);
    }
    Kept(query).load(conn)
}

/// Returns true if an agent with this id exists, deleted or not.
pub(crate) fn exists(conn: &mut Conn, id: &AgentId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::agents.find(id))).get_result(conn)
}

/// Returns true if the table has any row.
pub(crate) fn any(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::agents.select(dsl::id))).get_result(conn)
}

/// Counts the agents by path and state, deleted ones included.
pub(crate) fn count_by_path_and_status(
    conn: &mut Conn,
) -> QueryResult<Vec<(String, AgentStatus, i64)>> {
    dsl::agents
        .group_by((dsl::repository_path, dsl::status))
        .select((dsl::repository_path, dsl::status, count_star()))
        .load(conn)
}

/// Writes the time of the last report.
pub(crate) fn update_ping(conn: &mut Conn, id: &AgentId, at: Timestamp) -> QueryResult<()> {
    let changes = dsl::last_ping.eq(at);
    dialect::update_row(conn, "Agents", id, changes)
}
