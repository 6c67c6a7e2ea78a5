//! That all measurements can be made, with as little work as possible.

use orchestra_bench::cases::{self, equality};
use orchestra_bench::harness::{Bench, Effort};

#[test]
fn both_sides_leave_the_same_rows() {
    equality::check();
}

#[test]
fn every_case_runs() {
    let mut bench = Bench::new(Effort::SMOKE, None);
    cases::run(&mut bench, 1_000);
    assert!(!bench.measurements.is_empty());
}
