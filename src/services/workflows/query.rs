//! Reading executions and their stages.

use std::collections::HashMap;

use serde::Serialize;

use super::plan::{Plan, PlannedStage, StageState, TaskStates};
use super::transition::is_end;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, Reader};
use crate::tables::workflow_executions::ExecutionFilter;
use crate::tables::{
    Task, TaskId, WorkflowExecution, WorkflowExecutionId, workflow_executions as rows,
};
use crate::validate;

/// State and tasks of a stage of an execution.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StageProgress {
    /// Name of the stage.
    pub name: String,
    /// State of the stage.
    pub state: StageState,
    /// Current tasks of the stage, in the order of the definition.
    pub tasks: Vec<Task>,
}

/// Fails with [`ErrorCode::Conflict`] if the execution hasn't ended.
pub(crate) fn refuse_removal(reader: &mut Reader<'_>, id: &WorkflowExecutionId) -> Result<()> {
    let execution = get(reader, id)?;
    if is_end(execution.status) {
        return Ok(());
    }
    let message = format!(
        "WorkflowExecutions: '{id}' must have ended to be removed, but is {}; cancel it first",
        execution.status
    );
    Err(Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some(WorkflowExecution::NAME);
        d.id = Some(id.to_string());
    }))
}

/// Returns the execution with this id.
pub fn get(reader: &mut Reader<'_>, id: &WorkflowExecutionId) -> Result<WorkflowExecution> {
    reader.get(id)
}

/// Returns the executions that match the filter, the latest start first, at most `limit`.
pub fn list(
    reader: &mut Reader<'_>,
    filter: &ExecutionFilter,
    limit: u32,
) -> Result<Vec<WorkflowExecution>> {
    validate::limit(limit)?;
    Ok(rows::list(reader.conn(), filter, limit)?)
}

/// Returns the stages of an execution, in the order of the definition, with their current tasks. The tasks of earlier
/// attempts are left out.
pub fn stages(reader: &mut Reader<'_>, id: &WorkflowExecutionId) -> Result<Vec<StageProgress>> {
    let plan = Plan::of(&get(reader, id)?)?;
    let tasks = rows::tasks_of(reader.conn(), id)?;
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
