//! Queries that find rows which break a rule that no constraint can state.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{AgentId, RepositoryId, TaskId};
use crate::schema::{
    agents, repositories, task_dependencies as edges, tasks, workflow_stages as stages,
};
use crate::sqlite::Conn;
use crate::types::TaskStatus;

/// A counter that is less than the tasks it counts.
pub(crate) struct Behind<Id> {
    pub(crate) id: Id,
    pub(crate) counter: &'static str,
    pub(crate) kept: i64,
    pub(crate) tasks: i64,
}

pub(crate) fn repositories_behind_their_tasks(
    conn: &mut Conn,
) -> QueryResult<Vec<Behind<RepositoryId>>> {
    let counted = tasks::table
        .filter(tasks::repository_id.is_not_null())
        .group_by((tasks::repository_id, tasks::status))
        .select((
            tasks::repository_id.assume_not_null(),
            tasks::status,
            count_star(),
        ))
        .load(conn)?;
    let counted = by_owner(counted);
    let kept: Vec<(RepositoryId, i64, i64, i64)> = repositories::table
        .select((
            repositories::id,
            repositories::total_tasks,
            repositories::successful_tasks,
            repositories::failed_tasks,
        ))
        .order(repositories::id)
        .load(conn)?;
    Ok(kept
        .into_iter()
        .flat_map(|(id, total, successful, failed)| {
            let counters = [
                ("TotalTasks", total, total_of(&counted, &id)),
                (
                    "SuccessfulTasks",
                    successful,
                    count_of(&counted, &id, TaskStatus::Completed),
                ),
                (
                    "FailedTasks",
                    failed,
                    count_of(&counted, &id, TaskStatus::Failed),
                ),
            ];
            those_behind(id, counters)
        })
        .collect())
}

pub(crate) fn agents_behind_their_tasks(conn: &mut Conn) -> QueryResult<Vec<Behind<AgentId>>> {
    let counted = tasks::table
        .filter(tasks::agent_id.is_not_null())
        .group_by((tasks::agent_id, tasks::status))
        .select((
            tasks::agent_id.assume_not_null(),
            tasks::status,
            count_star(),
        ))
        .load(conn)?;
    let counted = by_owner(counted);
    let kept: Vec<(AgentId, i64, i64)> = agents::table
        .select((
            agents::id,
            agents::total_tasks_completed,
            agents::total_tasks_failed,
        ))
        .order(agents::id)
        .load(conn)?;
    Ok(kept
        .into_iter()
        .flat_map(|(id, completed, failed)| {
            let counters = [
                (
                    "TotalTasksCompleted",
                    completed,
                    count_of(&counted, &id, TaskStatus::Completed),
                ),
                (
                    "TotalTasksFailed",
                    failed,
                    count_of(&counted, &id, TaskStatus::Failed),
                ),
            ];
            those_behind(id, counters)
        })
        .collect())
}

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
        .filter(tasks::status.eq(TaskStatus::Pending))
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

type TaskCounts<Id> = HashMap<(Id, TaskStatus), i64>;

fn by_owner<Id: Eq + Hash>(counted: Vec<(Id, TaskStatus, i64)>) -> TaskCounts<Id> {
    let keyed = counted
        .into_iter()
        .map(|(id, status, count)| ((id, status), count));
    keyed.collect()
}

fn count_of<Id: Eq + Hash + Clone>(counts: &TaskCounts<Id>, id: &Id, status: TaskStatus) -> i64 {
    counts.get(&(id.clone(), status)).copied().unwrap_or(0)
}

fn total_of<Id: Eq + Hash + Clone>(counts: &TaskCounts<Id>, id: &Id) -> i64 {
    TaskStatus::ALL
        .iter()
        .map(|&status| count_of(counts, id, status))
        .sum()
}

fn those_behind<Id: Clone, const N: usize>(
    id: Id,
    counters: [(&'static str, i64, i64); N],
) -> impl Iterator<Item = Behind<Id>> {
    let behind = counters.into_iter().filter(|(_, kept, tasks)| kept < tasks);
    behind.map(move |(counter, kept, tasks)| Behind {
        id: id.clone(),
        counter,
        kept,
        tasks,
    })
}
