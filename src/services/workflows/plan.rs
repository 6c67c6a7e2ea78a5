//! Plan of an execution, and the decisions that follow from the states of its tasks. Nothing here accesses the
//! database, so that plan and states alone determine the state of the execution.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::spec::{OnFailure, WorkflowSpec};
use crate::error::{Error, ErrorCode, Result};
use crate::services::tasks::is_failure;
use crate::tables::{TaskId, WorkflowExecution};
use crate::types::{Json, TaskStatus};

/// Stages of an execution with their current tasks, the content of the column `ExecutionPlan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Stages, in the order of the definition.
    pub stages: Vec<PlannedStage>,
}

/// A stage of an execution, with its tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedStage {
    /// Name of the stage.
    pub name: String,
    /// Indexes, from 0, of the stages that must end first.
    pub depends_on: Vec<usize>,
    /// Policy for a failure of the stage.
    pub on_failure: OnFailure,
    /// Number of times that failed tasks may be requeued.
    pub retries: u32,
    /// Number of times that they were requeued.
    pub retried: u32,
    /// Current tasks, in the order of the definition. A retry of the stage replaces them; the earlier ones stay in
    /// the table of tasks.
    pub tasks: Vec<TaskId>,
}

/// State of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum StageState {
    /// No task has begun.
    Pending,
    /// Some tasks have begun, and not all have ended.
    Running,
    /// All tasks completed.
    Completed,
    /// All tasks ended, and not all completed.
    Failed,
}

/// States of the tasks of an execution, by id.
pub(super) type TaskStates = HashMap<TaskId, TaskStatus>;

impl Plan {
    /// Creates a plan whose stages have no tasks yet.
    pub(super) fn new(spec: &WorkflowSpec) -> Result<Self> {
        let dependencies = spec.dependencies()?;
        let stages = spec.stages.iter().zip(dependencies);
        let planned = stages.map(|(stage, depends_on)| PlannedStage {
            name: stage.name.clone(),
            depends_on,
            on_failure: stage.on_failure,
            retries: stage.retries(),
            retried: 0,
            tasks: Vec::new(),
        });
        Ok(Self {
            stages: planned.collect(),
        })
    }

    /// Returns the plan of an execution, or fails with [`ErrorCode::Conflict`] if it has none that this library can
    /// read.
    pub(crate) fn of(execution: &WorkflowExecution) -> Result<Self> {
        let refuse = |reason: &str| {
            let message = format!("WorkflowExecutions: '{}' {reason}", execution.id);
            Error::new(ErrorCode::Conflict, message).with_details(|d| {
                d.entity = Some("WorkflowExecutions");
                d.id = Some(execution.id.to_string());
                d.column = Some("ExecutionPlan".to_owned());
            })
        };
        let Json(plan) = execution.execution_plan.as_ref().ok_or_else(|| {
            refuse("must have a plan, which only executions started by this library have")
        })?;
        Self::deserialize(plan).map_err(|e| {
            refuse("must have a plan that this version of the library can read").with_source(e)
        })
    }

    /// Converts the plan to the JSON of `ExecutionPlan`.
    pub(super) fn to_json(&self) -> Result<Json> {
        let value = serde_json::to_value(self);
        value
            .map(Json)
            .map_err(|e| Error::new(ErrorCode::Internal, "a plan has no JSON form").with_source(e))
    }

    /// Returns the tasks of all stages.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &TaskId> {
        self.stages.iter().flat_map(|stage| &stage.tasks)
    }

    /// Returns the index of the stage with this name.
    pub(super) fn find(&self, name: &str) -> Result<usize> {
        let found = self.stages.iter().position(|stage| stage.name == name);
        found.ok_or_else(|| {
            let names: Vec<_> = self
                .stages
                .iter()
                .map(|stage| stage.name.as_str())
                .collect();
            let reason = format!("must be one of {}, got '{name}'", names.join(", "));
            Error::invalid("stage", reason)
        })
    }

    /// Returns the first stage to run while all tasks are pending.
    pub(super) fn first(&self) -> Option<&str> {
        let mut stages = self.stages.iter();
        let first = stages.find(|stage| stage.depends_on.is_empty());
        first.map(|stage| stage.name.as_str())
    }

    /// Returns the indexes of the stages that a retry runs: those that aren't done, the stage `from`, and all stages
    /// that depend on these.
    pub(super) fn to_run_again(&self, from: Option<usize>, tasks: &TaskStates) -> BTreeSet<usize> {
        let is_done = |stage: &PlannedStage| match stage.state(tasks) {
            StageState::Completed => true,
            StageState::Failed => stage.on_failure == OnFailure::Continue,
            _ => false,
        };
        let mut chosen: BTreeSet<usize> = (0..self.stages.len())
            .filter(|&index| Some(index) == from || !is_done(&self.stages[index]))
            .collect();
        loop {
            let depends = |index: &usize| {
                self.stages[*index]
                    .depends_on
                    .iter()
                    .any(|other| chosen.contains(other))
            };
            let more: Vec<usize> = (0..self.stages.len())
                .filter(|index| !chosen.contains(index) && depends(index))
                .collect();
            if more.is_empty() {
                return chosen;
            }
            chosen.extend(more);
        }
    }
}

impl PlannedStage {
    /// Returns the state of the stage.
    pub(super) fn state(&self, tasks: &TaskStates) -> StageState {
        let is = |wanted: fn(TaskStatus) -> bool| move |id: &TaskId| wanted(status_of(id, tasks));
        if self
            .tasks
            .iter()
            .all(is(|status| status == TaskStatus::Completed))
        {
            StageState::Completed
        } else if self.tasks.iter().all(is(is_end)) {
            StageState::Failed
        } else if self
            .tasks
            .iter()
            .all(is(|status| status == TaskStatus::Pending))
        {
            StageState::Pending
        } else {
            StageState::Running
        }
    }
}

/// Returns the state of a task. A task that was deleted counts as cancelled, since it will never complete.
pub(super) fn status_of(id: &TaskId, tasks: &TaskStates) -> TaskStatus {
    tasks.get(id).copied().unwrap_or(TaskStatus::Cancelled)
}

/// Returns true if a task in this state has ended.
pub(super) fn is_end(status: TaskStatus) -> bool {
    status == TaskStatus::Completed || is_failure(status)
}

#[cfg(test)]
mod tests {
    use TaskStatus::{Cancelled, Completed, Failed};

    use super::*;

    /// Creates a chain of stages with two tasks each, in these states.
    fn chain(stages: &[(OnFailure, [TaskStatus; 2])]) -> (Plan, TaskStates) {
        let mut tasks = TaskStates::new();
        let planned = stages
            .iter()
            .enumerate()
            .map(|(index, (on_failure, statuses))| {
                let ids = [0, 1].map(|task| TaskId::new(format!("{index}.{task}")).unwrap());
                tasks.extend(ids.iter().cloned().zip(statuses.iter().copied()));
                PlannedStage {
                    name: index.to_string(),
                    depends_on: index.checked_sub(1).into_iter().collect(),
                    on_failure: *on_failure,
                    retries: 1,
                    retried: 0,
                    tasks: ids.to_vec(),
                }
            });
        let plan = Plan {
            stages: planned.collect(),
        };
        (plan, tasks)
    }

    #[test]
    fn a_retry_runs_the_stages_that_are_not_done_and_their_dependents() {
        let fail = OnFailure::Fail;
        let (plan, tasks) = chain(&[
            (fail, [Completed; 2]),
            (OnFailure::Continue, [Failed; 2]),
            (fail, [Completed, Failed]),
            (fail, [Cancelled; 2]),
        ]);
        assert_eq!(plan.to_run_again(None, &tasks), BTreeSet::from([2, 3]));
        assert_eq!(
            plan.to_run_again(Some(1), &tasks),
            BTreeSet::from([1, 2, 3])
        );
        assert_eq!(
            plan.to_run_again(Some(0), &tasks),
            BTreeSet::from([0, 1, 2, 3])
        );
    }
}
