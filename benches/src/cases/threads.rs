//! Many threads at once.
//!
//! By hand, the threads share one connection that writes, as the kernel's do: with one each they
//! would wait for locks of the file, which is slower.

use std::sync::Mutex;
use std::thread;

use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Durability, Store};

use super::runs::{run_one, run_one_by_hand};
use crate::dataset;
use crate::harness::{Bench, Case, Measurement, timed};
use crate::raw::{Queue, Role, Worker};
use crate::sides::Sides;
use crate::slow_disk::SlowDisk;

const WORKERS: Case = Case::new("8 threads: 10 × claim + start + complete each");
pub(super) const WRITERS: Case = Case::new("16 threads inserting 10 tasks each, FULL")
    .against("by hand, each committing alone")
    .at_least(5.0);
const WRITERS_ON_SLOW_DISK: Case = Case {
    name: "the same on a disk that takes 2 ms to sync",
    ..WRITERS
};

const WRITERS_THREADS: u32 = 16;

/// How often each thread works in one operation: starting it is part of what is measured.
const EACH: u32 = 10;

pub(super) fn run(bench: &mut Bench) {
    workers(bench);
    writers(bench, WRITERS);
    if bench.wants(&[WRITERS_ON_SLOW_DISK]) {
        let _disk = SlowDisk::insert();
        writers(bench, WRITERS_ON_SLOW_DISK);
    }
}

/// Works on each thread as often as all operations together ask for.
fn on_threads(threads: u64, operations: u32, work: impl Fn(u64) + Sync) {
    thread::scope(|scope| {
        for number in 0..threads {
            let work = &work;
            scope.spawn(move || (0..operations * EACH).for_each(|_| work(number)));
        }
    });
}

fn backlog(threads: u64, operations: u32) -> Vec<NewTask> {
    let of_one = |number| (0..operations * EACH).map(move |_| dataset::new_task(number));
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

fn writers(bench: &mut Bench, case: Case) {
    if !bench.wants(&[case]) {
        return;
    }
    let sides = Sides::with_tasks(0);
    let store = sides.store_with(|config| config.durability = Durability::Full);
    let connection = sides.raw(Role::Writer(Durability::Full));
    let queue = Mutex::new(Queue::new(&connection, &sides.environment(), true));
    bench.compare(
        case,
        |count| {
            timed(|| {
                on_threads(WRITERS_THREADS.into(), count, |number| {
                    enqueue(&store, number)
                })
            })
        },
        |count| {
            timed(|| {
                on_threads(WRITERS_THREADS.into(), count, |number| {
                    queue.lock().unwrap().enqueue(&[dataset::new_task(number)]);
                });
            })
        },
    );
}

/// How much faster than alone the threads would be on this disk if their commits took no time at all.
pub(super) fn most_to_gain(all: &[Measurement]) -> String {
    let by_hand = |case: Case| {
        let mut found = all.iter().filter(|found| found.case.name == case.name);
        found.next().map(|found| found.baseline.median)
    };
    let alone = by_hand(WRITERS).map(|all| all / f64::from(WRITERS_THREADS * EACH));
    match (alone, by_hand(super::writes::NORMAL)) {
        (Some(alone), Some(unsynced)) => format!(
            "an insert by hand takes {:.0} µs with its sync and {:.0} µs without (NORMAL), so that sharing syncs \
             can't gain more than a factor of {:.1} on this disk.",
            alone * 1e6,
            unsynced * 1e6,
            alone / unsynced
        ),
        _ => "the gain of sharing syncs depends on how long the disk takes for one.".to_owned(),
    }
}

fn enqueue(store: &Store, number: u64) {
    let new = dataset::new_task(number);
    store
        .write_owned(move |uow| tasks::enqueue(uow, &new))
        .unwrap();
}
