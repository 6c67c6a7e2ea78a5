//! Stages that a planned task waits for.

use std::collections::BTreeSet;

use super::stage_rows::place_of;
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::{
    Task, TaskId, WorkflowExecutionId, stage_tasks, workflow_joins, workflow_stages,
};

/// Number of tasks that are named of a stage.
const NAMED: u32 = 3;

/// Stage that others wait for.
pub(crate) struct WaitedFor {
    pub(crate) workflow_execution_id: WorkflowExecutionId,
    pub(crate) stage: String,
    /// Number of tasks that haven't ended.
    pub(crate) open_tasks: i32,
    /// First of these, in the order of the definition.
    pub(crate) first: Vec<TaskId>,
}

/// Returns the stages that the stage of a planned task waits for, by number.
pub(crate) fn waited_for(reader: &mut Reader<'_>, task: &Task) -> Result<Vec<WaitedFor>> {
    let Some((id, number)) = place_of(task) else {
        return Ok(Vec::new());
    };
    let mut waited_for = Vec::new();
    for other in workflow_joins::waited_for(reader.conn(), id, number)? {
        let Some(stage) = workflow_stages::find(reader.conn(), id, other)? else {
            continue;
        };
        waited_for.push(WaitedFor {
            open_tasks: stage.open(),
            first: stage_tasks::first_open(reader.conn(), id, other, NAMED)?,
            workflow_execution_id: id.clone(),
            stage: stage.name,
        });
    }
    Ok(waited_for)
}

/// Search for the planned tasks that tasks wait for along the joins of their stages.
pub(crate) struct AlongJoins {
    seen: BTreeSet<(WorkflowExecutionId, i32)>,
    are_any: bool,
}

impl AlongJoins {
    /// Begins a search. Without any joins, it costs one query in all.
    pub(crate) fn new(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            seen: BTreeSet::new(),
            are_any: workflow_joins::any(reader.conn())?,
        })
    }

    /// Returns the tasks of the stages that the stage of a task waits for, but for those that were returned before.
    pub(crate) fn from(&mut self, reader: &mut Reader<'_>, task: &TaskId) -> Result<Vec<TaskId>> {
        let mut found = Vec::new();
        if !self.are_any {
            return Ok(found);
        }
        let Some((id, number)) = stage_tasks::place(reader.conn(), task)? else {
            return Ok(found);
        };
        for other in workflow_joins::waited_for(reader.conn(), &id, number)? {
            if self.seen.insert((id.clone(), other)) {
                found.extend(stage_tasks::ids(reader.conn(), &id, other)?);
            }
        }
        Ok(found)
    }
}
