//! Which files are opened, and that those which are not stay as they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use orchestra_store::services::{agents, tasks};
use orchestra_store::{Error, ErrorCode, MigrationState, Store, StoreConfig};
use tempfile::TempDir;

use crate::support::{REPOSITORY, TestStore, note};

type Files = BTreeMap<String, Vec<u8>>;

/// All files of a directory with what they hold; but for the locks of a write-ahead log, which
/// every reader changes and which hold nothing that the log doesn't.
fn files(directory: &Path) -> Files {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            let is_locks = name.ends_with("-shm");
            let content = if is_locks {
                vec![]
            } else {
                fs::read(entry.path()).unwrap()
            };
            (name, content)
        })
        .collect()
}

/// A directory in which a file is to be refused.
struct Place {
    directory: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("given.db");
        Self { directory, path }
    }

    fn with_file(content: &[u8]) -> Self {
        let place = Self::new();
        fs::write(&place.path, content).unwrap();
        place
    }

    fn with_database(sql: &str) -> Self {
        let place = Self::new();
        run(&place.path, sql);
        place
    }

    /// A database of ours with a task, after `sql`.
    fn with_ours(sql: &str) -> Self {
        let place = Self::new();
        let store = Store::open(StoreConfig::new(&place.path)).unwrap();
        let new = tasks::NewTask::new("ls", REPOSITORY);
        store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
        store.close().unwrap();
        drop(store);
        run(&place.path, sql);
        place
    }

    /// Opens the file, which has to fail with an error that names it and to change nothing.
    #[track_caller]
    fn assert_refused(&self, code: ErrorCode) -> Error {
        let before = files(self.directory.path());
        let error = Store::open(StoreConfig::new(&self.path)).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let path = self.path.to_str().unwrap();
        assert!(error.message().contains(path), "{error}");
        let after = files(self.directory.path());
        let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after));
        for (name, content) in before {
            assert!(after[&name] == content, "{name} was changed");
        }
        error
    }

    /// Opens the file, which has to become a database of ours.
    #[track_caller]
    fn assert_becomes_ours(&self) {
        let store = Store::open(StoreConfig::new(&self.path)).unwrap();
        let migrations = store.migration_status().unwrap();
        assert!(
            migrations
                .iter()
                .all(|m| m.state == MigrationState::Applied && m.applied_at.is_some())
        );
        assert_eq!(store.read(agents::list).unwrap(), []);
    }
}

fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

fn run(path: &Path, sql: &str) {
    connect(path).batch_execute(sql).unwrap();
}

const FROM_THE_FUTURE: &str =
    "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000100')";

#[test]
fn a_database_of_a_newer_version_is_refused_untouched() {
    let place = Place::with_ours(FROM_THE_FUTURE);
    let error = place.assert_refused(ErrorCode::SchemaTooNew);
    assert!(error.message().contains("99991231000100"), "{error}");
}

#[test]
fn a_history_that_is_no_table_or_has_no_end_is_refused_untouched() {
    let endless = "WITH RECURSIVE r (version) AS (VALUES (1) UNION ALL SELECT version + 1 FROM r)";
    let place = Place::with_ours(&format!(
        "DROP TABLE __diesel_schema_migrations;
         CREATE VIEW __diesel_schema_migrations AS {endless} SELECT version, 1 AS run_on FROM r"
    ));
    let error = place.assert_refused(ErrorCode::ForeignSchema);
    assert!(
        error
            .message()
            .contains("must be a table, got one of kind view"),
        "{error}"
    );

    let place = Place::with_ours(&format!(
        "INSERT INTO __diesel_schema_migrations (version) {endless} SELECT 'v' || version FROM r LIMIT 10001"
    ));
    let error = place.assert_refused(ErrorCode::ForeignSchema);
    assert!(error.message().contains("at most 10000 rows"), "{error}");
}

#[test]
fn texts_of_a_foreign_schema_are_cut_in_messages() {
    let long = "v".repeat(100_000);
    let place = Place::with_ours(&format!(
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('x{long}'), ('y{long}'), ('z{long}')"
    ));
    let error = place.assert_refused(ErrorCode::SchemaTooNew);
    assert!(error.message().len() < 500, "{}", error.message().len());

    let place = Place::with_ours(&format!("CREATE TABLE \"{long}\" (a)"));
    let store = Store::open(StoreConfig::new(&place.path)).unwrap();
    let report = store
        .read(orchestra_store::maintenance::integrity::check)
        .unwrap();
    assert!(format!("{report:?}").len() < 10_000);
}

#[test]
fn a_newer_version_that_is_known_only_from_the_write_ahead_log_is_refused_untouched() {
    let place = Place::with_ours("");
    let mut open = connect(&place.path);
    open.batch_execute(FROM_THE_FUTURE).unwrap();
    let wal = files(place.directory.path())
        .get("given.db-wal")
        .map(Vec::len);
    assert!(wal.is_some_and(|length| length > 0), "{wal:?}");
    place.assert_refused(ErrorCode::SchemaTooNew);
    drop(open);
}

/// As it is after the newer program was killed: with a write-ahead log, and nobody has it open.
#[test]
fn a_newer_version_with_a_write_ahead_log_left_behind_is_refused_untouched() {
    let living = Place::with_ours("");
    let mut open = connect(&living.path);
    open.batch_execute(FROM_THE_FUTURE).unwrap();
    let place = Place::new();
    for suffix in ["", "-wal", "-shm"] {
        let file = |path: &Path| format!("{}{suffix}", path.display());
        fs::copy(file(&living.path), file(&place.path)).unwrap();
    }
    place.assert_refused(ErrorCode::SchemaTooNew);
    drop(open);
}

#[test]
fn a_database_of_entity_framework_core_is_refused_with_a_word_on_the_import() {
    for journal in ["DELETE", "WAL"] {
        let place = Place::with_database(&format!(
            "PRAGMA journal_mode = {journal};
             CREATE TABLE __EFMigrationsHistory (MigrationId TEXT PRIMARY KEY, ProductVersion TEXT);
             CREATE TABLE Agents (Id TEXT PRIMARY KEY, Name TEXT);
             INSERT INTO Agents VALUES ('a', 'A');"
        ));
        let error = place.assert_refused(ErrorCode::ForeignSchema);
        assert!(error.message().contains("Entity Framework"), "{error}");
        assert!(error.message().contains("import"), "{error}");
    }
}

#[test]
fn a_database_of_another_program_is_refused() {
    Place::with_database("CREATE TABLE notes (text TEXT)").assert_refused(ErrorCode::ForeignSchema);
    // No table yet, but already marked as somebody's.
    Place::with_database("PRAGMA application_id = 42").assert_refused(ErrorCode::ForeignSchema);
    Place::with_database("CREATE VIEW v AS SELECT 1").assert_refused(ErrorCode::ForeignSchema);
    Place::with_database("PRAGMA user_version = 7").assert_refused(ErrorCode::ForeignSchema);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    for content in ["Dear diary,\n".to_owned(), "all work\n".repeat(1000)] {
        Place::with_file(content.as_bytes()).assert_refused(ErrorCode::NotADatabase);
    }
}

#[test]
fn a_database_that_was_cut_short_is_refused() {
    let ours = Place::with_ours("");
    let whole = fs::read(&ours.path).unwrap();
    for length in [whole.len() / 2, 4096, 1000, 50] {
        Place::with_file(&whole[..length]).assert_refused(ErrorCode::Corrupt);
    }
}

#[test]
fn a_directory_is_refused() {
    let place = Place::new();
    fs::create_dir(&place.path).unwrap();
    place.assert_refused(ErrorCode::Io);
    assert_eq!(fs::read_dir(&place.path).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_written_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let set_mode = |mode| {
        fs::set_permissions(place.directory.path(), fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(0o500);
    if fs::write(place.directory.path().join("probe"), "").is_ok() {
        note("no unwritable directory was tried: this user may write everywhere, as root may");
        return;
    }
    place.assert_refused(ErrorCode::PermissionDenied);
    set_mode(0o700);
}

#[test]
fn a_path_through_a_file_is_refused() {
    let mut place = Place::with_file(b"in the way");
    place.path.push("orchestra.db");
    place.assert_refused(ErrorCode::Io);
}

#[test]
fn an_empty_file_and_an_empty_database_become_ours() {
    Place::with_file(b"").assert_becomes_ours();
    Place::with_database("PRAGMA journal_mode = WAL").assert_becomes_ours();
    Place::with_database("VACUUM").assert_becomes_ours();
}

/// The head of a rollback journal of a database that had this many pages.
fn journal_head(pages_before: u32) -> Vec<u8> {
    let mut head = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [0, 0x1234_5678, pages_before, 512, 4096] {
        head.extend(u32::to_be_bytes(number));
    }
    head.resize(512, 0);
    head
}

/// What a process leaves that is killed while it makes the database.
#[test]
fn a_database_whose_making_was_broken_off_becomes_ours() {
    let place = Place::with_database("PRAGMA journal_mode = WAL");
    let journal = place.path.with_extension("db-journal");
    fs::write(&journal, journal_head(0)).unwrap();
    place.assert_becomes_ours();
    assert!(!journal.exists());
}

/// What a process leaves that is killed in the middle of a transaction, on a database of one page.
fn broken_off_on_one_page(committed: &str) -> Place {
    let (other, place) = (Place::new(), Place::new());
    let mut conn = SqliteConnection::establish(other.path.to_str().unwrap()).unwrap();
    conn.batch_execute(committed).unwrap();
    assert_eq!(fs::metadata(&other.path).unwrap().len(), 4096);
    // Without syncs, the journal is complete at once.
    conn.batch_execute("PRAGMA synchronous = OFF; BEGIN; PRAGMA user_version = 7")
        .unwrap();
    for extension in ["db", "db-journal"] {
        let copy = place.path.with_extension(extension);
        fs::copy(other.path.with_extension(extension), copy).unwrap();
    }
    place
}

/// SQLite writes the first page in a transaction of its own, before the one that brings the
/// write-ahead log.
#[test]
fn a_database_whose_making_was_broken_off_after_its_first_page_becomes_ours() {
    let place = broken_off_on_one_page("PRAGMA auto_vacuum = 2");
    place.assert_becomes_ours();
    assert!(!place.path.with_extension("db-journal").exists());
}

#[test]
fn one_page_of_another_program_that_has_to_be_rolled_back_is_refused_untouched() {
    for used in [
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 1",
        "CREATE VIEW v AS SELECT 1",
    ] {
        broken_off_on_one_page(used).assert_refused(ErrorCode::ForeignSchema);
    }
}

/// What a process leaves that is killed while it gives a copy of ours a write-ahead log.
#[test]
fn a_database_of_ours_that_has_to_be_rolled_back_is_opened() {
    let place = Place::with_ours("PRAGMA journal_mode = DELETE");
    let pages = fs::metadata(&place.path).unwrap().len() / 4096;
    let journal = place.path.with_extension("db-journal");
    fs::write(&journal, journal_head(u32::try_from(pages).unwrap())).unwrap();
    let store = Store::open(StoreConfig::new(&place.path)).unwrap();
    let counts = store.read(tasks::count_by_status).unwrap();
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<i64>(), 1);
    assert!(!journal.exists());
}

#[test]
fn a_database_that_another_program_has_to_roll_back_is_refused_untouched() {
    for journal_mode in ["DELETE", "WAL"] {
        let place = Place::with_database(&format!(
            "PRAGMA journal_mode = {journal_mode}; CREATE TABLE notes (text TEXT)"
        ));
        let journal = place.path.with_extension("db-journal");
        fs::write(journal, journal_head(2)).unwrap();
        place.assert_refused(ErrorCode::ForeignSchema);
    }
}

#[test]
fn opening_again_changes_nothing() {
    let test = TestStore::new();
    test.task("ls");
    test.store.close().unwrap();
    let before = fs::read(test.path()).unwrap();
    Store::open(StoreConfig::new(test.path()))
        .unwrap()
        .close()
        .unwrap();
    assert!(fs::read(test.path()).unwrap() == before);
}
