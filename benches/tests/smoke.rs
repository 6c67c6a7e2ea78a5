//! That all measurements can be made, with as little work as possible.

use orchestra_bench::cases::{self, Sizes, equality};
use orchestra_bench::growth::{self, Operation};
use orchestra_bench::harness::{Bench, Effort};
use orchestra_bench::queues::{self, Conditions, Options};
use orchestra_bench::report::{self, Findings};

#[test]
fn both_sides_leave_the_same_rows() {
    equality::check();
}

#[test]
fn every_case_runs_and_is_reported() {
    let mut bench = Bench::new(Effort::SMOKE, None);
    cases::run(&mut bench, Sizes::SMALL);
    let findings = Findings {
        cases: bench.measurements,
        growth: growth::measure(&[1_000, 2_000], 1),
        ..Findings::default()
    };
    let directory = tempfile::tempdir().unwrap();
    report::write(&findings, directory.path());
    let text = std::fs::read_to_string(directory.path().join("performance.md")).unwrap();
    for found in &findings.cases {
        assert!(text.contains(found.case.name), "{}", found.case.name);
    }
    for operation in Operation::ALL {
        assert!(text.contains(operation.name()), "{}", operation.name());
    }
    assert!(directory.path().join("performance/steps.svg").exists());
}

/// Each run counts the tasks that were completed once and those that are left, in its memory and in the file.
#[test]
fn all_sides_of_the_queues_work_off_all_tasks() {
    let options = Options::QUICK;
    let found = queues::measure(&options);
    for conditions in Conditions::ALL {
        let line = found.line(conditions).unwrap();
        assert!(
            line.starts_with(&format!("queues {conditions} ours=")),
            "{line}"
        );
    }
}

#[test]
fn the_cost_does_not_grow_with_the_number_of_tasks() {
    let grown = growth::growth(&growth::measure(&[10_000, 40_000], 1));
    assert!(
        grown.iter().all(|found| found.is_within_limit()),
        "{grown:?}"
    );
}
