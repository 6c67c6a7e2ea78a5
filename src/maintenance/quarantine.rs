//! Moving a damaged database aside, never to be deleted, and putting another in its place.

use std::path::PathBuf;

use super::files;
use crate::error::Result;
use crate::sqlite::copy_file::Partial;
use crate::sqlite::target::Target;
use crate::sqlite::{DatabaseLocation, file_names, plain_file};
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
    plain_file::second_name(database.path(), &aside)?;
    plain_file::sync_directory_of(&aside)?;
    let moved = files::rename_companions(database.path(), &aside)?;
    plain_file::sync_directory_of(&aside)
        .and_then(|()| replacement.publish(&Target::in_place_of(database)?))
        .inspect_err(|_| put_back(&moved))?;
    tracing::warn!(database = %database, kept = %aside.display(), "a damaged database was replaced");
    let mut kept = vec![aside];
    kept.extend(moved.into_iter().map(|(_, to)| to));
    Ok(kept)
}

fn put_back(moved: &[(PathBuf, PathBuf)]) {
    for (from, to) in moved {
        if let Err(error) = plain_file::rename(to, from) {
            tracing::error!(%error, file = %to.display(), "can't be moved back");
        }
    }
}
