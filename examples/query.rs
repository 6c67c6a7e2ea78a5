//! Shows how to ask for rows of any kind: typed in Rust, page by page, and as a JSON document.
//!
//! ```sh
//! cargo run --example query            # on a database that is removed afterwards
//! cargo run --example query query.db   # on one that stays
//! ```
//!
//! It prints:
//!
//! ```text
//! urgent tasks: 3
//! page of 2: make 9, make 6
//! page of 1: make 3
//! make 7 belongs to app
//! ```

use std::path::PathBuf;

use diesel::prelude::*;
use orchestra_store::models::Task;
use orchestra_store::query::{Direction, Query, Specification};
use orchestra_store::schema::tasks;
use orchestra_store::services::data;
use orchestra_store::services::tasks::{NewTask, enqueue_many};
use orchestra_store::types::TaskPriority;
use orchestra_store::{Result, Store, StoreConfig};
use serde_json::json;

fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = std::env::args().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| directory.path().join("query.db"));
    let store = Store::open(StoreConfig::new(path))?;
    store.write(|uow| enqueue_many(uow, &builds()))?;

    // Typed: the compiler knows the columns and their types.
    let urgent = Specification::<Task>::new()
        .filter(tasks::priority.ge(TaskPriority::High))
        .order_by(tasks::priority, Direction::Descending)
        .order_by(tasks::command, Direction::Descending);
    let count = store.read(|reader| data::count(reader, &urgent))?;
    println!("urgent tasks: {count}");

    // By pages, each of which costs the same, however far behind it is.
    let mut cursor = None;
    loop {
        let slice = store.read(|reader| data::after(reader, &urgent, cursor.as_ref(), 2))?;
        let commands: Vec<&str> = slice.items.iter().map(|task| &*task.command).collect();
        println!("page of {}: {}", commands.len(), commands.join(", "));
        cursor = slice.next;
        if cursor.is_none() {
            break;
        }
    }

    // As JSON, with another table's rows: what callers across the C ABI send.
    let query = Query::<Task>::from_json(&json!({
        "where": { "Command": { "endsWith": " 7" } },
        "include": ["Repository"],
    }))?;
    let answer = store.read(|reader| data::query(reader, &query))?;
    let (task, repository) = (&answer["Items"][0], &answer["Items"][0]["Repository"]);
    println!(
        "{} belongs to {}",
        task["Command"].as_str().unwrap_or("?"),
        repository["Name"].as_str().unwrap_or("?")
    );
    store.close()
}

fn builds() -> Vec<NewTask> {
    let build = |number| {
        let mut new = NewTask::new(format!("make {number}"), "/srv/git/app");
        if number % 3 == 0 {
            new.priority = TaskPriority::High;
        }
        new
    };
    (1..=9).map(build).collect()
}
