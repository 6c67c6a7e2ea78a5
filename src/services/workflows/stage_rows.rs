//! Rows of the stages of an execution, and of the joins between them. They exist until the execution ends.

use std::collections::BTreeSet;

use super::plan::Plan;
use super::stages::Stages;
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::services::tasks;
use crate::tables::{
    Task, WorkflowExecutionId, WorkflowJoin, WorkflowStage, stage_tasks, task_dependencies,
    workflow_joins, workflow_stages as rows,
};
use crate::types::TaskStatus;

/// Returns the execution and the number of the stage of a planned task.
pub(super) fn place_of(task: &Task) -> Option<(&WorkflowExecutionId, i32)> {
    task.stage_position?;
    let id = task.workflow_execution_id.as_ref()?;
    Some((id, task.workflow_step))
}

/// Inserts the stages of an execution whose planned tasks are there. The stages of `waited_for` are those that others
/// wait for; the rest is done.
pub(super) fn begin(
    uow: &mut UnitOfWork<'_>,
    id: &WorkflowExecutionId,
    plan: &Plan,
    waited_for: &BTreeSet<usize>,
) -> Result<()> {
    let mut stages = Vec::new();
    let mut joins = Vec::new();
    for (index, planned) in plan.stages.iter().enumerate() {
        let others = planned.depends_on.iter();
        let others: Vec<i32> = others
            .filter(|other| waited_for.contains(other))
            .map(|&other| number(other))
            .collect();
        stages.push(WorkflowStage {
            workflow_execution_id: id.clone(),
            stage: number(index),
            name: planned.name.clone(),
            on_failure: planned.on_failure.into(),
            retries: planned.retries.try_into().unwrap_or(i32::MAX),
            retried: planned.retried.try_into().unwrap_or(i32::MAX),
            task_count: number(planned.tasks.len()),
            has_begun: false,
            completed: 0,
            failed: 0,
            cancelled: 0,
            waits_for: number(others.len()),
        });
        joins.extend(others.into_iter().map(|other| WorkflowJoin {
            workflow_execution_id: id.clone(),
            stage: number(index),
            depends_on_stage: other,
        }));
    }
    rows::insert(uow.conn(), &stages)?;
    Ok(workflow_joins::insert(uow.conn(), &joins)?)
}

/// Deletes the stages of an execution that ended.
pub(super) fn end(uow: &mut UnitOfWork<'_>, id: &WorkflowExecutionId) -> Result<()> {
    workflow_joins::delete(uow.conn(), id)?;
    Ok(rows::delete(uow.conn(), id)?)
}

/// Converts the index of a stage or a task to the number that the database has for it.
pub(super) fn number(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

/// Converts the number of a stage or a task to its index.
pub(super) fn index(number: i32) -> Option<usize> {
    usize::try_from(number).ok()
}

impl Stages {
    /// Reads the stages of an execution; none if it has ended.
    pub(super) fn of(reader: &mut Reader<'_>, id: &WorkflowExecutionId) -> Result<Self> {
        Ok(Self(rows::of_execution(reader.conn(), id)?))
    }

    /// Counts the ended tasks of a stage.
    pub(super) fn count(&mut self, uow: &mut UnitOfWork<'_>, index: usize) -> Result<()> {
        let stage = &self.0[index];
        let counts = stage_tasks::count(uow.conn(), &stage.workflow_execution_id, stage.stage)?;
        self.change(uow, index, |stage| stage.take_counts(&counts))
    }

    /// Counts the ended tasks of all stages, and the joins.
    pub(super) fn count_all(&mut self, uow: &mut UnitOfWork<'_>) -> Result<()> {
        let counted = self.counted(uow)?;
        for (index, counted) in counted.into_iter().enumerate() {
            self.change(uow, index, |stage| *stage = counted)?;
        }
        Ok(())
    }

    /// Returns the stages as they are if all their tasks and joins are counted.
    pub(super) fn counted(&self, reader: &mut Reader<'_>) -> Result<Vec<WorkflowStage>> {
        let mut counted = self.0.clone();
        let Some(first) = counted.first() else {
            return Ok(counted);
        };
        let id = first.workflow_execution_id.clone();
        let all = stage_tasks::count_all(reader.conn(), &id)?;
        for stage in &mut counted {
            let of_stage = all.iter().filter(|(number, ..)| *number == stage.stage);
            let counts: Vec<_> = of_stage
                .map(|(_, status, count)| (*status, *count))
                .collect();
            stage.take_counts(&counts);
            let others = workflow_joins::waited_for(reader.conn(), &id, stage.stage)?;
            stage.waits_for = number(others.len());
        }
        Ok(counted)
    }

    /// Changes a stage, and writes it if it differs.
    pub(super) fn change(
        &mut self,
        uow: &mut UnitOfWork<'_>,
        index: usize,
        change: impl FnOnce(&mut WorkflowStage),
    ) -> Result<()> {
        let stage = &mut self.0[index];
        let before = stage.clone();
        change(stage);
        if before != *stage {
            rows::save(uow.conn(), stage)?;
        }
        Ok(())
    }

    /// Lets the stages run that wait for this one and for no other, if it is passed.
    pub(super) fn pass(&mut self, uow: &mut UnitOfWork<'_>, index: usize) -> Result<()> {
        let stage = self.0[index].clone();
        if !stage.is_passed() {
            return Ok(());
        }
        let id = &stage.workflow_execution_id;
        let waiting = workflow_joins::waiting_for(uow.conn(), id, stage.stage)?;
        if waiting.is_empty() {
            return Ok(());
        }
        workflow_joins::delete_waiting_for(uow.conn(), id, stage.stage)?;
        for other in waiting {
            let Some(other) = self.index_of(other) else {
                continue;
            };
            self.change(uow, other, |other| other.waits_for -= 1)?;
            if self.0[other].waits_for == 0 {
                release(uow, &self.0[other])?;
            }
        }
        Ok(())
    }
}

/// Takes the wait for other stages from the pending tasks of a stage.
fn release(uow: &mut UnitOfWork<'_>, stage: &WorkflowStage) -> Result<()> {
    let now = uow.now();
    let (id, number) = (&stage.workflow_execution_id, stage.stage);
    for mut task in stage_tasks::pending(uow.conn(), id, number)? {
        uow.keep_seen(&task);
        let unmet = task.unmet_dependencies - 1;
        tasks::set_unmet(&mut task, unmet, now);
        uow.update(&mut task)?;
    }
    Ok(())
}

/// Makes the stages of an open execution anew from its plan, after they were lost.
pub(super) fn restore(
    uow: &mut UnitOfWork<'_>,
    id: &WorkflowExecutionId,
    plan: &Plan,
) -> Result<()> {
    for (index, stage) in plan.stages.iter().enumerate() {
        for (position, task) in stage.tasks.iter().enumerate() {
            let Some(mut task) = uow.find::<Task>(task)? else {
                continue;
            };
            task.workflow_step = number(index);
            task.stage_position = Some(number(position));
            uow.update(&mut task)?;
        }
    }
    begin(uow, id, plan, &(0..plan.stages.len()).collect())?;
    let mut stages = Stages::of(uow, id)?;
    stages.count_all(uow)?;
    for index in 0..stages.0.len() {
        let stage = &stages.0[index];
        let (number, waits) = (stage.stage, stage.waits_for > 0);
        for mut task in stage_tasks::pending(uow.conn(), id, number)? {
            let parents = task_dependencies::parents(uow.conn(), &task.id)?;
            let unmet = parents
                .iter()
                .filter(|(_, status)| *status != TaskStatus::Completed);
            let unmet = self::number(unmet.count()) + i32::from(waits);
            tasks::set_unmet(&mut task, unmet, uow.now());
            uow.update(&mut task)?;
        }
    }
    Ok(())
}
