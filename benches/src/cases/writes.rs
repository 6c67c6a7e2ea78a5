//! Putting tasks into the queue.

use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Durability, Store};

use crate::dataset;
use crate::harness::{Bench, Case, timed};
use crate::raw::{Queue, Role};
use crate::sides::Sides;

const FULL: Case = Case::new("insert a task with commit, FULL").at_least(0.90);
pub(super) const NORMAL: Case = Case::new("insert a task with commit, NORMAL").at_least(0.90);
const MANY: Case = Case::new("10 000 tasks in one call, with audit").at_least(0.70);

const MANY_UNAUDITED: Case = Case::new("10 000 tasks in one call, audit off").at_least(0.85);

pub(super) fn run(bench: &mut Bench, batch: u64) {
    one_by_one(bench, FULL, Durability::Full);
    one_by_one(bench, NORMAL, Durability::Normal);
    many(bench, MANY, batch, true);
    many(bench, MANY_UNAUDITED, batch, false);
}

fn one_by_one(bench: &mut Bench, case: Case, durability: Durability) {
    if !bench.wants(&[case]) {
        return;
    }
    let sides = Sides::with_tasks(0);
    let store = sides.store(durability);
    let connection = sides.raw(Role::Writer(durability));
    let mut queue = Queue::new(&connection, &sides.environment(), true);
    let task = dataset::new_task(0);
    bench.compare(
        case,
        |count| timed(|| (0..count).for_each(|_| enqueue(&store, &task))),
        |count| {
            timed(|| {
                for _ in 0..count {
                    queue.enqueue(std::slice::from_ref(&task));
                }
            })
        },
    );
}

fn enqueue(store: &Store, task: &NewTask) {
    store.write(|uow| tasks::enqueue(uow, task)).unwrap();
}

fn many(bench: &mut Bench, case: Case, batch: u64, audited: bool) {
    if !bench.wants(&[case]) {
        return;
    }
    let sides = Sides::with_tasks(0);
    let store = sides.store_with(|config| {
        config.durability = Durability::Normal;
        config.audit = audited;
    });
    let connection = sides.raw(Role::Writer(Durability::Normal));
    let mut queue = Queue::new(&connection, &sides.environment(), audited);
    let new: Vec<NewTask> = (0..batch).map(dataset::new_task).collect();
    bench.compare(
        case,
        |count| {
            timed(|| {
                for _ in 0..count {
                    store.write(|uow| tasks::enqueue_many(uow, &new)).unwrap();
                }
            })
        },
        |count| {
            timed(|| {
                for _ in 0..count {
                    queue.enqueue(&new);
                }
            })
        },
    );
}
