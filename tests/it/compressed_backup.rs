//! Backups that are compressed: as whole and as safe as the others, and smaller.

use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use orchestra_store::maintenance::backup::{self, BackupState};
use orchestra_store::maintenance::restore::{RestoreOptions, restore};
use orchestra_store::maintenance::{Phase, unobserved};
use orchestra_store::services::agents;
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Error, ErrorCode, Result};

use crate::small_disk::SmallDisk;
use crate::support::{REPOSITORY, TestStore, file_names, note, scaled};

/// A store with some megabytes, and its backup.
fn backed_up() -> (TestStore, PathBuf) {
    let test = TestStore::new();
    test.agent("a", 1);
    for number in 0..500 {
        test.task(&format!("{number} {}", "x".repeat(1900)));
    }
    let target = test.path().with_file_name("copy.db.gz");
    backup::create(&test.store, &target, false, &mut unobserved).unwrap();
    (test, target)
}

fn names(test: &TestStore) -> std::collections::BTreeSet<String> {
    file_names(test.path().parent().unwrap())
}

fn try_restore(test: &TestStore, backup: &Path) -> Result<()> {
    let options = RestoreOptions::default();
    restore(&test.store, backup, &options, &mut unobserved).map(drop)
}

#[test]
fn it_is_smaller_and_verified_listed_and_restored_like_any_other() {
    let (test, target) = backed_up();
    let plain = test.path().with_file_name("copy.db");
    let plain = backup::create(&test.store, &plain, false, &mut unobserved).unwrap();
    let size = std::fs::metadata(&target).unwrap().len();
    assert!(size < plain.size / 4, "{size} of {}", plain.size);

    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(&target, directory.path().join("copy.db.gz")).unwrap();
    std::fs::write(directory.path().join("notes.gz"), "no gzip").unwrap();
    for (verified, state) in [
        (false, BackupState::Unverified),
        (true, BackupState::Verified),
    ] {
        let [file] = &backup::list(directory.path(), verified).unwrap()[..] else {
            panic!("one file")
        };
        assert_eq!((file.size, &file.state), (size, &state));
        assert_eq!(file.schema_version.as_ref(), Some(&plain.schema_version));
    }
    assert_eq!(
        backup::verify(&target).unwrap().state,
        BackupState::Verified
    );
    assert_eq!(
        file_names(directory.path()).len(),
        2,
        "nothing is left of the unpacked one"
    );

    test.agent("later", 1);
    try_restore(&test, &target).unwrap();
    let ids = test.store.read(agents::list).unwrap();
    assert_eq!(ids.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn its_name_does_not_matter_where_it_is_read() {
    let (test, target) = backed_up();
    let renamed = target.with_extension("backup");
    std::fs::rename(&target, &renamed).unwrap();
    assert_eq!(
        backup::verify(&renamed).unwrap().state,
        BackupState::Verified
    );
    try_restore(&test, &renamed).unwrap();
}

#[test]
fn other_programs_can_unpack_it() {
    let (_test, target) = backed_up();
    match Command::new("gzip").arg("-t").arg(&target).status() {
        Ok(status) => assert!(status.success()),
        Err(_) => note("gzip is not there: nobody else unpacked a compressed backup"),
    }
}

#[test]
fn one_that_is_cancelled_at_any_step_leaves_nothing_and_can_be_made_again() {
    let (test, target) = backed_up();
    std::fs::remove_file(&target).unwrap();
    let before = names(&test);
    for steps in 0.. {
        let (mut left, mut last) = (steps, None);
        let mut stop = |now: orchestra_store::maintenance::Progress| {
            last = Some(now.stage);
            if left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            ControlFlow::Continue(())
        };
        match backup::create(&test.store, &target, false, &mut stop) {
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::Cancelled, "{error}");
                assert_eq!(names(&test), before, "after {steps} steps");
            }
            Ok(_) => {
                assert_eq!(last, Some(Phase::Compressing));
                break;
            }
        }
    }
    assert_eq!(
        backup::verify(&target).unwrap().state,
        BackupState::Verified
    );
}

/// What another reader makes of it, if it finds nothing wrong.
fn unpacked(file: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let read = GzDecoder::new(file).read_to_end(&mut content);
    read.is_ok().then_some(content)
}

fn restore_error(test: &TestStore, content: &[u8]) -> Error {
    let path = test.path().with_file_name("damaged.gz");
    std::fs::write(&path, content).unwrap();
    match backup::verify(&path) {
        Ok(file) => assert!(matches!(file.state, BackupState::Damaged(_)), "{file:?}"),
        Err(error) => assert_eq!(error.code(), ErrorCode::NotADatabase),
    }
    try_restore(test, &path).unwrap_err()
}

#[test]
fn every_damaged_bit_of_its_content_is_noticed() {
    let (test, target) = backed_up();
    let whole = std::fs::read(&target).unwrap();
    let codes = [ErrorCode::Corrupt, ErrorCode::NotADatabase];
    for length in [2, 30, whole.len() / 2, whole.len() - 1] {
        let code = restore_error(&test, &whole[..length]).code();
        assert!(codes.contains(&code), "{length}: {code:?}");
    }
    // The header, in which the time and the comment are, has no checksum.
    let header = whole.iter().skip(10).position(|&byte| byte == 0).unwrap() + 11;
    let original = unpacked(&whole).unwrap();
    let places = scaled(30, 1000);
    for number in 0..places {
        let place = header + number * (whole.len() - header) / places;
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (number % 8);
        // The bits behind the end of the last block are there to fill a byte.
        if unpacked(&damaged).is_some_and(|content| content == original) {
            continue;
        }
        let error = restore_error(&test, &damaged);
        assert_eq!(error.code(), ErrorCode::Corrupt, "byte {place}: {error}");
    }
    assert_eq!(test.store.read(agents::list).unwrap().len(), 1);
}

#[test]
fn one_that_unpacks_to_too_much_is_refused() {
    let (test, target) = backed_up();
    let size = std::fs::metadata(&target).unwrap().len();
    let mut options = RestoreOptions::default();
    options.max_size = size * 2;
    let error = restore(&test.store, &target, &options, &mut unobserved).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
    assert!(!names(&test).iter().any(|name| name.contains("restore")));
}

#[test]
fn a_disk_that_is_full_while_one_is_unpacked_is_told_and_costs_nothing() {
    let Some(disk) = SmallDisk::mount(8) else {
        return note("no small disk can be mounted: none was full while a backup was unpacked");
    };
    let (_large, backup) = {
        let test = TestStore::new();
        let many = vec![NewTask::new("x".repeat(2000), REPOSITORY); 4000];
        test.store
            .write(|uow| tasks::enqueue_many(uow, &many))
            .unwrap();
        let target = test.path().with_file_name("copy.db.gz");
        backup::create(&test.store, &target, false, &mut unobserved).unwrap();
        (test, target)
    };
    let test = TestStore::with(|config| {
        config.path = disk.root().join("orchestra.db");
        config.min_free_disk = 0;
    });
    test.agent("a", 1);
    let before = file_names(disk.root());
    let error = try_restore(&test, &backup).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DiskFull, "{error}");
    assert_eq!(file_names(disk.root()), before);
    test.agent("b", 1);
    assert_eq!(test.store.read(agents::list).unwrap().len(), 2);
    test.store.close().unwrap();
}
