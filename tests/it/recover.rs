//! Salvaging damaged databases.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::RunQueryDsl as _;
use diesel::sql_types::BigInt;
use orchestra_store::maintenance::recover::{RecoverOptions, Recovery, recover, recover_in_place};
use orchestra_store::maintenance::{integrity, repair, unobserved};
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{ErrorCode, Result, Store, StoreConfig};

use crate::support::{REPOSITORY, TestStore, file_names};

const PAGE: usize = 4096;
const TASKS: usize = 300;

/// A closed database with an agent and [`TASKS`] tasks.
struct Damaged {
    test: TestStore,
    content: Vec<u8>,
}

impl Damaged {
    fn new() -> Self {
        let test = TestStore::new();
        test.agent("a", 1);
        let new: Vec<_> = (0..TASKS)
            .map(|number| NewTask::new(format!("{number} {}", "x".repeat(500)), REPOSITORY))
            .collect();
        test.store
            .write(|uow| tasks::enqueue_many(uow, &new))
            .unwrap();
        test.store.close().unwrap();
        let content = fs::read(test.path()).unwrap();
        Self { test, content }
    }

    fn config(&self) -> StoreConfig {
        StoreConfig::new(self.test.path())
    }

    /// The number of the page, from 0, that leads to all others of the table of tasks.
    fn root_of_tasks(&self) -> usize {
        let query = "SELECT rootpage FROM sqlite_schema WHERE name = 'Tasks'";
        let store = Store::open(self.config()).unwrap();
        let numbers = store.read(|r| {
            let query = diesel::dsl::sql::<BigInt>(query);
            Ok(query.load::<i64>(r.connection())?)
        });
        let number = numbers.unwrap()[0];
        store.close().unwrap();
        usize::try_from(number).unwrap() - 1
    }

    fn target(&self) -> PathBuf {
        self.test.path().with_file_name("recovered.db")
    }

    /// Writes the file with the pages of these numbers, from 0, filled with nonsense.
    fn without_pages(&self, pages: impl IntoIterator<Item = usize>) {
        let mut content = self.content.clone();
        for page in pages {
            content[page * PAGE..][..PAGE].fill(0xa5);
        }
        fs::write(self.test.path(), content).unwrap();
    }

    fn recover(&self) -> Result<Recovery> {
        recover(&self.config(), &self.target(), &mut unobserved)
    }
}

fn salvaged(recovery: &Recovery, table: &str) -> (u64, u64, bool) {
    let table = recovery.tables.iter().find(|t| t.table == table).unwrap();
    (table.recovered, table.lost, table.is_complete)
}

/// Opens a salvaged database, mends what is left and counts its tasks.
fn tasks_in(path: &Path) -> i64 {
    let store = Store::open(StoreConfig::new(path)).unwrap();
    let report = repair::repair(&store).unwrap();
    assert!(report.left.is_ok(), "{:?}", report.left);
    let counts = store.read(tasks::count_by_status).unwrap();
    counts.iter().map(|(_, count)| count).sum()
}

#[test]
fn nothing_is_lost_of_a_database_that_is_whole() {
    let damaged = Damaged::new();
    let recovery = damaged.recover().unwrap();
    assert_eq!(recovery.lost(), 0);
    assert!(recovery.tables.iter().all(|table| table.is_complete));
    assert_eq!(salvaged(&recovery, "Tasks"), (TASKS as u64, 0, true));
    assert_eq!(tasks_in(&damaged.target()), TASKS as i64);
    assert!(fs::read(damaged.test.path()).unwrap() == damaged.content);
}

#[test]
fn what_was_committed_and_not_yet_copied_from_the_log_is_salvaged() {
    let test = TestStore::new();
    test.task("in the log");
    let path = test.path().with_file_name("killed.db");
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        fs::copy(name(&test.path()), name(&path)).unwrap();
    }
    let target = path.with_file_name("recovered.db");
    recover(&StoreConfig::new(&path), &target, &mut unobserved).unwrap();
    assert_eq!(tasks_in(&target), 1);
}

/// Whichever page is lost, what the others have is salvaged, and the new database is sound. The root
/// of a table takes its rows along. Pages of the schema, of which a small database has many, may take
/// tables along; its first takes all.
#[test]
fn the_loss_of_any_page_costs_little() {
    let damaged = Damaged::new();
    let root = damaged.root_of_tasks();
    let pages = damaged.content.len() / PAGE;
    let (mut whole, mut nothing, mut tried) = (0, 0, 0);
    for page in (1..pages).step_by(crate::support::scaled(7, 1)) {
        damaged.without_pages([page]);
        tried += 1;
        let recovery = match damaged.recover() {
            Ok(recovery) => recovery,
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::Corrupt, "page {page}: {error}");
                nothing += 1;
                continue;
            }
        };
        let (recovered, lost, is_complete) = salvaged(&recovery, "Tasks");
        if is_complete {
            assert_eq!(recovered + lost, TASKS as u64, "page {page}");
            assert!(
                lost <= 100 || page == root,
                "page {page}: {lost} tasks lost"
            );
        }
        whole += u32::from(recovery.tables.iter().all(|table| table.is_complete));
        assert_eq!(tasks_in(&damaged.target()), recovered as i64, "page {page}");
        fs::remove_file(damaged.target()).unwrap();
    }
    println!("of {tried} pages, {whole} left all rows accounted for, {nothing} left nothing");
    assert!(whole > tried / 2 && nothing <= 1);
}

#[test]
fn a_lost_header_costs_nothing() {
    let damaged = Damaged::new();
    let mut content = damaged.content.clone();
    content[..100].fill(0);
    fs::write(damaged.test.path(), content).unwrap();
    let recovery = damaged.recover().unwrap();
    assert_eq!(recovery.lost(), 0);
    assert_eq!(tasks_in(&damaged.target()), TASKS as i64);
}

#[test]
fn what_nothing_can_be_read_of_is_an_error() {
    let damaged = Damaged::new();
    damaged.without_pages([0]);
    let before = file_names(damaged.test.path().parent().unwrap());
    let error = damaged.recover().unwrap_err();
    assert_eq!(error.code(), ErrorCode::Corrupt, "{error}");
    assert_eq!(file_names(damaged.test.path().parent().unwrap()), before);
}

#[test]
fn the_salvaged_database_can_take_the_place_of_the_damaged_one() {
    let damaged = Damaged::new();
    damaged.without_pages([20]);
    let bad = fs::read(damaged.test.path()).unwrap();
    let recovery = recover_in_place(
        &damaged.config(),
        &RecoverOptions::default(),
        &mut unobserved,
    )
    .unwrap();
    assert!(fs::read(&recovery.before[0]).unwrap() == bad);
    let (recovered, ..) = salvaged(&recovery, "Tasks");
    assert_eq!(tasks_in(&damaged.test.path()), recovered as i64);
}

#[test]
fn what_a_killed_recovery_left_behind_is_in_nobodys_way() {
    let damaged = Damaged::new();
    damaged.without_pages([20]);
    let path = damaged.test.path();
    let name = |suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
    for suffix in [
        ".partial-wal",
        ".damaged.partial-wal",
        ".damaged.partial-shm",
    ] {
        fs::write(name(suffix), "left behind").unwrap();
    }
    fs::write(name("-wal"), "").unwrap();
    let options = RecoverOptions::default();
    recover_in_place(&damaged.config(), &options, &mut unobserved).unwrap();
    let names = file_names(path.parent().unwrap());
    assert!(
        !names.iter().any(|name| name.contains(".partial")),
        "{names:?}"
    );
}

#[test]
fn a_sound_database_is_replaced_only_when_told() {
    let damaged = Damaged::new();
    let path = damaged.test.path();
    let before = file_names(path.parent().unwrap());
    let mut options = RecoverOptions::default();
    let recovery = recover_in_place(&damaged.config(), &options, &mut unobserved).unwrap();
    assert!(recovery.is_sound && recovery.before.is_empty() && recovery.lost() == 0);
    assert!(fs::read(&path).unwrap() == damaged.content);
    assert_eq!(file_names(path.parent().unwrap()), before);

    options.even_if_sound = true;
    let recovery = recover_in_place(&damaged.config(), &options, &mut unobserved).unwrap();
    assert!(!recovery.is_sound);
    assert!(fs::read(&recovery.before[0]).unwrap() == damaged.content);
    assert_eq!(salvaged(&recovery, "Tasks"), (TASKS as u64, 0, true));
}

#[test]
fn a_sound_database_of_a_killed_process_keeps_its_log() {
    let test = TestStore::new();
    test.task("in the log");
    let path = test.path().with_file_name("killed.db");
    let name = |suffix: &str| format!("{}{suffix}", path.display());
    for suffix in ["", "-wal"] {
        fs::copy(format!("{}{suffix}", test.path().display()), name(suffix)).unwrap();
    }
    let log = fs::read(name("-wal")).unwrap();
    let options = RecoverOptions::default();
    let recovery = recover_in_place(&StoreConfig::new(&path), &options, &mut unobserved).unwrap();
    assert!(recovery.is_sound);
    assert!(fs::read(name("-wal")).unwrap() == log);
    assert_eq!(tasks_in(&path), 1);
}

#[test]
fn a_database_that_is_open_or_of_somebody_else_is_not_touched() {
    let damaged = Damaged::new();
    let store = Store::open(damaged.config()).unwrap();
    assert_eq!(damaged.recover().unwrap_err().code(), ErrorCode::Busy);
    assert!(store.read(integrity::check).unwrap().is_ok());
    drop(store);

    let theirs = damaged.test.path().with_file_name("theirs.db");
    use diesel::connection::SimpleConnection as _;
    <diesel::SqliteConnection as diesel::Connection>::establish(theirs.to_str().unwrap())
        .unwrap()
        .batch_execute("CREATE TABLE notes (text TEXT)")
        .unwrap();
    let error = recover(
        &StoreConfig::new(&theirs),
        &damaged.target(),
        &mut unobserved,
    );
    assert_eq!(error.unwrap_err().code(), ErrorCode::ForeignSchema);

    fs::write(damaged.target(), "precious").unwrap();
    assert_eq!(
        damaged.recover().unwrap_err().code(),
        ErrorCode::AlreadyExists
    );
}
