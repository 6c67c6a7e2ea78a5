//! Stages whose numbers are not those of their tasks.

use super::get;
use super::plan::Plan;
use super::stages::Stages;
use super::transition::is_end;
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::{WorkflowExecutionId, WorkflowStage, workflow_stages as rows};

/// A stage whose numbers are wrong, or an execution that lacks its stages or has them after its end.
pub(crate) struct MiscountedStage {
    pub(crate) execution: WorkflowExecutionId,
    /// Name of the stage; none if all are wrong.
    pub(crate) stage: Option<String>,
}

/// Returns the stages of planned executions whose numbers are wrong.
pub(crate) fn miscounted(reader: &mut Reader<'_>) -> Result<Vec<MiscountedStage>> {
    let mut found = Vec::new();
    for (execution, status) in rows::executions(reader.conn())? {
        if is_end(status) {
            found.push(MiscountedStage {
                execution,
                stage: None,
            });
            continue;
        }
        let stages = Stages::of(reader, &execution)?;
        let counted = stages.counted(reader)?;
        let pairs = stages.0.into_iter().zip(counted);
        let wrong = pairs.filter(|(kept, counted)| numbers(kept) != numbers(counted));
        found.extend(wrong.map(|(kept, _)| MiscountedStage {
            execution: execution.clone(),
            stage: Some(kept.name),
        }));
    }
    for execution in rows::executions_without(reader.conn())? {
        // A plan of another program has no stages here.
        let has_stages = Plan::of(&get(reader, &execution)?).is_ok_and(|p| !p.stages.is_empty());
        if has_stages {
            found.push(MiscountedStage {
                execution,
                stage: None,
            });
        }
    }
    Ok(found)
}

/// Returns the numbers that follow from the tasks at any time.
fn numbers(stage: &WorkflowStage) -> [i32; 4] {
    [
        stage.completed,
        stage.failed,
        stage.cancelled,
        stage.waits_for,
    ]
}
