//! Progress of an execution as its tasks start and end. The state of the execution is derived from the plan and the
//! states of all tasks each time, rather than counted up, so that no event can be missed or counted twice.

use super::output;
use super::plan::{Plan, PlannedStage, StageState, TaskStates, Verdict, is_end, status_of};
use super::spec::OnFailure;
use super::transition::{self, step};
use crate::error::Result;
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::tasks::{self, is_failure};
use crate::tables::{
    Task, TaskId, WorkflowDefinition, WorkflowExecution, workflow_executions as rows,
};
use crate::types::{ChangeAction, TaskStatus, WorkflowExecutionStatus as Status};

/// Marks the execution of a task that started as running. Costs one comparison for a task without an execution.
pub(crate) fn task_started(uow: &mut UnitOfWork<'_>, task: &Task) -> Result<()> {
    match execution_of(uow, task)? {
        Some(mut execution) if execution.status == Status::Pending => sync(uow, &mut execution),
        _ => Ok(()),
    }
}

/// Advances the execution of a task that ended: it continues, ends, or requeues the task, in which case `task` changes.
/// Costs one comparison for a task without an execution.
pub(crate) fn task_ended(uow: &mut UnitOfWork<'_>, task: &mut Task) -> Result<()> {
    let Some(mut execution) = execution_of(uow, task)? else {
        return Ok(());
    };
    sync(uow, &mut execution)?;
    *task = tasks::get(uow, &task.id)?;
    Ok(())
}

/// Returns the execution of a task, if it has one that has a plan and hasn't ended.
fn execution_of(uow: &mut UnitOfWork<'_>, task: &Task) -> Result<Option<WorkflowExecution>> {
    let Some(id) = &task.workflow_execution_id else {
        return Ok(None);
    };
    let execution = uow.find::<WorkflowExecution>(id)?;
    let is_ours = |execution: &WorkflowExecution| {
        execution.execution_plan.is_some() && !transition::is_end(execution.status)
    };
    Ok(execution.filter(is_ours))
}

/// Updates an execution that hasn't ended to the states of its tasks.
pub(super) fn sync(uow: &mut UnitOfWork<'_>, execution: &mut WorkflowExecution) -> Result<()> {
    let mut plan = Plan::of(execution)?;
    loop {
        let tasks = states(uow, execution)?;
        match plan.verdict(&tasks) {
            Verdict::RunAgain(index) => run_again(uow, &mut plan.stages[index], &tasks)?,
            verdict => return settle(uow, execution, &plan, &tasks, verdict),
        }
    }
}

/// Reads the states of the tasks of an execution.
pub(super) fn states(
    uow: &mut UnitOfWork<'_>,
    execution: &WorkflowExecution,
) -> Result<TaskStates> {
    let states = rows::task_states(uow.connection(), &execution.id)?;
    Ok(states.into_iter().collect())
}

/// Requeues the failed tasks of a stage.
fn run_again(uow: &mut UnitOfWork<'_>, stage: &mut PlannedStage, tasks: &TaskStates) -> Result<()> {
    stage.retried += 1;
    let failed = |id: &&TaskId| status_of(id, tasks) == TaskStatus::Failed;
    for id in stage.tasks.iter().filter(failed) {
        tasks::retry(uow, id)?;
    }
    Ok(())
}

fn settle(
    uow: &mut UnitOfWork<'_>,
    execution: &mut WorkflowExecution,
    plan: &Plan,
    tasks: &TaskStates,
    verdict: Verdict,
) -> Result<()> {
    let before = execution.clone();
    note(uow, execution, plan, tasks)?;
    if execution.status == Status::Pending && plan.has_begun(tasks) {
        step(execution, Status::Running)?;
    }
    match verdict {
        Verdict::Complete => complete(uow, execution, plan),
        Verdict::Fail(index) => fail_in(uow, execution, plan, tasks, index),
        Verdict::GoOn | Verdict::RunAgain(_) => {
            let_go_on(uow, plan, tasks)?;
            save(uow, &before, execution)
        }
    }
}

/// Sets the columns that follow from the states of the tasks.
fn note(
    uow: &UnitOfWork<'_>,
    execution: &mut WorkflowExecution,
    plan: &Plan,
    tasks: &TaskStates,
) -> Result<()> {
    execution.execution_plan = Some(plan.to_json()?);
    execution.current_stage = plan.current(tasks).map(str::to_owned);
    execution.completed_stages = Some(plan.names(tasks, StageState::Completed).collect());
    execution.failed_stages = Some(plan.names(tasks, StageState::Failed).collect());
    let progress = plan.progress(tasks);
    if progress != execution.progress_percentage {
        execution.progress_percentage = progress;
        execution.last_progress_update = Some(uow.now());
    }
    Ok(())
}

/// Makes tasks runnable that depend on failed tasks of stages with the policy [`OnFailure::Continue`].
fn let_go_on(uow: &mut UnitOfWork<'_>, plan: &Plan, tasks: &TaskStates) -> Result<()> {
    let stages = plan.stages.iter();
    let tolerant = stages.filter(|stage| stage.on_failure == OnFailure::Continue);
    for id in tolerant.flat_map(|stage| &stage.tasks) {
        if is_failure(status_of(id, tasks)) {
            tasks::release_dependents(uow, id)?;
        }
    }
    Ok(())
}

/// Writes an execution that continues. A change of the progress alone is not audited.
fn save(
    uow: &mut UnitOfWork<'_>,
    before: &WorkflowExecution,
    execution: &mut WorkflowExecution,
) -> Result<()> {
    let same_but_for_progress = WorkflowExecution {
        progress_percentage: execution.progress_percentage,
        last_progress_update: execution.last_progress_update,
        ..before.clone()
    };
    if same_but_for_progress != *execution {
        return uow.update(execution).map(drop);
    }
    if before.progress_percentage != execution.progress_percentage {
        uow.stamp_updated(execution);
        rows::save_progress(uow.connection(), execution)?;
        let columns = vec!["ProgressPercentage"];
        let id = execution.id.as_str();
        uow.note_change(WorkflowExecution::NAME, id, ChangeAction::Update, columns);
    }
    Ok(())
}

fn complete(
    uow: &mut UnitOfWork<'_>,
    execution: &mut WorkflowExecution,
    plan: &Plan,
) -> Result<()> {
    let output = output::of(uow, execution, plan)?;
    let refused = output::check(uow, execution, &output)?;
    execution.output_results = output;
    match refused {
        None => end(uow, execution, Status::Completed),
        Some(error) => {
            execution.error_message = Some(error.message().to_owned());
            end(uow, execution, Status::Failed)
        }
    }
}

fn fail_in(
    uow: &mut UnitOfWork<'_>,
    execution: &mut WorkflowExecution,
    plan: &Plan,
    tasks: &TaskStates,
    stage: usize,
) -> Result<()> {
    let stage = &plan.stages[stage];
    execution.error_stage = Some(stage.name.clone());
    execution.error_message = Some(reason(uow, stage, tasks)?);
    end(uow, execution, Status::Failed)?;
    let reason = format!("its workflow failed in stage '{}'", stage.name);
    cancel_open(uow, plan, tasks, &reason)
}

/// Returns the error of the first task of a stage that ended without completing.
fn reason(uow: &mut UnitOfWork<'_>, stage: &PlannedStage, tasks: &TaskStates) -> Result<String> {
    let has_failed = |id: &&TaskId| is_failure(status_of(id, tasks));
    let Some(id) = stage.tasks.iter().find(has_failed) else {
        return Ok(format!("stage '{}' failed", stage.name));
    };
    let Some(task) = uow.find::<Task>(id)? else {
        return Ok(format!("task '{id}' no longer exists"));
    };
    let message = task.error_message.as_deref().unwrap_or("no reason given");
    Ok(format!("task '{id}' is {}: {message}", task.status))
}

/// Ends an execution and adds it to the counts of its definition. After that, its tasks no longer change it.
pub(super) fn end(
    uow: &mut UnitOfWork<'_>,
    execution: &mut WorkflowExecution,
    status: Status,
) -> Result<()> {
    step(execution, status)?;
    // The clock may have been set back since the start.
    let now = uow.now().max(execution.started_at);
    let duration = now - execution.started_at;
    execution.completed_at = Some(now);
    execution.actual_duration = Some(duration.total_millis().round() as i64);
    execution.current_stage = None;
    uow.update(execution)?;
    count(uow, execution, 1)
}

/// Cancels the tasks that haven't ended. Running tasks are asked to stop.
pub(super) fn cancel_open(
    uow: &mut UnitOfWork<'_>,
    plan: &Plan,
    tasks: &TaskStates,
    reason: &str,
) -> Result<()> {
    for id in plan.tasks().filter(|id| !is_end(status_of(id, tasks))) {
        tasks::cancel(uow, id, Some(reason))?;
    }
    Ok(())
}

/// Adds the end of an execution to the counts and the mean duration of its definition, or removes it with `by` = -1. A
/// cancelled execution is neither a success nor a failure.
pub(super) fn count(
    uow: &mut UnitOfWork<'_>,
    execution: &WorkflowExecution,
    by: i64,
) -> Result<()> {
    let id = &execution.workflow_definition_id;
    let Some(mut definition) = uow.find::<WorkflowDefinition>(id)? else {
        return Ok(());
    };
    let before = definition.success_count + definition.failure_count;
    match execution.status {
        Status::Completed => definition.success_count += by,
        Status::Failed => definition.failure_count += by,
        _ => return Ok(()),
    }
    let duration = execution.actual_duration.unwrap_or_default() * by;
    let total = definition.average_execution_time * before as f64 + duration as f64;
    let ended = before + by;
    definition.average_execution_time = if ended > 0 {
        (total / ended as f64).max(0.0)
    } else {
        0.0
    };
    uow.update(&mut definition).map(drop)
}
