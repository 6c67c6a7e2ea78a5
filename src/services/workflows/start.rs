//! Starting an execution, which enqueues the tasks of all stages at once.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::plan::Plan;
use super::publish::{get_definition, input_of, spec_of};
use super::spec::{self, WorkflowSpec};
use super::stage_rows;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::tasks::{self, NewTask, StagePlace};
use crate::services::{steps, versions};
use crate::tables::{
    UserId, WorkflowDefinition, WorkflowDefinitionId, WorkflowExecution, WorkflowExecutionId,
};
use crate::types::{Json, StringList, TaskPriority, WorkflowExecutionStatus};
use crate::validate;

/// Arguments of a start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Start {
    /// Id of the execution; none means a new one. A second start with the same id fails with
    /// [`ErrorCode::AlreadyExists`](crate::ErrorCode::AlreadyExists), so that a start can safely be repeated.
    pub id: Option<WorkflowExecutionId>,
    /// Input of the execution, an object; null means an empty one.
    pub input_parameters: Json,
    /// Repository of the tasks whose definition names none; empty if every task names one.
    pub repository_path: String,
    /// Priority of the tasks whose definition has none.
    pub priority: TaskPriority,
    /// Correlation id that the tasks share with related ones, 1 to 128 characters.
    pub correlation_id: Option<String>,
    /// Queue for the tasks, 1 to 100 characters.
    pub queue_name: Option<String>,
    /// Kind of trigger, such as `Manual`, `Scheduled`, `Event` or `API`, 1 to 50 characters.
    pub trigger_type: Option<String>,
    /// Execution that this one is part of, for reports; neither waits for the other.
    pub parent_execution_id: Option<WorkflowExecutionId>,
}

/// Starts an execution of the active version of a workflow.
///
/// Adds the defaults of the input schema to the input and checks it. Enqueues the tasks of all stages; those of a stage
/// wait for the stages that it depends on. The execution is pending until the first task starts.
///
/// Fails with [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) if another version of the workflow is active.
pub fn start(
    uow: &mut UnitOfWork<'_>,
    id: &WorkflowDefinitionId,
    start: &Start,
) -> Result<WorkflowExecution> {
    validate::optional_text("TriggerType", start.trigger_type.as_deref(), 1..=50)?;
    let mut row = get_definition(uow, id)?;
    versions::require_active(&row)?;
    if let Some(parent) = &start.parent_execution_id {
        super::get(uow, parent)?;
    }
    let spec = spec_of(&row)?;
    let input = input_of(&row, &start.input_parameters)?;
    uow.savepoint(|uow| {
        let mut execution = new_row(uow, &row, start, &input)?;
        let common = common_task(&spec, start, &execution, &input)?;
        let mut plan = Plan::new(&spec)?;
        let mut batch = StageTasks::default();
        for (index, tasks) in tasks_of(&spec, &input, &common)?.into_iter().enumerate() {
            batch.add_stage(uow, &mut plan, index, tasks)?;
        }
        execution.current_stage = plan.first().map(str::to_owned);
        execution.execution_plan = Some(plan.to_json()?);
        uow.insert(&mut execution)?;
        batch.enqueue(uow, &execution.id, &plan)?;
        row.execution_count += 1;
        row.last_executed_at = Some(execution.started_at);
        uow.update(&mut row)?;
        Ok(execution)
    })
}

/// Creates the template of an execution's tasks, whose fields apply unless a step sets them.
fn common_task(
    spec: &WorkflowSpec,
    start: &Start,
    execution: &WorkflowExecution,
    input: &Map<String, Value>,
) -> Result<NewTask> {
    let repository = spec.repository.as_deref();
    let repository_path = match repository {
        Some(text) => steps::expand(&spec::place("repository"), text, input)?,
        None => start.repository_path.clone(),
    };
    Ok(NewTask {
        priority: start.priority,
        correlation_id: start.correlation_id.clone(),
        queue_name: start.queue_name.clone(),
        workflow_id: Some(execution.workflow_definition_id.clone()),
        workflow_execution_id: Some(execution.id.clone()),
        ..NewTask::new(String::new(), repository_path)
    })
}

/// Creates the tasks of each stage.
fn tasks_of(
    spec: &WorkflowSpec,
    values: &Map<String, Value>,
    common: &NewTask,
) -> Result<Vec<Vec<NewTask>>> {
    let of_stage = |(stage, index): (&super::Stage, usize)| {
        let tasks = stage.tasks.iter().enumerate();
        let tasks =
            tasks.map(|(task, step)| step.to_task(&place_of_task(index, task), values, common));
        tasks.collect()
    };
    spec.stages.iter().zip(0..).map(of_stage).collect()
}

fn place_of_task(stage: usize, task: usize) -> String {
    spec::place(&format!("stages[{stage}].tasks[{task}]"))
}

/// Tasks of several stages that are enqueued together.
#[derive(Default)]
pub(super) struct StageTasks {
    tasks: Vec<NewTask>,
    places: Vec<StagePlace>,
    stages: BTreeMap<usize, Range<usize>>,
}

impl StageTasks {
    /// Gives the tasks of a stage new ids, and records these in the plan.
    pub(super) fn add_stage(
        &mut self,
        uow: &UnitOfWork<'_>,
        plan: &mut Plan,
        stage: usize,
        tasks: Vec<NewTask>,
    ) -> Result<()> {
        let begin = self.tasks.len();
        let planned = &mut plan.stages[stage].tasks;
        planned.clear();
        for (position, mut task) in tasks.into_iter().enumerate() {
            let id = uow.new_id()?;
            planned.push(id.clone());
            task.id = Some(id);
            task.workflow_step = stage_rows::number(stage);
            self.tasks.push(task);
            self.places.push(StagePlace {
                position: stage_rows::number(position),
                waits: false,
            });
        }
        self.stages.insert(stage, begin..self.tasks.len());
        Ok(())
    }

    /// Enqueues the tasks, and begins the stages of the execution. A stage waits for those that it depends on, as far
    /// as these are in the batch; the other stages are done.
    pub(super) fn enqueue(
        mut self,
        uow: &mut UnitOfWork<'_>,
        id: &WorkflowExecutionId,
        plan: &Plan,
    ) -> Result<()> {
        for (&stage, range) in &self.stages {
            let mut others = plan.stages[stage].depends_on.iter();
            let waits = others.any(|other| self.stages.contains_key(other));
            for place in &mut self.places[range.clone()] {
                place.waits = waits;
            }
        }
        let enqueued = tasks::enqueue_planned(uow, &self.tasks, &self.places);
        enqueued.map_err(|error| match error.details().index {
            Some(index) => self.at(error, index),
            None => error,
        })?;
        stage_rows::begin(uow, id, plan, &self.stages.into_keys().collect())
    }

    /// Adds the place of the task in the definition to an error.
    fn at(&self, error: Error, index: usize) -> Error {
        let mut stages = self.stages.iter();
        let Some((stage, range)) = stages.find(|(_, range)| range.contains(&index)) else {
            return error;
        };
        error.while_doing(place_of_task(*stage, index - range.start))
    }
}

fn new_row(
    uow: &UnitOfWork<'_>,
    definition: &WorkflowDefinition,
    start: &Start,
    input: &Map<String, Value>,
) -> Result<WorkflowExecution> {
    let now = uow.now();
    let user = &uow.user().user_id;
    let has_ended_before = definition.success_count + definition.failure_count > 0;
    // `as` saturates: a mean that is too large becomes the greatest integer.
    let estimate = has_ended_before.then_some(definition.average_execution_time.round() as i64);
    Ok(WorkflowExecution {
        id: start.id.clone().map_or_else(|| uow.new_id(), Ok)?,
        workflow_definition_id: definition.id.clone(),
        workflow_version: definition.version.clone(),
        input_parameters: Some(Json(Value::Object(input.clone()))),
        output_results: None,
        execution_plan: None,
        status: WorkflowExecutionStatus::Pending,
        current_stage: None,
        completed_stages: Some(StringList::default()),
        failed_stages: Some(StringList::default()),
        started_at: now,
        completed_at: None,
        estimated_duration: estimate,
        actual_duration: None,
        error_message: None,
        error_stage: None,
        retry_count: 0,
        progress_percentage: 0,
        progress_message: None,
        last_progress_update: None,
        peak_memory_usage: None,
        cpu_time: None,
        io_operations: None,
        trigger_user_id: Some(UserId::new(user.clone())?),
        trigger_type: start.trigger_type.clone(),
        parent_execution_id: start.parent_execution_id.clone(),
        created_by: user.clone(),
        updated_at: now,
        row_version: 1,
    })
}
