//! Restoring a backup into the live database: all of it or nothing.

mod candidate;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::progress::{OnProgress, Phase, as_stage};
use super::{files, quarantine};
use crate::config::StoreConfig;
use crate::error::{ErrorCode, Result};
use crate::sqlite::copy_file::{Existing, copy_without_check};
use crate::sqlite::online_backup::copy;
use crate::sqlite::store_lock::{Alone, StoreLock};
use crate::sqlite::{Connections, DatabaseLocation, dialect};
use crate::store::Store;
use crate::types::Timestamp;

use candidate::RestoreCandidate;

/// How a backup is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoreOptions {
    /// Restore although other stores or processes have the database open. They keep the snapshots
    /// that they read from, see the restored data afterwards, and what they write in between is
    /// lost. Default: no.
    pub force: bool,
    /// Bytes that a backup may have at most. Default: 64 GiB.
    pub max_size: u64,
}

impl Default for RestoreOptions {
    fn default() -> Self {
        Self {
            force: false,
            max_size: 64 << 30,
        }
    }
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Restored {
    /// The backup.
    pub backup: PathBuf,
    /// Bytes of the database now.
    pub size: u64,
    /// The newest migration that the database in the backup had had.
    pub schema_version: String,
    /// Whether it was of an older schema, and was brought to the present one.
    pub migrated: bool,
    /// Where the database is that was there before; several files where a damaged one was moved
    /// aside with its write-ahead log.
    pub before: Vec<PathBuf>,
}

/// Replaces all that is in the database by what is in a backup.
///
/// The backup is copied to a private place, verified there (it has to be whole, and have exactly
/// our schema, without a trigger or view of somebody else), and migrated if it is older. The present
/// database is copied to `NAME.before-restore-yyyymmdd-hhmmss.db`. Then everything is written into the
/// live file in one transaction: a failure at any point, or a process that is killed, leaves the
/// database as it was.
///
/// Reads that are under way end undisturbed on the old data. Writes wait meanwhile, up to the busy
/// timeout, and then go on with the restored data; nothing of the cache is left. The file is
/// never replaced by another one, so that nobody goes on with the old.
///
/// # Errors
///
/// [`ErrorCode::Busy`] where another store or process has the database open;
/// [`ErrorCode::InvalidArgument`] where the backup is the database itself, is in use, no regular file or too
/// large; [`ErrorCode::NotADatabase`], [`ErrorCode::ForeignSchema`], [`ErrorCode::SchemaTooNew`] or
/// [`ErrorCode::Corrupt`] where it isn't a sound database of ours; [`ErrorCode::DiskFull`] where there is no
/// room for the copies; [`ErrorCode::Cancelled`].
pub fn restore(
    store: &Store,
    backup: &Path,
    options: &RestoreOptions,
    on_progress: &mut OnProgress<'_>,
) -> Result<Restored> {
    let span = tracing::info_span!("restore", backup = %backup.display());
    let _entered = span.enter();
    let connections = store.connections()?;
    let _alone = keep_others_out(&connections, options)?;
    let candidate = store.cancellably(|| {
        let (location, config) = (store.location(), connections.config());
        RestoreCandidate::prepare(location, config, backup, options, on_progress)
    })?;
    let now = store.read(|reader| Ok(reader.now()))?;
    let before = store.with_writer(|writer| {
        let before = keep_present(store.location(), connections.config(), now, on_progress)?;
        let mut source = candidate.open(connections.config())?;
        copy(
            &mut source,
            writer,
            &mut as_stage(Phase::Restoring, on_progress),
        )?;
        dialect::checkpoint(writer)?;
        Ok(before)
    })?;
    tracing::warn!(before = %before.display(), "the database was replaced by a backup");
    Ok(candidate.report(vec![before]))
}

/// The same for a database that no store has open, be it whole, damaged or not there at all.
///
/// One that can't be opened is moved aside, with its write-ahead log, to
/// `NAME.damaged-yyyymmdd-hhmmss`; it is never deleted. One of another program or of a newer version
/// is left alone, and is an error.
pub fn restore_file(
    config: &StoreConfig,
    backup: &Path,
    options: &RestoreOptions,
    on_progress: &mut OnProgress<'_>,
) -> Result<Restored> {
    match Store::open(config.clone()) {
        Ok(store) => {
            let restored = restore(&store, backup, options, on_progress)?;
            store.close()?;
            Ok(restored)
        }
        Err(e) if matches!(e.code(), ErrorCode::Corrupt | ErrorCode::NotADatabase) => {
            replace_damaged(config, backup, options, on_progress)
        }
        Err(e) => Err(e),
    }
}

fn replace_damaged(
    config: &StoreConfig,
    backup: &Path,
    options: &RestoreOptions,
    on_progress: &mut OnProgress<'_>,
) -> Result<Restored> {
    let database = DatabaseLocation::new(&config.path)?;
    let _alone = StoreLock::alone(&database)?;
    let candidate = RestoreCandidate::prepare(&database, config, backup, options, on_progress)?;
    let report = candidate.report(Vec::new());
    let before = quarantine::replace(&database, candidate.into_file(), config.clock.now())?;
    Ok(Restored { before, ..report })
}

fn keep_others_out<'p>(
    connections: &'p Connections,
    options: &RestoreOptions,
) -> Result<Option<Alone<'p>>> {
    match connections.lock().upgrade() {
        Ok(alone) => Ok(Some(alone)),
        Err(e) if e.code() == ErrorCode::Busy && options.force => {
            tracing::warn!("the database is restored although others have it open");
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// The present database may be damaged, which is why it is to be replaced: the copy isn't checked.
fn keep_present(
    database: &DatabaseLocation,
    config: &StoreConfig,
    now: Timestamp,
    on_progress: &mut OnProgress<'_>,
) -> Result<PathBuf> {
    let suffix = format!(".before-restore-{}", files::stamp(now));
    let target = files::unused(database.path(), &suffix, ".db");
    let mut on_step = as_stage(Phase::KeepingCopy, on_progress);
    let location = DatabaseLocation::new(&target)?;
    copy_without_check(database, config, &location, Existing::Keep, &mut on_step)?;
    Ok(target)
}
