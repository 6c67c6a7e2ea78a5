//! Shows how to follow changes: each committed one comes exactly once, also after a restart.
//!
//! ```sh
//! cargo run --example events             # on a database that is removed afterwards
//! cargo run --example events events.db   # on one that stays
//! ```
//!
//! It prints:
//!
//! ```text
//! refused: Err(NotFound)
//! Create make
//! Create make test
//! restarted
//! Update make: Priority
//! ```

use std::path::PathBuf;
use std::time::Duration;

use orchestra_store::events::{self, ChangeEvent, ChangeFilter};
use orchestra_store::models::{AgentId, Task, TaskId};
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::services::{agents, data};
use orchestra_store::types::TaskPriority;
use orchestra_store::{Result, Store, StoreConfig};

fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = std::env::args().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| directory.path().join("events.db"));
    let store = Store::open(StoreConfig::new(path))?;

    // From now on. A host that has kept the number of an event goes on behind that one instead.
    let place = store.read(events::newest)?;
    let mut task = store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/git/app")))?;
    store.write(|uow| tasks::enqueue(uow, &NewTask::new("make test", "/srv/git/app")))?;
    // What is rolled back, here since there is no such agent, was never an event.
    let rolled_back = store.write(|uow| {
        tasks::enqueue(uow, &NewTask::new("make dist", "/srv/git/app"))?;
        agents::heartbeat(uow, &AgentId::new("nobody")?)
    });
    println!("refused: {:?}", rolled_back.map_err(|error| error.code()));
    let place = print_changes(&store, place)?;

    // As if the program had ended here: it would have kept `place`.
    println!("restarted");
    task.priority = TaskPriority::High;
    store.write(|uow| data::update(uow, &mut task))?;
    print_changes(&store, place)?;
    store.close()
}

/// Prints the changes of tasks behind a place, and returns the place behind them.
fn print_changes(store: &Store, place: i64) -> Result<i64> {
    let mut follower = events::follow(store, place, ChangeFilter::of("Tasks"))?;
    // A program that has nothing else to do iterates over the follower, which waits for ever.
    while let Some(event) = follower.recv_timeout(Duration::from_millis(50))? {
        print(store, &event)?;
    }
    Ok(follower.position())
}

/// Prints an event. It says which row changed; the values are read from the row.
fn print(store: &Store, event: &ChangeEvent) -> Result<()> {
    let id = TaskId::new(&event.entity_id)?;
    let command = store.find::<Task>(&id)?.map(|task| task.command);
    let command = command.as_deref().unwrap_or("a task that is gone");
    match &event.changed_properties {
        Some(properties) => println!("{} {command}: {}", event.action, properties.0.join(", ")),
        None => println!("{} {command}", event.action),
    }
    Ok(())
}
