//! The table `TaskDependencies`: its row and its queries.

use diesel::prelude::*;

use super::{Task, TaskId};
use crate::rows::entity;
use crate::schema::{task_dependencies, task_dependencies as edges, tasks};
use crate::sqlite::Conn;
use crate::types::{FailurePolicy, Id, TaskStatus, Timestamp};

/// Id of a [`TaskDependency`].
pub type TaskDependencyId = Id<TaskDependency>;

entity! {
    /// That a task waits for another one to complete.
    #[derive(Debug)]
    pub struct TaskDependency in task_dependencies as "TaskDependencies" {
        /// Primary key.
        pub id: TaskDependencyId,
        /// Task that waits.
        pub task_id: TaskId,
        /// Task that has to complete before.
        pub depends_on_task_id: TaskId,
        /// What becomes of the waiting task if the other one fails or is cancelled.
        pub on_failure: FailurePolicy,
        /// When the row was created.
        pub created_at: Timestamp,
        /// Who created the row.
        pub created_by: String,
        /// Version of the row: each update adds one.
        pub row_version: i64,
    }
    created { created_at } by created_by,
    updated { },
    version row_version,
    relations {
        Task: one Task by "TaskId",
        DependsOnTask: one Task by "DependsOnTaskId",
    },
}

/// The tasks that wait for this one, by id.
pub(crate) fn waiting_for(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<Task>> {
    edges::table
        .inner_join(tasks::table.on(tasks::id.eq(edges::task_id)))
        .filter(edges::depends_on_task_id.eq(id))
        .filter(tasks::status.eq(TaskStatus::Pending))
        .order(edges::task_id)
        .select(Task::as_select())
        .load(conn)
}

/// What is written of a task that waits for another one.
pub(crate) fn between(
    conn: &mut Conn,
    id: &TaskId,
    depends_on: &TaskId,
) -> QueryResult<Option<TaskDependency>> {
    edges::table
        .filter(edges::task_id.eq(id))
        .filter(edges::depends_on_task_id.eq(depends_on))
        .select(TaskDependency::as_select())
        .first(conn)
        .optional()
}

/// What is written of those that wait for this task.
pub(crate) fn ids_on(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<TaskDependencyId>> {
    edges::table
        .filter(edges::depends_on_task_id.eq(id))
        .select(edges::id)
        .load(conn)
}

/// Those of them that are to be cancelled if it fails.
pub(crate) fn doomed_with(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<Task>> {
    edges::table
        .inner_join(tasks::table.on(tasks::id.eq(edges::task_id)))
        .filter(edges::depends_on_task_id.eq(id))
        .filter(edges::on_failure.eq(FailurePolicy::Cancel))
        .filter(tasks::status.eq(TaskStatus::Pending))
        .order(edges::task_id)
        .select(Task::as_select())
        .load(conn)
}

/// The tasks that a task depends on, by id, with their states.
pub(crate) fn parents(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<(TaskId, TaskStatus)>> {
    edges::table
        .inner_join(tasks::table.on(tasks::id.eq(edges::depends_on_task_id)))
        .filter(edges::task_id.eq(id))
        .order(edges::depends_on_task_id)
        .select((tasks::id, tasks::status))
        .load(conn)
}
