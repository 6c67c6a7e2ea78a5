//! Writing tasks: new ones, and those that the database has.

use super::adoption;
use super::outcome::{RecordOutcome, outcome};
use crate::error::Result;
use crate::rows::{Entity as _, UnitOfWork, imports};
use crate::services::statistics;
use crate::tables::{Task, task_dependencies};

/// Columns of a task that predecessors have.
const STATED: [&str; 17] = [
    "Command",
    "AgentId",
    "RepositoryPath",
    "Priority",
    "Status",
    "CreatedAt",
    "StartedAt",
    "CompletedAt",
    "ExecutionDuration",
    "Result",
    "ErrorMessage",
    "RetryCount",
    "CorrelationId",
    "HangfireJobId",
    "QueueName",
    "ProgressPercentage",
    "ProgressMessage",
];

/// Tasks that were imported and that the audit log doesn't tell of yet.
#[derive(Debug, Default)]
pub(super) struct UnrecordedTasks(Vec<Task>);

impl UnrecordedTasks {
    fn add(&mut self, uow: &mut UnitOfWork<'_>, task: &Task) -> Result<()> {
        if !imports::fits(task) {
            let now = uow.now();
            return uow.audit_creation(task, now);
        }
        self.0.push(task.clone());
        match self.0.len() < imports::MOST_ROWS {
            true => Ok(()),
            false => self.record(uow),
        }
    }

    /// Records them.
    pub(super) fn record(&mut self, uow: &mut UnitOfWork<'_>) -> Result<()> {
        imports::record(uow, &std::mem::take(&mut self.0))
    }
}

/// Writes a task unless the database has it, or over an older one if that is asked for. Returns the task that the
/// database had, too.
pub(super) fn adopt(
    uow: &mut UnitOfWork<'_>,
    row: &mut Task,
    update: bool,
    unrecorded: &mut UnrecordedTasks,
) -> Result<(RecordOutcome, Option<Task>)> {
    let Some(current) = Task::find(uow.conn(), &row.id)? else {
        let outcome = outcome(uow.bring(row))?;
        if let RecordOutcome::Imported = outcome {
            unrecorded.add(uow, row)?;
        }
        return Ok((outcome, None));
    };
    let may_update = update && !is_run_here(uow, &current, row)?;
    let outcome = adoption::meet(uow, &current, row, &STATED, may_update)?;
    if let RecordOutcome::Updated = outcome
        && let Some(after) = uow.find::<Task>(&current.id)?
    {
        statistics::task_rewritten(uow, &current, &after)?;
    }
    Ok((outcome, Some(current)))
}

/// Returns true if the task is part of what this database runs, so that its state can't be another at once.
fn is_run_here(uow: &mut UnitOfWork<'_>, current: &Task, row: &Task) -> Result<bool> {
    let is_held = current.lease_token.is_some() || current.workflow_execution_id.is_some();
    let has_moved = current.repository_path != row.repository_path;
    Ok(is_held || has_moved || task_dependencies::any_of(uow.conn(), &current.id)?)
}
