//! Facts that a claim needs before it looks for tasks, each set of them read by one statement.

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::{Agent, AgentId};
use crate::schema::{agents, queue_pauses, tasks};
use crate::sqlite::dialect::{self, TextCell};
use crate::sqlite::{Conn, KeptText};
use crate::types::{TaskStatus, Timestamp};

/// Facts that decide where a claim looks for tasks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaimView {
    /// True if anything is paused.
    pub(crate) has_pauses: bool,
    /// True if a task that waits for a time is due.
    pub(crate) has_due: bool,
    /// True if tasks that only this claimant may run wait.
    pub(crate) has_pinned: bool,
}

/// Returns the facts for a claimant that is not an agent.
pub(crate) fn of_worker(conn: &mut Conn, now: Timestamp) -> QueryResult<ClaimView> {
    let (has_pauses, has_due) = diesel::select((
        exists(queue_pauses::table.select(queue_pauses::id)),
        exists(tasks::table.filter(tasks::due_at.le(now)).select(tasks::id)),
    ))
    .get_result(conn)?;
    Ok(ClaimView {
        has_pauses,
        has_due,
        has_pinned: false,
    })
}

/// Returns an agent, deleted or not, the number of tasks that are assigned to it, and the facts for it.
pub(crate) fn of_agent(
    conn: &mut Conn,
    id: &AgentId,
    now: Timestamp,
) -> QueryResult<Option<(Agent, i64, ClaimView)>> {
    static TEXT: TextCell = TextCell::new();
    let in_state = |status| {
        let held = tasks::table.filter(tasks::agent_id.eq(id));
        let held = held.filter(dialect::task_is_in(status));
        held.select(count_star()).single_value()
    };
    let [assigned, running] = TaskStatus::ASSIGNED.map(in_state);
    let pinned = tasks::table
        .filter(tasks::agent_id.eq(id))
        .filter(tasks::pinned_priority.is_not_null())
        .select(tasks::id);
    let view = agents::table.find(id).select((
        Agent::as_select(),
        (assigned, running),
        exists(queue_pauses::table.select(queue_pauses::id)),
        exists(tasks::table.filter(tasks::due_at.le(now)).select(tasks::id)),
        exists(pinned),
    ));
    type Held = (Option<i64>, Option<i64>);
    let found: Option<(Agent, Held, bool, bool, bool)> =
        KeptText::new(&TEXT, view).get_result(conn).optional()?;
    Ok(found.map(|(agent, held, has_pauses, has_due, has_pinned)| {
        let view = ClaimView {
            has_pauses,
            has_due,
            has_pinned,
        };
        (agent, held.0.unwrap_or(0) + held.1.unwrap_or(0), view)
    }))
}
