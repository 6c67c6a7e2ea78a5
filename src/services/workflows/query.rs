//! Looking at executions.

use std::collections::HashMap;

use serde::Serialize;

use super::plan::{Plan, PlannedStage, StageState, TaskStates};
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::workflow_executions::ExecutionFilter;
use crate::tables::{
    Task, TaskId, WorkflowExecution, WorkflowExecutionId, workflow_executions as rows,
};

/// A stage of an execution, and its tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StageProgress {
    /// Name.
    pub name: String,
    /// Where it is.
    pub state: StageState,
    /// Its tasks, in the order of the definition.
    pub tasks: Vec<Task>,
}

/// Returns the execution with this id.
pub fn get(reader: &mut Reader<'_>, id: &WorkflowExecutionId) -> Result<WorkflowExecution> {
    reader.get(id)
}

/// Returns the executions that fit and started last, at most `limit`.
pub fn list(
    reader: &mut Reader<'_>,
    filter: &ExecutionFilter,
    limit: u32,
) -> Result<Vec<WorkflowExecution>> {
    Ok(rows::list(reader.connection(), filter, limit.into())?)
}

/// Returns the stages of an execution in the order of the definition, with the tasks that stand for them
/// now; those of earlier attempts are left out.
pub fn stages(reader: &mut Reader<'_>, id: &WorkflowExecutionId) -> Result<Vec<StageProgress>> {
    let plan = Plan::of(&get(reader, id)?)?;
    let tasks = rows::tasks_of(reader.connection(), id)?;
    let states: TaskStates = tasks
        .iter()
        .map(|task| (task.id.clone(), task.status))
        .collect();
    let mut tasks: HashMap<TaskId, Task> = tasks
        .into_iter()
        .map(|task| (task.id.clone(), task))
        .collect();
    let mut progress = |stage: PlannedStage| StageProgress {
        state: stage.state(&states),
        tasks: stage
            .tasks
            .iter()
            .filter_map(|id| tasks.remove(id))
            .collect(),
        name: stage.name,
    };
    Ok(plan.stages.into_iter().map(&mut progress).collect())
}
