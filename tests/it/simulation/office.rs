//! The people: they put work into the queue, and interfere with it.

use std::time::Duration;

use orchestra_store::models::{AgentId, TaskId, WorkflowDefinitionId, WorkflowExecutionId};
use orchestra_store::services::agents;
use orchestra_store::services::tasks::{self, NewTask, QueueScope, Reason, TaskFilter};
use orchestra_store::services::workflows::{self, NewDefinition, Start};
use orchestra_store::types::{AgentStatus, FailurePolicy, TaskPriority};
use orchestra_store::{ErrorCode, Result, UnitOfWork};
use serde_json::{Value, json};

use super::ledger::Ledger;
use super::world::{ORPHAN, QUEUES, REPOSITORIES, World};

pub struct Office {
    agents: Vec<AgentId>,
    workflows: Vec<(WorkflowDefinitionId, usize)>,
    tasks: Vec<TaskId>,
    executions: Vec<WorkflowExecutionId>,
    paused: Vec<QueueScope>,
    in_error: Vec<AgentId>,
    /// How many tasks were put into the queue, those of workflows included.
    pub made: usize,
    pub interventions: usize,
}

impl Office {
    pub fn open(world: &World, agents: Vec<AgentId>) -> Self {
        let definitions = [
            ("Chain", chain(), 3),
            ("Diamond", diamond(), 4),
            ("Stubborn", stubborn(), 3),
        ];
        let publish = |(name, definition, tasks): (&str, Value, usize)| {
            let new = NewDefinition::new(name, definition);
            let published = world.test.store.write(|uow| workflows::publish(uow, &new));
            (published.unwrap().id, tasks)
        };
        Self {
            agents,
            workflows: definitions.into_iter().map(publish).collect(),
            tasks: Vec::new(),
            executions: Vec::new(),
            paused: Vec::new(),
            in_error: Vec::new(),
            made: 0,
            interventions: 0,
        }
    }

    pub fn executions(&self) -> usize {
        self.executions.len()
    }

    /// Puts tasks into the queue until there were so many.
    pub fn enqueue_up_to(&mut self, world: &mut World, count: usize) {
        while self.made < count {
            match world.random.number(0..10) {
                0 => self.start_workflow(world),
                1 => self.enqueue_batch(world),
                _ => self.enqueue_one(world),
            }
        }
    }

    fn enqueue_one(&mut self, world: &mut World) {
        let new = self.new_task(world);
        let task = world.test.enqueue(&new);
        self.tasks.push(task.id);
        self.made += 1;
    }

    fn new_task(&self, world: &mut World) -> NewTask {
        let now = world.now();
        let random = &mut world.random;
        let path = match random.happens(3) {
            true => ORPHAN,
            false => REPOSITORIES[random.index(REPOSITORIES.len())],
        };
        let mut new = NewTask::new("make", path);
        new.priority = TaskPriority::ALL[random.index(4)];
        new.max_retries = Some(random.number(0..4) as i32);
        if random.happens(300) {
            new.queue_name = random.choose(&QUEUES).map(ToString::to_string);
        }
        if random.happens(30) {
            new.agent_id = random.choose(&self.agents).cloned();
        }
        if random.happens(100) {
            new.available_at = Some(now + Duration::from_secs(random.number(0..12 * 3600)));
        }
        if random.happens(100) {
            let parent = random.recent(&self.tasks).cloned();
            new.depends_on.extend(parent.map(Into::into));
        }
        if random.happens(500) {
            new.on_dependency_failure = FailurePolicy::Cancel;
        }
        new
    }

    /// Some that wait for each other.
    fn enqueue_batch(&mut self, world: &mut World) {
        let len = world.random.number(2..7) as usize;
        let mut batch: Vec<NewTask> = (0..len).map(|_| self.new_task(world)).collect();
        for later in 1..len {
            let earlier = world.random.index(later);
            batch[later].depends_on.push(earlier.into());
        }
        let tasks = world
            .test
            .store
            .write(|uow| tasks::enqueue_many(uow, &batch));
        self.tasks
            .extend(tasks.unwrap().into_iter().map(|task| task.id));
        self.made += len;
    }

    fn start_workflow(&mut self, world: &mut World) {
        let random = &mut world.random;
        let (definition, tasks) = self.workflows[random.index(self.workflows.len())].clone();
        let start = Start {
            repository_path: REPOSITORIES[random.index(REPOSITORIES.len())].to_owned(),
            priority: TaskPriority::ALL[random.index(4)],
            ..Start::default()
        };
        let started = world
            .test
            .store
            .write(|uow| workflows::start(uow, &definition, &start));
        self.executions.push(started.unwrap().id);
        self.made += tasks;
    }

    /// Does what people do to work that is under way.
    pub fn interfere(&mut self, world: &mut World, ledger: &mut Ledger) {
        if world.random.happens(60) {
            self.pause_something(world);
        }
        if world.random.happens(100) {
            self.resume_something(world);
        }
        if world.random.happens(400) {
            self.touch_a_task(world, ledger);
        }
        if world.random.happens(300) {
            self.rewire_a_task(world);
        }
        if world.random.happens(400) {
            self.touch_an_execution(world);
        }
        if world.random.happens(100) {
            let redriven = world
                .test
                .store
                .write(|uow| tasks::redrive(uow, &TaskFilter::default(), 5));
            self.interventions += redriven.unwrap().len();
        }
        if world.random.happens(30) {
            self.put_an_agent_out_of_service(world);
        }
        if world.random.happens(200) {
            self.put_an_agent_back(world);
        }
    }

    fn pause_something(&mut self, world: &mut World) {
        let path = REPOSITORIES[world.random.index(REPOSITORIES.len())];
        let queue = QUEUES[world.random.index(QUEUES.len())];
        let scope = match world.random.number(0..3) {
            0 => QueueScope::repository(path),
            1 => QueueScope::queue(queue),
            _ => QueueScope {
                queue_name: Some(queue.to_owned()),
                repository_path: Some(path.to_owned()),
            },
        };
        let paused = world
            .test
            .store
            .write(|uow| tasks::pause(uow, &scope, Some("a drill")));
        let is_paused = self.paused.contains(&scope);
        assert_eq!(
            paused.err().map(|e| e.code()),
            is_paused.then_some(ErrorCode::AlreadyExists)
        );
        if !is_paused {
            self.paused.push(scope);
            self.interventions += 1;
        }
    }

    fn resume_something(&mut self, world: &mut World) {
        if !self.paused.is_empty() {
            let scope = self
                .paused
                .swap_remove(world.random.index(self.paused.len()));
            world
                .test
                .store
                .write(|uow| tasks::resume(uow, &scope))
                .unwrap();
        }
    }

    fn touch_a_task(&mut self, world: &mut World, ledger: &mut Ledger) {
        let Some(id) = world.random.recent(&self.tasks).cloned() else {
            return;
        };
        let agent = world.random.choose(&self.agents).cloned();
        let agent = agent.filter(|_| world.random.happens(500));
        let is_cancelled = world.random.happens(500);
        let touched = world.test.store.write(|uow| match is_cancelled {
            true => tasks::cancel(uow, &id, Some("no longer wanted")),
            false => tasks::reassign(uow, &id, agent.as_ref()),
        });
        let is_done = self.unless_refused(touched);
        if is_done && !is_cancelled {
            ledger.taken_away(&id);
        }
    }

    /// Lets a task wait for another one, or no longer wait for one that it waits for.
    fn rewire_a_task(&mut self, world: &mut World) {
        let recent = |world: &mut World| world.random.recent(&self.tasks).cloned();
        let (Some(id), Some(other)) = (recent(world), recent(world)) else {
            return;
        };
        let is_freed = world.random.happens(300);
        let rewired = world.test.store.write(|uow| match is_freed {
            true => {
                let waits_for = tasks::explain(uow, &id)?.reasons.into_iter();
                let mut waits_for = waits_for.filter_map(|reason| match reason {
                    Reason::WaitsFor { task_id, .. } | Reason::BlockedBy { task_id, .. } => {
                        Some(task_id)
                    }
                    _ => None,
                });
                let parent = waits_for.next().unwrap_or(other);
                tasks::remove_dependency(uow, &id, &parent)
            }
            false => tasks::add_dependency(uow, &id, &other, FailurePolicy::Cancel),
        });
        self.unless_refused(rewired);
    }

    fn touch_an_execution(&mut self, world: &mut World) {
        let Some(id) = world.random.recent(&self.executions).cloned() else {
            return;
        };
        let choice = world.random.number(0..10);
        let touched = world.test.store.write(|uow| match choice {
            0..3 => workflows::pause(uow, &id),
            3..7 => workflows::resume(uow, &id),
            7 => workflows::cancel(uow, &id, None),
            _ => workflows::retry(uow, &id, None),
        });
        self.unless_refused(touched);
    }

    /// What was asked for may have become impossible meanwhile.
    fn unless_refused<T>(&mut self, outcome: Result<T>) -> bool {
        use ErrorCode::{AlreadyExists, Conflict, InvalidArgument, InvalidTransition, NotFound};
        match outcome {
            Ok(_) => self.interventions += 1,
            Err(e) => {
                let refusals = [
                    AlreadyExists,
                    Conflict,
                    InvalidArgument,
                    InvalidTransition,
                    NotFound,
                ];
                assert!(refusals.contains(&e.code()), "{e}");
                return false;
            }
        }
        true
    }

    fn put_an_agent_out_of_service(&mut self, world: &mut World) {
        if let Some(id) = world.random.choose(&self.agents).cloned() {
            self.set_status(world, &id, AgentStatus::Error);
            self.in_error.push(id);
        }
    }

    fn put_an_agent_back(&mut self, world: &World) {
        if let Some(id) = self.in_error.pop() {
            self.set_status(world, &id, AgentStatus::Idle);
        }
    }

    fn set_status(&self, world: &World, id: &AgentId, status: AgentStatus) {
        let set = |uow: &mut UnitOfWork<'_>| agents::set_status(uow, id, status, None);
        world.test.store.write(set).unwrap();
    }

    /// Takes back all that keeps work from being done.
    pub fn let_all_go_on(&mut self, world: &World) {
        for scope in self.paused.drain(..) {
            world
                .test
                .store
                .write(|uow| tasks::resume(uow, &scope))
                .unwrap();
        }
        while !self.in_error.is_empty() {
            self.put_an_agent_back(world);
        }
        for id in self.executions.clone() {
            let resumed = world.test.store.write(|uow| workflows::resume(uow, &id));
            self.unless_refused(resumed);
        }
    }
}

fn stage(name: &str, depends_on: Option<&[&str]>, on_failure: &str, tasks: usize) -> Value {
    let tasks = vec![json!({"command": format!("make {name}"), "retries": 1}); tasks];
    let mut stage = json!({"name": name, "onFailure": on_failure, "tasks": tasks});
    if let Some(stages) = depends_on {
        stage["dependsOn"] = json!(stages);
    }
    stage
}

fn chain() -> Value {
    json!({"stages": [
        stage("fetch", None, "fail", 1),
        stage("build", None, "fail", 1),
        stage("test", None, "fail", 1),
    ]})
}

fn diamond() -> Value {
    json!({"stages": [
        stage("fetch", None, "retry", 1),
        stage("lint", Some(&["fetch"]), "continue", 1),
        stage("build", Some(&["fetch"]), "fail", 1),
        stage("publish", Some(&["lint", "build"]), "fail", 1),
    ]})
}

fn stubborn() -> Value {
    json!({"stages": [stage("build", None, "retry", 2), stage("test", None, "retry", 1)]})
}
