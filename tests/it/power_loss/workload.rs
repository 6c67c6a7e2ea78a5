//! What a process does while it is recorded, and what must hold of each image of it.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use orchestra_store::{Durability, Result};

use super::ledger::{Damage, Ledger, Marks};
use super::{backups, exports, queue, random_files, recovery};
use crate::faults::Operation;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// Tasks, in a database that is made in a directory that is there.
    Commits,
    /// The same with a durability that promises less.
    NormalCommits,
    GroupCommits,
    /// The first steps, in directories that are made for them.
    Creation,
    Backups,
    CompressedBackups,
    Restore,
    Migration,
    Import,
    Recovery,
    /// All tables, written to a directory of their own.
    Export,
    /// No database, but any changes of files, from this seed.
    Files(u64),
}

const PLAIN: &str = "copy.db";
const COMPRESSED: &str = "copy.db.gz";

impl Workload {
    /// Reads what `Debug` wrote.
    pub fn named(name: &str) -> Self {
        let all = [
            Self::Commits,
            Self::NormalCommits,
            Self::GroupCommits,
            Self::Creation,
            Self::Backups,
            Self::CompressedBackups,
            Self::Restore,
            Self::Migration,
            Self::Import,
            Self::Recovery,
            Self::Export,
        ];
        let mut known = all.into_iter();
        known
            .find(|workload| format!("{workload:?}") == name)
            .unwrap_or_else(|| {
                let seed = name.strip_prefix("Files(").unwrap();
                Self::Files(seed.trim_end_matches(')').parse().unwrap())
            })
    }

    fn operation(self) -> Option<Operation> {
        match self {
            Self::Restore => Some(Operation::Restore),
            Self::Migration => Some(Operation::Migrate),
            Self::Import => Some(Operation::Import),
            _ => None,
        }
    }

    fn database(self, directory: &Path) -> PathBuf {
        let folder = if self == Self::Creation {
            "new/deeper"
        } else {
            ""
        };
        directory.join(folder).join("orchestra.db")
    }

    /// Makes the files that it begins with.
    pub fn prepare(self, directory: &Path) {
        if let Some(operation) = self.operation() {
            operation.prepare(directory);
        }
        if self == Self::Recovery {
            recovery::damage(directory).unwrap();
        }
    }

    pub fn run(self, directory: &Path, marks: &Marks) -> Result<()> {
        let database = self.database(directory);
        match self {
            Self::Commits | Self::Creation => queue::work(&database, Durability::Full, marks),
            Self::NormalCommits => queue::work(&database, Durability::Normal, marks),
            Self::GroupCommits => queue::work_together(&database, marks),
            Self::Backups => backups::make(directory, PLAIN, marks),
            Self::CompressedBackups => backups::make(directory, COMPRESSED, marks),
            Self::Recovery => recovery::recover(directory, marks),
            Self::Export => exports::make(directory, marks),
            Self::Files(seed) => {
                random_files::change(directory, seed);
                Ok(())
            }
            Self::Restore | Self::Migration | Self::Import => {
                self.operation().unwrap().run(directory)?;
                marks.done();
                Ok(())
            }
        }
    }

    /// Opens what an image holds, and finds what it lacks of what was acknowledged.
    pub fn check(self, directory: &Path, ledger: &Ledger) -> Result<(), Damage> {
        match self {
            Self::Commits | Self::NormalCommits | Self::GroupCommits | Self::Creation => {
                queue::check(&self.database(directory), ledger)
            }
            Self::Backups => backups::check(directory, PLAIN, ledger),
            Self::CompressedBackups => backups::check(directory, COMPRESSED, ledger),
            Self::Recovery => recovery::check(directory, ledger),
            Self::Export => exports::check(directory, ledger),
            Self::Files(_) => Ok(()),
            Self::Restore | Self::Migration | Self::Import => {
                let operation = self.operation().unwrap();
                check_operation(operation, directory, ledger.is_done)
            }
        }
    }
}

/// The database is as before or as after, and the next try succeeds.
fn check_operation(operation: Operation, directory: &Path, is_done: bool) -> Result<(), Damage> {
    let checked = catch_unwind(|| {
        operation.assert_before_or_after(directory, is_done, "the image");
        operation.run(directory).unwrap();
        operation.assert_before_or_after(directory, true, "the next try");
    });
    checked.map_err(|panic| {
        let told = panic.downcast_ref::<String>();
        Damage::Unsound(told.cloned().unwrap_or_default())
    })
}
