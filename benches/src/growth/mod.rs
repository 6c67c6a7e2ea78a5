//! What operations cost as the database grows: time, steps of SQLite's virtual machine, and pages
//! that are looked at.
//!
//! Steps and pages are the same in each run, so a limit on them can be held; time is told beside.

mod counters;
mod memory;
mod operations;

use std::fmt;
use std::time::Duration;

use orchestra_store::Durability;

use self::counters::Cost;
use self::operations::release;
use crate::dataset;
use crate::harness::timed;
use crate::raw::{Connection, Role};
use crate::sides::Sides;

pub use operations::Operation;

/// The sizes of a run of which nothing is left out.
pub const FULL: &[u64] = &[1_000, 10_000, 100_000, 1_000_000, 10_000_000];
/// The sizes of a short run.
pub const SHORT: &[u64] = &[1_000, 10_000, 100_000];
/// How often what is fast is timed.
pub const REPETITIONS: u64 = 201;
/// How much more the largest database may cost than one of ten thousand tasks.
pub const LIMIT: f64 = 1.5;
/// How many tasks are added in one transaction.
const CHUNK: u64 = 100_000;

/// What an operation costs in a database of some size.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// The operation.
    pub operation: Operation,
    /// How many tasks there are.
    pub tasks: u64,
    /// Seconds, at the median.
    pub seconds: f64,
    /// Steps of the virtual machine.
    pub steps: u64,
    /// Pages that were looked at, in the page cache or behind it.
    pub pages: u64,
    /// The most memory that the process had meanwhile beyond what it had before, in bytes; none
    /// where the operating system doesn't tell.
    pub memory: Option<u64>,
}

/// Measures each operation in one database that grows from size to size.
///
/// The time is the median of this many runs, of fewer where each takes long.
pub fn measure(sizes: &[u64], repetitions: u64) -> Vec<Point> {
    let sides = Sides::with_tasks(0);
    let mut points = Vec::new();
    let mut filled = 0;
    for &size in sizes {
        grow(&sides, filled, size);
        filled = size;
        for operation in Operation::ALL {
            let point = measure_one(&sides, operation, size, repetitions);
            println!("{point}");
            points.push(point);
        }
    }
    points
}

/// Adds tasks up to a number of them, without caring for power losses.
fn grow(sides: &Sides, from: u64, to: u64) {
    let connection = Connection::open(&sides.kernel_path(), Role::Writer(Durability::Normal));
    connection.execute(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA wal_autocheckpoint = 50000",
    );
    for start in (from..to).step_by(CHUNK as usize) {
        dataset::fill(&connection, start..to.min(start + CHUNK));
    }
}

fn measure_one(sides: &Sides, operation: Operation, tasks: u64, repetitions: u64) -> Point {
    let cost = cost_of(sides, operation, tasks);
    let store = sides.store(Durability::Normal);
    release(&store, &operation.run(&store, tasks));
    let mut memory = None;
    let mut seconds: Vec<f64> = (0..repetitions.min(operation.most_repetitions(tasks)))
        .map(|_| {
            let mut claimed = Vec::new();
            let mut time = Duration::ZERO;
            let peak = memory::peak_of(|| time = timed(|| claimed = operation.run(&store, tasks)));
            memory = memory.max(peak);
            release(&store, &claimed);
            time.as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    Point {
        operation,
        tasks,
        seconds: seconds[seconds.len() / 2],
        steps: cost.steps,
        pages: cost.pages,
        memory,
    }
}

/// The second time: the first prepares the statements.
fn cost_of(sides: &Sides, operation: Operation, tasks: u64) -> Cost {
    counters::watching(|| {
        let store = sides.store(Durability::Normal);
        release(&store, &operation.run(&store, tasks));
        let mut claimed = Vec::new();
        let cost = counters::count(|| claimed = operation.run(&store, tasks));
        release(&store, &claimed);
        cost
    })
}

/// How the cost of an operation grew.
#[derive(Debug, Clone, Copy)]
pub struct Growth {
    /// The operation.
    pub operation: Operation,
    /// Its steps in the largest database as a multiple of those in the base.
    pub steps: f64,
    /// The same of its pages.
    pub pages: f64,
}

impl Growth {
    /// Whether both are at most [`LIMIT`].
    pub fn is_within_limit(&self) -> bool {
        self.steps <= LIMIT && self.pages <= LIMIT
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, verdict) = (self.operation.name(), self.is_within_limit());
        let verdict = if verdict { "met" } else { "MISSED" };
        write!(
            f,
            "{name} in the largest database: {:.2} of the steps, {:.2} of the pages, at most {LIMIT}: {verdict}",
            self.steps, self.pages
        )
    }
}

/// The size that the largest database is held against: not the smallest, since it is only from some
/// thousand tasks on that the trees of the indexes have more than one level.
pub fn base(points: &[Point]) -> u64 {
    let sizes = points.iter().map(|point| point.tasks);
    sizes.filter(|&size| size >= 10_000).min().unwrap_or(1_000)
}

/// How the cost of each operation grew that is not to grow; nothing where nothing was measured.
pub fn growth(points: &[Point]) -> Vec<Growth> {
    let Some(largest) = points.iter().map(|point| point.tasks).max() else {
        return Vec::new();
    };
    let at = |operation, tasks| {
        let of_both = |point: &&Point| (point.operation, point.tasks) == (operation, tasks);
        points.iter().find(of_both).unwrap()
    };
    let bounded = Operation::ALL.into_iter().filter(|o| o.is_bounded());
    bounded
        .map(|operation| {
            let (small, large) = (at(operation, base(points)), at(operation, largest));
            Growth {
                operation,
                steps: large.steps as f64 / small.steps as f64,
                pages: large.pages as f64 / small.pages as f64,
            }
        })
        .collect()
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at {}: {:.1} µs, {} steps, {} pages",
            self.operation.name(),
            self.tasks,
            self.seconds * 1e6,
            self.steps,
            self.pages
        )
    }
}
