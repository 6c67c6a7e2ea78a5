//! Pausing, resuming, cancelling and retrying an execution.

use super::advance::{cancel_open, count, end, sync};
use super::get;
use super::plan::{Plan, TaskStates, is_end, status_of};
use super::stage_rows;
use super::start::StageTasks;
use super::transition::{require, step};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::tasks::{self, NewTask};
use crate::tables::{
    Task, TaskId, WorkflowExecution, WorkflowExecutionId, stage_tasks, workflow_executions as rows,
};
use crate::types::WorkflowExecutionStatus as Status;
use crate::validate;

/// Pauses an execution: none of its tasks can be claimed until it is [resumed](resume). Running tasks continue; one
/// that fails meanwhile is retried only after the execution is resumed.
pub fn pause(uow: &mut UnitOfWork<'_>, id: &WorkflowExecutionId) -> Result<WorkflowExecution> {
    let execution = get(uow, id)?;
    step_and_hold(uow, execution, Status::Paused)
}

/// Resumes a paused execution.
pub fn resume(uow: &mut UnitOfWork<'_>, id: &WorkflowExecutionId) -> Result<WorkflowExecution> {
    let execution = get(uow, id)?;
    require(&execution, &[Status::Paused], Status::Running)?;
    step_and_hold(uow, execution, Status::Running)
}

/// Changes the state of an execution, and [holds](hold) its tasks accordingly.
fn step_and_hold(
    uow: &mut UnitOfWork<'_>,
    mut execution: WorkflowExecution,
    to: Status,
) -> Result<WorkflowExecution> {
    step(&mut execution, to)?;
    uow.savepoint(|uow| {
        uow.update(&mut execution)?;
        hold(uow, &execution)?;
        Ok(execution)
    })
}

/// Makes the open tasks of an execution unclaimable if it is paused, and claimable otherwise.
///
/// The tasks get no audit rows, as for leases: the pause of the execution is audited.
pub(super) fn hold(uow: &mut UnitOfWork<'_>, execution: &WorkflowExecution) -> Result<()> {
    let is_paused = execution.status == Status::Paused;
    for id in rows::set_held(uow.conn(), &execution.id, is_paused)? {
        uow.note_write(Task::NAME, id.as_str());
    }
    Ok(())
}

/// Cancels an execution and its tasks. Running tasks are asked to stop.
pub fn cancel(
    uow: &mut UnitOfWork<'_>,
    id: &WorkflowExecutionId,
    reason: Option<&str>,
) -> Result<WorkflowExecution> {
    if let Some(reason) = reason {
        validate::no_nul("ErrorMessage", reason)?;
    }
    let mut execution = get(uow, id)?;
    require(&execution, &Status::OPEN, Status::Cancelled)?;
    Plan::of(&execution)?;
    uow.savepoint(|uow| {
        execution.error_message = reason.map(str::to_owned);
        end(uow, &mut execution, Status::Cancelled)?;
        let reason = reason.unwrap_or("its workflow was cancelled");
        cancel_open(uow, &execution.id, reason)?;
        Ok(execution)
    })
}

/// Retries an execution that failed or was cancelled: the stages that aren't done, the stage `from` if one is named,
/// and all stages that depend on these. They get new tasks; the other stages keep their tasks and results.
///
/// Fails with [`ErrorCode::Conflict`] while a task that was asked to stop is still running, and with
/// [`ErrorCode::InvalidArgument`] if every stage is done and `from` names none.
pub fn retry(
    uow: &mut UnitOfWork<'_>,
    id: &WorkflowExecutionId,
    from: Option<&str>,
) -> Result<WorkflowExecution> {
    let mut execution = get(uow, id)?;
    require(
        &execution,
        &[Status::Failed, Status::Cancelled],
        Status::Running,
    )?;
    let mut plan = Plan::of(&execution)?;
    let from = from.map(|name| plan.find(name)).transpose()?;
    let tasks = states(uow, &execution.id)?;
    if let Some(task) = plan.tasks().find(|id| !is_end(status_of(id, &tasks))) {
        return Err(still_open(&execution, task));
    }
    let stages = plan.to_run_again(from, &tasks);
    if stages.is_empty() {
        let reason = "must be named, since every stage is done";
        return Err(Error::invalid("stage", reason));
    }
    uow.savepoint(|uow| {
        count(uow, &execution, -1)?;
        let mut batch = StageTasks::default();
        for index in stages {
            let again = copies(uow, &plan.stages[index].tasks)?;
            replace(uow, &execution.id, index)?;
            plan.stages[index].retried = 0;
            batch.add_stage(uow, &mut plan, index, again)?;
        }
        batch.enqueue(uow, &execution.id, &plan)?;
        step(&mut execution, Status::Running)?;
        execution.retry_count += 1;
        execution.execution_plan = Some(plan.to_json()?);
        execution.completed_at = None;
        execution.actual_duration = None;
        execution.output_results = None;
        execution.error_message = None;
        execution.error_stage = None;
        // The columns that follow from the tasks are derived again, from the new ones.
        uow.update(&mut execution)?;
        sync(uow, &mut execution)?;
        Ok(execution)
    })
}

fn still_open(execution: &WorkflowExecution, task: &TaskId) -> Error {
    let message = format!(
        "WorkflowExecutions: task '{task}' of '{}' must end before a retry; wait for it or release it",
        execution.id
    );
    Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some(WorkflowExecution::NAME);
        d.id = Some(execution.id.to_string());
    })
}

/// Takes their place from the tasks of a stage that are replaced.
fn replace(uow: &mut UnitOfWork<'_>, id: &WorkflowExecutionId, stage: usize) -> Result<()> {
    for mut task in stage_tasks::all(uow.conn(), id, stage_rows::number(stage))? {
        uow.keep_seen(&task);
        task.stage_position = None;
        uow.update(&mut task)?;
    }
    Ok(())
}

/// Reads the states of the tasks of an execution, those of earlier attempts included.
fn states(uow: &mut UnitOfWork<'_>, id: &WorkflowExecutionId) -> Result<TaskStates> {
    let states = rows::task_states(uow.conn(), id)?;
    Ok(states.into_iter().collect())
}

/// Creates copies of these tasks as they were enqueued.
fn copies(uow: &mut UnitOfWork<'_>, ids: &[TaskId]) -> Result<Vec<NewTask>> {
    let copy = |id| {
        let task = tasks::get(uow, id)?;
        Ok(NewTask {
            command: task.command,
            repository_path: task.repository_path,
            agent_id: task.agent_id.filter(|_| task.is_pinned),
            priority: task.priority,
            max_retries: Some(task.max_retries),
            correlation_id: task.correlation_id,
            workflow_id: task.workflow_id,
            workflow_execution_id: task.workflow_execution_id,
            queue_name: task.queue_name,
            ..NewTask::default()
        })
    };
    ids.iter().map(copy).collect()
}
