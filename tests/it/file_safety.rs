//! The files of an open database are moved, deleted, replaced, or closed by other code: what was acknowledged stays,
//! and what can't be relied on is refused.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use orchestra_store::maintenance::restore::{RestoreOptions, restore, restore_file};
use orchestra_store::maintenance::{backup, integrity, recover, unobserved};
use orchestra_store::models::TaskId;
use orchestra_store::services::tasks;
use orchestra_store::{ErrorCode, Result, Store, StoreConfig};

use crate::support::{TestStore, child_argument, child_process, note};

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}

fn open(path: &Path) -> Result<Store> {
    Store::open(StoreConfig::new(path))
}

fn code<T>(outcome: Result<T>) -> ErrorCode {
    outcome.err().expect("it must be refused").code()
}

/// Fails unless the database has all these tasks and is sound.
fn assert_has(path: &Path, acknowledged: &[TaskId], case: &str) {
    let store = open(path).unwrap();
    for id in acknowledged {
        let found = store.read(|reader| tasks::get(reader, id));
        assert!(found.is_ok(), "{case}: {id} was acknowledged: {found:?}");
    }
    let report = store.read(integrity::check).unwrap();
    assert!(report.is_ok(), "{case}: {report:?}");
    store.close().unwrap();
}

/// A little more than the time between two looks at the files.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Does something to the files of the open database at this path.
type Losing = fn(&Path);

/// Ways in which the files of an open database disappear from under their names.
const LOSSES: [(&str, Losing); 6] = [
    ("the database is moved", |path| {
        fs::rename(path, sibling(path, ".moved")).unwrap()
    }),
    ("the database is deleted", |path| {
        fs::remove_file(path).unwrap()
    }),
    ("the database is replaced", |path| {
        let copy = sibling(path, ".copy");
        fs::copy(path, &copy).unwrap();
        fs::rename(copy, path).unwrap();
    }),
    ("the log is deleted", |path| {
        fs::remove_file(sibling(path, "-wal")).unwrap()
    }),
    ("the log is replaced", |path| {
        let wal = sibling(path, "-wal");
        fs::write(sibling(path, ".new"), "").unwrap();
        fs::rename(sibling(path, ".new"), wal).unwrap();
    }),
    ("the index is deleted", |path| {
        fs::remove_file(sibling(path, "-shm")).unwrap()
    }),
];

#[test]
fn a_write_to_files_that_are_gone_is_never_acknowledged_and_their_content_is_kept() {
    for (case, lose) in LOSSES {
        let test = TestStore::new();
        let path = test.path();
        let mut acknowledged: Vec<_> = (0..5).map(|_| test.task("before")).collect();
        lose(&path);
        thread::sleep(BETWEEN_LOOKS);
        let refused = test
            .store
            .write(|uow| tasks::enqueue(uow, &new_task("after")));
        assert_eq!(code(refused), ErrorCode::FileUnsafe, "{case}");
        assert_eq!(code(test.store.begin()), ErrorCode::FileUnsafe, "{case}");
        let error = test.store.close().unwrap_err();
        assert_eq!(error.code(), ErrorCode::FileUnsafe, "{case}");
        let kept = kept_copies(&path);
        let [kept] = &kept[..] else {
            panic!("{case}: {kept:?}");
        };
        assert!(
            error.message().contains(kept.to_str().unwrap()),
            "{case}: {error}"
        );
        assert_has(kept, &acknowledged, case);
        acknowledged.clear();
        // The process can open what has the name now, and goes on.
        let again = open(&path).unwrap();
        again
            .write(|uow| tasks::enqueue(uow, &new_task("anew")))
            .unwrap();
        again.close().unwrap();
    }
}

fn new_task(command: &str) -> tasks::NewTask {
    tasks::NewTask::new(command, "/srv/git/search")
}

fn kept_copies(path: &Path) -> Vec<PathBuf> {
    let is_kept = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.contains(".kept-") && name.ends_with(".db")
    };
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(is_kept)
        .collect()
}

/// The look before a write may be spared, the one after a commit never is.
#[test]
fn a_commit_to_files_that_were_lost_a_moment_ago_is_in_doubt() {
    for (case, lose) in LOSSES.iter().filter(|(case, _)| !case.contains("index")) {
        let test = TestStore::new();
        test.task("before");
        let outcome = test.store.write(|uow| {
            lose(&test.path());
            tasks::enqueue(uow, &new_task("in doubt"))
        });
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), ErrorCode::FileUnsafe, "{case}");
        assert!(error.message().contains("may be lost"), "{case}: {error}");
    }
}

#[test]
fn a_store_that_is_dropped_keeps_lost_files_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    let store = open(&path).unwrap();
    let task = store
        .write(|uow| tasks::enqueue(uow, &new_task("before")))
        .unwrap();
    fs::remove_file(sibling(&path, "-wal")).unwrap();
    drop(store);
    assert_has(&kept_copies(&path)[0], &[task.id], "dropped");
}

#[test]
fn a_read_of_a_database_that_was_replaced_is_refused() {
    let test = TestStore::new();
    let id = test.task("before");
    fs::rename(test.path(), sibling(&test.path(), ".moved")).unwrap();
    thread::sleep(BETWEEN_LOOKS);
    let read = test.store.read(|reader| tasks::get(reader, &id));
    assert_eq!(code(read), ErrorCode::FileUnsafe);
}

#[test]
fn a_second_store_of_the_process_is_refused_while_the_first_has_lost_its_log() {
    let test = TestStore::new();
    fs::remove_file(sibling(&test.path(), "-wal")).unwrap();
    assert_eq!(code(open(&test.path())), ErrorCode::FileUnsafe);
}

/// Its log would be another one than that of the process that still has the index, and be ignored later.
#[test]
fn a_process_that_opens_the_database_after_its_log_was_deleted_is_refused() {
    let test = TestStore::new();
    let acknowledged = [test.task("before"), test.task("another")];
    fs::remove_file(sibling(&test.path(), "-wal")).unwrap();
    let body = "file_safety::body_of_a_second_process";
    let output = child_process(body, test.path().to_str().unwrap())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("outcome: Err("), "{printed}");
    assert!(test.store.close().is_err());
    assert_has(
        &kept_copies(&test.path())[0],
        &acknowledged,
        "the log deleted",
    );
}

#[test]
fn body_of_a_second_process() {
    let Some(path) = child_argument() else {
        return;
    };
    let outcome = open(Path::new(&path))
        .and_then(|store| store.write(|uow| tasks::enqueue(uow, &new_task("second"))))
        .map(|task| task.id);
    println!("outcome: {outcome:?}");
}

/// Opens and closes the files of the database by ordinary I/O, which drops every lock of this process on them.
fn drop_locks(path: &Path) {
    for name in [path.to_owned(), sibling(path, "-shm")] {
        drop(fs::File::open(name).unwrap());
    }
}

#[test]
fn another_program_can_not_delete_the_log_though_other_code_dropped_the_locks() {
    let test = TestStore::new();
    let path = test.path();
    let mut acknowledged = vec![test.task("before")];
    drop_locks(&path);
    // Reads and closes as the last one, for all that SQLite's own locks say.
    let output = child_process(
        "file_safety::body_of_a_program_that_reads",
        path.to_str().unwrap(),
    )
    .output()
    .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(sibling(&path, "-wal").exists() && sibling(&path, "-shm").exists());
    acknowledged.push(test.task("after"));
    let copy = tempfile::tempdir().unwrap();
    // As a killed process leaves it.
    crate::support::copy_directory(path.parent().unwrap(), copy.path());
    assert_has(&copy.path().join("orchestra.db"), &acknowledged, "killed");
    test.store.close().unwrap();
    assert!(
        !sibling(&path, "-wal").exists(),
        "the last connection deletes its log"
    );
}

#[test]
fn body_of_a_program_that_reads() {
    let Some(path) = child_argument() else {
        return;
    };
    let mut other = SqliteConnection::establish(&path).unwrap();
    let tables: i64 = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
        "(SELECT count(*) FROM sqlite_master)",
    ))
    .get_result(&mut other)
    .unwrap();
    assert!(tables > 0);
}

#[test]
fn a_write_whose_lock_was_dropped_is_undone() {
    let test = TestStore::new();
    let outcome = test.store.write(|uow| {
        let task = tasks::enqueue(uow, &new_task("unlocked"))?;
        drop_locks(&test.path());
        Ok(task.id)
    });
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), ErrorCode::FileUnsafe);
    assert!(error.message().contains("lock"), "{error}");
    let counts = test.store.read(tasks::count_by_status).unwrap();
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<i64>(), 0);
    // The next write takes the lock anew.
    test.task("next");
    test.store.close().unwrap();
}

/// A program that has the database open by itself, in the middle of a transaction, until it is dropped.
struct OtherProgram {
    child: std::process::Child,
    /// Kept open, so that the program can print.
    _printed: BufReader<std::process::ChildStdout>,
}

impl OtherProgram {
    fn start(path: &Path) -> Self {
        let test = "file_safety::body_of_a_program_that_writes";
        let mut child = child_process(test, path.to_str().unwrap()).spawn().unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        let mut lines = printed.by_ref().lines().map(|line| line.unwrap());
        assert!(lines.any(|line| line.contains("in a transaction")));
        Self {
            child,
            _printed: printed,
        }
    }

    /// Lets the program commit, and fails unless it can.
    fn finish(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for OtherProgram {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn body_of_a_program_that_writes() {
    let Some(path) = child_argument() else {
        return;
    };
    let mut other = SqliteConnection::establish(&path).unwrap();
    other
        .batch_execute("BEGIN IMMEDIATE; UPDATE UserPreferences SET Value = '1' WHERE Id = 'none'")
        .unwrap();
    println!("in a transaction");
    std::io::stdout().flush().unwrap();
    let _until_the_end = std::io::stdin().read_line(&mut String::new());
    other.batch_execute("COMMIT").unwrap();
}

fn even_if_sound() -> recover::RecoverOptions {
    let mut options = recover::RecoverOptions::default();
    options.even_if_sound = true;
    options
}

/// Operations that replace the file of a database that no store has open.
type Replacing = fn(&StoreConfig, &Path) -> Result<()>;

const REPLACING: [(&str, Replacing); 3] = [
    ("recover", |config, directory| {
        recover::recover(config, &directory.join("recovered.db"), &mut unobserved).map(drop)
    }),
    ("recover_in_place", |config, _| {
        recover::recover_in_place(config, &even_if_sound(), &mut unobserved).map(drop)
    }),
    ("restore_file", |config, directory| {
        let options = RestoreOptions::default();
        restore_file(
            config,
            &directory.join("backup.db"),
            &options,
            &mut unobserved,
        )
        .map(drop)
    }),
];

#[test]
fn a_database_that_another_program_has_open_is_not_replaced_under_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    let store = open(&path).unwrap();
    let task = store
        .write(|uow| tasks::enqueue(uow, &new_task("kept")))
        .unwrap();
    backup::create(
        &store,
        &directory.path().join("backup.db"),
        false,
        &mut unobserved,
    )
    .unwrap();
    store.close().unwrap();
    let link = directory.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for name in [&path, &link] {
        let other = OtherProgram::start(&path);
        let mut config = StoreConfig::new(name);
        config.busy_timeout = Duration::from_millis(100);
        for (operation, replace) in REPLACING {
            let refused = replace(&config, directory.path());
            assert_eq!(
                code(refused),
                ErrorCode::Busy,
                "{operation} by {}",
                name.display()
            );
        }
        other.finish();
        assert_has(
            &path,
            std::slice::from_ref(&task.id),
            "after the other program",
        );
    }
}

#[test]
fn a_restore_is_busy_while_another_program_has_the_database_open() {
    if !cfg!(target_os = "linux") {
        return note("locks of other programs are not seen on this system");
    }
    let test = TestStore::new();
    let backup_path = test.path().with_extension("backup");
    backup::create(&test.store, &backup_path, false, &mut unobserved).unwrap();
    let other = OtherProgram::start(&test.path());
    let restored = |options| restore(&test.store, &backup_path, &options, &mut unobserved);
    let error = restored(RestoreOptions::default()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Busy);
    assert!(
        error.message().contains(&other.child.id().to_string()),
        "{error}"
    );
    other.finish();
    restored(RestoreOptions::default()).unwrap();
}

#[test]
fn links_lead_to_the_files_beside_the_database_itself() {
    let directory = tempfile::tempdir().unwrap();
    let (real, links) = (
        directory.path().join("real"),
        directory.path().join("links"),
    );
    fs::create_dir(&links).unwrap();
    fs::create_dir(&real).unwrap();
    let path = real.canonicalize().unwrap().join("orchestra.db");
    std::os::unix::fs::symlink(&real, links.join("directory")).unwrap();
    std::os::unix::fs::symlink("../real/orchestra.db", links.join("file.db")).unwrap();

    let dangling = code(open(&links.join("file.db")));
    assert_eq!(
        dangling,
        ErrorCode::InvalidArgument,
        "a link that leads nowhere"
    );
    let by_directory = open(&links.join("directory/orchestra.db")).unwrap();
    let by_file = open(&links.join("file.db")).unwrap();
    assert_eq!((by_directory.path(), by_file.path()), (&*path, &*path));
    assert_eq!(crate::support::file_names(&links).len(), 2);
    let config = StoreConfig::new(links.join("file.db"));
    assert_eq!(
        code(recover::recover_in_place(
            &config,
            &even_if_sound(),
            &mut unobserved
        )),
        ErrorCode::Busy
    );
}

#[test]
fn a_database_with_two_names_is_only_read_unless_it_is_allowed() {
    let test = TestStore::new();
    let id = test.task("kept");
    test.store.close().unwrap();
    let second = test.path().with_file_name("second.db");
    fs::hard_link(test.path(), &second).unwrap();
    let open_with = |change: fn(&mut StoreConfig)| {
        let mut config = StoreConfig::new(&second);
        change(&mut config);
        Store::open(config)
    };
    let error = open_with(|_| {}).unwrap_err();
    assert_eq!(error.code(), ErrorCode::FileUnsafe);
    assert!(error.message().contains("allow_unsafe_location"), "{error}");

    let reader = open_with(|config| config.read_only = true).unwrap();
    reader.read(|reader| tasks::get(reader, &id)).unwrap();
    assert!(reader.read(integrity::check).unwrap().is_ok());
    backup::create(
        &reader,
        &second.with_extension("backup"),
        false,
        &mut unobserved,
    )
    .unwrap();
    reader.close().unwrap();
    let writer = open_with(|config| config.allow_unsafe_location = true).unwrap();
    writer
        .write(|uow| tasks::enqueue(uow, &new_task("allowed")))
        .unwrap();
}
