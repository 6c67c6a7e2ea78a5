//! Everything, into a directory with one file for each entity.

use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{ExportFormat, export};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::Reader;
use crate::sqlite::{private_directory, private_file};
use crate::store::Store;
use crate::store::registry::{self, AnyEntity};

/// A file that an export made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExportedFile {
    /// The entity whose rows are in it.
    pub entity: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// How many rows it has.
    pub rows: u64,
}

/// Writes all entities into a new directory, a file for each, all from one snapshot.
///
/// The directory is made under the name `DIRECTORY.partial`, synced to the disk, and then given
/// its name: a half of an export is never taken for one. Only its user may read it. `progress` is
/// told the entity and its rows so far; where it breaks, the error is [`ErrorCode::Cancelled`].
///
/// # Errors
///
/// [`ErrorCode::AlreadyExists`] where there is something under either name. Whatever fails, the
/// partial directory is removed.
pub fn export_all(
    store: &Store,
    directory: &Path,
    format: ExportFormat,
    progress: &mut dyn FnMut(&'static str, u64) -> ControlFlow<()>,
) -> Result<Vec<ExportedFile>> {
    let partial = partial_name(directory);
    for path in [directory, &partial] {
        if path.symlink_metadata().is_ok() {
            let message = format!("{}: there is something of this name", path.display());
            return Err(Error::new(ErrorCode::AlreadyExists, message));
        }
    }
    private_directory().create(&partial)?;
    let made = write_files(store, &partial, format, progress).and_then(|files| {
        std::fs::rename(&partial, directory)?;
        Ok(files)
    });
    if made.is_err()
        && let Err(error) = std::fs::remove_dir_all(&partial)
    {
        tracing::warn!(%error, path = %partial.display(), "a partial export can't be removed");
    }
    let mut files = made.map_err(|e| e.while_doing(directory.display()))?;
    for file in &mut files {
        file.path = directory.join(file.path.file_name().unwrap_or_default());
    }
    Ok(files)
}

fn partial_name(directory: &Path) -> PathBuf {
    let mut name = directory.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

fn write_files(
    store: &Store,
    directory: &Path,
    format: ExportFormat,
    progress: &mut dyn FnMut(&'static str, u64) -> ControlFlow<()>,
) -> Result<Vec<ExportedFile>> {
    let files = store.read(|reader| {
        let entities = registry::entities().iter();
        entities
            .map(|entity| write_file(reader, *entity, directory, format, progress))
            .collect::<Result<Vec<_>>>()
    })?;
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(files)
}

fn write_file(
    reader: &mut Reader<'_>,
    entity: &'static dyn AnyEntity,
    directory: &Path,
    format: ExportFormat,
    progress: &mut dyn FnMut(&'static str, u64) -> ControlFlow<()>,
) -> Result<ExportedFile> {
    let name = entity.name();
    let path = directory.join(format!("{name}.{}", format.extension()));
    let mut out = BufWriter::new(private_file().open(&path)?);
    let rows = export(reader, entity, format, &mut out, &mut |rows| {
        progress(name, rows)
    })?;
    let file = out
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(ExportedFile {
        entity: name,
        path,
        rows,
    })
}
