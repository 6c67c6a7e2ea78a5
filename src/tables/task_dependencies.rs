//! Row and queries of the table `TaskDependencies`.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Task, TaskId};
use crate::rows::entity;
use crate::schema::{task_dependencies, task_dependencies as edges, tasks};
use crate::sqlite::Conn;
use crate::types::{FailurePolicy, Id, TaskStatus, Timestamp};

/// Id of a [`TaskDependency`].
pub type TaskDependencyId = Id<TaskDependency>;

entity! {
    /// Dependency of one task on the completion of another.
    #[derive(Debug)]
    pub struct TaskDependency in task_dependencies as "TaskDependencies" {
        /// Primary key.
        pub id: TaskDependencyId,
        /// Task that depends on the other.
        pub task_id: TaskId,
        /// Task that has to complete first.
        pub depends_on_task_id: TaskId,
        /// Effect on the dependent task if the other one fails or is cancelled.
        pub on_failure: FailurePolicy,
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// User who created the row.
        pub created_by: String,
        /// Version of the row; each update raises it.
        pub row_version: i64,
    }
    created { created_at } by created_by,
    updated { },
    version row_version,
    kept {
        [task_id, depends_on_task_id] by "add_dependency and remove_dependency",
    },
    given { task_id, depends_on_task_id },
    relations {
        Task: one Task by "TaskId",
        DependsOnTask: one Task by "DependsOnTaskId",
    },
}

/// Returns the pending tasks that depend on a task, by id.
pub(crate) fn waiting_for(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<Task>> {
    edges::table
        .inner_join(tasks::table.on(tasks::id.eq(edges::task_id)))
        .filter(edges::depends_on_task_id.eq(id))
        .filter(tasks::status.eq(TaskStatus::Pending))
        .order(edges::task_id)
        .select(Task::as_select())
        .load(conn)
}

/// Returns the dependency of one task on another.
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

/// Returns the ids of the dependencies on a task.
pub(crate) fn ids_on(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<TaskDependencyId>> {
    edges::table
        .filter(edges::depends_on_task_id.eq(id))
        .select(edges::id)
        .load(conn)
}

/// Returns the pending tasks that are cancelled if a task fails, by id.
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

/// Returns true if a task depends on another one, or another one on it.
pub(crate) fn any_of(conn: &mut Conn, id: &TaskId) -> QueryResult<bool> {
    let depends = edges::table.filter(edges::task_id.eq(id));
    let is_waited_for = edges::table.filter(edges::depends_on_task_id.eq(id));
    Ok(diesel::select(exists(depends)).get_result(conn)?
        || diesel::select(exists(is_waited_for)).get_result(conn)?)
}

/// Returns the tasks that a task depends on, with their states, by id.
pub(crate) fn parents(conn: &mut Conn, id: &TaskId) -> QueryResult<Vec<(TaskId, TaskStatus)>> {
    edges::table
        .inner_join(tasks::table.on(tasks::id.eq(edges::depends_on_task_id)))
        .filter(edges::task_id.eq(id))
        .order(edges::depends_on_task_id)
        .select((tasks::id, tasks::status))
        .load(conn)
}
