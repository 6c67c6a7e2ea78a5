//! Files that an import has read, recognised afterwards.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::sqlite::file_identity::FileIdentity;

/// A name, and the file that it had when it was read, if there was one with any content.
#[derive(Debug, Clone)]
pub(super) struct ReadFile {
    path: PathBuf,
    stamp: Option<FileStamp>,
}

/// Properties that differ once a file was written to or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FileStamp {
    identity: Option<FileIdentity>,
    length: u64,
    modified: Option<SystemTime>,
}

impl ReadFile {
    /// Notes the file that has this name now.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            stamp: stamp_of(path),
        }
    }

    /// Returns whether the name still has that file, unchanged.
    pub(super) fn is_unchanged(&self) -> bool {
        stamp_of(&self.path) == self.stamp
    }
}

fn stamp_of(path: &Path) -> Option<FileStamp> {
    let found = path.metadata().ok().filter(|found| found.len() > 0)?;
    Some(FileStamp {
        identity: FileIdentity::of(path).ok().flatten(),
        length: found.len(),
        modified: found.modified().ok(),
    })
}
