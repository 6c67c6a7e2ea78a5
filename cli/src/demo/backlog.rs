//! The tasks that are put into the queue: of all priorities, some for a moment later, and some
//! asked for twice.

use std::time::Duration;

use orchestra_store::models::Task;
use orchestra_store::services::code_repositories;
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::types::{TaskPriority, Timestamp};
use orchestra_store::{Reader, Result, Store};

/// How many tasks share a transaction.
const BATCH: usize = 200;

/// What was put into the queue.
#[derive(Debug)]
pub(super) struct Backlog {
    /// Tasks.
    pub(super) enqueued: usize,
    /// Requests that were made a second time, with the same idempotency key.
    pub(super) repeated: usize,
    /// Those among them that did not get the task of the first request.
    pub(super) repeated_in_vain: usize,
}

/// Puts this many tasks into the queue.
pub(super) fn enqueue(store: &Store, count: u32) -> Result<Backlog> {
    let requests = store.read(|reader| requests(reader, count))?;
    let made = enqueue_all(store, &requests)?;
    let keyed = requests
        .iter()
        .zip(&made)
        .filter(|(request, _)| request.idempotency_key.is_some());
    let (again, first): (Vec<_>, Vec<_>) =
        keyed.map(|(request, task)| (request.clone(), task)).unzip();
    let second = enqueue_all(store, &again)?;
    let in_vain = first
        .iter()
        .zip(&second)
        .filter(|(first, second)| first.id != second.id);
    Ok(Backlog {
        enqueued: made.len(),
        repeated: second.len(),
        repeated_in_vain: in_vain.count(),
    })
}

fn enqueue_all(store: &Store, requests: &[NewTask]) -> Result<Vec<Task>> {
    let mut made = Vec::with_capacity(requests.len());
    for batch in requests.chunks(BATCH) {
        made.extend(store.write(|uow| tasks::enqueue_many(uow, batch))?);
    }
    Ok(made)
}

fn requests(reader: &mut Reader<'_>, count: u32) -> Result<Vec<NewTask>> {
    let now = reader.now();
    let repositories = code_repositories::list(reader)?;
    let paths = repositories
        .iter()
        .map(|repository| &repository.path)
        .cycle();
    Ok((1..=count)
        .zip(paths)
        .map(|(number, path)| request(number, path, now))
        .collect())
}

fn request(number: u32, path: &str, now: Timestamp) -> NewTask {
    NewTask {
        priority: match number % 10 {
            0 => TaskPriority::Critical,
            1 | 2 => TaskPriority::High,
            3..=7 => TaskPriority::Normal,
            _ => TaskPriority::Low,
        },
        available_at: (number % 20 == 7)
            .then(|| now + Duration::from_millis(u64::from(500 + number % 1000))),
        idempotency_key: (number % 10 == 3).then(|| format!("demo-{number}")),
        ..NewTask::new(format!("cargo test --package part-{number}"), path)
    }
}
