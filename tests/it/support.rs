//! What many tests need: a store on a file of its own, with a clock and ids that repeat.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use orchestra_store::models::{Agent, AgentId, Task, TaskId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, LeaseToken, NewTask};
use orchestra_store::{ManualClock, SequentialIds, Store, StoreConfig};
use tempfile::TempDir;

/// The repository that most tests work in.
pub const REPOSITORY: &str = "/srv/git/search";

/// A store on a file of its own, which is removed at the end.
pub struct TestStore {
    pub store: Store,
    pub clock: Arc<ManualClock>,
    directory: TempDir,
}

impl TestStore {
    /// A new database whose clock stands at 2026-01-01.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with another configuration.
    pub fn with(change: impl FnOnce(&mut StoreConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-01-01".parse().unwrap()));
        let mut config = StoreConfig::new(directory.path().join("orchestra.db"));
        config.clock = Arc::clone(&clock) as _;
        config.ids = Arc::new(SequentialIds::new("id"));
        change(&mut config);
        Self {
            store: Store::open(config).unwrap(),
            clock,
            directory,
        }
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("orchestra.db")
    }

    pub fn advance_seconds(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Registers an agent of [`REPOSITORY`] with room for this many tasks.
    pub fn agent(&self, id: &str, capacity: i32) -> AgentId {
        let mut new = NewAgent::new(format!("Agent {id}"), "claude-code", REPOSITORY);
        new.id = Some(AgentId::new(id).unwrap());
        new.max_concurrent_tasks = capacity;
        self.store
            .write(|uow| agents::register(uow, &new))
            .unwrap()
            .id
    }

    /// Enqueues a task for [`REPOSITORY`].
    pub fn task(&self, command: &str) -> TaskId {
        self.enqueue(&NewTask::new(command, REPOSITORY)).id
    }

    pub fn enqueue(&self, new: &NewTask) -> Task {
        self.store.write(|uow| tasks::enqueue(uow, new)).unwrap()
    }

    pub fn claim(&self, agent: &AgentId, limit: u32) -> Vec<Task> {
        let claim = tasks::Claim::agent(agent).up_to(limit);
        self.store.write(|uow| tasks::claim(uow, &claim)).unwrap()
    }

    pub fn get_task(&self, id: &TaskId) -> Task {
        self.store.read(|reader| tasks::get(reader, id)).unwrap()
    }

    pub fn get_agent(&self, id: &AgentId) -> Agent {
        self.store.read(|reader| agents::get(reader, id)).unwrap()
    }
}

/// The token of a claimed task.
pub fn token_of(task: &Task) -> LeaseToken {
    task.lease_token.clone().unwrap()
}
