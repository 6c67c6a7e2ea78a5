//! The cases: the same work through the kernel and by hand.

pub mod equality;
mod reads;
mod runs;
mod writes;

use crate::harness::Bench;

/// Runs all that are wanted.
pub fn run(bench: &mut Bench, tasks: u64) {
    reads::run(bench, tasks);
    writes::run(bench);
    runs::run(bench);
}
