//! Queries for stored times that lie ahead of the clock, in all tables in which such a time changes what is done.

use diesel::prelude::*;

use super::Task;
use crate::schema::{retention_marks, tasks};
use crate::sqlite::Conn;
use crate::types::Timestamp;

/// Returns the tasks whose leases began after `latest`.
pub(crate) fn leases(conn: &mut Conn, latest: Timestamp) -> QueryResult<Vec<Task>> {
    // The first condition follows from the second, and lets the index serve both.
    tasks::table
        .filter(tasks::lease_expires_at.gt(latest))
        .filter(tasks::lease_renewed_at.gt(latest))
        .select(Task::as_select())
        .load(conn)
}

/// Returns the names of the logs whose marks are later than `latest`, with these.
pub(crate) fn marks(conn: &mut Conn, latest: Timestamp) -> QueryResult<Vec<(String, Timestamp)>> {
    retention_marks::table
        .filter(retention_marks::delete_before.gt(latest))
        .select((retention_marks::table_name, retention_marks::delete_before))
        .load(conn)
}

/// Moves the marks that are later than `latest` back to the present.
pub(crate) fn move_marks_back(
    conn: &mut Conn,
    latest: Timestamp,
    now: Timestamp,
    user: &str,
) -> QueryResult<usize> {
    diesel::update(retention_marks::table)
        .filter(retention_marks::delete_before.gt(latest))
        .set((
            retention_marks::delete_before.eq(now),
            retention_marks::updated_at.eq(now),
            retention_marks::updated_by.eq(user),
        ))
        .execute(conn)
}
