//! Export of all entities into a directory, one file for each.

use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{ExportFormat, export};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::Reader;
use crate::sqlite::{file_names, make_private_directory, plain_file, target};
use crate::store::Store;
use crate::store::registry::{self, AnyEntity};

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExportedFile {
    /// Entity whose rows are in it.
    pub entity: &'static str,
    /// Path of the file.
    pub path: PathBuf,
    /// Number of rows in it.
    pub rows: u64,
}

/// Writes all entities into a new directory, a file for each, all from one snapshot, and returns the files.
///
/// The directory is made as `DIRECTORY.partial`, synced to the disk, and then renamed, so that an incomplete export is
/// never taken for a whole one. Only its user may read it. `progress` receives the entity and the number of its rows
/// so far; where it breaks, the error is [`ErrorCode::Cancelled`].
///
/// ```
/// use orchestra_store::maintenance::export::{ExportFormat, export_all};
/// use orchestra_store::{Store, StoreConfig};
/// use std::ops::ControlFlow;
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let target = directory.path().join("export");
/// let files = export_all(&store, &target, ExportFormat::JsonLines, &mut |_, _| ControlFlow::Continue(()))?;
/// assert!(target.join("Tasks.jsonl").exists());
/// assert!(files.iter().all(|file| file.path.exists()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorCode::InvalidArgument`] if the name is reserved for the files beside a database; [`ErrorCode::AlreadyExists`]
/// if either name is taken. Whatever fails, the partial directory is removed.
pub fn export_all(
    store: &Store,
    directory: &Path,
    format: ExportFormat,
    progress: &mut dyn FnMut(&'static str, u64) -> ControlFlow<()>,
) -> Result<Vec<ExportedFile>> {
    target::refuse_reserved(directory)?;
    let partial = file_names::with_suffix(directory, target::PARTIAL);
    for path in [directory, &partial] {
        if file_names::is_taken(path) {
            let path = path.display();
            let message =
                format!("{path}: must not exist yet; choose another name, or move it away");
            return Err(Error::new(ErrorCode::AlreadyExists, message));
        }
    }
    make_private_directory(&partial)?;
    let made = write_files(store, &partial, format, progress).and_then(|files| {
        plain_file::rename(&partial, directory)?;
        Ok(files)
    });
    if made.is_err()
        && let Err(error) = std::fs::remove_dir_all(&partial)
    {
        tracing::warn!(%error, path = %partial.display(), "a partial export can't be removed");
    }
    let mut exported = made.map_err(|e| e.while_doing(directory.display()))?;
    plain_file::sync_directory_of(directory)?;
    for file in &mut exported {
        file.path = directory.join(file.path.file_name().unwrap_or_default());
    }
    Ok(exported)
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
    plain_file::sync_directory(directory)?;
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
    let file = plain_file::create(&path)?;
    let mut out = BufWriter::new(&*file);
    let rows = export(reader, entity, format, &mut out, &mut |rows| {
        progress(name, rows)
    })?;
    out.flush()?;
    file.sync_all()?;
    Ok(ExportedFile {
        entity: name,
        path,
        rows,
    })
}
