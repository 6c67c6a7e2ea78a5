//! The kernel, called from Rust.

use std::path::Path;

use orchestra_store::models::{AgentId, Task};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, NewTask};
use orchestra_store::{Durability, Store, StoreConfig};

use super::workers::{Worker, count, work_off};
use super::{Done, RESULT, Run, Side, command};
use crate::dataset;
use crate::queues::OURS;

/// The most workers.
const AGENTS: usize = 8;

/// How the kernel is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// Agents claim, with audit, events and statistics.
    Agents,
    /// Workers that aren't agents claim, with audit, events and statistics.
    Workers,
    /// Agents claim, without audit.
    Unaudited,
    /// Agents claim, without audit and events.
    Untraced,
}

impl Variant {
    /// Those whose speed is compared.
    pub(crate) const ALL: [Self; 3] = [Self::Agents, Self::Workers, Self::Untraced];
}

/// The kernel in one of its variants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernel(pub(crate) Variant);

impl Kernel {
    /// Opens a file in this variant.
    pub(crate) fn open(self, path: &Path, change: impl FnOnce(&mut StoreConfig)) -> Store {
        let mut config = StoreConfig::new(path);
        config.audit = !matches!(self.0, Variant::Unaudited | Variant::Untraced);
        config.change_events = self.0 != Variant::Untraced;
        change(&mut config);
        Store::open(config).unwrap()
    }

    /// What the worker of this number asks for.
    pub(crate) fn claim(self, worker: usize) -> Claim {
        match self.0 {
            Variant::Workers => Claim::repository(dataset::path(0), format!("worker {worker}")),
            _ => Claim::agent(&agent(worker)),
        }
    }
}

impl Side for Kernel {
    fn name(&self) -> &'static str {
        match self.0 {
            Variant::Agents => OURS,
            Variant::Workers => "workers",
            Variant::Unaudited => "audit off",
            Variant::Untraced => "audit and events off",
        }
    }

    fn fill(&self, path: &Path, tasks: u64) {
        let store = self.open(path, |config| config.durability = Durability::Normal);
        fill(&store, tasks);
        store.close().unwrap();
    }

    fn run(&self, path: &Path, run: Run) -> Done {
        let durability = run.conditions.durability;
        let store = self.open(path, |config| config.durability = durability);
        let (completed, elapsed) = work_off(run, |worker| {
            work(&store, &self.claim(worker.number), worker);
        });
        store.close().unwrap();
        drop(store);
        done(path, completed, elapsed)
    }
}

/// The id of the agent that is the worker of this number.
pub(super) fn agent(worker: usize) -> AgentId {
    AgentId::new(format!("agent-{worker:02}")).unwrap()
}

/// Adds agents that work in one repository, and tasks for them.
pub(super) fn fill(store: &Store, tasks: u64) {
    let registered = store.write(|uow| {
        for worker in 0..AGENTS {
            let mut new = NewAgent::new(format!("Agent {worker}"), "claude-code", dataset::path(0));
            new.id = Some(agent(worker));
            agents::register(uow, &new)?;
        }
        Ok(())
    });
    registered.unwrap();
    let new: Vec<NewTask> = (0..tasks)
        .map(|number| NewTask::new(command(number), dataset::path(0)))
        .collect();
    // As many as one call takes.
    for some in new.chunks(10_000) {
        let added = store.write(|uow| tasks::enqueue_many(uow, some));
        assert_eq!(added.unwrap().len(), some.len());
    }
}

/// What a run did, in comparison with what the file says.
pub(super) fn done(path: &Path, completed: u64, elapsed: std::time::Duration) -> Done {
    let of_status = |status| {
        count(
            path,
            &format!("SELECT count(*) FROM Tasks WHERE Status = {status}"),
        )
    };
    assert_eq!(of_status(3), completed);
    Done {
        completed,
        waiting: of_status(0),
        elapsed,
    }
}

/// The loop of a worker.
fn work(store: &Store, claim: &Claim, worker: &mut Worker) {
    let mut next = claim_and_start(store, claim);
    while let Some(task) = next.pop() {
        worker.completed(task.id.to_string());
        if !worker.has_time() {
            complete(store, task);
            return;
        }
        next = complete_and_claim(store, task, claim);
    }
}

/// Takes the first task.
pub(crate) fn claim_and_start(store: &Store, claim: &Claim) -> Vec<Task> {
    let claim = claim.clone();
    let claimed = store.write_owned(move |uow| tasks::claim_and_start(uow, &claim));
    claimed.unwrap()
}

/// Ends a task and takes the next one.
pub(crate) fn complete_and_claim(store: &Store, task: Task, claim: &Claim) -> Vec<Task> {
    let claim = claim.clone();
    let turn = store.write_owned(move |uow| {
        let (id, token) = (&task.id, task.lease_token.as_ref());
        tasks::complete_and_claim(uow, id, token, Some(RESULT), &claim)
    });
    turn.unwrap().claimed
}

fn complete(store: &Store, task: Task) {
    let completed = store.write_owned(move |uow| {
        tasks::complete(uow, &task.id, task.lease_token.as_ref(), Some(RESULT))
    });
    completed.unwrap();
}
