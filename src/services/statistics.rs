//! Counters of agents and repositories, kept in the transaction that changes the task.
//!
//! An agent's counters tell of its runs, and only grow. A repository's counters tell in which
//! state its tasks are: a failure that is retried is no longer one of them.

use super::agents::working_status;
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::tables::{Agent, AgentId, CodeRepository, RepositoryId, Task, tasks as task_rows};
use crate::types::{AgentStatus, TaskStatus, TimeSpan, Timestamp};

/// The quantile of the normal distribution for 95 %, two-sided.
const Z: f64 = 1.959_963_984_540_054;

/// Notes that an agent claimed tasks, this one last.
pub(super) fn agent_took(uow: &mut UnitOfWork<'_>, mut agent: Agent, last: &Task) -> Result<()> {
    agent.status = AgentStatus::Busy;
    agent.current_task = Some(last.id.to_string());
    agent.last_claimed_at = Some(uow.now());
    uow.update(&mut agent).map(drop)
}

/// Notes that an agent no longer holds a task: without any it is idle, unless it was set to something else.
pub(super) fn agent_freed(uow: &mut UnitOfWork<'_>, agent_id: Option<&AgentId>) -> Result<()> {
    let Some(agent_id) = agent_id else {
        return Ok(());
    };
    let Some(mut agent) = uow.find(agent_id)? else {
        return Ok(());
    };
    free(uow, &mut agent)?;
    uow.update(&mut agent).map(drop)
}

fn free(uow: &mut UnitOfWork<'_>, agent: &mut Agent) -> Result<()> {
    if agent.status != AgentStatus::Busy {
        return Ok(());
    }
    let held = task_rows::count_held(uow.connection(), &agent.id)?;
    if held == 0 {
        agent.status = working_status(held);
        agent.current_task = None;
    }
    Ok(())
}

/// Notes that a task ended, and `holder` no longer holds it. One that was cancelled is neither a success nor
/// a failure.
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
        count_run(&mut agent, success, duration);
        if holder == Some(id) {
            free(uow, &mut agent)?;
        }
        uow.update(&mut agent)?;
    }
    if let Some(id) = &task.repository_id
        && let Some(mut repository) = uow.find(id)?
    {
        count_end(&mut repository, success, 1, duration);
        repository.last_task_executed_at = task.completed_at;
        uow.update(&mut repository)?;
    }
    Ok(())
}

/// Notes that a task that had failed is to run again.
pub(super) fn failure_withdrawn(uow: &mut UnitOfWork<'_>, task: &Task) -> Result<()> {
    if let Some(id) = &task.repository_id
        && let Some(mut repository) = uow.find(id)?
    {
        let duration = task.execution_duration.unwrap_or(TimeSpan::ZERO);
        count_end(&mut repository, false, -1, TimeSpan::ZERO - duration);
        uow.update(&mut repository)?;
    }
    Ok(())
}

/// The counts that tasks from elsewhere add to the counters of a repository.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RepositoryCounts {
    tasks: i64,
    successful: i64,
    failed: i64,
    execution_time: TimeSpan,
    last_ended_at: Option<Timestamp>,
}

impl RepositoryCounts {
    /// Counts a task as if it had been enqueued and run here.
    pub(crate) fn count(&mut self, task: &Task) {
        self.tasks += 1;
        match task.status {
            TaskStatus::Completed => self.successful += 1,
            TaskStatus::Failed => self.failed += 1,
            _ => return,
        }
        let duration = task.execution_duration.unwrap_or(TimeSpan::ZERO);
        self.execution_time = self.execution_time + duration;
        self.last_ended_at = self.last_ended_at.max(task.completed_at);
    }
}

/// Notes that tasks of a repository came from elsewhere, with their history.
pub(crate) fn tasks_added(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    tally: &RepositoryCounts,
) -> Result<()> {
    let Some(mut repository) = uow.find(id)? else {
        return Ok(());
    };
    add_tally(&mut repository, tally);
    uow.update(&mut repository).map(drop)
}

/// Returns the repository with the counters that its tasks give. When it last ran one is not taken back: a
/// run that was withdrawn took place.
pub(super) fn recounted(repository: &CodeRepository, tally: &RepositoryCounts) -> CodeRepository {
    let mut recounted = CodeRepository {
        total_tasks: 0,
        successful_tasks: 0,
        failed_tasks: 0,
        total_execution_time: TimeSpan::ZERO,
        ..repository.clone()
    };
    add_tally(&mut recounted, tally);
    recounted
}

fn add_tally(repository: &mut CodeRepository, tally: &RepositoryCounts) {
    repository.total_tasks += tally.tasks;
    repository.last_task_executed_at = repository.last_task_executed_at.max(tally.last_ended_at);
    count_end(repository, true, tally.successful, tally.execution_time);
    count_end(repository, false, tally.failed, TimeSpan::ZERO);
}

/// Raises the counters of a repository to what its tasks add up to, where they are behind; says
/// whether they were.
pub(crate) fn raise_to(
    uow: &mut UnitOfWork<'_>,
    id: &RepositoryId,
    tally: &RepositoryCounts,
) -> Result<bool> {
    let Some(mut repository) = uow.find(id)? else {
        return Ok(false);
    };
    repository.successful_tasks = repository.successful_tasks.max(tally.successful);
    repository.failed_tasks = repository.failed_tasks.max(tally.failed);
    let ended = repository.successful_tasks + repository.failed_tasks;
    repository.total_tasks = repository.total_tasks.max(tally.tasks).max(ended);
    derive(&mut repository);
    uow.update(&mut repository)
}

/// Works out what follows from a repository's counters.
pub(crate) fn derive(repository: &mut CodeRepository) {
    let ended = repository.successful_tasks + repository.failed_tasks;
    repository.average_task_duration = mean_millis(repository.total_execution_time, ended);
    repository.reliability_score = reliability(repository);
}

fn count_run(agent: &mut Agent, success: bool, duration: TimeSpan) {
    if success {
        agent.total_tasks_completed += 1;
    } else {
        agent.total_tasks_failed += 1;
    }
    agent.total_execution_time = agent.total_execution_time + duration;
    let runs = agent.total_tasks_completed + agent.total_tasks_failed;
    agent.average_execution_time = mean_millis(agent.total_execution_time, runs);
}

/// The counters never fall below zero: an import takes over what the predecessor had counted,
/// which may be less than what is withdrawn.
fn count_end(repository: &mut CodeRepository, success: bool, count: i64, duration: TimeSpan) {
    if success {
        repository.successful_tasks += count;
    } else {
        repository.failed_tasks = (repository.failed_tasks + count).max(0);
    }
    let total = repository.total_execution_time + duration;
    repository.total_execution_time = total.max(TimeSpan::ZERO);
    derive(repository);
}

pub(super) fn mean_millis(total: TimeSpan, count: i64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    total.total_millis() / count as f64
}

fn reliability(repository: &CodeRepository) -> f64 {
    let ended = repository.successful_tasks + repository.failed_tasks;
    wilson_lower_bound(repository.successful_tasks as f64, ended as f64)
}

/// Returns the lower bound of Wilson's score interval at 95 % for `successes` out of `trials`; 0 where
/// nothing was tried.
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
        // Two values worked out by hand from the formula of the interval.
        assert!((wilson_lower_bound(10.0, 10.0) - 0.722_467).abs() < 1e-6);
        assert!((wilson_lower_bound(90.0, 100.0) - 0.825_634).abs() < 1e-4);
        assert!(wilson_lower_bound(100.0, 100.0) > wilson_lower_bound(10.0, 10.0));
    }
}
