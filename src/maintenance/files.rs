//! Files beside the database: their kind, and renaming a database with its companions.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::sqlite::dialect;
use crate::sqlite::file_names::{SQLITE_COMPANIONS, with_suffix};

/// Returns true if the file begins as every SQLite database does.
pub(crate) fn is_database(path: &Path) -> Result<bool> {
    // Opening a pipe would wait for a writer.
    if !metadata(path)?.is_file() {
        return Ok(false);
    }
    let failed = |e: std::io::Error| Error::from(e).while_doing(path.display());
    let mut begin = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(dialect::FILE_MAGIC.len() as u64)
        .read_to_end(&mut begin)
        .map_err(failed)?;
    Ok(begin == dialect::FILE_MAGIC)
}

/// Reads the metadata of a file; an error names the file.
pub(crate) fn metadata(path: &Path) -> Result<Metadata> {
    std::fs::metadata(path).map_err(|e| Error::from(e).while_doing(path.display()))
}

/// Names the kind of a thing that is no regular file.
pub(crate) fn kind_of(irregular: &Metadata) -> &'static str {
    if irregular.is_dir() {
        "a directory"
    } else {
        "a special file"
    }
}

/// Lists the paths of the entries of a directory, in no order; an error names the directory.
pub(super) fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let paths: std::io::Result<_> = std::fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    paths.map_err(|e| Error::from(e).while_doing(directory.display()))
}

/// Renames a database that nobody has open, and its companions with it.
pub(crate) fn rename_database(from: &Path, to: &Path) -> std::io::Result<()> {
    rename_companions(from, to)?;
    std::fs::rename(from, to)
}

/// Renames the companions of a database, and returns their old and new names.
pub(super) fn rename_companions(
    from: &Path,
    to: &Path,
) -> std::io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut renamed = Vec::new();
    for companion in SQLITE_COMPANIONS {
        let (old, new) = (with_suffix(from, companion), with_suffix(to, companion));
        if old.exists() {
            std::fs::rename(&old, &new)?;
            renamed.push((old, new));
        }
    }
    Ok(renamed)
}
