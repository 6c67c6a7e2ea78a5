//! What a worker does with a task.

use orchestra_store::models::{AgentId, LeaseToken, Task};
use orchestra_store::services::tasks::{self, Claim, NewTask, TaskProgress};
use orchestra_store::{Durability, Store};

use crate::dataset;
use crate::harness::{Bench, Case, timed};
use crate::raw::{Queue, Role, Worker};
use crate::sides::Sides;

const RUN_NORMAL: Case = Case::new("claim + start + complete, NORMAL").at_least(0.75);
const RUN_FULL: Case = Case::new("claim + start + complete, FULL").at_least(0.75);
const PROGRESS: Case = Case::new("update progress");

pub(super) fn run(bench: &mut Bench) {
    progress(bench);
    claim_and_complete(bench, RUN_NORMAL, Durability::Normal);
    claim_and_complete(bench, RUN_FULL, Durability::Full);
}

/// As many tasks of the first agent's repository.
fn backlog(count: u32) -> Vec<NewTask> {
    (0..count).map(|_| dataset::new_task(0)).collect()
}

/// The kernel's way from the queue to the end of a task.
pub(crate) fn run_one(store: &Store, agent: &AgentId) {
    let claimed = store.write(|uow| tasks::claim(uow, &Claim::agent(agent)));
    for task in claimed.unwrap() {
        let token = task.lease_token.as_ref();
        let started = store.write(|uow| tasks::start(uow, &task.id, token));
        let result = Some("all tests passed");
        let ended = store.write(|uow| tasks::complete(uow, &task.id, token, result));
        assert_eq!(started.unwrap().id, ended.unwrap().id);
    }
}

/// The same by hand.
pub(super) fn run_one_by_hand(worker: &mut Worker, agent: &AgentId) {
    for task in worker.claim(agent, 1) {
        let token = task.lease_token.as_ref().unwrap();
        worker.start(&task.id, token);
        worker.complete(&task.id, token, "all tests passed");
    }
}

/// Each of the three calls is a commit of its own. The tasks are enqueued outside of the time.
fn claim_and_complete(bench: &mut Bench, case: Case, durability: Durability) {
    if !bench.wants(&[case]) {
        return;
    }
    let sides = Sides::with_tasks(0);
    let store = sides.store(durability);
    let connection = sides.raw(Role::Writer(durability));
    let mut queue = Queue::new(&connection, &sides.environment(), true);
    let mut worker = Worker::new(&connection, &sides.environment());
    let agent = dataset::agent(0);
    bench.compare(
        case,
        |count| {
            let new = backlog(count);
            store.write(|uow| tasks::enqueue_many(uow, &new)).unwrap();
            timed(|| (0..count).for_each(|_| run_one(&store, &agent)))
        },
        |count| {
            queue.enqueue(&backlog(count));
            timed(|| (0..count).for_each(|_| run_one_by_hand(&mut worker, &agent)))
        },
    );
}

fn progress(bench: &mut Bench) {
    if !bench.wants(&[PROGRESS]) {
        return;
    }
    let sides = Sides::with_tasks(0);
    let store = sides.store(Durability::Normal);
    let connection = sides.raw(Role::Writer(Durability::Normal));
    let mut worker = Worker::new(&connection, &sides.environment());
    let agent = dataset::agent(0);
    let ours = running(&store, &agent);
    Queue::new(&connection, &sides.environment(), true).enqueue(&backlog(1));
    let theirs = worker.claim(&agent, 1).pop().unwrap();
    worker.start(&theirs.id, token(&theirs));
    let half = TaskProgress::at(50);
    bench.compare(
        PROGRESS,
        |count| {
            timed(|| {
                for _ in 0..count {
                    let (id, token) = (&ours.id, ours.lease_token.as_ref());
                    let updated = store.write(|uow| tasks::update_progress(uow, id, token, &half));
                    updated.unwrap();
                }
            })
        },
        |count| {
            timed(|| {
                for _ in 0..count {
                    worker.update_progress(&theirs.id, token(&theirs), 50);
                }
            })
        },
    );
}

fn running(store: &Store, agent: &AgentId) -> Task {
    let claimed = store.write(|uow| {
        tasks::enqueue(uow, &dataset::new_task(0))?;
        let task = tasks::claim(uow, &Claim::agent(agent))?.remove(0);
        tasks::start(uow, &task.id, task.lease_token.as_ref())
    });
    claimed.unwrap()
}

fn token(task: &Task) -> &LeaseToken {
    task.lease_token.as_ref().unwrap()
}
