//! Facts about the queue that concern all claims that wait.

use diesel::prelude::*;

use super::TaskId;
use crate::schema::tasks::dsl;
use crate::sqlite::Conn;
use crate::types::{TaskPriority, Timestamp};

/// Returns tasks that can be claimed at `now` by anyone whom they fit, whatever is paused: at most `limit` of each kind,
/// in no order, at a cost that doesn't depend on the number of tasks.
pub(crate) fn claimable(conn: &mut Conn, now: Timestamp, limit: u32) -> QueryResult<Vec<TaskId>> {
    let (least, greatest) = (TaskPriority::Low, TaskPriority::Critical);
    let mut found: Vec<TaskId> = dsl::tasks
        .filter(dsl::open_priority.between(least.number(), greatest.number()))
        .select(dsl::id)
        .limit(limit.into())
        .load(conn)?;
    found.extend(
        dsl::tasks
            .filter(dsl::due_at.le(now))
            .select(dsl::id)
            .limit(limit.into())
            .load::<TaskId>(conn)?,
    );
    found.extend(
        dsl::tasks
            .filter(dsl::pinned_priority.is_not_null())
            .select(dsl::id)
            .limit(limit.into())
            .load::<TaskId>(conn)?,
    );
    Ok(found)
}

/// Returns the earliest time behind `now` for which a task waits.
pub(crate) fn next_due(conn: &mut Conn, now: Timestamp) -> QueryResult<Option<Timestamp>> {
    dsl::tasks
        .filter(dsl::due_at.gt(now))
        .order(dsl::due_at)
        .select(dsl::due_at.assume_not_null())
        .first(conn)
        .optional()
}
