//! Backups: a verified copy of the whole database in a file of its own.

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
use crate::sqlite::copy_file::{Existing, copy_to_file};
use crate::sqlite::{DatabaseLocation, gzip};
use crate::store::Store;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The newest migration that the database in it has had.
    pub schema_version: String,
}

/// Copies the database, as it is now, into a file that only its user may read. Where there is a
/// file of that name already, it is kept, and the call fails with [`ErrorCode::AlreadyExists`];
/// `replace` says that it may go.
///
/// Others go on reading and writing meanwhile, and what they write is not waited for: the copy holds
/// what was committed before, and the write-ahead log grows until it is done. It is made under the
/// name `TARGET.partial`, verified (pages, indexes, foreign keys, schema), synced to the disk, and
/// then given its name. Where the name ends in `.gz`, the verified copy is compressed with gzip; while
/// that is done, there has to be room for it twice. A call that fails or is cancelled leaves nothing behind and replaces nothing.
///
/// # Errors
///
/// [`ErrorCode::DiskFull`] before anything is written where
/// [`StoreConfig::min_free_disk`](crate::StoreConfig::min_free_disk) would not stay free;
/// [`ErrorCode::Cancelled`]; [`ErrorCode::Corrupt`] where the database itself is damaged;
/// [`ErrorCode::BackupFailed`] for the rest.
pub fn create(
    store: &Store,
    target: &Path,
    replace: bool,
    on_progress: &mut OnProgress<'_>,
) -> Result<Backup> {
    let span = tracing::info_span!("backup", target = %target.display());
    let _entered = span.enter();
    let target = DatabaseLocation::new(target)?;
    let existing = if replace {
        Existing::Replace
    } else {
        Existing::Keep
    };
    let connections = store.connections()?;
    let (database, config) = (store.location(), connections.config());
    let made = store.cancellably(|| {
        if gzip::is_wanted(target.path()) {
            return compressed::create(database, config, &target, existing, on_progress);
        }
        let mut on_step = as_stage(Phase::Copying, on_progress);
        copy_to_file(database, config, &target, existing, &mut on_step)
    });
    let sound =
        made.map_err(|e| in_terms_of_backups(e).while_doing(format!("backup to {target}")))?;
    let size = std::fs::metadata(target.path())?.len();
    tracing::info!(size, "backup made");
    Ok(Backup {
        path: target.path().to_owned(),
        size,
        schema_version: sound.schema_version,
    })
}

/// Codes that tell what to do stay; the others become [`ErrorCode::BackupFailed`].
fn in_terms_of_backups(error: Error) -> Error {
    match error.code() {
        ErrorCode::AlreadyExists
        | ErrorCode::Busy
        | ErrorCode::Cancelled
        | ErrorCode::Corrupt
        | ErrorCode::DiskFull
        | ErrorCode::PermissionDenied => error,
        _ => error.recoded(ErrorCode::BackupFailed),
    }
}
