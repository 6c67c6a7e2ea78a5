//! Shows a queue at work: two workers claim tasks, and one task needs a second run.
//!
//! ```sh
//! cargo run --example worker             # on a database that is removed afterwards
//! cargo run --example worker worker.db   # on one that stays
//! ```
//!
//! It prints:
//!
//! ```text
//! cargo build: Completed, retries: 0
//! cargo test: Completed, retries: 1
//! ```

use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use orchestra_store::models::Task;
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask};
use orchestra_store::{Result, Store, StoreConfig};

const REPOSITORY: &str = "/srv/git/app";

fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = std::env::args().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| directory.path().join("worker.db"));
    let mut config = StoreConfig::new(path);
    config.queue.backoff = Duration::from_millis(10);
    let store = Store::open(config)?;

    let new = ["cargo build", "cargo test"].map(|command| NewTask::new(command, REPOSITORY));
    let enqueued = store.write(|uow| tasks::enqueue_many(uow, &new))?;
    thread::scope(|scope| {
        let workers = ["Ada", "Grace"].map(|name| scope.spawn(|| work(&store, name)));
        let mut ended = workers.into_iter().map(|worker| worker.join());
        ended.try_for_each(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
    })?;

    for task in enqueued {
        let task = store.read(|reader| tasks::get(reader, &task.id))?;
        println!(
            "{}: {}, retries: {}",
            task.command, task.status, task.retry_count
        );
    }
    store.close()
}

/// Runs tasks until none is left, also those that wait for their next try.
fn work(store: &Store, name: &str) -> Result<()> {
    let new = NewAgent::new(name, "claude-code", REPOSITORY);
    let agent = store.write(|uow| agents::register(uow, &new))?;
    let claim = Claim::agent(&agent.id);
    while store.read(|reader| Ok(!tasks::list_queues(reader)?.is_empty()))? {
        let mut next = store.write(|uow| tasks::claim_and_start(uow, &claim))?;
        while let Some(task) = next.pop() {
            next = run(store, &task, &claim)?;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Runs one task, and returns the next one. The token proves that its lease is still this worker's.
fn run(store: &Store, task: &Task, claim: &Claim) -> Result<Vec<Task>> {
    let (id, token) = (&task.id, task.lease_token.as_ref());
    let turn = match execute(task) {
        Ok(result) => {
            store.write(|uow| tasks::complete_and_claim(uow, id, token, Some(result), claim))
        }
        Err(failure) => store.write(|uow| tasks::fail_and_claim(uow, id, token, &failure, claim)),
    };
    Ok(turn?.claimed)
}

/// Stands for what a real worker does.
fn execute(task: &Task) -> std::result::Result<&'static str, Failure> {
    match task.command.as_str() {
        "cargo test" if task.retry_count == 0 => Err(Failure::new("timed out")),
        _ => Ok("done"),
    }
}
