//! The kernel's side, called from Rust.

use std::cell::Cell;
use std::hint::black_box;
use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::Store;
use orchestra_store::models::{AgentId, Task, TaskId};
use orchestra_store::query::{Direction, Specification};
use orchestra_store::schema::tasks;
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self as queue, NewTask};
use orchestra_store::types::TaskStatus;

use super::Work;
use crate::cases::run_one;
use crate::dataset;
use crate::harness::timed;

/// The agent that runs tasks, by its number.
const AGENT: u64 = 1;

pub(super) struct Kernel {
    store: Store,
    ids: Vec<TaskId>,
    last: Cell<usize>,
    waiting: Specification<Task>,
    batch: Vec<NewTask>,
    agent: AgentId,
}

impl Kernel {
    pub(super) fn new(store: Store, tasks: u64) -> Self {
        Self {
            store,
            ids: (0..tasks).map(dataset::task_id).collect(),
            last: Cell::new(0),
            waiting: Specification::new()
                .filter(tasks::status.eq(TaskStatus::Pending))
                .order_by(tasks::priority, Direction::Descending)
                .order_by(tasks::created_at, Direction::Descending),
            batch: (0..10_000).map(dataset::new_task).collect(),
            agent: dataset::agent(AGENT),
        }
    }

    pub(super) fn work(&self, work: Work, count: u32) -> Duration {
        if work == Work::Run {
            let backlog: Vec<_> = (0..count).map(|_| dataset::new_task(AGENT)).collect();
            let added = self.store.write(|uow| queue::enqueue_many(uow, &backlog));
            assert_eq!(added.unwrap().len(), count as usize);
        }
        timed(|| (0..count).for_each(|_| self.once(work)))
    }

    fn once(&self, work: Work) {
        let store = &self.store;
        match work {
            Work::ReadById => {
                self.last.set((self.last.get() + 7919) % self.ids.len());
                let id = &self.ids[self.last.get()];
                black_box(store.read(|reader| queue::get(reader, id)).unwrap());
            }
            Work::Page => {
                let page = store.read(|reader| data::page(reader, &self.waiting, 2, 50));
                black_box(page.unwrap());
            }
            Work::Insert => {
                let new = dataset::new_task(2);
                black_box(store.write(|uow| queue::enqueue(uow, &new)).unwrap());
            }
            Work::Batch => {
                let added = store.write(|uow| queue::enqueue_many(uow, &self.batch));
                black_box(added.unwrap());
            }
            Work::Run => run_one(store, &self.agent),
        }
    }
}
