//! Files beside the database: directories, and renaming a database with its companions.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::sqlite::file_names::{SQLITE_COMPANIONS, with_suffix};
use crate::sqlite::plain_file;

/// Lists the paths of the entries of a directory, in no order; an error names the directory.
pub(super) fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let paths: std::io::Result<_> = std::fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    paths.map_err(|e| Error::from(e).while_doing(directory.display()))
}

/// Renames a database that nobody has open, and its companions with it.
pub(crate) fn rename_database(from: &Path, to: &Path) -> Result<()> {
    rename_companions(from, to)?;
    plain_file::rename(from, to)
}

/// Renames the companions of a database, and returns their old and new names.
pub(super) fn rename_companions(from: &Path, to: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut renamed = Vec::new();
    for companion in SQLITE_COMPANIONS {
        let (old, new) = (with_suffix(from, companion), with_suffix(to, companion));
        if old.exists() {
            plain_file::rename(&old, &new)?;
            renamed.push((old, new));
        }
    }
    Ok(renamed)
}
