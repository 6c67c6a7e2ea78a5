//! Disks that fail and processes that are killed, during everything that changes a file as a whole:
//! the database is as it was or as it was to become, and the next try succeeds.

mod operation;
mod vfs;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use orchestra_store::ErrorCode;

use crate::kill::random_below;
use crate::support::{child_argument, child_process, copy_directory, is_full, scaled};
pub use operation::Operation;
use vfs::{Fault, Plan};

/// Lets one call of the file system after the other fail until the operation gets past it.
fn fail_each(operation: Operation, fault: Fault) {
    let template = tempfile::tempdir().unwrap();
    operation.prepare(template.path());
    let (mut nth, mut tried) = (1, 0);
    loop {
        let directory = tempfile::tempdir().unwrap();
        copy_directory(template.path(), directory.path());
        let plan = Plan::arm(directory.path(), fault, nth);
        let outcome = operation.run(directory.path());
        let fired = plan.disarm();
        if let Err(error) = &outcome {
            assert!(fired, "{operation:?}: {error}");
            let codes = [
                ErrorCode::DiskFull,
                ErrorCode::Io,
                ErrorCode::OutcomeUnknown,
                ErrorCode::BackupFailed,
                ErrorCode::MigrationFailed,
                // A connection that can't be opened is tried again until the busy timeout.
                ErrorCode::Busy,
            ];
            assert!(
                codes.contains(&error.code()),
                "{operation:?}, call {nth}: {error:?}"
            );
        }
        let finished = outcome.is_ok();
        let place = format!("{operation:?}, {fault:?} at call {nth}, {outcome:?}");
        operation.assert_before_or_after(directory.path(), finished, &place);
        let again = operation.run(directory.path());
        assert!(again.is_ok(), "{place}: {again:?}");
        operation.assert_before_or_after(directory.path(), true, &place);
        if !fired {
            println!("{operation:?}, {fault:?}: {tried} of {nth} calls failed");
            return;
        }
        tried += 1;
        nth += if is_full() { 1 } else { 1 + nth / 3 };
    }
}

fn fail_each_both_ways(operation: Operation) {
    fail_each(operation, Fault::IoErrorOnce);
    fail_each(operation, Fault::DiskFull);
}

#[test]
fn a_commit_survives_a_failing_disk() {
    fail_each_both_ways(Operation::Commit);
}

#[test]
fn a_migration_survives_a_failing_disk() {
    fail_each_both_ways(Operation::Migrate);
}

#[test]
fn an_import_survives_a_failing_disk() {
    fail_each_both_ways(Operation::Import);
}

#[test]
fn a_backup_survives_a_failing_disk() {
    fail_each_both_ways(Operation::BackUp);
}

#[test]
fn a_restore_survives_a_failing_disk() {
    fail_each_both_ways(Operation::Restore);
}

#[test]
fn a_compressed_backup_survives_a_failing_disk() {
    fail_each_both_ways(Operation::BackUpCompressed);
}

#[test]
fn retention_survives_a_failing_disk() {
    fail_each_both_ways(Operation::Retain);
}

#[test]
fn a_vacuum_survives_a_failing_disk() {
    fail_each_both_ways(Operation::Vacuum);
}

/// Starts a process that does the operation, and waits until it begins.
fn start(operation: Operation, directory: &Path) -> std::process::Child {
    let argument = format!("{operation:?} {}", directory.display());
    let mut child = child_process("faults::child_operates", &argument)
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.as_mut().unwrap());
    assert!(output.lines().any(|line| line.unwrap().contains("ready")));
    child
}

/// Kills a process at random moments of an operation, from its begin to a little behind its end.
fn kill_often(operation: Operation) {
    let template = tempfile::tempdir().unwrap();
    operation.prepare(template.path());
    let fresh = || {
        let directory = tempfile::tempdir().unwrap();
        copy_directory(template.path(), directory.path());
        directory
    };
    let directory = fresh();
    let started = Instant::now();
    assert!(start(operation, directory.path()).wait().unwrap().success());
    let usual = u64::try_from(started.elapsed().as_micros()).unwrap();

    let (mut unfinished, rounds) = (0, scaled(6, 100));
    for round in 0..rounds {
        let directory = fresh();
        let mut child = start(operation, directory.path());
        thread::sleep(Duration::from_micros(random_below(usual)));
        child.kill().unwrap();
        let finished = child.wait().unwrap().success();
        unfinished += i32::from(!finished);
        let place = format!("{operation:?}, round {round}");
        operation.assert_before_or_after(directory.path(), finished, &place);
        let again = operation.run(directory.path());
        assert!(again.is_ok(), "{place}: {again:?}");
        operation.assert_before_or_after(directory.path(), true, &place);
    }
    println!("{operation:?}: {unfinished} of {rounds} kills came before the end");
}

/// A process that does one operation.
#[test]
fn child_operates() {
    let Some(argument) = child_argument() else {
        return;
    };
    let (operation, directory) = argument.split_once(' ').unwrap();
    let operation = Operation::named(operation);
    println!("ready");
    operation.run(Path::new(directory)).unwrap();
}

#[test]
fn a_migration_that_is_killed_is_done_or_not() {
    kill_often(Operation::Migrate);
}

#[test]
fn an_import_that_is_killed_is_done_or_not() {
    kill_often(Operation::Import);
}

#[test]
fn a_backup_that_is_killed_is_done_or_not() {
    kill_often(Operation::BackUp);
}

#[test]
fn a_restore_that_is_killed_is_done_or_not() {
    kill_often(Operation::Restore);
}

#[test]
fn a_compressed_backup_that_is_killed_is_done_or_not() {
    kill_often(Operation::BackUpCompressed);
}

#[test]
fn retention_that_is_killed_removes_whole_tasks() {
    kill_often(Operation::Retain);
}

#[test]
fn a_vacuum_that_is_killed_is_done_or_not() {
    kill_often(Operation::Vacuum);
}
