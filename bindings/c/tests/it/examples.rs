//! The examples for users: they run, and are short.

use std::fs;
use std::path::Path;

use crate::compiler::Linkage;
use crate::paths;
use crate::programs::{Program, few_tasks, keeps_the_state_file, run_in_every_way};

fn lines(file: &Path) -> usize {
    fs::read_to_string(file).unwrap().lines().count()
}

#[test]
fn host() {
    run_in_every_way("examples/host.c", few_tasks, keeps_the_state_file);
}

#[test]
fn transaction() {
    run_in_every_way("examples/transaction.c", |_| Vec::new(), |_| {});
}

#[test]
fn cursor() {
    run_in_every_way("examples/cursor.c", |_| Vec::new(), |_| {});
}

#[test]
fn backup() {
    let makes_one = |data: &Path| assert!(data.join("backup.db").is_file());
    run_in_every_way("examples/backup.c", |_| Vec::new(), makes_one);
}

#[test]
fn follower() {
    run_in_every_way("examples/follower.c", |_| Vec::new(), |_| {});
    // It goes on where the run before ended.
    let program = Program::new("examples/follower.c", Linkage::Dynamic);
    program.run(&[]);
    program.run(&[]);
}

#[test]
fn hosts_are_short() {
    let c = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/host.c");
    assert!(lines(&c) < 150);
    let csharp = paths::workspace().join("bindings/dotnet/samples/Workers/Workers.cs");
    assert!(lines(&csharp) < 120);
}
