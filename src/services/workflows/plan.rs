//! The plan of an execution, and what the states of its tasks mean for it. Nothing here touches
//! the database: whatever happened, plan and tasks tell where the execution is.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::definition::{OnFailure, WorkflowSpec};
use crate::error::{Error, ErrorCode, Result};
use crate::tables::{TaskId, WorkflowExecution};
use crate::types::{Json, TaskStatus};

/// The stages of an execution with the tasks that stand for them, as `ExecutionPlan` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The stages, in the order of the definition.
    pub stages: Vec<PlannedStage>,
}

/// A stage of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedStage {
    /// Name.
    pub name: String,
    /// The stages that have to end before, by their place from 0.
    pub depends_on: Vec<usize>,
    /// The consequence when it fails.
    pub on_failure: OnFailure,
    /// How often its failed tasks may be put back into the queue.
    pub retries: u32,
    /// How often they were.
    pub retried: u32,
    /// The tasks, in the order of the definition. When the stage is run anew these are others;
    /// those of before stay in the queue's history.
    pub tasks: Vec<TaskId>,
}

/// Where a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum StageState {
    /// None of its tasks has begun.
    Pending,
    /// Some of its tasks have begun, and not all ended.
    Running,
    /// All of its tasks completed.
    Completed,
    /// Its tasks ended, and not all of them completed.
    Failed,
}

/// The states of the tasks of an execution.
pub(super) type TaskStates = HashMap<TaskId, TaskStatus>;

/// The consequence of the states of the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing yet.
    GoOn,
    /// The failed tasks of this stage are put back into the queue.
    RunAgain(usize),
    /// The execution completed.
    Complete,
    /// The execution failed in this stage.
    Fail(usize),
}

impl Plan {
    /// A plan whose stages have no tasks yet.
    pub(super) fn new(definition: &WorkflowSpec) -> Result<Self> {
        let dependencies = definition.dependencies()?;
        let stages = definition.stages.iter().zip(dependencies);
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

    /// Returns the plan of an execution.
    pub(super) fn of(execution: &WorkflowExecution) -> Result<Self> {
        let refuse = |reason: &str| {
            let message = format!("WorkflowExecutions: '{}' {reason}", execution.id);
            Error::new(ErrorCode::Conflict, message).with_details(|d| {
                d.entity = Some("WorkflowExecutions");
                d.id = Some(execution.id.to_string());
                d.column = Some("ExecutionPlan".to_owned());
            })
        };
        let Json(plan) = execution
            .execution_plan
            .as_ref()
            .ok_or_else(|| refuse("has no plan: it was not started here"))?;
        Self::deserialize(plan).map_err(|e| refuse("has a plan of another form").with_source(e))
    }

    /// Returns the plan as `ExecutionPlan` has it.
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

    /// Returns the place of the stage with this name.
    pub(super) fn find(&self, name: &str) -> Result<usize> {
        let found = self.stages.iter().position(|stage| stage.name == name);
        found.ok_or_else(|| Error::invalid("stage", format!("there is no stage '{name}'")))
    }

    /// Returns what has to follow now.
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

    /// Returns `true` where any task has begun.
    pub(super) fn has_begun(&self, tasks: &TaskStates) -> bool {
        self.tasks()
            .any(|id| status_of(id, tasks) != TaskStatus::Pending)
    }

    /// Returns how many of a hundred tasks have ended.
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

    /// Returns the first stage of a plan whose tasks are all pending.
    pub(super) fn first(&self) -> Option<&str> {
        let pending = |id: &TaskId| (id.clone(), TaskStatus::Pending);
        self.current(&self.tasks().map(pending).collect())
    }

    /// Returns the first stage that is being run, or could be.
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

    /// Returns the stages that a retry runs: those that aren't done, the one it begins with, and all that
    /// depend on it.
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
    /// Returns where the stage is.
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
        let statuses = self.tasks.iter().map(|id| status_of(id, tasks));
        let mut ended = statuses.filter(|&status| is_end(status));
        ended.any(|status| status != TaskStatus::Completed)
    }

    /// A cancelled task is not run again: somebody wanted it so.
    fn can_run_again(&self, tasks: &TaskStates) -> bool {
        let mut statuses = self.tasks.iter().map(|id| status_of(id, tasks));
        self.retried < self.retries && statuses.all(|status| status != TaskStatus::Cancelled)
    }
}

/// Returns the state of a task. One that is no longer there will not complete.
pub(super) fn status_of(id: &TaskId, tasks: &TaskStates) -> TaskStatus {
    tasks.get(id).copied().unwrap_or(TaskStatus::Cancelled)
}

/// Returns `true` where a task in this state has ended.
pub(super) fn is_end(status: TaskStatus) -> bool {
    matches!(
        status,
        TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled
    )
}

#[cfg(test)]
mod tests {
    use TaskStatus::{Assigned, Cancelled, Completed, Failed, InProgress, Pending};

    use super::*;

    /// A chain of stages of two tasks each, whose states are given task by task.
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
        // The first failure decides; the other task need not end.
        assert_eq!(after((Fail, [InProgress, Failed])), Verdict::Fail(0));
        assert_eq!(after((Fail, [Cancelled, Pending])), Verdict::Fail(0));
        assert_eq!(after((Continue, [Failed, Cancelled])), Verdict::GoOn);
        // A stage is run again when all of it has ended.
        assert_eq!(after((Retry, [InProgress, Failed])), Verdict::GoOn);
        assert_eq!(after((Retry, [Completed, Failed])), Verdict::RunAgain(0));
        assert_eq!(after((Retry, [Cancelled, Failed])), Verdict::Fail(0));

        let (mut plan, tasks) = chain(&[(Retry, [Failed; 2])]);
        plan.stages[0].retried = 1;
        assert_eq!(plan.verdict(&tasks), Verdict::Fail(0));
        let (plan, mut tasks) = chain(&[(Continue, [Failed; 2]), (Fail, [Completed; 2])]);
        assert_eq!(plan.verdict(&tasks), Verdict::Complete);
        tasks.clear();
        assert_eq!(
            plan.verdict(&tasks),
            Verdict::Fail(1),
            "tasks that are gone"
        );
    }

    #[test]
    fn progress_counts_what_ended_and_the_current_stage_is_one_that_can_run() {
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
    fn a_retry_runs_what_is_not_done_and_what_depends_on_it() {
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
