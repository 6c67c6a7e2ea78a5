//! Queries of `Repositories`.

use diesel::prelude::*;

use crate::db::{Conn, dialect};
use crate::models::{CodeRepository, RepositoryId, Task};
use crate::schema::repositories::dsl;
use crate::schema::tasks;
use crate::types::{TaskStatus, Timestamp};

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

/// Whether there is such a row.
pub(crate) fn exists(conn: &mut Conn, id: &RepositoryId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::repositories.find(id))).get_result(conn)
}

/// Whether there is any row.
pub(crate) fn any(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::repositories.select(dsl::id))).get_result(conn)
}

/// All, by path.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<CodeRepository>> {
    dsl::repositories
        .order(dsl::path)
        .select(CodeRepository::as_select())
        .load(conn)
}

/// Counts tasks that were added.
pub(crate) fn add_tasks(conn: &mut Conn, id: &RepositoryId, count: i64) -> QueryResult<()> {
    let changes = (
        dsl::total_tasks.eq(dsl::total_tasks + count),
        dsl::row_version.eq(dsl::row_version + 1),
    );
    dialect::update_row(conn, "Repositories", id, changes)
}

/// Those in use with the most tasks, the most first.
pub(crate) fn list_most_used(conn: &mut Conn, limit: i64) -> QueryResult<Vec<CodeRepository>> {
    dsl::repositories
        .filter(dsl::is_active)
        .order((dsl::total_tasks.desc(), dsl::id))
        .limit(limit)
        .select(CodeRepository::as_select())
        .load(conn)
}

/// Writes when it was last used.
pub(crate) fn save_access(conn: &mut Conn, id: &RepositoryId, at: Timestamp) -> QueryResult<()> {
    let changes = dsl::last_accessed_at.eq(at);
    dialect::update_row(conn, "Repositories", id, changes)
}

/// Visits the tasks of a repository, one row in memory at a time.
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

/// Visits how many milliseconds the tasks took that completed or failed from a moment on.
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
