//! Rows and queries of the tables `AgentPastRuns` and `RepositoryPastTasks`: what counters count beyond the tasks that
//! are in the database. Triggers add what a deletion or a retry takes away.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::task_tallies::Tally;
use super::{AgentId, RepositoryId};
use crate::schema::{agent_past_runs, repository_past_tasks};
use crate::sqlite::Conn;
use crate::types::TimeSpan;

/// Runs of an agent that its counters count, and of which no task tells any more.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = agent_past_runs, primary_key(agent_id), check_for_backend(diesel::sqlite::Sqlite))]
pub struct AgentPastRuns {
    /// Agent, the primary key.
    pub agent_id: AgentId,
    /// Number of runs that completed.
    pub completed: i64,
    /// Number of runs that failed.
    pub failed: i64,
    /// Time of these runs, in ticks of 100 ns; negative if an import brought less time than its tasks took.
    pub execution_ticks: i64,
}

/// Tasks of a repository that its counters count, and that are no longer in the database.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = repository_past_tasks, primary_key(repository_id), check_for_backend(diesel::sqlite::Sqlite))]
pub struct RepositoryPastTasks {
    /// Repository, the primary key.
    pub repository_id: RepositoryId,
    /// Number of tasks, whatever became of them.
    pub tasks: i64,
    /// Number of tasks that completed.
    pub completed: i64,
    /// Number of tasks that failed.
    pub failed: i64,
    /// Time of these tasks, in ticks of 100 ns; negative if an import brought less time than its tasks took.
    pub execution_ticks: i64,
}

impl AgentPastRuns {
    fn tally(&self) -> Tally {
        Tally {
            tasks: self.completed + self.failed,
            completed: self.completed,
            failed: self.failed,
            execution_time: TimeSpan::from_ticks(self.execution_ticks),
        }
    }
}

/// Returns the past runs of an agent.
pub(crate) fn of_agent(conn: &mut Conn, id: &AgentId) -> QueryResult<Tally> {
    let row: Option<AgentPastRuns> = agent_past_runs::table
        .find(id)
        .select(AgentPastRuns::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(|row| row.tally()).unwrap_or_default())
}

/// Returns the past runs of each agent that has any.
pub(crate) fn by_agent(conn: &mut Conn) -> QueryResult<HashMap<AgentId, Tally>> {
    let rows = agent_past_runs::table
        .select(AgentPastRuns::as_select())
        .load_iter::<AgentPastRuns, _>(conn)?;
    let tally = |row: AgentPastRuns| (row.agent_id.clone(), row.tally());
    rows.map(|row| row.map(tally)).collect()
}

/// Returns the past tasks of each repository that has any.
pub(crate) fn by_repository(conn: &mut Conn) -> QueryResult<HashMap<RepositoryId, Tally>> {
    let rows = repository_past_tasks::table
        .select(RepositoryPastTasks::as_select())
        .load_iter::<RepositoryPastTasks, _>(conn)?;
    let tally = |row: RepositoryPastTasks| {
        let tally = Tally {
            tasks: row.tasks,
            completed: row.completed,
            failed: row.failed,
            execution_time: TimeSpan::from_ticks(row.execution_ticks),
        };
        (row.repository_id, tally)
    };
    rows.map(|row| row.map(tally)).collect()
}

/// Sets the past runs of an agent, and returns the number of rows written.
pub(crate) fn set_of_agent(conn: &mut Conn, id: &AgentId, past: Tally) -> QueryResult<usize> {
    let row = AgentPastRuns {
        agent_id: id.clone(),
        completed: past.completed,
        failed: past.failed,
        execution_ticks: past.execution_time.ticks(),
    };
    diesel::replace_into(agent_past_runs::table)
        .values(row)
        .execute(conn)
}

/// Sets the past tasks of a repository, and returns the number of rows written.
pub(crate) fn set_of_repository(
    conn: &mut Conn,
    id: &RepositoryId,
    past: Tally,
) -> QueryResult<usize> {
    let row = RepositoryPastTasks {
        repository_id: id.clone(),
        tasks: past.tasks,
        completed: past.completed,
        failed: past.failed,
        execution_ticks: past.execution_time.ticks(),
    };
    diesel::replace_into(repository_past_tasks::table)
        .values(row)
        .execute(conn)
}
