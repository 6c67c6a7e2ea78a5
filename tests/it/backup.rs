//! Backups: whole, verified, and never in the way of others.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use orchestra_store::maintenance::backup::{self, BackupPolicy, BackupState};
use orchestra_store::maintenance::{Progress, integrity, unobserved};
use orchestra_store::models::TaskId;
use orchestra_store::services::agents;
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{ErrorCode, Store, StoreConfig};

use crate::support::{REPOSITORY, SetOnDrop, TestStore, file_names, scaled};

fn directory_of(test: &TestStore) -> PathBuf {
    test.path().parent().unwrap().to_owned()
}

fn open(path: &Path) -> Store {
    Store::open(StoreConfig::new(path)).unwrap()
}

#[test]
fn a_backup_is_a_database_with_all_that_was_committed() {
    let test = TestStore::new();
    test.agent("a", 1);
    let target = test.path().with_file_name("copy.db");
    let mut told = Vec::new();
    let mut observe = |progress: Progress| {
        told.push(progress);
        ControlFlow::Continue(())
    };
    let made = backup::create(&test.store, &target, false, &mut observe).unwrap();
    test.agent("later", 1);

    let last = told.last().unwrap();
    assert_eq!((last.done, last.total), (made.size, made.size));
    assert_eq!(made.size, std::fs::metadata(&target).unwrap().len());
    let copy = open(&target);
    let ids = |store: &Store| -> Vec<String> {
        let agents = store.read(agents::list).unwrap();
        agents.iter().map(|a| a.id.to_string()).collect()
    };
    assert_eq!(ids(&copy), ["a"]);
    assert_eq!(ids(&test.store), ["a", "later"]);
    assert!(copy.read(integrity::check).unwrap().is_ok());
}

#[cfg(unix)]
#[test]
fn a_backup_is_one_file_that_only_its_user_may_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let test = TestStore::new();
    let target = test.path().with_file_name("copy.db");
    let before = file_names(&directory_of(&test));
    backup::create(&test.store, &target, false, &mut unobserved).unwrap();
    let mode = std::fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut expected = before;
    expected.insert("copy.db".to_owned());
    assert_eq!(file_names(&directory_of(&test)), expected);
}

#[test]
fn a_backup_replaces_nothing_unless_told() {
    let test = TestStore::new();
    let target = test.path().with_file_name("precious.txt");
    std::fs::write(&target, "precious").unwrap();
    let error = backup::create(&test.store, &target, false, &mut unobserved).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists);
    assert!(error.message().contains("precious.txt"), "{error}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");

    backup::create(&test.store, &target, true, &mut unobserved).unwrap();
    assert_eq!(
        backup::verify(&target).unwrap().state,
        BackupState::Verified
    );
}

#[test]
fn a_backup_replaces_no_database_that_may_be_open_even_when_told() {
    let test = TestStore::new();
    let other = TestStore::new();
    other.task("in the log");
    for database in [test.path(), other.path()] {
        let error = backup::create(&test.store, &database, true, &mut unobserved).unwrap_err();
        assert_eq!(error.code(), ErrorCode::AlreadyExists, "{error}");
    }
}

#[test]
fn a_backup_that_fails_or_is_cancelled_leaves_nothing_behind() {
    let test = TestStore::new();
    let before = file_names(&directory_of(&test));
    let target = test.path().with_file_name("copy.db");
    let mut stop = |_| ControlFlow::Break(());
    // The one step that a small database takes is its last, and then it is too late.
    for number in 0..2000 {
        test.task(&format!("{number} {}", "x".repeat(1900)));
    }
    let error = backup::create(&test.store, &target, false, &mut stop).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled, "{error}");

    let nowhere = test.path().with_file_name("nowhere").join("copy.db");
    let error = backup::create(&test.store, &nowhere, false, &mut unobserved).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BackupFailed, "{error}");
    assert_eq!(file_names(&directory_of(&test)), before);
}

#[test]
fn a_backup_is_not_begun_without_room_for_it() {
    let test = TestStore::with(|config| config.min_free_disk = u64::MAX);
    let target = test.path().with_file_name("copy.db");
    let error = backup::create(&test.store, &target, false, &mut unobserved).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DiskFull, "{error}");
}

#[cfg(unix)]
#[test]
fn a_backup_follows_no_link_and_takes_over_what_was_left_half_made() {
    let test = TestStore::new();
    let victim = test.path().with_file_name("victim.txt");
    std::fs::write(&victim, "precious").unwrap();
    let target = test.path().with_file_name("copy.db");
    let partial = test.path().with_file_name("copy.db.partial");
    std::os::unix::fs::symlink(&victim, &partial).unwrap();
    let error = backup::create(&test.store, &target, false, &mut unobserved).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists, "{error}");
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");

    std::fs::remove_file(&partial).unwrap();
    std::fs::write(&partial, "left by a process that was killed").unwrap();
    backup::create(&test.store, &target, false, &mut unobserved).unwrap();
    assert!(!partial.exists());
}

/// The writers never pause, and each commit changes the file that is being copied.
#[test]
fn a_backup_under_load_has_every_write_that_was_acknowledged_before_it_began() {
    let test = TestStore::with(|config| config.durability = orchestra_store::Durability::Normal);
    for number in 0..500 {
        test.task(&format!("{number} {}", "x".repeat(1900)));
    }
    let acknowledged: Arc<Mutex<HashSet<TaskId>>> = Arc::default();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        // Also when an assertion fails: the scope waits for its threads.
        let _stop_at_end = SetOnDrop(&stop);
        for _ in 0..4 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let new = NewTask::new("x".repeat(1000), REPOSITORY);
                    let task = test.store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
                    acknowledged.lock().unwrap().insert(task.id);
                }
            });
        }
        for round in 0..scaled(3, 20) {
            let before = acknowledged.lock().unwrap().clone();
            let target = test.path().with_file_name(format!("copy-{round}.db"));
            // Slow steps, so that there are commits between any two.
            let mut slowly = |_| {
                thread::sleep(Duration::from_millis(20));
                ControlFlow::Continue(())
            };
            backup::create(&test.store, &target, false, &mut slowly).unwrap();
            assert!(acknowledged.lock().unwrap().len() > before.len());
            let copy = open(&target);
            assert!(copy.read(integrity::check).unwrap().is_ok());
            let missing = copy
                .read(|reader| {
                    let gone = before.iter().filter(|id| tasks::get(reader, id).is_err());
                    Ok(gone.count())
                })
                .unwrap();
            assert_eq!(missing, 0);
        }
    });
}

#[test]
fn the_policy_makes_backups_when_they_are_due_and_keeps_as_many_as_it_says() {
    let test = TestStore::new();
    let mut policy = BackupPolicy::new(directory_of(&test).join("backups"));
    policy.interval = Duration::from_secs(3600);
    policy.keep = 2;
    let run = || backup::run_if_due(&test.store, &policy, &mut unobserved).unwrap();
    let names = || file_names(&policy.directory);

    assert!(run().made.is_some());
    assert!(run().made.is_none());
    test.advance_seconds(3599);
    assert!(run().made.is_none());
    std::fs::write(policy.directory.join("notes.txt"), "mine").unwrap();
    let left = "orchestra-20251231-000000.backup.db.partial";
    std::fs::write(policy.directory.join(left), "left by a killed process").unwrap();
    for _ in 0..3 {
        test.advance_seconds(3600);
        assert!(run().made.is_some());
    }
    let expected = [
        "notes.txt",
        "orchestra-20260101-025959.backup.db",
        "orchestra-20260101-035959.backup.db",
    ];
    assert_eq!(names(), expected.map(str::to_owned).into());
}

#[test]
fn the_policy_keeps_what_is_young_beyond_the_number() {
    let test = TestStore::new();
    let mut policy = BackupPolicy::new(directory_of(&test).join("backups"));
    policy.interval = Duration::from_secs(3600);
    policy.keep = 1;
    policy.keep_for = Duration::from_secs(2 * 3600);
    for _ in 0..5 {
        backup::run_if_due(&test.store, &policy, &mut unobserved).unwrap();
        test.advance_seconds(3600);
    }
    let names = file_names(&policy.directory);
    let hours: Vec<_> = names.iter().map(|name| &name[19..21]).collect();
    assert_eq!(hours, ["03", "04"], "{names:?}");
}

#[test]
fn the_list_tells_what_is_known_of_each_backup() {
    let test = TestStore::new();
    let directory = directory_of(&test).join("backups");
    std::fs::create_dir(&directory).unwrap();
    let make = |name: &str| {
        let target = directory.join(name);
        backup::create(&test.store, &target, false, &mut unobserved).unwrap()
    };
    let made = make("good.db");
    let damaged = make("damaged.db").path;
    let whole = std::fs::read(&damaged).unwrap();
    std::fs::write(&damaged, &whole[..whole.len() / 2]).unwrap();
    std::fs::write(directory.join("half.db.partial"), "half").unwrap();
    std::fs::write(directory.join("notes.txt"), "not a backup").unwrap();

    let states = |verified| {
        let mut files = backup::list(&directory, verified).unwrap();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let file = |f: backup::BackupFile| (name(&f.path), f.size, f.schema_version, f.state);
        files.into_iter().map(file).collect::<Vec<_>>()
    };
    let [
        (first, .., damage),
        (second, size, version, good),
        (third, .., half),
    ] = <[_; 3]>::try_from(states(true)).unwrap();
    assert_eq!(
        [&first[..], &second, &third],
        ["damaged.db", "good.db", "half.db.partial"]
    );
    assert!(matches!(damage, BackupState::Damaged(_)), "{damage:?}");
    assert_eq!((size, version), (made.size, Some(made.schema_version)));
    assert_eq!((good, half), (BackupState::Verified, BackupState::Partial));
    assert_eq!(states(false)[1].3, BackupState::Unverified);
}

#[test]
fn a_backup_of_a_damaged_database_is_refused() {
    let test = TestStore::new();
    test.task("ls");
    let break_a_rule = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        use diesel::connection::SimpleConnection as _;
        Ok(uow.connection().batch_execute(
            "PRAGMA ignore_check_constraints = ON; UPDATE Tasks SET ProgressPercentage = 101;",
        )?)
    };
    test.store.write(break_a_rule).unwrap();
    let target = test.path().with_file_name("copy.db");
    let error = backup::create(&test.store, &target, false, &mut unobserved).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Corrupt, "{error}");
    assert!(!target.exists());
}
