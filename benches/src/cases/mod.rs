//! The cases: the same work through the kernel and by hand.

mod analytics;
mod c_abi;
pub mod equality;
mod lookups;
mod reads;
mod runs;
mod threads;
mod wholes;
mod writes;

use crate::harness::{Bench, Case, Effort, Measurement};
pub(crate) use analytics::{everything, through_the_kernel};
pub(crate) use reads::cursor_behind;
pub(crate) use runs::run_one;

/// How many tasks the databases have.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Where nothing else is said.
    pub tasks: u64,
    /// Where all of them are summed up.
    pub analytics: u64,
    /// How many one call adds.
    pub batch: u64,
}

impl Sizes {
    /// What the names of the cases say.
    pub const NAMED: Self = Self {
        tasks: 100_000,
        analytics: 1_000_000,
        batch: 10_000,
    };
    /// Only to see that it runs.
    pub const SMALL: Self = Self {
        tasks: 1_000,
        analytics: 1_000,
        batch: 100,
    };
}

/// Runs all that are wanted.
pub fn run(bench: &mut Bench, sizes: Sizes) {
    reads::run(bench, sizes.tasks);
    writes::run(bench, sizes.batch);
    runs::run(bench);
    threads::run(bench);
    lookups::run(bench);
    analytics::run(bench, sizes);
    wholes::run(bench, sizes.tasks);
    c_abi::run(bench, sizes.tasks);
}

/// Opens and closes a database with this many tasks.
pub fn opening(effort: Effort, tasks: u64) -> Option<Measurement> {
    let mut bench = Bench::new(effort, None);
    wholes::open(&mut bench, tasks);
    bench.measurements.pop()
}

/// Why a case misses its target, for the report.
pub fn reason(case: &Case, all: &[Measurement]) -> String {
    let reason = match case.name {
        name if name.contains("claim") => {
            "the kernel finds out what changed by comparing each row with the one that is stored, \
             and writes the audit row from that; by hand, each statement knows."
        }
        name if name == threads::WRITERS.name => return threads::most_to_gain(all),
        name if name.contains("page") => {
            "the query is put together anew for each page, and each column is read by its type."
        }
        _ => {
            "checks of the arguments, the transaction around it, and rows as JSON for the audit row."
        }
    };
    reason.to_owned()
}
