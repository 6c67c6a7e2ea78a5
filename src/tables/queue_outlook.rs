//! Facts about the queue that concern all claims that wait, read by one statement.

use diesel::dsl::{exists, min};
use diesel::prelude::*;

use crate::schema::tasks::dsl;
use crate::sqlite::Conn;
use crate::types::{TaskPriority, Timestamp};

/// State of the queue, as far as it concerns all claims that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueOutlook {
    /// False if no claim whatever would get a task now.
    pub(crate) may_have_claimable: bool,
    /// Earliest time ahead for which a task waits.
    pub(crate) next_due: Option<Timestamp>,
}

/// Returns the state of the queue at `now`, at a cost that doesn't depend on the number of tasks.
pub(crate) fn read(conn: &mut Conn, now: Timestamp) -> QueryResult<QueueOutlook> {
    let (least, greatest) = (TaskPriority::Low, TaskPriority::Critical);
    let (open, due, pinned, next_due) = diesel::select((
        exists(dsl::tasks.filter(dsl::open_priority.between(least.number(), greatest.number()))),
        exists(dsl::tasks.filter(dsl::due_at.le(now))),
        exists(dsl::tasks.filter(dsl::pinned_priority.is_not_null())),
        dsl::tasks
            .filter(dsl::due_at.gt(now))
            .select(min(dsl::due_at))
            .single_value(),
    ))
    .get_result::<(bool, bool, bool, Option<Timestamp>)>(conn)?;
    Ok(QueueOutlook {
        may_have_claimable: open || due || pinned,
        next_due,
    })
}
