//! Files that the C programs are given.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use crate::paths;

const GARBAGE: &[u8] = b"This is no database, but it is long enough to be taken for one. \
    This is no database, but it is long enough to be taken for one.";

/// The name of the predecessor's state file.
pub const STATE_FILE: &str = "orchestrator-state.json";

/// A copy of a state file of the predecessor; returns its path.
pub fn state_file(directory: &Path) -> String {
    let path = directory.join(STATE_FILE);
    let fixture = paths::workspace().join("tests/fixtures/legacy/orchestrator-state.v1.json");
    fs::copy(fixture, &path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Files of the predecessors in their other forms; returns the paths of a state file, of a configuration
/// and of a host's database.
pub fn predecessors(directory: &Path) -> Vec<String> {
    let legacy = paths::workspace().join("tests/fixtures/legacy");
    let [state, config, database] =
        ["state.json", "agent-config.json", "host.db"].map(|name| directory.join(name));
    fs::copy(legacy.join("orchestrator-state.v3.json"), &state).unwrap();
    fs::copy(legacy.join("agent-config.json"), &config).unwrap();
    let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    let tables = fs::read_to_string(legacy.join("host-database.sql")).unwrap();
    connection.batch_execute(&tables).unwrap();
    let path = |path: PathBuf| path.to_str().unwrap().to_owned();
    [state, config, database].map(path).into()
}

/// `garbage.db`: a file that is no database.
pub fn garbage(directory: &Path) {
    fs::write(directory.join("garbage.db"), GARBAGE).unwrap();
}

/// `efcore.db`: what Entity Framework Core leaves, as far as it tells whose the file is.
pub fn ef_core_database(directory: &Path) {
    let path = directory.join("efcore.db");
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection
        .batch_execute(
            "CREATE TABLE __EFMigrationsHistory (MigrationId TEXT NOT NULL PRIMARY KEY, ProductVersion TEXT NOT NULL);
             INSERT INTO __EFMigrationsHistory VALUES ('20250101000000_Initial', '9.0.0');
             CREATE TABLE Agents (Id TEXT NOT NULL PRIMARY KEY);",
        )
        .unwrap();
    drop(connection);
    fs::copy(&path, directory.join("efcore.copy")).unwrap();
}

/// Holds these two against what they were, and looks for files that came to be beside them.
pub fn assert_untouched(directory: &Path) {
    let read = |name: &str| fs::read(directory.join(name)).unwrap();
    assert_eq!(read("garbage.db"), GARBAGE);
    assert!(read("efcore.db") == read("efcore.copy"), "efcore.db");
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("orchestra.db"))
        .collect();
    names.sort();
    assert_eq!(names, ["efcore.copy", "efcore.db", "garbage.db"]);
}
