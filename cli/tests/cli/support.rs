use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::path::PathBuf;
use std::process::{Command, Output};

use orchestra_store::{Store, StoreConfig};
use serde_json::Value;
use tempfile::TempDir;

/// A directory of its own for a test, and the program run in it.
pub(crate) struct Place {
    directory: TempDir,
}

/// What the program printed and returned.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory }
    }

    /// A place in which there is a database.
    pub(crate) fn with_database() -> Self {
        let place = Self::new();
        place.ok(&["init"]);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orchestra"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_remove("ORCHESTRA_DB");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// The text of a command that succeeds.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stderr, "", "{arguments:?}");
        ran.stdout
    }

    /// The document of a command that succeeds.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap()
    }

    /// The error of a command that fails with this exit code, as JSON; as text it has the same
    /// message.
    #[track_caller]
    pub(crate) fn error(&self, code: i32, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        let as_json = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(as_json.code, code, "{arguments:?}: {}", as_json.stderr);
        let error: Value = serde_json::from_str(&as_json.stderr).unwrap();
        let message = error["Message"].as_str().unwrap();
        assert!(
            ran.stderr.starts_with(&format!("error: {message}")),
            "{}",
            ran.stderr
        );
        error
    }

    /// The id of a task that was put into the queue.
    #[track_caller]
    pub(crate) fn enqueue(&self, command: &str) -> String {
        let task = self.json(&["tasks", "enqueue", command, "--repository", "/srv/x"]);
        text(&task["Id"]).to_owned()
    }

    /// The names of the files that are there.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let name = |entry: std::io::Result<DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = entries.map(|e| name(e).into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The files that are there, with the directories, which have no content.
    pub(crate) fn contents(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut found = BTreeMap::new();
        let mut open = vec![PathBuf::new()];
        while let Some(below) = open.pop() {
            for entry in std::fs::read_dir(self.path("").join(&below)).unwrap() {
                let entry = entry.unwrap();
                let path = below.join(entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    open.push(path.clone());
                    found.insert(path, None);
                } else {
                    found.insert(path, Some(std::fs::read(entry.path()).unwrap()));
                }
            }
        }
        found
    }

    /// Another place with the same files.
    pub(crate) fn copy(&self) -> Self {
        let place = Self::new();
        for (path, content) in self.contents() {
            let path = place.path("").join(path);
            match content {
                Some(content) => std::fs::write(path, content).unwrap(),
                None => std::fs::create_dir(path).unwrap(),
            }
        }
        place
    }

    /// The database of [`Place::with_database`], opened beside the program.
    pub(crate) fn store(&self) -> Store {
        Store::open(StoreConfig::new(self.path("orchestra.db"))).unwrap()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

/// The values of one field of all rows.
pub(crate) fn column<'a>(rows: &'a Value, field: &str) -> Vec<&'a Value> {
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| &row[field])
        .collect()
}
