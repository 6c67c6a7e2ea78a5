//! Random workflows against a plain model of them: a stage never runs before those that it depends
//! on have ended, the execution ends as the model says, and a crash at any point changes nothing.

use std::collections::BTreeSet;

use orchestra_store::models::{Task, WorkflowExecutionId};
use orchestra_store::services::tasks;
use orchestra_store::services::workflows::StageState;
use orchestra_store::types::{TaskStatus, WorkflowExecutionStatus};
use orchestra_store::{Durability, StoreConfig};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::flow::{End, Flow};
use crate::support::scaled;

/// A stage as it is generated. It depends on stages before it in the list, which is shuffled.
#[derive(Debug, Clone)]
struct StagePlan {
    depends_on: Vec<usize>,
    on_failure: &'static str,
    /// How each run of each task ends; beyond the list, well.
    runs: Vec<Vec<bool>>,
}

fn stage(index: usize) -> impl Strategy<Value = StagePlan> {
    let depends_on = proptest::sample::subsequence(Vec::from_iter(0..index), 0..=index.min(3));
    let on_failure = prop_oneof![Just("fail"), Just("continue"), Just("retry")];
    let run = prop_oneof![4 => Just(true), 1 => Just(false)];
    let runs = proptest::collection::vec(proptest::collection::vec(run, 3), 1..=3);
    (depends_on, on_failure, runs).prop_map(|(depends_on, on_failure, runs)| StagePlan {
        depends_on,
        on_failure,
        runs,
    })
}

fn workflow() -> impl Strategy<Value = (Vec<StagePlan>, Vec<usize>)> {
    (1..=6_usize).prop_flat_map(|count| {
        let stages: Vec<_> = (0..count).map(stage).collect();
        let order = Just(Vec::from_iter(0..count)).prop_shuffle();
        (stages, order)
    })
}

fn definition(stages: &[StagePlan], order: &[usize]) -> Value {
    let stage = |&index: &usize| {
        let stage = &stages[index];
        let tasks = 0..stage.runs.len();
        let names = stage.depends_on.iter().map(|other| format!("s{other}"));
        json!({
            "name": format!("s{index}"),
            "dependsOn": names.collect::<Vec<_>>(),
            "onFailure": stage.on_failure,
            "tasks": tasks.map(|task| json!({"command": format!("{index} {task}"), "retries": 10})).collect::<Vec<_>>(),
        })
    };
    json!({"stages": order.iter().map(stage).collect::<Vec<_>>()})
}

/// What the workflow is expected to do, told from the outside: which runs of which tasks were seen.
struct Model<'a> {
    stages: &'a [StagePlan],
    /// How often each task was run, and how its last run ended.
    runs: Vec<Vec<(usize, Option<bool>)>>,
    /// How often the failed tasks of a stage were begun anew.
    rounds: Vec<usize>,
    failed: bool,
}

impl<'a> Model<'a> {
    fn new(stages: &'a [StagePlan]) -> Self {
        let runs = stages.iter().map(|stage| vec![(0, None); stage.runs.len()]);
        Self {
            stages,
            runs: runs.collect(),
            rounds: vec![0; stages.len()],
            failed: false,
        }
    }

    fn has_ended(&self, stage: usize) -> bool {
        self.runs[stage].iter().all(|(_, end)| end.is_some())
    }

    /// The tasks that can be claimed now, but for those that are running.
    fn claimable(&self, running: &BTreeSet<(usize, usize)>) -> BTreeSet<(usize, usize)> {
        let mut found = BTreeSet::new();
        if self.failed {
            return found;
        }
        for (index, stage) in self.stages.iter().enumerate() {
            // A failed stage that may fail lets go of what depends on it task by task.
            let is_let_go = |&other: &usize| {
                self.runs[other].iter().all(|(_, end)| match end {
                    Some(true) => true,
                    Some(false) => self.stages[other].on_failure == "continue",
                    None => false,
                })
            };
            if !stage.depends_on.iter().all(is_let_go) {
                continue;
            }
            for (task, (_, end)) in self.runs[index].iter().enumerate() {
                if end.is_none() && !running.contains(&(index, task)) {
                    found.insert((index, task));
                }
            }
        }
        found
    }

    fn next_run(&self, (stage, task): (usize, usize)) -> bool {
        let (number, _) = self.runs[stage][task];
        self.stages[stage].runs[task]
            .get(number)
            .copied()
            .unwrap_or(true)
    }

    fn ended(&mut self, (stage, task): (usize, usize), is_good: bool) {
        let (number, _) = self.runs[stage][task];
        self.runs[stage][task] = (number + 1, Some(is_good));
        let is_failed = self.runs[stage].iter().any(|(_, end)| *end == Some(false));
        match self.stages[stage].on_failure {
            "fail" if is_failed => self.failed = true,
            "retry" if is_failed && self.has_ended(stage) => {
                if self.rounds[stage] == 1 {
                    self.failed = true;
                    return;
                }
                self.rounds[stage] = 1;
                for (_, end) in &mut self.runs[stage] {
                    if *end == Some(false) {
                        *end = None;
                    }
                }
            }
            _ => {}
        }
    }

    fn status(&self) -> Option<WorkflowExecutionStatus> {
        if self.failed {
            return Some(WorkflowExecutionStatus::Failed);
        }
        let has_ended = (0..self.stages.len()).all(|stage| self.has_ended(stage));
        has_ended.then_some(WorkflowExecutionStatus::Completed)
    }
}

/// Which task of the model this is.
fn key(task: &Task) -> (usize, usize) {
    let (stage, number) = task.command.split_once(' ').unwrap();
    (stage.parse().unwrap(), number.parse().unwrap())
}

/// What is done between two steps.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// Nothing out of the ordinary.
    None,
    /// Workers die with their tasks; their leases are rescued.
    LoseLeases,
    /// A pause and its end.
    Pause,
    /// The transaction that ends a task is rolled back.
    RollBack,
    /// Somebody asks for a recovery.
    Recover,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::None),
        1 => Just(Event::LoseLeases),
        1 => Just(Event::Pause),
        1 => Just(Event::RollBack),
        1 => Just(Event::Recover),
    ]
}

struct Run<'a> {
    flow: Flow,
    id: WorkflowExecutionId,
    model: Model<'a>,
    running: Vec<Task>,
    /// How often leases were lost: a task is rescued ten times.
    losses: usize,
}

impl<'a> Run<'a> {
    fn new(stages: &'a [StagePlan], order: &[usize]) -> Self {
        let new = orchestra_store::services::workflows::NewDefinition::new(
            "Flow",
            definition(stages, order),
        );
        let fast = |config: &mut StoreConfig| config.durability = Durability::Normal;
        let flow = Flow::publish_in(&new, fast);
        let id = flow.start().id;
        Self {
            flow,
            id,
            model: Model::new(stages),
            running: Vec::new(),
            losses: 0,
        }
    }

    /// Claims and starts all that can be, which is what the model says.
    fn claim(&mut self) {
        let running = self.running.iter().map(key).collect();
        let claimed = self.flow.claim();
        let keys: BTreeSet<_> = claimed.iter().map(key).collect();
        assert_eq!(keys, self.model.claimable(&running));
        for task in claimed {
            let token = task.lease_token.as_ref();
            let started = self
                .flow
                .test
                .store
                .write(|uow| tasks::start(uow, &task.id, token));
            self.running.push(started.unwrap());
        }
    }

    /// Ends one of the running tasks.
    fn end_one(&mut self, choice: usize) {
        let task = self.running.remove(choice % self.running.len());
        let is_good = self.model.next_run(key(&task));
        let end = if is_good { End::Good } else { End::Lost };
        self.flow.end(&task, end);
        self.model.ended(key(&task), is_good);
        if self.model.failed {
            // The others were asked to stop.
            for task in std::mem::take(&mut self.running) {
                self.flow.end(&task, End::Lost);
                assert_eq!(
                    self.flow.test.get_task(&task.id).status,
                    TaskStatus::Cancelled
                );
            }
        }
    }

    fn disturb(&mut self, event: Event) {
        match event {
            Event::None => {}
            Event::LoseLeases if self.losses == 10 => {}
            Event::LoseLeases => {
                self.losses += 1;
                self.flow.test.advance_seconds(24 * 3600);
                let rescued = self
                    .flow
                    .test
                    .store
                    .write(|uow| tasks::rescue_expired(uow, 1000));
                assert_eq!(rescued.unwrap().requeued.len(), self.running.len());
                self.running.clear();
                // The longest backoff.
                self.flow.test.advance_seconds(600);
            }
            Event::Pause => {
                self.flow.pause(&self.id).unwrap();
                assert_eq!(self.flow.waiting(), Vec::<String>::new());
                self.flow.resume(&self.id).unwrap();
            }
            Event::RollBack => {
                let Some(task) = self.running.first() else {
                    return;
                };
                let before = self.flow.get(&self.id);
                let undone = self.flow.test.store.write(|uow| {
                    tasks::complete(uow, &task.id, task.lease_token.as_ref(), None)?;
                    Err::<(), _>(orchestra_store::Error::invalid("test", "undo"))
                });
                undone.unwrap_err();
                assert_eq!(self.flow.get(&self.id), before);
            }
            Event::Recover => assert_eq!(self.flow.recover(), []),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: scaled(12, 400),
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_workflow_ends_as_a_plain_model_says(
        (stages, order) in workflow(),
        steps in proptest::collection::vec((any::<usize>(), event()), 60),
    ) {
        let mut run = Run::new(&stages, &order);
        for (choice, event) in steps {
            run.claim();
            if run.model.status().is_some() {
                break;
            }
            run.disturb(event);
            if !run.running.is_empty() {
                run.end_one(choice);
            }
        }
        // Events that take tasks away may have used up the steps.
        while run.model.status().is_none() {
            run.claim();
            run.end_one(0);
        }
        let execution = run.flow.get(&run.id);
        prop_assert_eq!(Some(execution.status), run.model.status());
        if execution.status == WorkflowExecutionStatus::Completed {
            for (name, state) in run.flow.stages(&run.id) {
                let stage: usize = name[1..].parse().unwrap();
                let is_good = run.model.runs[stage].iter().all(|(_, end)| *end == Some(true));
                let expected = if is_good { StageState::Completed } else { StageState::Failed };
                prop_assert_eq!(state, expected);
            }
        }
        let definition = run.flow.definition();
        let ends = definition.success_count + definition.failure_count;
        prop_assert_eq!((definition.execution_count, ends), (1, 1));
        prop_assert_eq!(run.flow.waiting(), Vec::<String>::new());
    }

    /// The columns of an execution are what its tasks say, whatever was in them before.
    #[test]
    fn an_execution_is_rebuilt_from_its_tasks(
        (stages, order) in workflow(),
        choices in proptest::collection::vec(any::<usize>(), 0..12),
    ) {
        use diesel::connection::SimpleConnection as _;
        let mut run = Run::new(&stages, &order);
        for choice in choices {
            run.claim();
            if run.model.status().is_some() {
                break;
            }
            run.end_one(choice);
        }
        let before = run.flow.get(&run.id);
        if run.model.status().is_none() {
            let forget = "UPDATE WorkflowExecutions SET Status = 0, CurrentStage = 'x',
                CompletedStages = NULL, FailedStages = '[\"x\"]', ProgressPercentage = 7";
            let forgotten = run.flow.test.store.write(|uow| {
                Ok(uow.connection().batch_execute(forget)?)
            });
            forgotten.unwrap();
            run.flow.recover();
        }
        let mut after = run.flow.get(&run.id);
        after.row_version = before.row_version;
        after.updated_at = before.updated_at;
        after.last_progress_update = before.last_progress_update;
        prop_assert_eq!(after, before);
    }
}
