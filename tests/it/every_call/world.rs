//! A database in use, from whose rows the calls draw their arguments: mostly fitting ones.

use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::models::{Agent, AgentId, LeaseToken, Task, TaskId};
use orchestra_store::query::Specification;
use orchestra_store::registry;
use orchestra_store::schema::{agents as agent_columns, tasks as task_columns};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask};
use orchestra_store::types::{AgentStatus, Id, TaskStatus, Timestamp};
use orchestra_store::{
    Clock as _, Durability, EncryptionKey, Entity, Result, StaticKeys, Store, UnitOfWork,
    UserContext,
};
use serde_json::{Value, json};

use super::model::{Effect, Model, Snapshot};
use crate::random::Random;
use crate::support::TestStore;

/// Users who call; what a user owns is seen by that user alone.
const USERS: [&str; 3] = ["ann", "bert", "system"];
/// Queues of the tasks.
pub const QUEUES: [&str; 2] = ["slow", "fast"];
/// Paths of the repositories that are there from the beginning.
pub const PATHS: [&str; 3] = ["/srv/git/a", "/srv/git/b", "/srv/git/c"];
/// Ids that no row has.
const NOBODY: &str = "nobody";
/// In so many cases of a thousand, an argument doesn't fit.
const SLIPS: u64 = 60;

pub struct World {
    pub test: TestStore,
    pub random: Random,
    pub model: Model,
    pub effect: Effect,
    /// The table of the call, if it is one of any entity.
    pub table: Option<&'static str>,
    user: Store,
    made: usize,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let keys = StaticKeys::new("k1", EncryptionKey::new([1; 32]));
        let test = TestStore::with(|config| {
            config.durability = Durability::Normal;
            config.keys = Some(std::sync::Arc::new(keys));
        });
        let mut world = Self {
            user: test.store.clone(),
            test,
            random: Random::new(seed),
            model: Model::default(),
            effect: Effect::default(),
            table: None,
            made: 0,
        };
        for path in PATHS {
            world.new_agent(path);
            world.new_task(path);
        }
        world.follow("the beginning");
        world
    }

    /// Chooses the user of the next call, and may let time pass before.
    pub fn begin_step(&mut self) {
        self.table = None;
        if self.random.happens(150) {
            self.advance();
        }
        let user = *self.random.choose(&USERS).unwrap();
        self.user = self.test.store.context(UserContext::user(user));
    }

    pub fn write<T>(&self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> Result<T> {
        self.user.write(work)
    }

    /// Holds what the calls since the last time have answered against the database.
    pub fn follow(&mut self, what: &str) {
        let snapshot = self.test.store.read(Snapshot::take).unwrap();
        let effect = std::mem::take(&mut self.effect);
        self.model.follow(what, &effect, &snapshot);
    }

    pub fn now(&self) -> Timestamp {
        self.test.clock.now()
    }

    /// Whether this argument is to be one that doesn't fit.
    pub fn slips(&mut self) -> bool {
        self.random.happens(SLIPS)
    }

    pub fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    pub fn name(&mut self, of: &str) -> String {
        format!("{of} {}", self.number())
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        self.random.choose(of).unwrap().clone()
    }

    pub fn path(&mut self) -> String {
        self.pick(&PATHS).to_owned()
    }

    /// A row that the user sees and that fulfils the conditions, if there is one.
    pub fn draw<E: Entity>(&mut self, which: &Specification<E>) -> Option<E> {
        let rows = self.user.read(|reader| data::list(reader, which)).unwrap();
        self.random.choose(&rows).cloned()
    }

    /// The id of a row that fulfils a condition in JSON, if there is one.
    pub fn draw_id(&mut self, table: &str, condition: &Value) -> Option<String> {
        let query = json!({"where": condition, "limit": 200});
        let entity = registry::by_name(table).unwrap();
        let answer = self.user.read(|r| entity.query(r, &query)).unwrap();
        let row = self.random.choose(answer["Items"].as_array().unwrap());
        row.map(|row| row["Id"].as_str().unwrap().to_owned())
    }

    /// The id, or in some cases that of no row.
    pub fn id<E>(&mut self, id: &Id<E>) -> Id<E> {
        if self.slips() {
            return Id::new(NOBODY).unwrap();
        }
        id.clone()
    }

    /// The token of the task's lease if it has one, or in some cases another one.
    pub fn token(&mut self, task: &Task) -> Option<LeaseToken> {
        if self.slips() {
            return Some(LeaseToken::new("nobody's").unwrap());
        }
        task.lease_token.clone()
    }

    pub fn new_agent(&mut self, path: &str) -> Agent {
        let mut new = NewAgent::new("Ada", "claude-code", path);
        new.id = Some(AgentId::new(self.name("agent")).unwrap());
        new.max_concurrent_tasks = 10;
        let agent = self.write(|uow| agents::register(uow, &new)).unwrap();
        self.effect.works(&agent.id);
        agent
    }

    pub fn new_task(&mut self, path: &str) -> Task {
        let task = self.write(|uow| tasks::enqueue(uow, &NewTask::new("ls", path)));
        let task = task.unwrap();
        self.effect.shows(&task);
        task
    }

    /// An agent that is at work, hears of tasks, and holds few.
    pub fn agent(&mut self) -> Agent {
        let at_work = [AgentStatus::Idle, AgentStatus::Busy];
        let which = Specification::new().filter(agent_columns::status.eq_any(at_work));
        let path = self.path();
        self.draw(&which).unwrap_or_else(|| self.new_agent(&path))
    }

    /// An agent that holds nothing, and that no task waits for.
    pub fn free_agent(&mut self) -> Agent {
        let path = self.path();
        self.new_agent(&path)
    }

    /// A task in one of these states, of no workflow: one of those that are there, or a new one.
    pub fn task(&mut self, states: &[TaskStatus]) -> Task {
        let which = Specification::new()
            .filter(task_columns::status.eq_any(states.to_vec()))
            .filter(task_columns::workflow_execution_id.is_null());
        if self.random.happens(700)
            && let Some(task) = self.draw(&which)
        {
            return task;
        }
        let state = self.pick(states);
        self.task_in(state)
    }

    /// A new task that is in this state.
    pub fn task_in(&mut self, state: TaskStatus) -> Task {
        if state == TaskStatus::Assigned {
            return self.leased_task(false);
        }
        let path = format!("/srv/git/new/{}", self.random.number(0..8));
        let task = self.new_task(&path);
        let (id, message) = (task.id.clone(), "no".to_owned());
        let failure = Failure {
            message,
            permanent: true,
        };
        let steps = |uow: &mut UnitOfWork<'_>| match state {
            TaskStatus::Pending | TaskStatus::Assigned => Ok(task),
            TaskStatus::Cancelled => tasks::cancel(uow, &id, None),
            TaskStatus::InProgress => tasks::start(uow, &id, None),
            TaskStatus::Completed => {
                tasks::start(uow, &id, None)?;
                tasks::complete(uow, &id, None, None)
            }
            TaskStatus::Failed => {
                tasks::start(uow, &id, None)?;
                tasks::fail(uow, &id, None, &failure)
            }
        };
        let task = self.write(steps).unwrap();
        self.effect.shows(&task);
        task
    }

    /// A task that a worker has leased, and started if that is asked for.
    pub fn leased_task(&mut self, started: bool) -> Task {
        let which = Specification::<Task>::new()
            .filter(task_columns::lease_token.is_not_null())
            .filter(task_columns::status.eq(if started {
                TaskStatus::InProgress
            } else {
                TaskStatus::Assigned
            }))
            .filter(task_columns::workflow_execution_id.is_null());
        if self.random.happens(700)
            && let Some(task) = self.draw(&which)
        {
            return task;
        }
        let path = self.name("/srv/git/alone");
        self.new_task(&path);
        let claim = Claim::repository(&path, "worker");
        let claimed = self.write(|uow| {
            let task = tasks::claim(uow, &claim)?.remove(0);
            match started {
                true => tasks::start(uow, &task.id, task.lease_token.as_ref()),
                false => Ok(task),
            }
        });
        let task = claimed.unwrap();
        self.effect.shows(&task);
        task
    }

    /// The task and those that are parts of it, directly or not.
    pub fn with_parts(&mut self, whole: &TaskId) -> Vec<TaskId> {
        let mut tree = vec![whole.clone()];
        let mut next = 0;
        while let Some(id) = tree.get(next).cloned() {
            let parts = Specification::<Task>::new().filter(task_columns::parent_task_id.eq(id));
            let parts = self.user.read(|reader| data::list(reader, &parts)).unwrap();
            let new = parts.into_iter().map(|part| part.id);
            let new: Vec<_> = new.filter(|part| !tree.contains(part)).collect();
            tree.extend(new);
            next += 1;
        }
        tree
    }

    /// Lets time pass, with the upkeep that a host runs meanwhile.
    fn advance(&mut self) {
        let seconds = self.random.number(0..90);
        self.test.clock.advance(Duration::from_secs(seconds));
        let rescue = self
            .test
            .store
            .write(|uow| tasks::rescue_expired(uow, 1000));
        self.effect.rescues(&rescue.unwrap());
    }
}

/// An id of this text.
pub fn id<E>(text: impl Into<String>) -> Id<E> {
    Id::new(text).unwrap()
}
