//! Salvage of the readable rows of a damaged database into a new one.

mod header;
mod table;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::progress::{OnProgress, Phase, Progress, go_on};
use super::{lineage, quarantine};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result, shortened};
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::copy_file::Partial;
use crate::sqlite::sole_use::SoleUse;
use crate::sqlite::soundness::{self, Extras};
use crate::sqlite::store_lock::StoreLock;
use crate::sqlite::target::{Existing, Target};
use crate::sqlite::{
    DatabaseLocation, dialect, disk, migration_history, migrations, orphans, plain_file,
};

pub use table::SalvagedTable;

/// Options of a recovery in place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoverOptions {
    /// True to recover a sound database too. Default: false.
    pub even_if_sound: bool,
}

/// Result of a recovery: the rows that were salvaged, and those that were lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Recovery {
    /// Path of the new database.
    pub database: PathBuf,
    /// Tables with their numbers of rows.
    pub tables: Vec<SalvagedTable>,
    /// Number of rows that referred to lost rows. They refer to nothing now, or were removed if they make no sense
    /// alone.
    pub orphans: usize,
    /// Paths of the damaged database and its companions, if they were moved.
    pub before: Vec<PathBuf>,
    /// True if nothing was done, since the database is sound.
    pub is_sound: bool,
}

impl Recovery {
    /// Returns the number of rows that are known to be lost. There may be more: see [`SalvagedTable::is_complete`].
    pub fn lost(&self) -> u64 {
        self.tables.iter().map(|table| table.lost).sum()
    }
}

/// Salvages the readable rows of a damaged database into a new one at `target`, and leaves the damaged one as it is.
///
/// Works on a private copy, table by table and, where that fails, row by row. The new database has the present schema
/// and is sound; counters that are below the number of tasks are for [`repair`](super::repair::repair).
///
/// ```
/// use orchestra_store::maintenance::recover::recover;
/// use orchestra_store::maintenance::unobserved;
/// use orchestra_store::services::tasks::{self, NewTask};
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// let config = StoreConfig::new(directory.path().join("orchestra.db"));
/// let store = Store::open(config.clone())?;
/// store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
/// store.close()?;
///
/// let target = directory.path().join("recovered.db");
/// let recovery = recover(&config, &target, &mut unobserved)?;
/// assert!(target.exists());
/// assert_eq!(recovery.lost(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorCode::Busy`] if a store has the database open; [`ErrorCode::AlreadyExists`] if the target exists;
/// [`ErrorCode::Corrupt`] if not even the schema can be read; [`ErrorCode::ForeignSchema`] or
/// [`ErrorCode::SchemaTooNew`] if the database belongs to another program or to a newer version.
pub fn recover(
    config: &StoreConfig,
    target: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Recovery> {
    let database = DatabaseLocation::new(&config.path)?;
    let target = Target::of_copy(target, &database, Existing::Keep)?;
    let _alone = SoleUse::of(&database)?;
    let (new, recovery) = salvage(&database, target.location(), config, on_progress)?;
    new.publish(&target)?;
    Ok(recovery)
}

/// Salvages as [`recover`] does, and puts the new database in the place of the damaged one. That is moved aside with
/// its write-ahead log, to `NAME.damaged-yyyymmdd-hhmmss`, and never deleted.
///
/// A sound database is left as it is, and [`Recovery::is_sound`] says so, unless [`RecoverOptions::even_if_sound`] is
/// set. It is read as a whole for that.
pub fn recover_in_place(
    config: &StoreConfig,
    options: &RecoverOptions,
    on_progress: &mut OnProgress<'_>,
) -> Result<Recovery> {
    let database = DatabaseLocation::new(&config.path)?;
    if !options.even_if_sound && is_sound(&database, config)? {
        return Ok(Recovery {
            database: database.path().to_owned(),
            tables: Vec::new(),
            orphans: 0,
            before: Vec::new(),
            is_sound: true,
        });
    }
    let _alone = SoleUse::of(&database)?;
    let (new, recovery) = salvage(&database, &database, config, on_progress)?;
    let before = quarantine::replace(&database, new, config.clock.now())?;
    Ok(Recovery { before, ..recovery })
}

/// Returns whether the database can be opened and has no damage. Fails with [`ErrorCode::Busy`] where a store has it
/// open.
fn is_sound(database: &DatabaseLocation, config: &StoreConfig) -> Result<bool> {
    // SQLite's own locks would keep the connection out.
    let _lock = StoreLock::alone(database)?;
    let sound = Connection::open(database, Role::Probe, config)
        .and_then(|mut conn| soundness::require(&mut conn, database, Extras::Allowed));
    Ok(sound.is_ok())
}

fn salvage(
    database: &DatabaseLocation,
    target: &DatabaseLocation,
    config: &StoreConfig,
    on_progress: &mut OnProgress<'_>,
) -> Result<(Partial, Recovery)> {
    let span = tracing::info_span!("recover", database = %database);
    let _entered = span.enter();
    let damaged = private_copy(database, target, config)?;
    let new = Partial::reserve(target)?;
    let mut conn = Connection::open(&new.location, Role::Scratch, config)?;
    conn.prepare_for_salvage()?;
    let versions = attach(&mut conn, &damaged)
        .and_then(|()| versions_of(&mut conn))
        .map_err(|e| e.while_doing(database))?;
    migrations::run_only(&mut conn, &versions)?;
    dialect::set_foreign_keys(&mut conn, false)?;
    let tables = salvage_tables(&mut conn, on_progress)?;
    dialect::rebuild_search_indexes(&mut conn)?;
    let orphans = orphans::resolve(&mut conn)?;
    // A database that stays attached would be part of the transactions that follow.
    drop(conn);
    drop(damaged);
    migrations::migrate_scratch(&new.location, config)?;
    let mut conn = Connection::open(&new.location, Role::Scratch, config)?;
    // Newer events may be lost, so that only the time is certain to be above their numbers.
    lineage::begin(&mut conn, None, config.clock.now())?;
    soundness::require(&mut conn, &new.location, Extras::Refused)?;
    tracing::warn!(orphans = orphans.len(), "a damaged database was salvaged");
    let recovery = Recovery {
        database: target.path().to_owned(),
        tables,
        orphans: orphans.len(),
        before: Vec::new(),
        is_sound: false,
    };
    Ok((new, recovery))
}

/// Copies the damaged database with its write-ahead log to where reading may change it.
fn private_copy(
    database: &DatabaseLocation,
    target: &DatabaseLocation,
    config: &StoreConfig,
) -> Result<Partial> {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let wal = database.sibling("-wal");
    let needed = (size(database.path()) + size(&wal)).saturating_mul(2);
    disk::require(target.path(), needed, config.min_free_disk)?;
    let copy = Partial::reserve(&target.beside(".damaged"))?;
    let from = plain_file::open_input(database.path())?;
    std::io::copy(&mut &*from, &mut copy.writer())?;
    if wal.exists() {
        plain_file::copy(&wal, &copy.location.sibling("-wal"))?;
    }
    Ok(copy)
}

/// Attaches the damaged database: as it is, else without its write-ahead log, else with a new header.
fn attach(conn: &mut Connection, damaged: &Partial) -> Result<()> {
    let path = damaged.location.to_string();
    let attempt = |conn: &mut Connection| -> Result<()> {
        dialect::attach(conn, &path)?;
        let readable = dialect::read_attached_schema(conn);
        if readable.is_err() {
            dialect::detach(conn)?;
        }
        Ok(readable?)
    };
    if attempt(conn).is_ok() {
        return refuse_foreign(conn);
    }
    for suffix in ["-wal", "-shm"] {
        // Mostly there is none.
        let _ = plain_file::remove_own(&damaged.location.sibling(suffix));
    }
    if attempt(conn).is_ok() {
        return refuse_foreign(conn);
    }
    header::renew(damaged.writer())?;
    attempt(conn).map_err(|e| {
        let cause = e.message();
        let message = format!("its schema must be readable, but isn't ({cause}); restore a backup");
        Error::new(ErrorCode::Corrupt, message).with_source(e)
    })
}

fn refuse_foreign(conn: &mut Connection) -> Result<()> {
    let id = dialect::attached_application_id(conn)?;
    if id == dialect::APPLICATION_ID || dialect::attached_table_exists(conn, "Agents")? {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::ForeignSchema,
        "must be a database of this library, got one of another program",
    ))
}

/// Returns the migrations that the damaged database has had, or all if they can't be read.
fn versions_of(conn: &mut Connection) -> Result<Vec<String>> {
    let known = migrations::known_versions()?;
    let versions = migration_history::versions_of(conn, "damaged").unwrap_or_default();
    if versions.is_empty() {
        return Ok(known);
    }
    match versions.iter().find(|version| !known.contains(version)) {
        // An unknown version that isn't the newest comes from a flipped bit.
        Some(newer) if known.last().is_some_and(|last| newer > last) => {
            let message = format!(
                "must have a schema that this version knows, got migration {} of a newer one; \
                 recover it with that version",
                shortened(newer)
            );
            Err(Error::new(ErrorCode::SchemaTooNew, message))
        }
        Some(_) => Ok(known),
        None => Ok(versions),
    }
}

fn salvage_tables(
    conn: &mut Connection,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<SalvagedTable>> {
    let names = dialect::stored_tables(conn)?;
    let names = names
        .iter()
        .filter(|name| *name != migration_history::HISTORY_TABLE);
    let mut tables = Vec::new();
    for name in names {
        let mut on_rows = |done, total| {
            let stage = Phase::Salvaging;
            go_on(
                on_progress(Progress { stage, done, total }),
                "the recovery was cancelled",
            )
        };
        tables.push(table::salvage(conn, name, &mut on_rows)?);
    }
    Ok(tables)
}
