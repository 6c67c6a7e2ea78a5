//! Moving a damaged database aside, never to be deleted, and putting another in its place.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::files;
use crate::error::{Error, Result};
use crate::sqlite::copy_file::{Existing, Partial, sync_directory};
use crate::sqlite::{DatabaseLocation, file_names};
use crate::types::Timestamp;

/// Puts `replacement` in the place of a database that nobody has open, and keeps the old one with its companions
/// under another name. Returns the names of the kept files.
///
/// There is a file under the database's name at every moment: a process that is killed here leaves
/// either of the two, never a new and empty database. After a loss of power too: the names of the old one are durable
/// before the new one gets its own, which would otherwise find the old one's write-ahead log beside it.
pub(super) fn replace(
    database: &DatabaseLocation,
    replacement: Partial,
    now: Timestamp,
) -> Result<Vec<PathBuf>> {
    let aside = file_names::stamped(database.path(), "damaged", now, "");
    let failed = |e: std::io::Error| Error::from(e).while_doing(aside.display());
    second_name(database.path(), &aside).map_err(failed)?;
    sync_directory(&aside)?;
    let moved = files::rename_companions(database.path(), &aside).map_err(failed)?;
    sync_directory(&aside)
        .and_then(|()| replacement.publish(database, Existing::Replace))
        .inspect_err(|_| put_back(&moved))?;
    tracing::warn!(database = %database, kept = %aside.display(), "a damaged database was replaced");
    let mut kept = vec![aside];
    kept.extend(moved.into_iter().map(|(_, to)| to));
    Ok(kept)
}

/// Gives a file a second name, or copies it where the file system allows only one.
fn second_name(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::hard_link(from, to).or_else(|_| {
        std::fs::copy(from, to)?;
        File::open(to)?.sync_all()
    })
}

fn put_back(moved: &[(PathBuf, PathBuf)]) {
    for (from, to) in moved {
        if let Err(error) = std::fs::rename(to, from) {
            tracing::error!(%error, file = %to.display(), "can't be moved back");
        }
    }
}
