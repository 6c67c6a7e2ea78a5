//! Queries of `Agents` by their last reports, and counts of the tasks from which their health is judged.

use std::collections::HashMap;

use diesel::dsl::{count_star, not};
use diesel::prelude::*;

use super::{Agent, AgentId};
use crate::schema::{agents, tasks};
use crate::sqlite::Conn;
use crate::types::{AgentStatus, TaskStatus, TimeSpan, Timestamp};

/// Returns the first health interval behind `behind`, in the order of their texts; the very first if that is `None`.
pub(crate) fn next_interval(
    conn: &mut Conn,
    behind: Option<TimeSpan>,
) -> QueryResult<Option<TimeSpan>> {
    let intervals = agents::table
        .filter(not(agents::is_deleted))
        .filter(agents::is_expected)
        .order(agents::health_check_interval)
        .select(agents::health_check_interval);
    let next = match behind {
        Some(behind) => intervals
            .filter(agents::health_check_interval.gt(behind))
            .first(conn),
        None => intervals.first(conn),
    };
    next.optional()
}

/// Returns the agents with this health interval that reported last before `before` and count neither as offline nor
/// as in error.
pub(crate) fn silent(
    conn: &mut Conn,
    interval: TimeSpan,
    before: Timestamp,
    limit: u32,
) -> QueryResult<Vec<Agent>> {
    agents::table
        .filter(not(agents::is_deleted))
        .filter(agents::health_check_interval.eq(interval))
        .filter(agents::is_expected)
        .filter(agents::last_ping.lt(before))
        .limit(limit.into())
        .select(Agent::as_select())
        .load(conn)
}

/// Returns the agents whose last report is later than `latest`.
pub(crate) fn pinged_after(
    conn: &mut Conn,
    latest: Timestamp,
    limit: u32,
) -> QueryResult<Vec<Agent>> {
    agents::table
        .filter(not(agents::is_deleted))
        .filter(agents::last_ping.gt(latest))
        .limit(limit.into())
        .select(Agent::as_select())
        .load(conn)
}

/// Returns the agents that are offline and have reported since their rows were last changed, the latest report first.
pub(crate) fn pinged_while_offline(conn: &mut Conn, limit: u32) -> QueryResult<Vec<Agent>> {
    agents::table
        .filter(not(agents::is_deleted))
        .filter(not(agents::is_expected))
        .filter(agents::last_ping.gt(agents::updated_at))
        .filter(agents::status.eq(AgentStatus::Offline))
        .order(agents::last_ping.desc())
        .limit(limit.into())
        .select(Agent::as_select())
        .load(conn)
}

/// Numbers of the tasks of an agent that completed and that failed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ended {
    pub(crate) completed: i64,
    pub(crate) failed: i64,
}

/// Counts, by agent, the tasks that completed or failed at `from` or later.
pub(crate) fn count_ended_by_agent(
    conn: &mut Conn,
    from: Timestamp,
) -> QueryResult<HashMap<AgentId, Ended>> {
    // Without a condition on the agent: SQLite would search by it, in all tasks of all times.
    let counts: Vec<(Option<AgentId>, TaskStatus, i64)> = tasks::table
        .filter(tasks::completed_at.ge(from))
        .group_by((tasks::agent_id, tasks::status))
        .select((tasks::agent_id, tasks::status, count_star()))
        .load(conn)?;
    let mut by_agent: HashMap<AgentId, Ended> = HashMap::new();
    for (id, status, count) in counts {
        let Some(id) = id else { continue };
        let ended = by_agent.entry(id).or_default();
        match status {
            TaskStatus::Completed => ended.completed = count,
            TaskStatus::Failed => ended.failed = count,
            _ => {}
        }
    }
    Ok(by_agent)
}

/// Counts, by agent, the tasks whose leases ended before `now`; agents without any are left out.
pub(crate) fn count_expired_by_agent(
    conn: &mut Conn,
    now: Timestamp,
) -> QueryResult<HashMap<AgentId, i64>> {
    let counts: Vec<(AgentId, i64)> = tasks::table
        .filter(tasks::lease_expires_at.lt(now))
        .filter(tasks::agent_id.is_not_null())
        .group_by(tasks::agent_id)
        .select((tasks::agent_id.assume_not_null(), count_star()))
        .load(conn)?;
    Ok(counts.into_iter().collect())
}
