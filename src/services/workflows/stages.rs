//! Decisions of an execution that hasn't ended, which follow from the numbers of its stages' tasks. Nothing here
//! accesses the database.

use crate::tables::WorkflowStage;
use crate::types::{StageFailurePolicy as Policy, StringList, TaskStatus};

/// Next step of an execution.
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

/// Stages of an execution that hasn't ended, by number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stages(pub(super) Vec<WorkflowStage>);

/// Columns of an execution that follow from its stages.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Derived {
    pub(super) has_begun: bool,
    pub(super) current: Option<String>,
    pub(super) completed: StringList,
    pub(super) failed: StringList,
    pub(super) progress: i32,
}

impl Stages {
    /// Returns the next step of the execution.
    pub(super) fn verdict(&self) -> Verdict {
        let mut has_ended = true;
        for (index, stage) in self.0.iter().enumerate() {
            if !stage.has_ended() {
                if stage.on_failure == Policy::Fail && stage.has_failure() {
                    return Verdict::Fail(index);
                }
                has_ended = false;
            } else if stage.can_run_again() {
                return Verdict::RunAgain(index);
            } else if !stage.is_passed() {
                return Verdict::Fail(index);
            }
        }
        if has_ended {
            Verdict::Complete
        } else {
            Verdict::GoOn
        }
    }

    /// Returns the columns of the execution that follow from the stages.
    pub(super) fn derived(&self) -> Derived {
        let names = |is: fn(&WorkflowStage) -> bool| {
            let stages = self.0.iter().filter(move |stage| is(stage));
            stages.map(|stage| stage.name.as_str()).collect()
        };
        let is_ready = |stage: &&WorkflowStage| !stage.has_ended() && stage.waits_for == 0;
        Derived {
            has_begun: self.0.iter().any(|stage| stage.has_begun),
            current: self.0.iter().find(is_ready).map(|stage| stage.name.clone()),
            completed: names(|stage| stage.completed >= stage.task_count),
            failed: names(|stage| stage.has_ended() && stage.completed < stage.task_count),
            progress: self.progress(),
        }
    }

    /// Returns the share of the tasks that have ended, in percent.
    fn progress(&self) -> i32 {
        let ended: i32 = self.0.iter().map(WorkflowStage::ended).sum();
        let tasks: i32 = self.0.iter().map(|stage| stage.task_count).sum();
        (ended * 100 / tasks.max(1)).min(100)
    }

    /// Returns the place of the stage with this number.
    pub(super) fn index_of(&self, number: i32) -> Option<usize> {
        self.0.iter().position(|stage| stage.stage == number)
    }
}

impl WorkflowStage {
    fn ended(&self) -> i32 {
        self.completed + self.failed + self.cancelled
    }

    /// Returns the number of tasks that haven't ended.
    pub(super) fn open(&self) -> i32 {
        (self.task_count - self.ended()).max(0)
    }

    /// Returns true if all tasks have ended.
    fn has_ended(&self) -> bool {
        self.open() == 0
    }

    /// Returns true if a task has ended without completing.
    fn has_failure(&self) -> bool {
        self.failed + self.cancelled > 0
    }

    /// Returns true if the failed tasks are to be requeued. Those of a stage with a cancelled task are not, since
    /// someone cancelled it on purpose.
    fn can_run_again(&self) -> bool {
        self.on_failure == Policy::Retry
            && self.failed > 0
            && self.cancelled == 0
            && self.retried < self.retries
    }

    /// Returns true if the stages that wait for this one may run.
    pub(super) fn is_passed(&self) -> bool {
        let is_tolerated = self.on_failure == Policy::Continue || !self.has_failure();
        self.has_ended() && is_tolerated
    }

    /// Sets the numbers of ended tasks to those of the tasks that are there. A task that was deleted counts as
    /// cancelled, since it will never complete.
    pub(super) fn take_counts(&mut self, counts: &[(TaskStatus, i64)]) {
        let of = |status: TaskStatus| {
            let found = counts.iter().find(|(other, _)| *other == status);
            found.map_or(0, |(_, count)| i32::try_from(*count).unwrap_or(i32::MAX))
        };
        let there: i32 = TaskStatus::ALL.iter().map(|&status| of(status)).sum();
        self.completed = of(TaskStatus::Completed);
        self.failed = of(TaskStatus::Failed);
        self.cancelled = of(TaskStatus::Cancelled) + (self.task_count - there).max(0);
        self.has_begun |= self.task_count > of(TaskStatus::Pending);
    }
}

#[cfg(test)]
mod tests {
    use TaskStatus::{Cancelled, Completed, Failed, InProgress, Pending};
    use proptest::prelude::*;

    use super::*;
    use crate::tables::WorkflowExecutionId;

    /// A stage with the states of its tasks, of which those that were deleted have none.
    #[derive(Debug, Clone)]
    struct Planned {
        on_failure: Policy,
        retried: i32,
        depends_on: Vec<usize>,
        tasks: Vec<Option<TaskStatus>>,
    }

    impl Planned {
        fn statuses(&self) -> impl Iterator<Item = TaskStatus> {
            self.tasks.iter().map(|status| status.unwrap_or(Cancelled))
        }

        fn is(&self, wanted: fn(TaskStatus) -> bool) -> bool {
            self.statuses().all(wanted)
        }

        fn has_ended(&self) -> bool {
            self.is(is_end)
        }

        fn is_tolerated(&self) -> bool {
            let is_good = self.is(|status| status == Completed);
            is_good || (self.has_ended() && self.on_failure == Policy::Continue)
        }
    }

    fn is_end(status: TaskStatus) -> bool {
        matches!(status, Completed | Failed | Cancelled)
    }

    /// Says what follows from the states of the single tasks.
    fn expected_verdict(stages: &[Planned]) -> Verdict {
        let mut has_ended = true;
        for (index, stage) in stages.iter().enumerate() {
            let has_failure = stage.statuses().any(|s| matches!(s, Failed | Cancelled));
            let can_run_again = stage.retried < 1 && stage.is(|status| status != Cancelled);
            match (stage.has_ended(), stage.on_failure) {
                (true, _) if stage.is_tolerated() => {}
                (true, Policy::Retry) if can_run_again => return Verdict::RunAgain(index),
                (true, _) => return Verdict::Fail(index),
                (false, Policy::Fail) if has_failure => return Verdict::Fail(index),
                (false, _) => has_ended = false,
            }
        }
        if has_ended {
            Verdict::Complete
        } else {
            Verdict::GoOn
        }
    }

    fn expected_columns(stages: &[Planned]) -> Derived {
        let name = |index: usize| index.to_string();
        let of = |is: &dyn Fn(&Planned) -> bool| {
            let stages = stages.iter().enumerate().filter(|(_, stage)| is(stage));
            stages.map(|(index, _)| name(index)).collect()
        };
        let is_good = |stage: &Planned| stage.is(|status| status == Completed);
        let has_begun = |stage: &Planned| !stage.is(|status| status == Pending);
        let is_ready = |stage: &&Planned| {
            let waits = stage
                .depends_on
                .iter()
                .any(|&other| !stages[other].has_ended());
            !stage.has_ended() && !waits
        };
        let all = || stages.iter().flat_map(Planned::statuses);
        let ended = all().filter(|status| is_end(*status)).count();
        Derived {
            has_begun: stages.iter().any(has_begun),
            current: stages.iter().position(|stage| is_ready(&stage)).map(name),
            completed: of(&is_good),
            failed: of(&|stage| stage.has_ended() && !is_good(stage)),
            progress: i32::try_from(ended * 100 / all().count()).unwrap(),
        }
    }

    /// Makes the rows that the database has of these stages.
    fn rows(stages: &[Planned]) -> Stages {
        let row = |(index, planned): (usize, &Planned)| {
            let others = planned.depends_on.iter();
            let waits_for = others
                .filter(|&&other| !stages[other].is_tolerated())
                .count();
            let mut stage = WorkflowStage {
                workflow_execution_id: WorkflowExecutionId::new("a").unwrap(),
                stage: i32::try_from(index).unwrap(),
                name: index.to_string(),
                on_failure: planned.on_failure,
                retries: i32::from(planned.on_failure == Policy::Retry),
                retried: planned.retried,
                task_count: i32::try_from(planned.tasks.len()).unwrap(),
                has_begun: false,
                completed: 0,
                failed: 0,
                cancelled: 0,
                waits_for: i32::try_from(waits_for).unwrap(),
            };
            let count = |&status: &TaskStatus| {
                let found = planned.tasks.iter().filter(|task| **task == Some(status));
                (status, i64::try_from(found.count()).unwrap())
            };
            let counts: Vec<_> = TaskStatus::ALL.iter().map(count).collect();
            stage.take_counts(&counts);
            stage
        };
        Stages(stages.iter().enumerate().map(row).collect())
    }

    fn planned() -> impl Strategy<Value = Vec<Planned>> {
        let status = prop_oneof![
            6 => Just(Some(Completed)),
            12 => prop::sample::select(TaskStatus::ALL).prop_map(Some),
            1 => Just(None),
        ];
        let tasks = prop_oneof![
            prop::collection::vec(status, 1..4),
            prop::collection::vec(Just(Some(Completed)), 1..4),
            prop::collection::vec(Just(Some(Pending)), 1..4),
        ];
        let stage = (prop::sample::select(Policy::ALL), 0..2, tasks, any::<u8>());
        prop::collection::vec(stage, 1..6).prop_map(|stages| {
            let stages = stages.into_iter().enumerate();
            let stage = |(index, (on_failure, retried, tasks, mask))| Planned {
                on_failure,
                retried,
                depends_on: (0..index).filter(|other| mask >> other & 1 == 1).collect(),
                tasks,
            };
            stages.map(stage).collect()
        })
    }

    proptest! {
        #[test]
        fn the_rows_of_the_stages_say_what_the_states_of_the_tasks_say(planned in planned()) {
            let stages = rows(&planned);
            let verdict = expected_verdict(&planned);
            prop_assert_eq!(stages.verdict(), verdict);
            let (mut derived, expected) = (stages.derived(), expected_columns(&planned));
            if verdict != Verdict::GoOn {
                // A stage that failed is not passed: the next step decides what is current.
                derived.current.clone_from(&expected.current);
            }
            prop_assert_eq!(derived, expected);
        }
    }

    #[test]
    fn the_verdict_follows_from_the_policy_of_the_stage() {
        use Policy::{Continue, Fail, Retry};
        let after = |on_failure: Policy, tasks: [TaskStatus; 2]| {
            let stage = |on_failure, tasks: [TaskStatus; 2], depends_on| Planned {
                on_failure,
                retried: 0,
                depends_on,
                tasks: tasks.map(Some).to_vec(),
            };
            let first = stage(on_failure, tasks, vec![]);
            rows(&[first, stage(Fail, [Pending; 2], vec![0])]).verdict()
        };
        assert_eq!(after(Fail, [Pending; 2]), Verdict::GoOn);
        assert_eq!(after(Fail, [Completed; 2]), Verdict::GoOn);
        // The first failure decides, even while the other task is running.
        assert_eq!(after(Fail, [InProgress, Failed]), Verdict::Fail(0));
        assert_eq!(after(Fail, [Cancelled, Pending]), Verdict::Fail(0));
        assert_eq!(after(Continue, [Failed, Cancelled]), Verdict::GoOn);
        // A stage is retried once all its tasks have ended.
        assert_eq!(after(Retry, [InProgress, Failed]), Verdict::GoOn);
        assert_eq!(after(Retry, [Completed, Failed]), Verdict::RunAgain(0));
        assert_eq!(after(Retry, [Cancelled, Failed]), Verdict::Fail(0));
    }
}
