//! Many threads at once.
//!
//! By hand, the threads share one connection that writes, as the kernel's do: with one each they
//! would wait for locks of the file, which is slower.

use std::sync::Mutex;
use std::thread;

use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Durability, GroupCommit, Store};

use super::runs::{run_one, run_one_by_hand};
use crate::dataset;
use crate::harness::{Bench, Case, timed};
use crate::raw::{Queue, Role, Worker};
use crate::sides::Sides;

const WORKERS: Case = Case::new("8 threads: claim + start + complete");
const WRITERS: Case = Case::new("16 threads inserting, FULL")
    .against("by hand, each committing alone")
    .at_least(5.0);

pub(super) fn run(bench: &mut Bench) {
    workers(bench);
    writers(bench);
}

/// Does as many operations as threads, several times, each thread its part.
fn on_threads(threads: u64, each: u32, work: impl Fn(u64) + Sync) {
    thread::scope(|scope| {
        for number in 0..threads {
            let work = &work;
            scope.spawn(move || (0..each).for_each(|_| work(number)));
        }
    });
}

fn backlog(threads: u64, each: u32) -> Vec<NewTask> {
    let of_one = |number| (0..each).map(move |_| dataset::new_task(number));
    (0..threads).flat_map(of_one).collect()
}

/// Eight agents, each with tasks of its own repository.
fn workers(bench: &mut Bench) {
    const THREADS: u64 = 8;
    if !bench.wants(&[WORKERS]) {
        return;
    }
    let sides = Sides::with_tasks(0);
    let store = sides.store(Durability::Normal);
    let connection = sides.raw(Role::Writer(Durability::Normal));
    let mut queue = Queue::new(&connection, &sides.environment(), true);
    let worker = Mutex::new(Worker::new(&connection, &sides.environment()));
    bench.compare(
        WORKERS,
        |count| {
            let new = backlog(THREADS, count);
            store.write(|uow| tasks::enqueue_many(uow, &new)).unwrap();
            timed(|| on_threads(THREADS, count, |n| run_one(&store, &dataset::agent(n))))
        },
        |count| {
            queue.enqueue(&backlog(THREADS, count));
            timed(|| {
                on_threads(THREADS, count, |number| {
                    run_one_by_hand(&mut worker.lock().unwrap(), &dataset::agent(number));
                });
            })
        },
    );
}

fn writers(bench: &mut Bench) {
    const THREADS: u64 = 16;
    if !bench.wants(&[WRITERS]) {
        return;
    }
    let sides = Sides::with_tasks(0);
    let store = sides.store_with(|config| {
        config.durability = Durability::Full;
        config.group_commit = GroupCommit::SHARED;
    });
    let connection = sides.raw(Role::Writer(Durability::Full));
    let queue = Mutex::new(Queue::new(&connection, &sides.environment(), true));
    bench.compare(
        WRITERS,
        |count| timed(|| on_threads(THREADS, count, |number| enqueue(&store, number))),
        |count| {
            timed(|| {
                on_threads(THREADS, count, |number| {
                    queue.lock().unwrap().enqueue(&[dataset::new_task(number)]);
                });
            })
        },
    );
}

fn enqueue(store: &Store, number: u64) {
    let new = dataset::new_task(number);
    store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
}
