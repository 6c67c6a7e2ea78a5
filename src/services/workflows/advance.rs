//! Progress of an execution as its tasks start and end. The state of the execution is derived from the numbers of its
//! stages' tasks, and these are counted anew each time, so that no event can be missed or counted twice.

use super::output;
use super::plan::Plan;
use super::stage_rows::{self, place_of};
use super::stages::{Derived, Stages, Verdict};
use super::transition::{is_end, step};
use crate::error::Result;
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::tasks::{self, is_failure};
use crate::tables::{
    Task, WorkflowDefinition, WorkflowExecution, WorkflowExecutionId, WorkflowStage, stage_tasks,
    workflow_executions as rows, workflow_stages,
};
use crate::types::{
    ChangeAction, StageFailurePolicy, TaskStatus, WorkflowExecutionStatus as Status,
};

/// Marks the stage of a task that started, and its execution, as running. Costs one comparison for a task without a
/// stage, and one query for the further tasks of a stage.
pub(crate) fn task_started(uow: &mut UnitOfWork<'_>, task: &Task) -> Result<()> {
    let Some((id, number)) = place_of(task) else {
        return Ok(());
    };
    match workflow_stages::find(uow.conn(), id, number)? {
        Some(stage) if !stage.has_begun => {
            let mut stages = Stages::of(uow, id)?;
            let before = stages.derived();
            if let Some(index) = stages.index_of(number) {
                stages.change(uow, index, |stage| stage.has_begun = true)?;
            }
            go_on(uow, id, &before, &stages)
        }
        _ => Ok(()),
    }
}

/// Advances the execution of a planned task that ended, or was put back after its end: it continues, ends, or requeues
/// the task, in which case `task` changes. Costs one comparison for a task without a stage. Otherwise it counts the
/// tasks of its stage, and reads the stages of the execution; the plan is read only when a stage begins or ends, or
/// the progress reaches another percent.
pub(crate) fn task_ended(uow: &mut UnitOfWork<'_>, task: &mut Task) -> Result<()> {
    let Some((id, number)) = place_of(task) else {
        return Ok(());
    };
    let mut stages = Stages::of(uow, id)?;
    // The stages of an execution that has ended are gone.
    let Some(index) = stages.index_of(number) else {
        return Ok(());
    };
    let before = stages.derived();
    stages.count(uow, index)?;
    if stages.verdict() != Verdict::GoOn {
        if let Some(mut execution) = planned(uow, id)? {
            decide(uow, &mut execution, &mut stages)?;
            *task = tasks::get(uow, &task.id)?;
        }
        return Ok(());
    }
    if is_tolerant(&stages.0[index]) && is_failure(task.status) {
        tasks::release_dependents(uow, &task.id)?;
    }
    stages.pass(uow, index)?;
    go_on(uow, id, &before, &stages)
}

/// Writes the columns of an execution that follow from its stages, if they changed.
fn go_on(
    uow: &mut UnitOfWork<'_>,
    id: &WorkflowExecutionId,
    before: &Derived,
    stages: &Stages,
) -> Result<()> {
    let derived = stages.derived();
    if derived == *before {
        return Ok(());
    }
    let Some(mut execution) = planned(uow, id)? else {
        return Ok(());
    };
    let before = execution.clone();
    note(uow, &mut execution, derived)?;
    save(uow, &before, &mut execution)
}

/// Returns an execution unless a host ended it, or took it over by taking its plan away.
fn planned(
    uow: &mut UnitOfWork<'_>,
    id: &WorkflowExecutionId,
) -> Result<Option<WorkflowExecution>> {
    let execution = uow.find::<WorkflowExecution>(id)?;
    let is_ours = |execution: &WorkflowExecution| {
        execution.execution_plan.is_some() && !is_end(execution.status)
    };
    Ok(execution.filter(is_ours))
}

/// Updates an execution that hasn't ended to the states of all its tasks.
pub(super) fn sync(uow: &mut UnitOfWork<'_>, execution: &mut WorkflowExecution) -> Result<()> {
    let id = execution.id.clone();
    let mut stages = Stages::of(uow, &id)?;
    if stages.0.is_empty() {
        stage_rows::restore(uow, &id, &Plan::of(execution)?)?;
        stages = Stages::of(uow, &id)?;
    }
    stages.count_all(uow)?;
    decide(uow, execution, &mut stages)
}

/// Takes the next step of an execution whose stages have been counted.
fn decide(
    uow: &mut UnitOfWork<'_>,
    execution: &mut WorkflowExecution,
    stages: &mut Stages,
) -> Result<()> {
    loop {
        let before = execution.clone();
        match stages.verdict() {
            Verdict::RunAgain(index) => run_again(uow, execution, stages, index)?,
            Verdict::GoOn => {
                let_go_on(uow, stages)?;
                note(uow, execution, stages.derived())?;
                return save(uow, &before, execution);
            }
            Verdict::Complete => {
                note(uow, execution, stages.derived())?;
                return complete(uow, execution);
            }
            Verdict::Fail(index) => {
                note(uow, execution, stages.derived())?;
                return fail_in(uow, execution, &stages.0[index]);
            }
        }
    }
}

/// Requeues the failed tasks of a stage.
fn run_again(
    uow: &mut UnitOfWork<'_>,
    execution: &mut WorkflowExecution,
    stages: &mut Stages,
    index: usize,
) -> Result<()> {
    let stage = &stages.0[index];
    let (id, number) = (&execution.id, stage.stage);
    for task in stage_tasks::in_state(uow.conn(), id, number, TaskStatus::Failed)? {
        tasks::requeue_failed(uow, &task)?;
    }
    stages.change(uow, index, |stage| stage.retried += 1)?;
    stages.count(uow, index)?;
    let mut plan = Plan::of(execution)?;
    if let Some(planned) = plan.stages.get_mut(index) {
        planned.retried += 1;
    }
    execution.execution_plan = Some(plan.to_json()?);
    uow.update(execution).map(drop)
}

/// Sets the columns that follow from the stages.
fn note(uow: &UnitOfWork<'_>, execution: &mut WorkflowExecution, derived: Derived) -> Result<()> {
    execution.current_stage = derived.current;
    execution.completed_stages = Some(derived.completed);
    execution.failed_stages = Some(derived.failed);
    if derived.progress != execution.progress_percentage {
        execution.progress_percentage = derived.progress;
        execution.last_progress_update = Some(uow.now());
    }
    if execution.status == Status::Pending && derived.has_begun {
        step(execution, Status::Running)?;
    }
    Ok(())
}

/// Makes tasks runnable that wait for stages which are passed, or depend on failed tasks of stages with the policy
/// [`OnFailure::Continue`](super::OnFailure::Continue).
fn let_go_on(uow: &mut UnitOfWork<'_>, stages: &mut Stages) -> Result<()> {
    for index in 0..stages.0.len() {
        let stage = &stages.0[index];
        if is_tolerant(stage) {
            let (id, number) = (&stage.workflow_execution_id, stage.stage);
            for status in [TaskStatus::Failed, TaskStatus::Cancelled] {
                for task in stage_tasks::in_state(uow.conn(), id, number, status)? {
                    tasks::release_dependents(uow, &task)?;
                }
            }
        }
        stages.pass(uow, index)?;
    }
    Ok(())
}

fn is_tolerant(stage: &WorkflowStage) -> bool {
    stage.on_failure == StageFailurePolicy::Continue
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
        rows::save_progress(uow.conn(), execution)?;
        let columns = vec!["ProgressPercentage"];
        let id = execution.id.as_str();
        uow.note_change(WorkflowExecution::NAME, id, ChangeAction::Update, columns);
    }
    Ok(())
}

fn complete(uow: &mut UnitOfWork<'_>, execution: &mut WorkflowExecution) -> Result<()> {
    let output = output::of(uow, execution, &Plan::of(execution)?)?;
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
    stage: &WorkflowStage,
) -> Result<()> {
    execution.error_stage = Some(stage.name.clone());
    execution.error_message = Some(reason(uow, execution, stage)?);
    end(uow, execution, Status::Failed)?;
    let reason = format!("its workflow failed in stage '{}'", stage.name);
    cancel_open(uow, &execution.id, &reason)
}

/// Returns the error of the first task of a stage that ended without completing.
fn reason(
    uow: &mut UnitOfWork<'_>,
    execution: &WorkflowExecution,
    stage: &WorkflowStage,
) -> Result<String> {
    let plan = Plan::of(execution)?;
    let planned = stage_rows::index(stage.stage).and_then(|index| plan.stages.get(index));
    for id in planned.into_iter().flat_map(|planned| &planned.tasks) {
        match uow.find::<Task>(id)? {
            None => return Ok(format!("task '{id}' no longer exists")),
            Some(task) if is_failure(task.status) => {
                let message = task.error_message.as_deref().unwrap_or("no reason given");
                return Ok(format!("task '{id}' is {}: {message}", task.status));
            }
            Some(_) => {}
        }
    }
    Ok(format!("stage '{}' failed", stage.name))
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
    stage_rows::end(uow, &execution.id)?;
    count(uow, execution, 1)
}

/// Cancels the planned tasks of an execution that haven't ended. Running tasks are asked to stop.
pub(super) fn cancel_open(
    uow: &mut UnitOfWork<'_>,
    id: &WorkflowExecutionId,
    reason: &str,
) -> Result<()> {
    for task in stage_tasks::open(uow.conn(), id)? {
        tasks::cancel_if_open(uow, &task, reason)?;
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
