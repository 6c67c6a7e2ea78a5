//! Tasks that are assigned to agents, and their numbers.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{AgentId, Task};
use crate::schema::tasks::dsl;
use crate::sqlite::dialect::{self, TextCell};
use crate::sqlite::{Conn, KeptText};
use crate::types::TaskStatus;

/// Returns the agent that a task is assigned to, if it is to one.
pub(crate) fn agent_of(task: &Task) -> Option<&AgentId> {
    task.agent_id
        .as_ref()
        .filter(|_| TaskStatus::ASSIGNED.contains(&task.status))
}

/// Counts the tasks that are assigned to an agent: those of either state apart, since a search for both at once would build
/// a table of the states each time.
pub(crate) fn count(conn: &mut Conn, agent_id: &AgentId) -> QueryResult<i64> {
    static TEXT: TextCell = TextCell::new();
    let in_state = |status| {
        let held = dsl::tasks.filter(dsl::agent_id.eq(agent_id));
        let held = held.filter(dialect::task_is_in(status));
        held.select(count_star()).single_value()
    };
    let [assigned, running] = TaskStatus::ASSIGNED.map(in_state);
    let counts = diesel::select((assigned, running));
    let (assigned, running): (Option<i64>, Option<i64>) =
        KeptText::new(&TEXT, counts).get_result(conn)?;
    Ok(assigned.unwrap_or(0) + running.unwrap_or(0))
}

/// Counts the pending tasks that only this agent may run.
pub(crate) fn count_pinned(conn: &mut Conn, agent_id: &AgentId) -> QueryResult<i64> {
    dsl::tasks
        .filter(dsl::agent_id.eq(agent_id))
        .filter(dialect::task_is_in(TaskStatus::Pending))
        .filter(dsl::is_pinned)
        .select(count_star())
        .first(conn)
}

/// Counts the tasks that are assigned to each agent; agents without any are left out.
pub(crate) fn count_by_agent(conn: &mut Conn) -> QueryResult<HashMap<AgentId, i64>> {
    let counts: Vec<(Option<AgentId>, i64)> = dsl::tasks
        .filter(dialect::task_is_assigned())
        .filter(dsl::agent_id.is_not_null())
        .group_by(dsl::agent_id)
        .select((dsl::agent_id, count_star()))
        .load(conn)?;
    let with_agent = |(id, count): (Option<AgentId>, i64)| id.map(|id| (id, count));
    Ok(counts.into_iter().filter_map(with_agent).collect())
}
