//! Queries that find rows which break a rule that no constraint can state.

use std::collections::HashMap;

use diesel::dsl::{count_star, not};
use diesel::prelude::*;

use super::{AgentId, TaskId};
use crate::schema::{agents, task_dependencies as edges, tasks, workflow_stages as stages};
use crate::sqlite::{Conn, dialect};
use crate::types::{AgentStatus, TaskStatus};

/// Returns the agents that hold more leased tasks than they may, each with its capacity and the number held.
pub(crate) fn agents_over_capacity(conn: &mut Conn) -> QueryResult<Vec<(AgentId, i32, i64)>> {
    let held = super::assignments::count_by_agent(conn)?;
    let capacities: Vec<(AgentId, i32)> = agents::table
        .select((agents::id, agents::max_concurrent_tasks))
        .order(agents::id)
        .load(conn)?;
    Ok(capacities
        .into_iter()
        .filter_map(|(id, capacity)| {
            let held = held.get(&id).copied()?;
            (held > i64::from(capacity)).then_some((id, capacity, held))
        })
        .collect())
}

/// Returns the busy agents to which no task is assigned, each with what it says that it works on.
pub(crate) fn busy_agents_without_tasks(
    conn: &mut Conn,
) -> QueryResult<Vec<(AgentId, Option<String>)>> {
    let held = super::assignments::count_by_agent(conn)?;
    let busy: Vec<(AgentId, Option<String>)> = agents::table
        .filter(agents::status.eq(AgentStatus::Busy))
        .filter(not(agents::is_deleted))
        .select((agents::id, agents::current_task))
        .order(agents::id)
        .load(conn)?;
    Ok(busy
        .into_iter()
        .filter(|(id, _)| !held.contains_key(id))
        .collect())
}

/// A pending task whose count of uncompleted dependencies is wrong.
pub(crate) struct Miscounted {
    pub(crate) id: TaskId,
    pub(crate) kept: i32,
    pub(crate) unmet: i32,
}

pub(crate) fn tasks_with_wrong_unmet(conn: &mut Conn) -> QueryResult<Vec<Miscounted>> {
    let mut unmet: HashMap<TaskId, i64> = edges::table
        .inner_join(tasks::table.on(tasks::id.eq(edges::depends_on_task_id)))
        .filter(tasks::status.ne(TaskStatus::Completed))
        .group_by(edges::task_id)
        .select((edges::task_id, count_star()))
        .load_iter::<(TaskId, i64), _>(conn)?
        .collect::<QueryResult<_>>()?;
    for id in tasks_of_waiting_stages(conn)? {
        *unmet.entry(id).or_default() += 1;
    }
    let kept: Vec<(TaskId, i32)> = tasks::table
        .filter(dialect::task_is_in(TaskStatus::Pending))
        .select((tasks::id, tasks::unmet_dependencies))
        .order(tasks::id)
        .load(conn)?;
    Ok(kept
        .into_iter()
        .filter_map(|(id, kept)| {
            let unmet = unmet.get(&id).copied().unwrap_or(0);
            let unmet = i32::try_from(unmet).unwrap_or(i32::MAX);
            (kept != unmet).then_some(Miscounted { id, kept, unmet })
        })
        .collect())
}

/// Returns the pending tasks whose stages wait for others.
fn tasks_of_waiting_stages(conn: &mut Conn) -> QueryResult<Vec<TaskId>> {
    let execution = tasks::workflow_execution_id.eq(stages::workflow_execution_id.nullable());
    let stage = tasks::workflow_step.eq(stages::stage);
    tasks::table
        .inner_join(stages::table.on(execution.and(stage)))
        .filter(stages::waits_for.gt(0))
        .filter(tasks::stage_position.is_not_null())
        .filter(tasks::status.eq(TaskStatus::Pending))
        .select(tasks::id)
        .load(conn)
}
