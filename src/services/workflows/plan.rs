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

/// Next step of an execution, which follows from the states of its tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The execution continues.
    GoOn,
    /// The failed tasks of this stage are requeued.
    RunAgain(usize),
    /// The execution completed.
    Complete,
    /// The execution failed in this stage.
    Fail(usize),
}

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
    pub(super) fn of(execution: &WorkflowExecution) -> Result<Self> {
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

    /// Returns the next step of the execution.
    pub(super) fn verdict(&self, tasks: &TaskStates) -> Verdict {
        let mut has_ended = true;
        for (index, stage) in self.stages.iter().enumerate() {
            match (stage.state(tasks), stage.on_failure) {
                (StageState::Completed, _) | (StageState::Failed, OnFailure::Continue) => {}
                (StageState::Failed, OnFailure::Retry) if stage.can_run_again(tasks) => {
                    return Verdict::RunAgain(index);
                }
                (StageState::Failed, _) => return Verdict::Fail(index),
                (StageState::Pending | StageState::Running, OnFailure::Fail)
                    if stage.has_failure(tasks) =>
                {
                    return Verdict::Fail(index);
                }
                (StageState::Pending | StageState::Running, _) => has_ended = false,
            }
        }
        if has_ended {
            Verdict::Complete
        } else {
            Verdict::GoOn
        }
    }

    /// Returns true if any task has begun.
    pub(super) fn has_begun(&self, tasks: &TaskStates) -> bool {
        self.tasks()
            .any(|id| status_of(id, tasks) != TaskStatus::Pending)
    }

    /// Returns the share of the tasks that have ended, in percent.
    pub(super) fn progress(&self, tasks: &TaskStates) -> i32 {
        let ended = self
            .tasks()
            .filter(|id| is_end(status_of(id, tasks)))
            .count();
        let share = ended * 100 / self.tasks().count().max(1);
        i32::try_from(share).unwrap_or(100)
    }

    /// Returns the names of the stages that are in this state.
    pub(super) fn names<'a>(
        &'a self,
        tasks: &'a TaskStates,
        state: StageState,
    ) -> impl Iterator<Item = &'a str> {
        let stages = self
            .stages
            .iter()
            .filter(move |stage| stage.state(tasks) == state);
        stages.map(|stage| stage.name.as_str())
    }

    /// Returns the first stage to run while all tasks are pending.
    pub(super) fn first(&self) -> Option<&str> {
        let pending = |id: &TaskId| (id.clone(), TaskStatus::Pending);
        self.current(&self.tasks().map(pending).collect())
    }

    /// Returns the first stage that is running or ready to run.
    pub(super) fn current(&self, tasks: &TaskStates) -> Option<&str> {
        let is_ready = |stage: &&PlannedStage| {
            let state = stage.state(tasks);
            let waits = |&other: &usize| !self.stages[other].has_ended(tasks);
            state == StageState::Running
                || (state == StageState::Pending && !stage.depends_on.iter().any(waits))
        };
        self.stages
            .iter()
            .find(is_ready)
            .map(|stage| stage.name.as_str())
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

    fn has_ended(&self, tasks: &TaskStates) -> bool {
        matches!(
            self.state(tasks),
            StageState::Completed | StageState::Failed
        )
    }

    fn has_failure(&self, tasks: &TaskStates) -> bool {
        let mut statuses = self.tasks.iter().map(|id| status_of(id, tasks));
        statuses.any(is_failure)
    }

    /// Returns true if the failed tasks may be requeued. A stage with a cancelled task may not, since someone cancelled
    /// it on purpose.
    fn can_run_again(&self, tasks: &TaskStates) -> bool {
        let mut statuses = self.tasks.iter().map(|id| status_of(id, tasks));
        self.retried < self.retries && statuses.all(|status| status != TaskStatus::Cancelled)
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
    use TaskStatus::{Assigned, Cancelled, Completed, Failed, InProgress, Pending};

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
    fn the_verdict_follows_from_the_policy_of_the_stage() {
        use OnFailure::{Continue, Fail, Retry};
        let after = |first: (OnFailure, [TaskStatus; 2])| {
            let (plan, tasks) = chain(&[first, (Fail, [Pending; 2])]);
            plan.verdict(&tasks)
        };
        assert_eq!(after((Fail, [Pending; 2])), Verdict::GoOn);
        assert_eq!(after((Fail, [Completed; 2])), Verdict::GoOn);
        // The first failure decides, even while the other task is running.
        assert_eq!(after((Fail, [InProgress, Failed])), Verdict::Fail(0));
        assert_eq!(after((Fail, [Cancelled, Pending])), Verdict::Fail(0));
        assert_eq!(after((Continue, [Failed, Cancelled])), Verdict::GoOn);
        // A stage is retried once all its tasks have ended.
        assert_eq!(after((Retry, [InProgress, Failed])), Verdict::GoOn);
        assert_eq!(after((Retry, [Completed, Failed])), Verdict::RunAgain(0));
        assert_eq!(after((Retry, [Cancelled, Failed])), Verdict::Fail(0));

        let (mut plan, tasks) = chain(&[(Retry, [Failed; 2])]);
        plan.stages[0].retried = 1;
        assert_eq!(plan.verdict(&tasks), Verdict::Fail(0));
        let (plan, mut tasks) = chain(&[(Continue, [Failed; 2]), (Fail, [Completed; 2])]);
        assert_eq!(plan.verdict(&tasks), Verdict::Complete);
        tasks.clear();
        assert_eq!(plan.verdict(&tasks), Verdict::Fail(1), "deleted tasks");
    }

    #[test]
    fn progress_counts_ended_tasks_and_the_current_stage_can_run() {
        let fail = OnFailure::Fail;
        let (plan, tasks) = chain(&[
            (fail, [Completed; 2]),
            (fail, [Assigned, Pending]),
            (fail, [Pending; 2]),
        ]);
        assert_eq!(plan.progress(&tasks), 33);
        assert_eq!(plan.current(&tasks), Some("1"));
        assert!(plan.has_begun(&tasks));
        let (plan, tasks) = chain(&[(fail, [Pending; 2]), (fail, [Pending; 2])]);
        assert_eq!(
            (plan.current(&tasks), plan.progress(&tasks)),
            (Some("0"), 0)
        );
        assert!(!plan.has_begun(&tasks));
        let (plan, tasks) = chain(&[(fail, [Completed; 2])]);
        assert_eq!((plan.current(&tasks), plan.progress(&tasks)), (None, 100));
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
