//! Row and queries of the table `Repositories`.

use diesel::prelude::*;

use super::{Agent, Task, UserId, UserPreference};
use crate::rows::entity;
use crate::rows::lineages::NumberBase;
use crate::schema::repositories::{self, dsl};
use crate::schema::tasks;
use crate::sqlite::{Conn, dialect};
use crate::types::{
    AccessLevel, Id, Json, RepositoryType, StringList, TaskStatus, TimeSpan, Timestamp,
};

/// Id of a [`CodeRepository`].
pub type RepositoryId = Id<CodeRepository>;

entity! {
    /// A code repository that agents work in.
    #[derive(Debug)]
    pub struct CodeRepository in repositories as "Repositories" {
        /// Primary key.
        pub id: RepositoryId,
        /// Display name.
        pub name: String,
        /// Path of the repository, unique.
        pub path: String,
        /// Description for people.
        pub description: Option<String>,
        /// Kind of repository.
        pub type_: RepositoryType,
        /// True if the repository is in use.
        pub is_active: bool,
        /// Settings of the host.
        pub settings_json: Option<Json>,
        /// Branch that work starts from.
        pub default_branch: Option<String>,
        /// Names of the allowed operations; none means all.
        pub allowed_operations: Option<StringList>,
        /// Group of users who may see the repository.
        pub access_level: AccessLevel,
        /// User that owns the repository.
        pub owner_user_id: Option<UserId>,
        /// Number of tasks that ended, cancelled ones included.
        pub total_tasks: i64,
        /// Number of tasks that completed.
        pub successful_tasks: i64,
        /// Number of tasks that failed.
        pub failed_tasks: i64,
        /// Time spent on tasks.
        pub total_execution_time: TimeSpan,
        /// Mean duration of a task, in milliseconds.
        pub average_task_duration: f64,
        /// Time at which a task last ended.
        pub last_task_executed_at: Option<Timestamp>,
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// Time of the last change to the row.
        pub updated_at: Timestamp,
        /// Time of the last use.
        pub last_accessed_at: Option<Timestamp>,
        /// User who created the row.
        pub created_by: String,
        /// User who last changed the row.
        pub updated_by: String,
        /// Rating from 0 to 10.
        pub performance_rating: f64,
        /// Score from 0 to 1.
        pub reliability_score: f64,
        /// Version of the row; each update raises it.
        pub row_version: i64,
    }
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
    kept {
        [path] by "register",
        [last_accessed_at] unversioned "note_access",
        [
            total_tasks, successful_tasks, failed_tasks, total_execution_time, average_task_duration,
            last_task_executed_at, reliability_score,
        ] by "the ends of tasks",
    },
    given { path, last_accessed_at },
    derived {
        total_tasks, successful_tasks, failed_tasks, total_execution_time, average_task_duration,
        last_task_executed_at, reliability_score,
    },
    relations {
        Agents: many Agent by "RepositoryId",
        Tasks: many Task by "RepositoryId",
        Preferences: many UserPreference by "RepositoryId",
    },
}

pub(crate) fn get_by_path(conn: &mut Conn, path: &str) -> QueryResult<Option<CodeRepository>> {
    dsl::repositories
        .filter(dsl::path.eq(path))
        .select(CodeRepository::as_select())
        .first(conn)
        .optional()
}

pub(crate) fn id_of_path(conn: &mut Conn, path: &str) -> QueryResult<Option<RepositoryId>> {
    dsl::repositories
        .filter(dsl::path.eq(path))
        .select(dsl::id)
        .first(conn)
        .optional()
}

/// Returns the paths of all repositories, in their order.
pub(crate) fn paths(conn: &mut Conn) -> QueryResult<Vec<String>> {
    dsl::repositories
        .order(dsl::path)
        .select(dsl::path)
        .load(conn)
}

/// Returns true if a repository with this id exists.
pub(crate) fn exists(conn: &mut Conn, id: &RepositoryId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::repositories.find(id))).get_result(conn)
}

/// Returns true if the table has any row.
pub(crate) fn any(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::repositories.select(dsl::id))).get_result(conn)
}

/// Lists all repositories, by path.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<CodeRepository>> {
    dsl::repositories
        .order(dsl::path)
        .select(CodeRepository::as_select())
        .load(conn)
}

/// Adds `count` to the number of tasks.
pub(crate) fn add_tasks(
    conn: &mut Conn,
    id: &RepositoryId,
    count: i64,
    base: NumberBase,
) -> QueryResult<()> {
    let changes = (
        dsl::total_tasks.eq(dsl::total_tasks + count),
        dsl::row_version.eq(base.next_version_of(dsl::row_version)),
    );
    dialect::update_row(conn, "Repositories", id, changes)
}

/// Lists the repositories in use that have the most tasks, the most first.
pub(crate) fn list_most_used(conn: &mut Conn, limit: u32) -> QueryResult<Vec<CodeRepository>> {
    dsl::repositories
        .filter(dsl::is_active)
        .order((dsl::total_tasks.desc(), dsl::id))
        .limit(limit.into())
        .select(CodeRepository::as_select())
        .load(conn)
}

/// Writes the time of the last use.
pub(crate) fn save_access(conn: &mut Conn, id: &RepositoryId, at: Timestamp) -> QueryResult<()> {
    let changes = dsl::last_accessed_at.eq(at);
    dialect::update_row(conn, "Repositories", id, changes)
}

/// Calls `visit` with each task of a repository, and holds one row in memory at a time.
pub(crate) fn for_each_task(
    conn: &mut Conn,
    id: &RepositoryId,
    mut visit: impl FnMut(&Task),
) -> QueryResult<()> {
    let rows = tasks::table
        .filter(tasks::repository_id.eq(id))
        .select(Task::as_select())
        .load_iter::<Task, _>(conn)?;
    for row in rows {
        visit(&row?);
    }
    Ok(())
}

/// Calls `visit` with the repository and duration, in milliseconds, of each task that completed or failed at `from`
/// or later.
pub(crate) fn for_each_duration(
    conn: &mut Conn,
    from: Timestamp,
    mut visit: impl FnMut(RepositoryId, i64),
) -> QueryResult<()> {
    let rows = tasks::table
        .filter(tasks::completed_at.ge(from))
        .filter(tasks::status.eq_any([TaskStatus::Completed, TaskStatus::Failed]))
        .filter(tasks::repository_id.is_not_null())
        .filter(tasks::computed_duration.is_not_null())
        .select((
            tasks::repository_id.assume_not_null(),
            tasks::computed_duration.assume_not_null(),
        ))
        .load_iter::<(RepositoryId, i64), _>(conn)?;
    for row in rows {
        let (id, millis) = row?;
        visit(id, millis);
    }
    Ok(())
}
