//! Restore of a backup into the live database: all of it or nothing.

mod candidate;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::progress::{OnProgress, Phase, as_stage};
use super::{lineage, quarantine};
use crate::config::StoreConfig;
use crate::error::{ErrorCode, Result};
use crate::sqlite::copy_file::copy_without_check;
use crate::sqlite::online_backup::copy;
use crate::sqlite::sole_use::SoleUse;
use crate::sqlite::store_lock::{Alone, StoreLock};
use crate::sqlite::target::{Existing, Target};
use crate::sqlite::{Connections, DatabaseLocation, dialect, file_names, other_programs};
use crate::store::Store;
use crate::types::Timestamp;

use candidate::RestoreCandidate;

/// Options of a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoreOptions {
    /// True to restore although other stores or processes have the database open. They keep the snapshots that they
    /// read from, and see the restored data afterwards; their writes in between are lost. Default: false.
    pub force: bool,
    /// Maximum size of a backup, unpacked, in bytes. Default: 64 GiB.
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

/// Result of a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Restored {
    /// Path of the backup.
    pub backup: PathBuf,
    /// Size of the restored database in bytes.
    pub size: u64,
    /// Newest migration that the database in the backup had had.
    pub schema_version: String,
    /// True if it had an older schema, and was migrated to the present one.
    pub migrated: bool,
    /// Paths of the database that was there before; several if a damaged one was moved aside with its write-ahead log.
    pub before: Vec<PathBuf>,
}

/// Replaces the content of the database with that of a backup.
///
/// The backup is copied to a private place, verified there (it must be whole and have exactly our schema, without
/// triggers or views of others), and migrated if it is older. The present database is copied to
/// `NAME.before-restore-yyyymmdd-hhmmss.db`. Then everything is written into the live file in one transaction: a
/// failure at any point, or a process that is killed, leaves the database as it was.
///
/// Reads under way finish on the old data. Writes wait meanwhile, up to the busy timeout, and then continue on the
/// restored data; the cache is emptied. The file is never replaced by another one, so that nobody continues on the old.
///
/// Numbers never go back: change events and row versions that are written from then on have numbers above all that the
/// present database has given. A follower from before fails with [`ErrorCode::EventsGone`], an update with a row version
/// that the backup doesn't have with [`ErrorCode::Conflict`]. Subscriptions of the store deliver
/// [`Missed`](crate::events::Delivery::Missed).
///
/// ```
/// use orchestra_store::maintenance::restore::{RestoreOptions, restore};
/// use orchestra_store::maintenance::{backup, unobserved};
/// use orchestra_store::services::tasks::{self, NewTask};
/// use orchestra_store::{ErrorCode, Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let target = directory.path().join("backup.db");
/// backup::create(&store, &target, false, &mut unobserved)?;
/// let task = store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
///
/// let restored = restore(&store, &target, &RestoreOptions::default(), &mut unobserved)?;
/// let lost = store.read(|reader| tasks::get(reader, &task.id)).unwrap_err();
/// assert_eq!(lost.code(), ErrorCode::NotFound);
/// assert!(restored.before[0].exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorCode::Busy`] if another store or process has the database open; [`ErrorCode::NotFound`] if there is no
/// backup; [`ErrorCode::InvalidArgument`] if the backup is the database itself, in use, no regular file or too large;
/// [`ErrorCode::NotADatabase`], [`ErrorCode::ForeignSchema`], [`ErrorCode::SchemaTooNew`] or [`ErrorCode::Corrupt`] if
/// it isn't a sound database of this library; [`ErrorCode::DiskFull`] if there is no room for the copies;
/// [`ErrorCode::Cancelled`].
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
        let config = connections.config();
        let before = keep_present(store.location(), config, now, on_progress)?;
        let newest = lineage::newest_of(writer);
        let base = candidate.begin_lineage(config, newest, now)?;
        let mut source = candidate.open(config)?;
        copy(
            &mut source,
            writer,
            &mut as_stage(Phase::Restoring, on_progress),
        )?;
        store.events().replaced(newest.unwrap_or(0), base);
        dialect::checkpoint(writer)?;
        Ok(before)
    })?;
    tracing::warn!(before = %before.display(), "the database was replaced by a backup");
    candidate.report(connections.config(), vec![before])
}

/// Restores as [`restore`] does into a database that no store has open, be it sound, damaged or missing.
///
/// A damaged one is moved aside with its write-ahead log, to `NAME.damaged-yyyymmdd-hhmmss`, and never deleted. One of
/// another program or of a newer version is left alone, and is an error.
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
    let _alone = SoleUse::of(&database)?;
    let candidate = RestoreCandidate::prepare(&database, config, backup, options, on_progress)?;
    let now = config.clock.now();
    candidate.begin_lineage(config, None, now)?;
    let report = candidate.report(config, Vec::new())?;
    let before = quarantine::replace(&database, candidate.into_file(), now)?;
    Ok(Restored { before, ..report })
}

fn keep_others_out<'p>(
    connections: &'p Connections,
    options: &RestoreOptions,
) -> Result<Option<Alone<'p>>> {
    let alone = connections.lock().and_then(StoreLock::upgrade);
    match other_programs::refuse(connections.location()).and(alone) {
        Ok(alone) => Ok(Some(alone)),
        Err(e) if e.code() == ErrorCode::Busy && options.force => {
            tracing::warn!("the database is restored although others have it open");
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// Copies the present database. The copy isn't checked: damage may be the reason for the restore.
fn keep_present(
    database: &DatabaseLocation,
    config: &StoreConfig,
    now: Timestamp,
    on_progress: &mut OnProgress<'_>,
) -> Result<PathBuf> {
    let target = file_names::stamped(database.path(), "before-restore", now, ".db");
    let mut on_step = as_stage(Phase::KeepingCopy, on_progress);
    let location = Target::of_copy(&target, database, Existing::Keep)?;
    copy_without_check(database, config, &location, &mut on_step)?;
    Ok(target)
}
