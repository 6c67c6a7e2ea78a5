//! That both sides do the same: the tables are equal afterwards, row by row.

use std::collections::HashMap;

use orchestra_store::services::tasks::{self, Claim, TaskProgress};
use orchestra_store::{Durability, Store};
use serde_json::Value;

use crate::dataset;
use crate::raw::{Connection, Queue, Role, Worker};
use crate::sides::Sides;

/// Does all that writes on both sides, and holds the tables against each other.
///
/// # Panics
/// Where they differ.
pub fn check() {
    let sides = Sides::repeatable();
    let store = sides.store(Durability::Normal);
    through_the_kernel(&store);
    store.close().unwrap();
    by_hand(&sides);
    let kernel = Connection::open(&sides.kernel_path(), Role::Reader);
    let by_hand = sides.raw(Role::Reader);
    for table in tables(&kernel) {
        let (ours, theirs) = (rows(&kernel, &table), rows(&by_hand, &table));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{table}");
        }
        assert_eq!(ours.len(), theirs.len(), "{table}");
    }
}

fn through_the_kernel(store: &Store) {
    let agent = dataset::agent(0);
    let new: Vec<_> = (0..40).map(dataset::new_task).collect();
    let first = store.write(|uow| tasks::enqueue(uow, &dataset::new_task(0)));
    first.unwrap();
    let write = store.write(|uow| tasks::enqueue_many(uow, &new));
    write.unwrap();
    for _ in 0..2 {
        let claimed = store.write(|uow| tasks::claim(uow, &Claim::agent(&agent).up_to(2)));
        for task in claimed.unwrap() {
            let (id, token) = (&task.id, task.lease_token.as_ref());
            let ended = store.write(|uow| {
                tasks::start(uow, id, token)?;
                tasks::update_progress(uow, id, token, &TaskProgress::at(50))?;
                tasks::complete(uow, id, token, Some("done"))
            });
            ended.unwrap();
        }
    }
}

fn by_hand(sides: &Sides) {
    let agent = dataset::agent(0);
    let environment = sides.environment();
    let connection = sides.raw(Role::Writer(Durability::Normal));
    let mut queue = Queue::new(&connection, &environment, true);
    let mut worker = Worker::new(&connection, &environment);
    queue.enqueue(&[dataset::new_task(0)]);
    let new: Vec<_> = (0..40).map(dataset::new_task).collect();
    queue.enqueue(&new);
    for _ in 0..2 {
        for task in worker.claim(&agent, 2) {
            let (id, token) = (&task.id, task.lease_token.as_ref().unwrap());
            worker.start(id, token);
            worker.update_progress(id, token, 50);
            worker.complete(id, token, "done");
        }
    }
}

fn tables(connection: &Connection) -> Vec<String> {
    let mut names = connection.prepare(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    names.all(&[], |row| row.get(0))
}

/// The rows of a table in the order in which they were written, each as JSON.
///
/// Ids are numbered in the order in which they are met, since either side may draw them from the
/// generator in another order.
fn rows(connection: &Connection, table: &str) -> Vec<String> {
    let columns = connection
        .prepare("SELECT name FROM pragma_table_xinfo(?)")
        .all(&[&table], |row| row.get::<String>(0));
    let fields: Vec<String> = columns
        .iter()
        .map(|name| format!("'{name}', \"{name}\""))
        .collect();
    let sql = format!(
        "SELECT json_object({}) FROM {table} ORDER BY rowid",
        fields.join(", ")
    );
    let mut met = HashMap::new();
    let rows: Vec<String> = connection.prepare(&sql).all(&[], |row| row.get(0));
    rows.iter()
        .map(|row| normalised(serde_json::from_str(row).unwrap(), &mut met).to_string())
        .collect()
}

fn normalised(value: Value, met: &mut HashMap<String, usize>) -> Value {
    match value {
        Value::String(text) if text.starts_with("id-") => {
            let next = met.len();
            Value::from(format!("id {}", met.entry(text).or_insert(next)))
        }
        Value::String(text) if text.starts_with(['{', '[']) => {
            normalised(serde_json::from_str(&text).unwrap(), met)
        }
        Value::Array(items) => items.into_iter().map(|v| normalised(v, met)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, normalised(value, met)))
            .collect(),
        other => other,
    }
}
