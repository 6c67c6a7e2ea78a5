//! Reading tasks.

use std::hint::black_box;

use orchestra_store::models::Task;
use orchestra_store::query::{Cursor, Direction, Specification};
use orchestra_store::schema::tasks;
use orchestra_store::services::data;
use orchestra_store::types::TaskStatus;
use orchestra_store::{Durability, Store};

use crate::dataset;
use crate::harness::{Bench, Case, timed};
use crate::raw::{Pages, Role};
use crate::sides::Sides;

const BY_ID: Case = Case::new("read a task by id").at_least(0.80);
const CACHED: Case = Case::new("read a task by id, cached").against("by hand, not cached");
const PAGE: Case = Case::new("page of 50 by number, with the total").at_least(0.70);
const KEYSET: Case = Case::new("page of 50 behind a cursor").at_least(0.70);
const SIZE: u32 = 50;

/// Strides through the numbers of tasks: no two reads are of neighbours.
struct Numbers {
    last: u64,
    end: u64,
}

impl Numbers {
    fn next(&mut self) -> u64 {
        self.last = (self.last + 7919) % self.end;
        self.last
    }
}

pub(super) fn run(bench: &mut Bench, tasks: u64) {
    if !bench.wants(&[BY_ID, CACHED, PAGE, KEYSET]) {
        return;
    }
    let sides = Sides::with_tasks(tasks);
    let store = sides.store(Durability::Full);
    let mut pages = Pages::new(&sides.raw(Role::Reader));
    by_id(bench, tasks, &store, &mut pages);
    cached(bench, tasks, &store, &mut pages);
    page(bench, &store, &mut pages);
    behind_a_cursor(bench, tasks, &store, &mut pages);
}

fn by_id(bench: &mut Bench, tasks: u64, store: &Store, pages: &mut Pages) {
    let ids: Vec<_> = (0..tasks).map(dataset::task_id).collect();
    let mut ours = Numbers {
        last: 0,
        end: tasks,
    };
    let mut theirs = Numbers {
        last: 0,
        end: tasks,
    };
    bench.compare(
        BY_ID,
        |count| {
            timed(|| {
                for _ in 0..count {
                    let id = &ids[ours.next() as usize];
                    black_box(store.find::<Task>(id).unwrap().unwrap());
                }
            })
        },
        |count| {
            timed(|| {
                for _ in 0..count {
                    let id = &ids[theirs.next() as usize];
                    black_box(pages.by_id(id).unwrap());
                }
            })
        },
    );
}

/// The same thousand tasks over and over, which the cache has room for.
fn cached(bench: &mut Bench, tasks: u64, store: &Store, pages: &mut Pages) {
    let ids: Vec<_> = (0..tasks.min(1000)).map(dataset::task_id).collect();
    bench.compare(
        CACHED,
        |count| {
            timed(|| {
                for id in ids.iter().cycle().take(count as usize) {
                    black_box(store.cached::<Task>(id).unwrap().unwrap());
                }
            })
        },
        |count| {
            timed(|| {
                for id in ids.iter().cycle().take(count as usize) {
                    black_box(pages.by_id(id).unwrap());
                }
            })
        },
    );
}

/// Of the tasks that wait, the second page: the most urgent first, and of these the newest.
fn page(bench: &mut Bench, store: &Store, pages: &mut Pages) {
    let waiting = Specification::<Task>::new()
        .matching(Task::in_state(TaskStatus::Pending))
        .order_by(tasks::priority, Direction::Descending)
        .order_by(tasks::created_at, Direction::Descending);
    bench.compare(
        PAGE,
        |count| {
            timed(|| {
                for _ in 0..count {
                    let page = store.read(|reader| data::page(reader, &waiting, 2, SIZE));
                    black_box(page.unwrap());
                }
            })
        },
        |count| {
            timed(|| {
                for _ in 0..count {
                    black_box(pages.page(2, SIZE.into()));
                }
            })
        },
    );
}

/// The newest tasks behind one from the middle.
fn behind_a_cursor(bench: &mut Bench, tasks: u64, store: &Store, pages: &mut Pages) {
    let newest = Specification::<Task>::new().order_by(tasks::created_at, Direction::Descending);
    let middle = tasks / 2;
    let (created_at, id) = (dataset::created_at(middle), dataset::task_id(middle));
    let cursor = cursor_behind(middle);
    bench.compare(
        KEYSET,
        |count| {
            timed(|| {
                for _ in 0..count {
                    let page = store.read(|r| data::after(r, &newest, Some(&cursor), SIZE));
                    black_box(page.unwrap());
                }
            })
        },
        |count| {
            timed(|| {
                for _ in 0..count {
                    black_box(pages.behind(created_at, &id, SIZE.into()));
                }
            })
        },
    );
}

/// Where the newest tasks behind one of [`dataset::fill`] begin.
pub(crate) fn cursor_behind(number: u64) -> Cursor {
    let (created_at, id) = (dataset::created_at(number), dataset::task_id(number));
    Cursor::from(serde_json::json!({"CreatedAt": created_at, "Id": id}).to_string())
}
