//! The same calls through the C ABI, whose library has a SQLite of its own.

use std::hint::black_box;

use orchestra_store::Durability;
use serde_json::{Value, json};

use super::runs::run_one_by_hand;
use crate::c_abi::{Library, Store};
use crate::dataset;
use crate::harness::{Bench, Case, timed};
use crate::raw::{Pages, Queue, Role, Worker};
use crate::sides::Sides;

const BY_ID: Case = Case::new("C ABI: read a task by id").at_least(0.50);
const PAGE: Case = Case::new("C ABI: page of 50 by number, with the total");
const INSERT: Case = Case::new("C ABI: insert a task with commit, NORMAL");
const RUN: Case = Case::new("C ABI: claim + start + complete, NORMAL");

pub(super) fn run(bench: &mut Bench, tasks: u64) {
    if !bench.wants(&[BY_ID, PAGE, INSERT, RUN]) {
        return;
    }
    let library = Library::build();
    let sides = Sides::with_tasks(tasks);
    let store = library.open(&sides.kernel_path(), Durability::Normal);
    by_id(bench, &sides, &store, tasks);
    page(bench, &sides, &store);
    insert(bench, &sides, &store);
    run_tasks(bench, &sides, &store);
}

fn by_id(bench: &mut Bench, sides: &Sides, store: &Store<'_>, tasks: u64) {
    let ids: Vec<_> = (0..tasks).map(dataset::task_id).collect();
    let mut pages = Pages::new(&sides.raw(Role::Reader));
    let strided = |count| (0..u64::from(count)).map(move |n| (n * 7919 % tasks) as usize);
    bench.compare(
        BY_ID,
        |count| {
            timed(|| {
                for number in strided(count) {
                    black_box(store.task(ids[number].as_str()).as_bytes());
                }
            })
        },
        |count| {
            timed(|| {
                for number in strided(count) {
                    black_box(pages.by_id(&ids[number]).unwrap());
                }
            })
        },
    );
}

fn page(bench: &mut Bench, sides: &Sides, store: &Store<'_>) {
    let document = json!({
        "where": {"Status": "Pending"},
        "orderBy": [{"Priority": "desc"}, {"CreatedAt": "desc"}],
        "page": {"number": 2, "size": 50},
    })
    .to_string();
    let mut pages = Pages::new(&sides.raw(Role::Reader));
    bench.compare(
        PAGE,
        |count| {
            timed(|| {
                for _ in 0..count {
                    black_box(store.query_tasks(&document).as_bytes());
                }
            })
        },
        |count| {
            timed(|| {
                for _ in 0..count {
                    black_box(pages.page(2, 50));
                }
            })
        },
    );
}

fn insert(bench: &mut Bench, sides: &Sides, store: &Store<'_>) {
    let connection = sides.raw(Role::Writer(Durability::Normal));
    let mut queue = Queue::new(&connection, &sides.environment(), true);
    let new = dataset::new_task(1);
    let document = document_of(&new.command, &new.repository_path);
    bench.compare(
        INSERT,
        |count| timed(|| (0..count).for_each(|_| drop(store.enqueue(&document)))),
        |count| {
            timed(|| {
                for _ in 0..count {
                    queue.enqueue(std::slice::from_ref(&new));
                }
            })
        },
    );
}

fn document_of(command: &str, path: &str) -> String {
    json!({"Command": command, "RepositoryPath": path}).to_string()
}

fn run_tasks(bench: &mut Bench, sides: &Sides, store: &Store<'_>) {
    let connection = sides.raw(Role::Writer(Durability::Normal));
    let mut queue = Queue::new(&connection, &sides.environment(), true);
    let mut worker = Worker::new(&connection, &sides.environment());
    let (agent, new) = (dataset::agent(2), dataset::new_task(2));
    let document = document_of(&new.command, &new.repository_path);
    bench.compare(
        RUN,
        |count| {
            (0..count).for_each(|_| drop(store.enqueue(&document)));
            timed(|| (0..count).for_each(|_| run_one(store, agent.as_str())))
        },
        |count| {
            for _ in 0..count {
                queue.enqueue(std::slice::from_ref(&new));
            }
            timed(|| (0..count).for_each(|_| run_one_by_hand(&mut worker, &agent)))
        },
    );
}

/// As a host does it, which reads the id and the token out of the JSON.
fn run_one(store: &Store<'_>, agent: &str) {
    let claimed = store.claim_for_agent(agent);
    let claimed: Vec<Value> = serde_json::from_slice(claimed.as_bytes()).unwrap();
    for task in claimed {
        let (id, token) = (&task["Id"], &task["LeaseToken"]);
        let (id, token) = (id.as_str().unwrap(), token.as_str().unwrap());
        store.start(id, token);
        store.complete(id, token, "all tests passed");
    }
}
