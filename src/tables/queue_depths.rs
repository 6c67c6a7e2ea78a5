//! Queries that count the open tasks of each queue.

use diesel::dsl::{count_star, min};
use diesel::prelude::*;

use crate::schema::tasks::dsl;
use crate::sqlite::{Conn, dialect};
use crate::types::{TaskStatus, Timestamp};

/// Number of tasks in one state of a queue of a repository.
#[derive(Queryable)]
pub(crate) struct Depth {
    pub(crate) queue_name: Option<String>,
    pub(crate) repository_path: String,
    pub(crate) status: TaskStatus,
    pub(crate) tasks: i64,
    pub(crate) first_available_at: Option<Timestamp>,
}

/// Counts the tasks that have not ended by queue, repository and state.
pub(crate) fn open_by_status(conn: &mut Conn) -> QueryResult<Vec<Depth>> {
    let mut depths = Vec::new();
    // Each has an index of its own.
    for is_open in [
        dialect::task_is_in(TaskStatus::Pending),
        dialect::task_is_assigned(),
    ] {
        let of_state = dsl::tasks
            .filter(is_open)
            .group_by((dsl::queue_name, dsl::repository_path, dsl::status))
            .select((
                dsl::queue_name,
                dsl::repository_path,
                dsl::status,
                count_star(),
                min(dsl::available_at),
            ));
        depths.extend(of_state.load::<Depth>(conn)?);
    }
    Ok(depths)
}

/// Counts the pending tasks that depend on others by queue and repository.
pub(crate) fn waiting_for_others(
    conn: &mut Conn,
) -> QueryResult<Vec<(Option<String>, String, i64)>> {
    dsl::tasks
        .filter(dialect::task_is_in(TaskStatus::Pending))
        .filter(dsl::unmet_dependencies.gt(0))
        .group_by((dsl::queue_name, dsl::repository_path))
        .select((dsl::queue_name, dsl::repository_path, count_star()))
        .load(conn)
}
