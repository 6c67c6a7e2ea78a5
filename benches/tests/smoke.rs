//! That all measurements can be made, with as little work as possible.

use std::path::Path;

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
    let found = queues::measure(&options, None);
    for conditions in Conditions::ALL {
        let line = found.line(conditions).unwrap();
        let beginning = format!("queues {conditions} ours=");
        assert!(line.starts_with(&beginning), "{line}");
    }
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("performance.md");
    std::fs::write(&page, "# Performance\n\n## Queues\n\nold\n").unwrap();
    report::write_queues(&found, directory.path());
    report::write(&Findings::default(), directory.path());
    let text = std::fs::read_to_string(page).unwrap();
    assert!(
        text.contains("| C ABI |") && !text.contains("old\n"),
        "{text}"
    );
}

#[test]
fn the_page_has_the_code_by_hand() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let page = std::fs::read_to_string(docs.join("performance.md")).unwrap();
    assert!(page.contains(queues::BY_HAND_SOURCE));
}

#[test]
fn the_cost_does_not_grow_with_the_number_of_tasks() {
    let grown = growth::growth(&growth::measure(&[10_000, 40_000], 1));
    assert!(
        grown.iter().all(|found| found.is_within_limit()),
        "{grown:?}"
    );
}
