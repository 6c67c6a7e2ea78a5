//! A process or a disk that has nothing left: the error names it, and nothing is lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, setrlimit};
use orchestra_store::maintenance::{integrity, space};
use orchestra_store::models::Task;
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{ErrorCode, Result, Store, StoreConfig};

use crate::small_disk::SmallDisk;
use crate::support::{child_argument, child_of_another_user, child_process, note};

fn enqueue(store: &Store, command: &str) -> Result<Task> {
    store.write(|uow| tasks::enqueue(uow, &NewTask::new(command, "/srv")))
}

/// Runs a test as a child in a directory of its own, and fails unless that passes.
fn run_alone(test: &str) {
    let directory = tempfile::tempdir().unwrap();
    let output = child_process(test, directory.path().to_str().unwrap())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn too_many_open_files_are_no_reason_to_try_again() {
    run_alone("exhaustion::body_of_a_process_without_files");
}

#[test]
fn body_of_a_process_without_files() {
    let Some(directory) = child_argument() else {
        return;
    };
    let path = Path::new(&directory).join("orchestra.db");
    let mut config = StoreConfig::new(&path);
    config.busy_timeout = Duration::from_secs(30);
    let store = Store::open(config.clone()).unwrap();
    enqueue(&store, "before").unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, 64, 64).unwrap();
    let mut held = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        held.push(file);
    }
    let started = Instant::now();
    let read = store.read(tasks::count_by_status).unwrap_err();
    let opened = Store::open(StoreConfig::new(path.with_extension("other"))).unwrap_err();
    for error in [&read, &opened] {
        assert_eq!(error.code(), ErrorCode::Io, "{error}");
        assert!(error.message().contains("ulimit -n"), "{error}");
    }
    // A write has its connection, and goes on; a read doesn't wait for what can't come.
    enqueue(&store, "meanwhile").unwrap();
    assert!(
        started.elapsed() < config.busy_timeout,
        "it waited as if it were busy"
    );
    held.clear();
    let counts = store.read(tasks::count_by_status).unwrap();
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<i64>(), 2);
}

#[test]
fn a_thread_that_can_not_be_started_is_an_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let test = "exhaustion::body_of_a_process_without_threads";
    let argument = directory.path().to_str().unwrap();
    if let Some(printed) = child_of_another_user(directory.path(), test, argument) {
        assert!(printed.contains("an error"), "{printed}");
    }
}

#[test]
fn body_of_a_process_without_threads() {
    let Some(directory) = child_argument() else {
        return;
    };
    setrlimit(Resource::RLIMIT_NPROC, 1, 1).unwrap();
    let store = Store::open(StoreConfig::new(Path::new(&directory).join("a.db"))).unwrap();
    // Writes need no thread.
    enqueue(&store, "ls").unwrap();
    let error = store.read(tasks::count_by_status).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Io, "{error}");
    assert!(error.message().contains("ulimit -u"), "{error}");
    println!("an error");
}

fn small_disk() -> Option<SmallDisk> {
    let disk = SmallDisk::mount(4);
    if disk.is_none() {
        note("no file system can be mounted: a full disk was not tested");
    }
    disk
}

fn config(path: PathBuf) -> StoreConfig {
    let mut config = StoreConfig::new(path);
    config.min_free_disk = 0;
    config
}

#[test]
fn a_full_disk_is_named_and_nothing_is_lost() {
    let Some(disk) = small_disk() else {
        return;
    };
    let store = Store::open(config(disk.path("orchestra.db"))).unwrap();
    let mut acknowledged = vec![enqueue(&store, "before").unwrap().id];
    disk.fill();
    let refused = (0..200).find_map(|_| match enqueue(&store, "while it is full") {
        // The log has room that it was given before.
        Ok(task) => {
            acknowledged.push(task.id);
            None
        }
        Err(error) => Some(error),
    });
    let error = refused.expect("the disk is full");
    assert_eq!(error.code(), ErrorCode::DiskFull, "{error:?}");
    // What the operator is told to do works: reading, looking, emptying the log.
    store
        .read(|reader| tasks::get(reader, &acknowledged[0]))
        .unwrap();
    space::measure(&store).unwrap();
    let emptied = space::checkpoint(&store);
    assert!(
        emptied.as_ref().is_ok_and(|left| *left == 0) || is_full(&emptied),
        "{emptied:?}"
    );
    disk.make_room();
    acknowledged.push(enqueue(&store, "after").unwrap().id);
    space::checkpoint(&store).unwrap();
    for id in &acknowledged {
        store.read(|reader| tasks::get(reader, id)).unwrap();
    }
    let total = store.read(tasks::count_by_status).unwrap();
    assert_eq!(
        total.iter().map(|(_, n)| n).sum::<i64>(),
        acknowledged.len() as i64
    );
    assert!(store.read(integrity::check).unwrap().is_ok());
    store.close().unwrap();
}

fn is_full<T>(outcome: &Result<T>) -> bool {
    outcome
        .as_ref()
        .is_err_and(|error| error.code() == ErrorCode::DiskFull)
}

#[test]
fn a_database_that_can_not_be_opened_on_a_full_disk_says_so() {
    let Some(disk) = small_disk() else {
        return;
    };
    let store = Store::open(config(disk.path("orchestra.db"))).unwrap();
    let id = enqueue(&store, "before").unwrap().id;
    store.close().unwrap();
    disk.fill();
    let opened = Store::open(config(disk.path("orchestra.db")));
    assert!(is_full(&opened), "{opened:?}");
    // It can be looked at all the same.
    let mut reading = config(disk.path("orchestra.db"));
    reading.read_only = true;
    let store = Store::open(reading).unwrap();
    store.read(|reader| tasks::get(reader, &id)).unwrap();
    store.close().unwrap();
    let created = Store::open(config(disk.path("new.db")));
    assert!(is_full(&created), "{created:?}");
    disk.make_room();
    let store = Store::open(config(disk.path("orchestra.db"))).unwrap();
    store.read(|reader| tasks::get(reader, &id)).unwrap();
}
