//! The people: they put work into the queue.

use std::time::Duration;

use orchestra_store::models::{AgentId, TaskId, WorkflowDefinitionId, WorkflowExecutionId};
use orchestra_store::services::tasks::{self, NewTask, QueueScope};
use orchestra_store::services::workflows::{self, NewDefinition, Start};
use orchestra_store::types::{FailurePolicy, TaskPriority};
use serde_json::Value;

use super::definitions::{chain, diamond, stubborn};
use super::world::{ORPHAN, QUEUES, REPOSITORIES, World};

pub struct Office {
    pub(super) agents: Vec<AgentId>,
    workflows: Vec<(WorkflowDefinitionId, usize)>,
    pub(super) tasks: Vec<TaskId>,
    pub(super) executions: Vec<WorkflowExecutionId>,
    pub(super) paused: Vec<QueueScope>,
    pub(super) in_error: Vec<AgentId>,
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
        for (place, task) in batch.iter_mut().enumerate().skip(1) {
            let earlier = world.random.index(place);
            task.depends_on.push(earlier.into());
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
}
