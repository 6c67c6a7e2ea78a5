//! Counters of agents and repositories, updated in the transaction that changes the task.
//!
//! An agent's counters count its runs, and only grow. A repository's counters count its tasks by their state: a failed
//! task that is retried is no longer counted as failed.

use super::agents::working_status;
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::tables::task_tallies::Tally;
use crate::tables::{Agent, AgentId, CodeRepository, RepositoryId, Task, assignments};
use crate::types::{AgentStatus, TaskStatus, TimeSpan, Timestamp};

/// Two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Updates an agent that claimed tasks, `last` as the last of them.
pub(super) fn agent_claimed(uow: &mut UnitOfWork<'_>, mut agent: Agent, last: &Task) -> Result<()> {
    agent.status = AgentStatus::Busy;
    agent.current_task = Some(last.id.to_string());
    agent.last_claimed_at = Some(uow.now());
    uow.update_derived(&mut agent).map(drop)
}

/// Updates the agent of a task that was started without a claim: it becomes busy if it is idle.
pub(super) fn agent_started(uow: &mut UnitOfWork<'_>, task: &Task) -> Result<()> {
    let agent: Option<Agent> = match assignments::agent_of(task) {
        Some(id) => uow.find(id)?,
        None => None,
    };
    let Some(mut agent) = agent.filter(|agent| agent.status == AgentStatus::Idle) else {
        return Ok(());
    };
    agent.status = AgentStatus::Busy;
    agent.current_task = Some(task.id.to_string());
    uow.update_derived(&mut agent).map(drop)
}

/// Updates an agent that no longer holds a task: it becomes idle if it holds no other, unless its state was set to
/// something else.
pub(super) fn agent_freed(uow: &mut UnitOfWork<'_>, agent_id: Option<&AgentId>) -> Result<()> {
    let Some(agent_id) = agent_id else {
        return Ok(());
    };
    let Some(mut agent) = uow.find(agent_id)? else {
        return Ok(());
    };
    set_idle_if_free(uow, &mut agent)?;
    uow.update_derived(&mut agent).map(drop)
}

fn set_idle_if_free(uow: &mut UnitOfWork<'_>, agent: &mut Agent) -> Result<()> {
    if agent.status != AgentStatus::Busy {
        return Ok(());
    }
    let held = assignments::count(uow.conn(), &agent.id)?;
    if held == 0 {
        agent.status = working_status(held);
        agent.current_task = None;
    }
    Ok(())
}

/// Updates the agent and the repository of a task that ended, and which `holder` no longer holds. A cancelled task
/// counts neither as a success nor as a failure.
pub(super) fn task_ended(
    uow: &mut UnitOfWork<'_>,
    task: &Task,
    holder: Option<&AgentId>,
) -> Result<()> {
    let success = match task.status {
        TaskStatus::Completed => true,
        TaskStatus::Failed => false,
        _ => return agent_freed(uow, holder),
    };
    let duration = task.execution_duration.unwrap_or(TimeSpan::ZERO);
    if let Some(id) = &task.agent_id
        && let Some(mut agent) = uow.find(id)?
    {
        let mut run = Tally::default();
        run.count(task.status, task.execution_duration);
        count_runs(&mut agent, run);
        if holder == Some(id) {
            set_idle_if_free(uow, &mut agent)?;
        }
        uow.update_derived(&mut agent)?;
    }
    if let Some(id) = &task.repository_id
        && let Some(mut repository) = uow.find(id)?
    {
        count_ended(&mut repository, success, 1, duration);
        repository.last_task_executed_at = task.completed_at;
        uow.update_derived(&mut repository)?;
    }
    Ok(())
}

/// Updates the repository of a failed task that runs again.
pub(super) fn failure_withdrawn(uow: &mut UnitOfWork<'_>, task: &Task) -> Result<()> {
    if let Some(id) = &task.repository_id
        && let Some(mut repository) = uow.find(id)?
    {
        let duration = task.execution_duration.unwrap_or(TimeSpan::ZERO);
        count_ended(&mut repository, false, -1, TimeSpan::ZERO - duration);
        uow.update_derived(&mut repository)?;
    }
    Ok(())
}

/// Counts of tasks, to be added to the counters of a repository.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RepositoryCounts {
    tally: Tally,
    last_ended_at: Option<Timestamp>,
}

impl RepositoryCounts {
    /// Counts a task as the queue would have done when it was enqueued and run.
    pub(crate) fn count(&mut self, task: &Task) {
        self.tally.count(task.status, task.execution_duration);
        if matches!(task.status, TaskStatus::Completed | TaskStatus::Failed) {
            self.last_ended_at = self.last_ended_at.max(task.completed_at);
        }
    }
}

/// Adds the counts of imported tasks to their repository.
pub(crate) fn tasks_added(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    counts: &RepositoryCounts,
) -> Result<()> {
    let Some(repository) = uow.find(id)? else {
        return Ok(());
    };
    let tally = tally_of_repository(&repository).plus(counts.tally);
    let mut repository = repository_with(&repository, tally);
    repository.last_task_executed_at = repository.last_task_executed_at.max(counts.last_ended_at);
    uow.update_derived(&mut repository).map(drop)
}

/// Adds imported runs to the agent that ran them.
pub(crate) fn runs_added(uow: &mut UnitOfWork<'_>, id: &AgentId, runs: Tally) -> Result<()> {
    let Some(agent) = uow.find(id)? else {
        return Ok(());
    };
    let mut agent = agent_with(&agent, tally_of_agent(&agent).plus(runs));
    uow.update_derived(&mut agent).map(drop)
}

/// Updates the counters of the agent and the repository of a task that an import wrote over the one that was there. Runs
/// of another agent, or with another end, are past then.
pub(crate) fn task_rewritten(uow: &mut UnitOfWork<'_>, before: &Task, after: &Task) -> Result<()> {
    let [was, is] = [before, after].map(|task| {
        let mut tally = Tally::default();
        tally.count(task.status, task.execution_duration);
        tally
    });
    if let Some(id) = &after.repository_id
        && let Some(repository) = uow.find::<CodeRepository>(id)?
    {
        let tally = tally_of_repository(&repository).plus(is).minus(was);
        uow.update_derived(&mut repository_with(&repository, tally))?;
    }
    let is_past = before.status != after.status || before.agent_id != after.agent_id;
    if let Some(id) = &after.agent_id
        && let Some(agent) = uow.find::<Agent>(id)?
    {
        let tally = tally_of_agent(&agent).plus(is);
        let tally = if is_past { tally } else { tally.minus(was) };
        uow.update_derived(&mut agent_with(&agent, tally))?;
    }
    Ok(())
}

/// Returns the repository with counters that equal `counts`. The time of its last run never moves back, since a run
/// whose failure was withdrawn has taken place.
pub(super) fn recounted(repository: &CodeRepository, counts: &RepositoryCounts) -> CodeRepository {
    let mut recounted = repository_with(repository, counts.tally);
    recounted.last_task_executed_at = recounted.last_task_executed_at.max(counts.last_ended_at);
    recounted
}

/// Returns the numbers that the counters of a repository have.
pub(super) fn tally_of_repository(repository: &CodeRepository) -> Tally {
    Tally {
        tasks: repository.total_tasks,
        completed: repository.successful_tasks,
        failed: repository.failed_tasks,
        execution_time: repository.total_execution_time,
    }
}

/// Returns the repository with counters of these numbers, and the average and the score that follow from them.
pub(super) fn repository_with(repository: &CodeRepository, tally: Tally) -> CodeRepository {
    let mut counted = CodeRepository {
        total_tasks: tally.tasks,
        successful_tasks: tally.completed,
        failed_tasks: tally.failed,
        total_execution_time: tally.execution_time.max(TimeSpan::ZERO),
        ..repository.clone()
    };
    derive(&mut counted);
    counted
}

/// Returns the numbers that the counters of an agent have.
pub(super) fn tally_of_agent(agent: &Agent) -> Tally {
    Tally {
        tasks: agent.total_tasks_completed + agent.total_tasks_failed,
        completed: agent.total_tasks_completed,
        failed: agent.total_tasks_failed,
        execution_time: agent.total_execution_time,
    }
}

/// Returns the agent with counters of these numbers, and the average that follows from them.
pub(crate) fn agent_with(agent: &Agent, tally: Tally) -> Agent {
    let mut counted = Agent {
        total_tasks_completed: tally.completed,
        total_tasks_failed: tally.failed,
        total_execution_time: tally.execution_time.max(TimeSpan::ZERO),
        ..agent.clone()
    };
    derive_of_agent(&mut counted);
    counted
}

/// Computes the average that follows from an agent's counters.
pub(crate) fn derive_of_agent(agent: &mut Agent) {
    let runs = agent.total_tasks_completed + agent.total_tasks_failed;
    agent.average_execution_time = mean_millis(agent.total_execution_time, runs);
}

/// Computes the averages and scores that follow from a repository's counters.
pub(crate) fn derive(repository: &mut CodeRepository) {
    let ended = repository.successful_tasks + repository.failed_tasks;
    repository.average_task_duration = mean_millis(repository.total_execution_time, ended);
    let successful = repository.successful_tasks as f64;
    repository.reliability_score = wilson_lower_bound(successful, ended as f64);
}

/// Adds runs that completed or failed, and took `duration` together, to the counters of an agent.
pub(super) fn count_runs(agent: &mut Agent, runs: Tally) {
    *agent = agent_with(agent, tally_of_agent(agent).plus(runs));
}

/// Adds ended tasks to the counters of a repository; a negative count takes them back.
///
/// The counters never fall below zero: an imported counter may be lower than the number of failures that are withdrawn.
fn count_ended(repository: &mut CodeRepository, success: bool, count: i64, duration: TimeSpan) {
    if success {
        repository.successful_tasks += count;
    } else {
        repository.failed_tasks = (repository.failed_tasks + count).max(0);
    }
    let total = repository.total_execution_time + duration;
    repository.total_execution_time = total.max(TimeSpan::ZERO);
    derive(repository);
}

fn mean_millis(total: TimeSpan, count: i64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    total.total_millis() / count as f64
}

/// Returns the lower bound of Wilson's score interval at 95 % for `successes` out of `trials`; 0 if there were no
/// trials.
///
/// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
/// Journal of the American Statistical Association 22 (1927), 209–212.
fn wilson_lower_bound(successes: f64, trials: f64) -> f64 {
    if trials <= 0.0 {
        return 0.0;
    }
    let share = successes / trials;
    let z2 = Z * Z;
    let centre = share + z2 / (2.0 * trials);
    let margin = Z * ((share * (1.0 - share) + z2 / (4.0 * trials)) / trials).sqrt();
    ((centre - margin) / (1.0 + z2 / trials)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reliability_grows_with_evidence_and_falls_with_failures() {
        assert_eq!(wilson_lower_bound(0.0, 0.0), 0.0);
        assert_eq!(wilson_lower_bound(0.0, 10.0), 0.0);
        // Computed by hand from the formula of the interval.
        assert!((wilson_lower_bound(10.0, 10.0) - 0.722_467).abs() < 1e-6);
        assert!((wilson_lower_bound(90.0, 100.0) - 0.825_634).abs() < 1e-4);
        assert!(wilson_lower_bound(100.0, 100.0) > wilson_lower_bound(10.0, 10.0));
    }
}
