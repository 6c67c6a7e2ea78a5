//! Shows a workflow: stages that wait for each other, input that is checked, and a stage that may fail.
//!
//! ```sh
//! cargo run --example workflow               # on a database that is removed afterwards
//! cargo run --example workflow workflow.db   # on one that stays
//! ```
//!
//! It prints:
//!
//! ```text
//! refused: Err(InvalidArgument)
//! ran: make
//! ran: make lint
//! ran: make publish VERSION='1.2.0'
//! build: Completed
//! lint: Failed
//! publish: Completed
//! Release: Completed
//! ```

use std::path::PathBuf;

use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, Failure};
use orchestra_store::services::workflows::{self, NewDefinition, Start};
use orchestra_store::types::Json;
use orchestra_store::{Result, Store, StoreConfig};
use serde_json::json;

const REPOSITORY: &str = "/srv/git/app";

fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = std::env::args().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| directory.path().join("workflow.db"));
    let store = Store::open(StoreConfig::new(path))?;

    let definition = store.write(|uow| workflows::publish(uow, &release()))?;
    let start = |version: &str| {
        let start = Start {
            input_parameters: Json(json!({ "version": version })),
            repository_path: REPOSITORY.to_owned(),
            ..Start::default()
        };
        store.write(|uow| workflows::start(uow, &definition.id, &start))
    };
    println!("refused: {:?}", start("next").map_err(|error| error.code()));
    let execution = start("1.2.0")?;
    work(&store)?;

    for stage in store.read(|reader| workflows::stages(reader, &execution.id))? {
        println!("{}: {:?}", stage.name, stage.state);
    }
    let execution = store.read(|reader| workflows::get(reader, &execution.id))?;
    println!("{}: {}", definition.name, execution.status);
    store.close()
}

/// Returns three stages, each of which waits for the one before it.
fn release() -> NewDefinition {
    let stages = json!({ "stages": [
        { "name": "build", "tasks": [{ "command": "make" }] },
        { "name": "lint", "onFailure": "continue", "tasks": [{ "command": "make lint", "retries": 0 }] },
        { "name": "publish", "tasks": [{ "command": "make publish VERSION={{version|shell}}" }] },
    ]});
    let mut new = NewDefinition::new("Release", Json(stages));
    new.input_schema = Some(Json(json!({
        "properties": { "version": { "type": "string", "pattern": "^[0-9.]+$" } },
        "required": ["version"],
    })));
    new
}

/// Runs tasks until none is left. Those of a workflow are like any other of the queue.
fn work(store: &Store) -> Result<()> {
    let new = NewAgent::new("Ada", "claude-code", REPOSITORY);
    let agent = store.write(|uow| agents::register(uow, &new))?;
    let claim = Claim::agent(&agent.id);
    while let [task] = store.write(|uow| tasks::claim(uow, &claim))?.as_slice() {
        let token = task.lease_token.as_ref();
        store.write(|uow| {
            tasks::start(uow, &task.id, token)?;
            match task.command.as_str() {
                "make lint" => tasks::fail(uow, &task.id, token, &Failure::new("a warning")),
                _ => tasks::complete(uow, &task.id, token, None),
            }
        })?;
        println!("ran: {}", task.command);
    }
    Ok(())
}
