//! What a process acknowledged: marks between the events that it is recorded with.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use orchestra_store::models::{Task, TaskId};
use orchestra_store::services::tasks;
use orchestra_store::types::TaskStatus;
use orchestra_store::{ErrorCode, Store};

use super::recording::MARKS;

/// What is wrong with an image.
pub enum Damage {
    /// Something that was acknowledged isn't there.
    Lost(String),
    /// The database doesn't open, has errors or is half of two states.
    Unsound(String),
}

/// Where a process tells what is done.
pub struct Marks(File);

impl Marks {
    pub fn new() -> Self {
        let name = std::env::var(MARKS).unwrap();
        let mut options = File::options();
        Self(options.append(true).create(true).open(name).unwrap())
    }

    /// Each mark is one call of the system, so that threads don't mix theirs.
    fn write(&self, mark: &str) {
        (&self.0).write_all(mark.as_bytes()).unwrap();
    }

    pub fn task(&self, task: &Task) {
        let result = task.result.as_deref().unwrap_or_default();
        self.write(&format!("task {} {} {result}", task.id, task.status));
    }

    /// A backup that has so many tasks, relative to the recorded directory.
    pub fn backup(&self, name: &str, tasks: i64) {
        self.write(&format!("backup {name} {tasks}"));
    }

    pub fn done(&self) {
        self.write("done");
    }
}

/// What was acknowledged until some moment.
#[derive(Debug, Default)]
pub struct Ledger {
    tasks: HashMap<TaskId, (TaskStatus, String)>,
    /// The smallest number of tasks that each backup has.
    pub backups: HashMap<PathBuf, i64>,
    pub is_done: bool,
}

impl Ledger {
    pub fn add(&mut self, mark: &str) {
        let words: Vec<_> = mark.split(' ').collect();
        match words[..] {
            ["task", id, status, result] => {
                let known = (status.parse().unwrap(), result.to_owned());
                self.tasks.insert(TaskId::new(id).unwrap(), known);
            }
            ["backup", name, tasks] => {
                self.backups.insert(name.into(), tasks.parse().unwrap());
            }
            ["done"] => self.is_done = true,
            _ => panic!("{mark}"),
        }
    }

    /// Finds a task that isn't there, or that is not as far as it was. The states are numbered in the order in which
    /// a task goes through them here, and only one thread tells of a task.
    pub fn find_lost_task(&self, store: &Store) -> Result<(), Damage> {
        let lost = store.read(|reader| {
            for (id, (status, result)) in &self.tasks {
                let task = match tasks::get(reader, id) {
                    Err(e) if e.code() == ErrorCode::NotFound => {
                        return Ok(Some(format!("task {id} ({status})")));
                    }
                    found => found?,
                };
                let is_behind = task.status.number() < status.number();
                if is_behind || task.result.unwrap_or_default() < *result {
                    return Ok(Some(format!("{status} of task {id}")));
                }
            }
            Ok(None)
        });
        match lost.map_err(|e| Damage::Unsound(e.to_string()))? {
            Some(lost) => Err(Damage::Lost(lost)),
            None => Ok(()),
        }
    }
}
