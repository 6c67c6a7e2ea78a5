//! Row and queries of the table `Tasks`.

use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::Deserialize;

use super::{
    Agent, AgentId, ChatMessage, CodeRepository, RepositoryId, TaskDependency, WorkflowDefinition,
    WorkflowDefinitionId, WorkflowExecution, WorkflowExecutionId,
};
use crate::rows::entity;
use crate::rows::query::Condition;
use crate::schema::tasks::{self, dsl};
use crate::sqlite::{Backend, Conn, Kept, dialect};
use crate::types::{Id, TaskPriority, TaskStatus, TimeSpan, Timestamp};

/// Id of a [`Task`].
pub type TaskId = Id<Task>;

/// Marker type of the ids that are lease tokens.
#[derive(Debug)]
pub enum Lease {}

/// Token that proves that its bearer claimed the task.
pub type LeaseToken = Id<Lease>;

entity! {
    /// A command for an agent to run, with the whole of its history.
    #[derive(Debug)]
    pub struct Task in tasks as "Tasks" {
        /// Primary key.
        pub id: TaskId,
        /// Command to run, 1 to 2000 characters.
        pub command: String,
        /// Agent that runs the task, ran it last, or is to run it.
        pub agent_id: Option<AgentId>,
        /// True if only the agent named by `AgentId` may run the task.
        pub is_pinned: bool,
        /// Path of the repository that the task is about.
        pub repository_path: String,
        /// Priority of the task.
        pub priority: TaskPriority,
        /// State of the task.
        pub status: TaskStatus,
        /// Earliest time at which the task may be claimed.
        pub available_at: Timestamp,
        /// Worker that holds the lease.
        pub lease_owner: Option<String>,
        /// Secret of the lease, which must be given to finish the task.
        pub lease_token: Option<LeaseToken>,
        /// Time at which the lease ends unless it is extended.
        pub lease_expires_at: Option<Timestamp>,
        /// Time at which the running task was asked to stop.
        pub cancel_requested_at: Option<Timestamp>,
        /// Key that makes it safe to enqueue the task again, unique.
        pub idempotency_key: Option<String>,
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// Time at which the task was started.
        pub started_at: Option<Timestamp>,
        /// Time at which the task ended: completed, failed or cancelled.
        pub completed_at: Option<Timestamp>,
        /// Duration of the run.
        pub execution_duration: Option<TimeSpan>,
        /// Time from start to end, in milliseconds; computed by the database.
        #[diesel(skip_insertion)]
        pub computed_duration: Option<i64>,
        /// Result of the run.
        pub result: Option<String>,
        /// Reason of the last failure.
        pub error_message: Option<String>,
        /// Number of retries so far.
        pub retry_count: i32,
        /// Maximum number of retries, 0 to 10.
        pub max_retries: i32,
        /// Correlation id shared by everything that belongs to one request.
        pub correlation_id: Option<String>,
        /// Workflow that the task is a step of.
        pub workflow_id: Option<WorkflowDefinitionId>,
        /// Execution of the workflow that the task belongs to.
        pub workflow_execution_id: Option<WorkflowExecutionId>,
        /// Task that this one is a part of.
        pub parent_task_id: Option<TaskId>,
        /// Position among the steps of the workflow.
        pub workflow_step: i32,
        /// Job of the host that stands behind the task.
        pub hangfire_job_id: Option<String>,
        /// Queue of the host that the task came from.
        pub queue_name: Option<String>,
        /// Progress, 0 to 100.
        pub progress_percentage: i32,
        /// Progress message for people.
        pub progress_message: Option<String>,
        /// Time of the last progress report.
        pub last_progress_update: Option<Timestamp>,
        /// Time of the last change to the row.
        pub updated_at: Timestamp,
        /// User who created the row.
        pub created_by: String,
        /// User who last changed the row.
        pub updated_by: String,
        /// Repository that the task is about.
        pub repository_id: Option<RepositoryId>,
        /// Version of the row; each update raises it.
        pub row_version: i64,
        /// Number of dependencies that have not completed; the task can't be claimed before it is 0.
        #[serde(default)]
        pub unmet_dependencies: i32,
        /// True while the task is held back: its workflow is paused, and it can't be claimed until that is resumed.
        #[serde(default)]
        pub is_held: bool,
        /// Time at which the lease began or was last extended.
        #[serde(default)]
        pub lease_renewed_at: Option<Timestamp>,
        /// Start of the machine from which `LeaseDeadline` counts, 1 to 128 characters.
        #[serde(default)]
        pub lease_boot: Option<String>,
        /// End of the lease in milliseconds since that start, by a clock that can't be set.
        #[serde(default)]
        pub lease_deadline: Option<i64>,
        /// Position among the tasks of its stage, from 0; `None`: no planned task of an execution of this library.
        #[serde(default)]
        pub stage_position: Option<i32>,
        /// Hash of the request that enqueued the task, if it had an idempotency key.
        #[serde(default)]
        pub request_hash: Option<String>,
    }
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
    kept {
        [
            status, lease_owner, lease_token, cancel_requested_at, started_at, completed_at, execution_duration,
            result, error_message, retry_count,
        ] by "claim, start, complete, fail, cancel, release and retry",
        [lease_expires_at, lease_renewed_at, lease_boot, lease_deadline] unversioned "claim and heartbeat",
        [agent_id, is_pinned] by "claim and reassign",
        [progress_percentage, progress_message, last_progress_update] by "update_progress",
        [unmet_dependencies] by "add_dependency and remove_dependency",
        [is_held] unversioned "pause and resume of its workflow",
        [
            idempotency_key, request_hash, repository_path, repository_id, workflow_id, workflow_execution_id,
            workflow_step, stage_position,
        ] by "enqueue",
    },
    given {
        agent_id, is_pinned, idempotency_key, repository_path, repository_id, workflow_id, workflow_execution_id,
        workflow_step,
    },
    unrecorded { lease_token, lease_expires_at, lease_renewed_at, lease_boot, lease_deadline },
    relations {
        Agent: one Agent by "AgentId",
        ParentTask: one Task by "ParentTaskId",
        Repository: one CodeRepository by "RepositoryId",
        Workflow: one WorkflowDefinition by "WorkflowId",
        WorkflowExecution: one WorkflowExecution by "WorkflowExecutionId",
        SubTasks: many Task by "ParentTaskId",
        Messages: many ChatMessage by "LinkedTaskId",
        Dependencies: many TaskDependency by "TaskId",
        Dependants: many TaskDependency by "DependsOnTaskId",
    },
}

impl Task {
    /// Returns the condition for tasks in a state, which an index serves unless the state is Completed. The indexes by state
    /// have only some of the tasks, and SQLite can't tell from a bound value, as that of `tasks::status.eq(…)`, which.
    ///
    /// ```
    /// use orchestra_store::models::Task;
    /// use orchestra_store::query::Specification;
    /// use orchestra_store::types::TaskStatus;
    ///
    /// let failed = Specification::new().matching(Task::in_state(TaskStatus::Failed));
    /// # let _: Specification<Task> = failed;
    /// ```
    pub fn in_state(status: TaskStatus) -> Condition<Self> {
        Condition::matching(dialect::task_is_in(status))
    }

    /// Returns true if the task may not be claimed before `AvailableAt`. One that was available when its row was written,
    /// by the clock that wrote it, is available by any clock.
    pub(crate) fn waits_for_time(&self) -> bool {
        self.available_at > self.created_at.max(self.updated_at)
    }
}

/// Conditions for the tasks to list; an empty filter lists all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct TaskFilter {
    /// State of the tasks.
    pub status: Option<TaskStatus>,
    /// Agent of the tasks.
    pub agent_id: Option<AgentId>,
    /// Path of the tasks' repository.
    pub repository_path: Option<String>,
    /// Queue of the tasks.
    pub queue_name: Option<String>,
    /// Correlation id of the tasks.
    pub correlation_id: Option<String>,
}

pub(crate) fn get_by_idempotency_key(conn: &mut Conn, key: &str) -> QueryResult<Option<Task>> {
    dsl::tasks
        .filter(dsl::idempotency_key.eq(key))
        .select(Task::as_select())
        .first(conn)
        .optional()
}

/// Lists the newest tasks that match the filter.
pub(crate) fn list(conn: &mut Conn, filter: &TaskFilter, limit: u32) -> QueryResult<Vec<Task>> {
    filter
        .query()
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)
}

/// Returns the ids of the tasks that match the filter and ended first.
pub(crate) fn first_ended(
    conn: &mut Conn,
    filter: &TaskFilter,
    limit: u32,
) -> QueryResult<Vec<TaskId>> {
    filter
        .query()
        .order((dsl::completed_at, dsl::id))
        .limit(limit.into())
        .select(dsl::id)
        .load(conn)
}

impl TaskFilter {
    fn query(&self) -> tasks::BoxedQuery<'_, Backend> {
        let mut query = dsl::tasks.into_boxed();
        if let Some(status) = self.status {
            query = query.filter(dialect::task_is_in(status));
        }
        if let Some(agent_id) = &self.agent_id {
            query = query.filter(dsl::agent_id.eq(agent_id));
        }
        if let Some(path) = &self.repository_path {
            query = query.filter(dsl::repository_path.eq(path));
        }
        if let Some(queue_name) = &self.queue_name {
            query = query.filter(dsl::queue_name.eq(queue_name));
        }
        if let Some(correlation_id) = &self.correlation_id {
            query = query.filter(dsl::correlation_id.eq(correlation_id));
        }
        query
    }
}

/// Counts the tasks by state. Completed tasks are those that no index by state has: SQLite counts all rows without
/// looking at each.
pub(crate) fn count_by_status(conn: &mut Conn) -> QueryResult<Vec<(TaskStatus, i64)>> {
    let by_status = dsl::tasks
        .group_by(dsl::status)
        .select((dsl::status, count_star()));
    let mut counts: Vec<(TaskStatus, i64)> =
        Kept(by_status.filter(dialect::task_waits_or_failed())).load(conn)?;
    counts.extend(
        Kept(by_status.filter(dialect::task_is_assigned())).load::<(TaskStatus, i64)>(conn)?,
    );
    let all: i64 = dsl::tasks.select(count_star()).first(conn)?;
    let others: i64 = counts.iter().map(|(_, count)| count).sum();
    counts.push((TaskStatus::Completed, all - others));
    Ok(counts)
}

/// Returns true if the table has any row.
pub(crate) fn any(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::tasks.select(dsl::id))).get_result(conn)
}

/// Returns the repository and state of each task, one after the other. Grouped, the database would sort all of them
/// in memory, since no index has both columns.
pub(crate) fn paths_and_statuses(
    conn: &mut Conn,
) -> QueryResult<impl Iterator<Item = QueryResult<(String, TaskStatus)>>> {
    dsl::tasks
        .select((dsl::repository_path, dsl::status))
        .load_iter(conn)
}

/// Writes the progress of a task, and no column of an index.
pub(crate) fn save_progress(conn: &mut Conn, task: &Task) -> QueryResult<()> {
    let changes = (
        dsl::progress_percentage.eq(task.progress_percentage),
        dsl::progress_message.eq(task.progress_message.as_deref()),
        dsl::last_progress_update.eq(task.last_progress_update),
        dsl::updated_at.eq(task.updated_at),
        dsl::updated_by.eq(&task.updated_by),
        dsl::row_version.eq(task.row_version),
    );
    dialect::update_row(conn, "Tasks", &task.id, changes)
}
