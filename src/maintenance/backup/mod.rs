//! Backups: verified copies of the whole database, with the rows of all users, in files of their own.

mod automatic;
mod compressed;
mod list;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use automatic::{AutomaticBackup, run_if_due};
pub use list::{BackupFile, BackupState, list, verify};

use super::progress::{OnProgress, Phase, as_stage};
pub use crate::config::BackupPolicy;
use crate::error::{Error, ErrorCode, Result};
use crate::sqlite::copy_file::copy_to_file;
use crate::sqlite::target::{Existing, Target};
use crate::sqlite::{gzip, plain_file};
use crate::store::Store;

/// A new backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Backup {
    /// Path of the file.
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// Newest migration that the database in it has had.
    pub schema_version: String,
}

/// Copies the database, as it is now, into a file that only its user may read. An existing file is kept, and the call
/// fails with [`ErrorCode::AlreadyExists`], unless `replace` is true.
///
/// Others read and write meanwhile. The copy holds everything that was committed before the call, and the write-ahead
/// log grows until it is done. The copy is made as `TARGET.partial`, verified (pages, indexes, foreign keys, schema),
/// synced to the disk, and then renamed. If the name ends in `.gz`, the verified copy is compressed with gzip, for
/// which the disk needs room for two copies. A call that fails or is cancelled leaves nothing behind and replaces
/// nothing.
///
/// ```
/// use orchestra_store::maintenance::{backup, unobserved};
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let target = directory.path().join("backups").join("monday.db");
/// # std::fs::create_dir(directory.path().join("backups"))?;
/// let made = backup::create(&store, &target, false, &mut unobserved)?;
/// assert_eq!(made.size, target.metadata()?.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorCode::InvalidArgument`] if the target is anything but a regular file or a new name, or is reserved for the
/// files beside a database; [`ErrorCode::AlreadyExists`] if it is a database that may be open or is another program's,
/// even if `replace` is true; [`ErrorCode::DiskFull`] before anything is written, if
/// [`StoreConfig::min_free_disk`](crate::StoreConfig::min_free_disk) would not stay free; [`ErrorCode::Cancelled`];
/// [`ErrorCode::Timeout`]; [`ErrorCode::Corrupt`] if the database itself is damaged; [`ErrorCode::BackupFailed`] for the
/// rest.
pub fn create(
    store: &Store,
    target: &Path,
    replace: bool,
    on_progress: &mut OnProgress<'_>,
) -> Result<Backup> {
    let span = tracing::info_span!("backup", target = %target.display());
    let _entered = span.enter();
    let existing = if replace {
        Existing::Replace
    } else {
        Existing::Keep
    };
    let connections = store.connections()?;
    let (database, config) = (store.location(), connections.config());
    let made = store.cancellably(|| {
        let target = Target::of_copy(target, database, existing)?;
        let sound = if gzip::is_wanted(target.path()) {
            compressed::create(database, config, &target, on_progress)
        } else {
            let mut on_step = as_stage(Phase::Copying, on_progress);
            copy_to_file(database, config, &target, &mut on_step)
        };
        Ok((target, sound?))
    });
    let (target, sound) = made.map_err(|e| {
        in_terms_of_backups(e).while_doing(format!("backup to {}", target.display()))
    })?;
    let size = plain_file::metadata(target.path())?.len();
    tracing::info!(size, "backup made");
    Ok(Backup {
        path: target.path().to_owned(),
        size,
        schema_version: sound.schema_version,
    })
}

/// Keeps the codes that a caller can act on, and turns the others into [`ErrorCode::BackupFailed`].
fn in_terms_of_backups(error: Error) -> Error {
    match error.code() {
        ErrorCode::AlreadyExists
        | ErrorCode::InvalidArgument
        | ErrorCode::Busy
        | ErrorCode::Cancelled
        | ErrorCode::Timeout
        | ErrorCode::Corrupt
        | ErrorCode::DiskFull
        | ErrorCode::PermissionDenied => error,
        _ => error.recoded(ErrorCode::BackupFailed),
    }
}
