//! The counters of agents and repositories as they must be: the tasks that are in the database, and those that are past.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::Value;

use super::statistics;
use crate::error::Result;
use crate::rows::data::for_each_row;
use crate::rows::tracking::values_of;
use crate::rows::{Entity, Reader, UnitOfWork};
use crate::tables::task_tallies::{self, Tally};
use crate::tables::{Agent, AgentId, CodeRepository, RepositoryId, past_tasks};

/// Columns of an agent that follow from its runs.
const OF_AGENTS: [&str; 4] = [
    "TotalTasksCompleted",
    "TotalTasksFailed",
    "TotalExecutionTime",
    "AverageExecutionTime",
];

/// Columns of a repository that follow from its tasks.
const OF_REPOSITORIES: [&str; 6] = [
    "TotalTasks",
    "SuccessfulTasks",
    "FailedTasks",
    "TotalExecutionTime",
    "AverageTaskDuration",
    "ReliabilityScore",
];

/// Greatest relative difference of two averages that are the same: each may have been rounded.
const ROUNDING: f64 = 1e-9;

/// Counter that is, or was, another than it must be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CounterDifference {
    /// Column of the counter.
    pub column: &'static str,
    /// Value in the row, or before the recount.
    pub kept: Value,
    /// Value that was counted.
    pub counted: Value,
}

/// Row with counters that are wrong.
pub(crate) struct WrongCounters<E> {
    /// Row as it must be.
    pub(crate) counted: E,
    pub(crate) differences: Vec<CounterDifference>,
}

/// Returns the agents whose counters are too low or too high. The cost is a pass over all tasks.
pub(crate) fn miscounted_agents(reader: &mut Reader<'_>) -> Result<Vec<WrongCounters<Agent>>> {
    let present = task_tallies::by_agent(reader.conn())?;
    let past = past_tasks::by_agent(reader.conn())?;
    miscounted(reader, &OF_AGENTS, |agent: &Agent| {
        statistics::agent_with(agent, sum(&present, &past, &agent.id))
    })
}

/// Returns the repositories whose counters are too low or too high. The cost is a pass over all tasks.
pub(crate) fn miscounted_repositories(
    reader: &mut Reader<'_>,
) -> Result<Vec<WrongCounters<CodeRepository>>> {
    let present = task_tallies::by_repository(reader.conn())?;
    let past = past_tasks::by_repository(reader.conn())?;
    miscounted(reader, &OF_REPOSITORIES, |repository: &CodeRepository| {
        statistics::repository_with(repository, sum(&present, &past, &repository.id))
    })
}

fn sum<Id: Eq + Hash>(present: &HashMap<Id, Tally>, past: &HashMap<Id, Tally>, id: &Id) -> Tally {
    let of = |tallies: &HashMap<Id, Tally>| tallies.get(id).copied().unwrap_or_default();
    of(present).plus(of(past))
}

fn miscounted<E: Entity>(
    reader: &mut Reader<'_>,
    columns: &[&'static str],
    as_counted: impl Fn(&E) -> E,
) -> Result<Vec<WrongCounters<E>>> {
    let mut found = Vec::new();
    let mut outcome = Ok(());
    for_each_row(reader, |row: E| {
        let counted = as_counted(&row);
        match differences(&row, &counted, columns) {
            Ok(differences) if differences.is_empty() => ControlFlow::Continue(()),
            Ok(differences) => {
                found.push(WrongCounters {
                    counted,
                    differences,
                });
                ControlFlow::Continue(())
            }
            Err(error) => {
                outcome = Err(error);
                ControlFlow::Break(())
            }
        }
    })?;
    outcome.map(|()| found)
}

/// Returns those of the columns in which the rows differ.
pub(crate) fn differences<E: Entity>(
    kept: &E,
    counted: &E,
    columns: &[&'static str],
) -> Result<Vec<CounterDifference>> {
    let (kept, counted) = (values_of(kept)?, values_of(counted)?);
    let value =
        |row: &serde_json::Map<String, Value>, column| row.get(column).cloned().unwrap_or_default();
    let differences = columns.iter().map(|&column| CounterDifference {
        column,
        kept: value(&kept, column),
        counted: value(&counted, column),
    });
    Ok(differences
        .filter(|d| !is_same(&d.kept, &d.counted))
        .collect())
}

fn is_same(kept: &Value, counted: &Value) -> bool {
    match (kept.as_f64(), counted.as_f64()) {
        (Some(kept), Some(counted)) if !(is_whole(kept) && is_whole(counted)) => {
            (kept - counted).abs() <= ROUNDING * kept.abs().max(counted.abs())
        }
        _ => kept == counted,
    }
}

fn is_whole(number: f64) -> bool {
    number.fract() == 0.0
}

/// Settles the counters of agents that were imported with numbers of their own: they count at least their tasks, and
/// what they count beyond these is noted. Returns the agents whose counters were raised.
pub(crate) fn settle_agents(uow: &mut UnitOfWork<'_>, ids: &[AgentId]) -> Result<Vec<AgentId>> {
    let present = task_tallies::by_agent(uow.conn())?;
    let mut raised = Vec::new();
    for id in ids {
        let Some(mut agent) = uow.find::<Agent>(id)? else {
            continue;
        };
        let present = present.get(id).copied().unwrap_or_default();
        let brought = statistics::tally_of_agent(&agent);
        let settled = brought.raised_to(present);
        if settled.execution_time != brought.execution_time
            || settled.completed != brought.completed
            || settled.failed != brought.failed
        {
            agent = statistics::agent_with(&agent, settled);
            uow.update(&mut agent)?;
            raised.push(id.clone());
        }
        agent_had(uow, id, settled.beyond(present))?;
    }
    Ok(raised)
}

/// Settles the counters of imported repositories, as [`settle_agents`] does those of agents.
pub(crate) fn settle_repositories(
    uow: &mut UnitOfWork<'_>,
    ids: &[RepositoryId],
) -> Result<Vec<RepositoryId>> {
    let present = task_tallies::by_repository(uow.conn())?;
    let mut raised = Vec::new();
    for id in ids {
        let Some(mut repository) = uow.find::<CodeRepository>(id)? else {
            continue;
        };
        let present = present.get(id).copied().unwrap_or_default();
        let brought = statistics::tally_of_repository(&repository);
        let mut settled = brought.raised_to(present);
        settled.tasks = settled.tasks.max(settled.completed + settled.failed);
        if settled != brought {
            repository = statistics::repository_with(&repository, settled);
            uow.update(&mut repository)?;
            raised.push(id.clone());
        }
        repository_had(uow, id, settled.beyond(present))?;
    }
    Ok(raised)
}

/// Notes which runs the counters of an agent count beyond its tasks.
fn agent_had(uow: &mut UnitOfWork<'_>, id: &AgentId, past: Tally) -> Result<()> {
    let written = past_tasks::set_of_agent(uow.conn(), id, past)?;
    uow.note_uncached(written);
    Ok(())
}

/// Notes which tasks the counters of a repository count beyond those that are there.
pub(crate) fn repository_had(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    past: Tally,
) -> Result<()> {
    let written = past_tasks::set_of_repository(uow.conn(), id, past)?;
    uow.note_uncached(written);
    Ok(())
}

/// Notes runs of an agent that were never tasks.
pub(crate) fn agent_also_ran(uow: &mut UnitOfWork<'_>, id: &AgentId, runs: Tally) -> Result<()> {
    let past = past_tasks::of_agent(uow.conn(), id)?;
    agent_had(uow, id, past.plus(runs))
}
