//! What the queue's operations cost on the disk: pages of the write-ahead log, and bytes that finished tasks keep. Both
//! are the same in each run.

mod log_pages;

use std::time::Duration;

use orchestra_store::maintenance::space;
use orchestra_store::models::{AgentId, Task};
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask};
use orchestra_store::types::TaskStatus;
use orchestra_store::{Durability, Result, SequentialIds, StoreConfig, UnitOfWork};

use self::log_pages::LogPages;
use crate::support::{REPOSITORY, TestStore, token_of};

/// Tasks that are in the queue before anything is measured, and of these, those that have ended.
const TASKS: usize = 2_000;
const FINISHED: usize = 500;
/// How often each operation is measured.
const OPERATIONS: usize = 100;

/// A queue with one agent, which works off its tasks.
struct Queue {
    test: TestStore,
    agent: AgentId,
}

impl Queue {
    fn with(change: impl FnOnce(&mut StoreConfig)) -> Self {
        let test = TestStore::with(|config| {
            // As long as the usual ids, and ascending as they are.
            config.ids = std::sync::Arc::new(SequentialIds::new("01940000-0000-7000-8000-00000"));
            config.wal_autocheckpoint = 1_000_000;
            change(config);
        });
        let agent = test.agent("01940000-0000-7000-8000-aaaaaaaaaaaa", 10);
        Self { test, agent }
    }

    /// A queue as it is met at work.
    fn at_work(change: impl FnOnce(&mut StoreConfig)) -> Self {
        let queue = Self::with(change);
        queue.enqueue_many(TASKS);
        queue.finish(FINISHED);
        space::checkpoint(&queue.test.store).unwrap();
        queue
    }

    fn new_task(number: usize) -> NewTask {
        let command = format!("cargo test --package search --test case_{number}");
        NewTask::new(command, REPOSITORY)
    }

    fn enqueue_many(&self, count: usize) {
        let new: Vec<_> = (0..count).map(Self::new_task).collect();
        self.write(|uow| tasks::enqueue_many(uow, &new));
    }

    /// Claims, starts and completes this many tasks, in few commits.
    fn finish(&self, count: usize) {
        for _ in 0..count / 10 {
            self.write(|uow| {
                for _ in 0..10 {
                    let task = claim_and_start(uow, &Claim::agent(&self.agent))?;
                    complete(uow, &task)?;
                }
                Ok(())
            });
        }
    }

    fn write<T>(&self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> T {
        self.test.clock.advance(Duration::from_millis(1));
        self.test.store.write(work).unwrap()
    }

    fn measure<T>(
        &self,
        pages: &mut LogPages,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> T {
        pages.watch(&self.test.store, || self.write(work))
    }

    /// The size of the file without free space.
    fn size(&self) -> u64 {
        space::vacuum(&self.test.store).unwrap();
        space::checkpoint(&self.test.store).unwrap();
        std::fs::metadata(self.test.path()).unwrap().len()
    }

    /// Holds the pages of each operation under its limit, and prints to which tables and indexes they belong.
    fn hold<const N: usize>(&self, operations: [(&str, &LogPages, f64); N]) {
        for (operation, pages, limit) in &operations {
            let told = pages.told(&self.test.store);
            println!("{operation}: {pages}, at most {limit}\n{told}");
        }
        for (operation, pages, limit) in operations {
            let each = pages.each();
            assert!(
                each <= limit,
                "{operation}: {each} pages, at most {limit}; above is of what"
            );
        }
    }
}

fn claim_and_start(uow: &mut UnitOfWork<'_>, claim: &Claim) -> Result<Task> {
    Ok(tasks::claim_and_start(uow, claim)?.remove(0))
}

fn complete(uow: &mut UnitOfWork<'_>, task: &Task) -> Result<Task> {
    let token = task.lease_token.as_ref();
    tasks::complete(uow, &task.id, token, Some("all tests passed"))
}

fn complete_and_claim(uow: &mut UnitOfWork<'_>, task: &Task, claim: &Claim) -> Result<Task> {
    let (id, token) = (&task.id, task.lease_token.as_ref());
    let result = Some("all tests passed");
    let turn = tasks::complete_and_claim(uow, id, token, result, claim)?;
    Ok(turn.claimed.into_iter().next().unwrap())
}

fn full(config: &mut StoreConfig) {
    config.durability = Durability::Full;
}

fn without_audit(config: &mut StoreConfig) {
    config.audit = false;
}

fn without_trail(config: &mut StoreConfig) {
    config.audit = false;
    config.change_events = false;
}

#[test]
fn an_enqueue_writes_few_pages() {
    let queue = Queue::at_work(full);
    let mut pages = LogPages::default();
    for number in 0..OPERATIONS {
        queue.measure(&mut pages, |uow| {
            tasks::enqueue(uow, &Queue::new_task(number))
        });
    }
    queue.hold([("enqueue", &pages, 16.6)]);
}

#[test]
fn a_run_of_a_task_writes_few_pages() {
    let queue = Queue::at_work(full);
    let claim = Claim::agent(&queue.agent);
    let (mut claimed, mut kept, mut completed) = <(LogPages, LogPages, LogPages)>::default();
    for _ in 0..OPERATIONS {
        let task = queue.measure(&mut claimed, |uow| claim_and_start(uow, &claim));
        queue.measure(&mut kept, |uow| {
            tasks::heartbeat(uow, &task.id, &token_of(&task), None)
        });
        queue.measure(&mut completed, |uow| complete(uow, &task));
    }
    queue.hold([
        ("claim and start", &claimed, 15.9),
        ("heartbeat", &kept, 2.0),
        ("complete", &completed, 13.5),
    ]);
}

#[test]
fn a_failed_run_writes_few_pages() {
    let queue = Queue::at_work(full);
    let (mut retried, mut failed) = <(LogPages, LogPages)>::default();
    let retry = Failure::new("exit code 1");
    let permanent = Failure {
        permanent: true,
        ..retry.clone()
    };
    for _ in 0..OPERATIONS {
        let task = fail_one(&queue, &mut retried, &retry);
        assert_eq!(task.status, TaskStatus::Pending);
        let task = fail_one(&queue, &mut failed, &permanent);
        assert_eq!(task.status, TaskStatus::Failed);
    }
    // Which of the two begins a new page of the audit log depends on the bytes of both.
    queue.hold([
        ("fail with a retry", &retried, 16.2),
        ("fail for good", &failed, 16.2),
    ]);
}

fn fail_one(queue: &Queue, pages: &mut LogPages, failure: &Failure) -> Task {
    let task = queue.write(|uow| claim_and_start(uow, &Claim::agent(&queue.agent)));
    queue.measure(pages, |uow| {
        tasks::fail(uow, &task.id, task.lease_token.as_ref(), failure)
    })
}

/// The cycle of a worker: one commit for each task.
#[test]
fn a_cycle_of_a_worker_writes_few_pages() {
    for (name, change, limit) in [
        ("complete and claim", full as fn(&mut StoreConfig), 20.2),
        (
            "complete and claim without audit and events",
            without_trail,
            11.6,
        ),
    ] {
        let queue = Queue::at_work(change);
        let claim = Claim::agent(&queue.agent);
        let mut task = queue.write(|uow| claim_and_start(uow, &claim));
        let mut pages = LogPages::default();
        for _ in 0..OPERATIONS {
            task = queue.measure(&mut pages, |uow| complete_and_claim(uow, &task, &claim));
        }
        queue.hold([(name, &pages, limit)]);
    }
}

#[test]
fn a_finished_task_keeps_few_bytes() {
    for (name, change, limit) in [
        ("with audit and events", full as fn(&mut StoreConfig), 3_150),
        ("without audit", without_audit, 1_130),
        ("without audit and events", without_trail, 690),
    ] {
        let queue = Queue::with(|config| {
            change(config);
            config.durability = Durability::Normal;
        });
        let size = || {
            queue.enqueue_many(FINISHED);
            queue.finish(FINISHED);
            queue.size()
        };
        let (before, after) = (size(), size());
        let each = (after - before) / FINISHED as u64;
        let sizes = log_pages::sizes(&queue.test.store, 2 * FINISHED);
        println!("{name}: {each} bytes, at most {limit}\n{sizes}");
        assert!(
            each <= limit,
            "{name}: {each} bytes, at most {limit}; above is of what"
        );
    }
}
