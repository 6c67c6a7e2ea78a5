//! Queries of `Repositories`.

use diesel::prelude::*;

use crate::db::Conn;
use crate::models::{CodeRepository, RepositoryId};
use crate::schema::repositories::dsl;

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
    diesel::update(dsl::repositories.find(id))
        .set((
            dsl::total_tasks.eq(dsl::total_tasks + count),
            dsl::row_version.eq(dsl::row_version + 1),
        ))
        .execute(conn)
        .map(drop)
}
