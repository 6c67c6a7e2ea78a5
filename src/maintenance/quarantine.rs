//! Moving a damaged database aside, never to be deleted, and putting another in its place.

use std::path::{Path, PathBuf};

use super::files;
use crate::error::{Error, Result};
use crate::sqlite::DatabaseLocation;
use crate::sqlite::copy_file::{Existing, Partial};
use crate::types::Timestamp;

/// What belongs to a database beside its file.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Puts `replacement` in the place of a database that nobody has open, and keeps that under another
/// name with all that belongs to it. Returns the names.
///
/// There is a file under the database's name at every moment: a process that is killed here leaves
/// either of the two, never a new and empty database.
pub(super) fn replace(
    database: &DatabaseLocation,
    replacement: Partial,
    now: Timestamp,
) -> Result<Vec<PathBuf>> {
    let suffix = format!(".damaged-{}", files::stamp(now));
    let aside = files::unused(database.path(), &suffix, "");
    let failed = |e: std::io::Error| Error::from(e).while_doing(aside.display());
    second_name(database.path(), &aside).map_err(failed)?;
    let mut kept = vec![aside.clone()];
    let mut moved = Vec::new();
    for companion in COMPANIONS {
        let from = database.sibling(companion);
        if from.exists() {
            let to = with_suffix(&aside, companion);
            std::fs::rename(&from, &to).map_err(failed)?;
            moved.push((from, to));
        }
    }
    kept.extend(moved.iter().map(|(_, to)| to.clone()));
    replacement
        .publish(database, Existing::Replace)
        .inspect_err(|_| put_back(&moved))?;
    tracing::warn!(database = %database, kept = %aside.display(), "a damaged database was replaced");
    Ok(kept)
}

/// A copy where the file system knows only one name for each file.
fn second_name(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::hard_link(from, to).or_else(|_| std::fs::copy(from, to).map(drop))
}

fn put_back(moved: &[(PathBuf, PathBuf)]) {
    for (from, to) in moved {
        if let Err(error) = std::fs::rename(to, from) {
            tracing::error!(%error, file = %to.display(), "can't be moved back");
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
