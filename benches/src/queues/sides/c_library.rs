//! The kernel, called through its C ABI as a host calls it, which reads ids and tokens out of JSON.

use std::path::Path;

use serde_json::{Value, json};

use super::kernel::{agent, done};
use super::workers::{Worker, work_off};
use super::{Done, Kernel, RESULT, Run, Side, Variant};
use crate::c_abi::{Library, Store};

/// The shared library, with agents that claim.
#[derive(Debug)]
pub(crate) struct CLibrary(pub(crate) Library);

impl Side for CLibrary {
    fn name(&self) -> &'static str {
        "C ABI"
    }

    fn fill(&self, path: &Path, tasks: u64) {
        Kernel(Variant::Agents).fill(path, tasks);
    }

    fn run(&self, path: &Path, run: Run) -> Done {
        let store = self.0.open(path, run.conditions.durability);
        let (completed, elapsed) = work_off(run, |worker| work(&store, worker));
        drop(store);
        done(path, completed, elapsed)
    }
}

fn work(store: &Store<'_>, worker: &mut Worker) {
    let claim = json!({"AgentId": agent(worker.number)}).to_string();
    let mut next = tasks(store.claim_and_start(&claim).as_bytes());
    while let Some(task) = next.pop() {
        let (id, token) = (&task["Id"], &task["LeaseToken"]);
        let (id, token) = (id.as_str().unwrap(), token.as_str().unwrap());
        worker.completed(id.to_owned());
        if !worker.has_time() {
            store.complete(id, token, RESULT);
            return;
        }
        let turn = store.complete_and_claim(id, token, RESULT, &claim);
        let mut turn: Value = serde_json::from_slice(turn.as_bytes()).unwrap();
        next = array(turn["Claimed"].take());
    }
}

fn tasks(json: &[u8]) -> Vec<Value> {
    array(serde_json::from_slice(json).unwrap())
}

fn array(value: Value) -> Vec<Value> {
    match value {
        Value::Array(tasks) => tasks,
        other => panic!("no tasks: {other}"),
    }
}
