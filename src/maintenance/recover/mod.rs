//! Salvaging what is readable of a damaged database into a new one.

mod header;
mod table;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::progress::{OnProgress, Phase, Progress};
use super::quarantine;
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::copy_file::{Existing, Partial};
use crate::sqlite::soundness::{self, Extras};
use crate::sqlite::store_lock::StoreLock;
use crate::sqlite::{DatabaseLocation, dialect, disk, migrations, orphans};

pub use table::SalvagedTable;

/// What was salvaged, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Recovery {
    /// The new database.
    pub database: PathBuf,
    /// Each table with its rows.
    pub tables: Vec<SalvagedTable>,
    /// Rows that referred to rows which are lost: they refer to nothing now, or are gone too where
    /// they make no sense alone.
    pub orphans: usize,
    /// Where the damaged database is, with all that belongs to it, if it was moved.
    pub before: Vec<PathBuf>,
}

impl Recovery {
    /// Rows that are known to be lost. There may be more that nothing tells of: see
    /// [`SalvagedTable::is_complete`].
    pub fn lost(&self) -> u64 {
        self.tables.iter().map(|table| table.lost).sum()
    }
}

/// Reads what is readable of a damaged database into a new one at `target`, and leaves the damaged
/// one as it is.
///
/// Works on a private copy, table by table and where needed row by row. The new database has the
/// present schema, and is sound; counters that are less than the tasks are for
/// [`repair`](super::repair::repair).
///
/// # Errors
///
/// [`ErrorCode::Busy`] where a store has the database open; [`ErrorCode::AlreadyExists`] where there
/// is a file of the target's name; [`ErrorCode::Corrupt`] where not even the schema can be read;
/// [`ErrorCode::ForeignSchema`] or [`ErrorCode::SchemaTooNew`] where it is not ours to read.
pub fn recover(
    config: &StoreConfig,
    target: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Recovery> {
    let database = DatabaseLocation::new(&config.path)?;
    let _alone = StoreLock::alone(&database)?;
    let target = DatabaseLocation::new(target)?;
    if target.path().symlink_metadata().is_ok() {
        let message = format!("{target}: there is a file of this name");
        return Err(Error::new(ErrorCode::AlreadyExists, message));
    }
    let (new, recovery) = salvage(&database, &target, config, on_progress)?;
    new.publish(&target, Existing::Keep)?;
    Ok(recovery)
}

/// The same with the new database in the place of the damaged one, which is moved aside, with its
/// write-ahead log, to `NAME.damaged-yyyymmdd-hhmmss`, and never deleted.
pub fn recover_in_place(
    config: &StoreConfig,
    on_progress: &mut OnProgress<'_>,
) -> Result<Recovery> {
    let database = DatabaseLocation::new(&config.path)?;
    let _alone = StoreLock::alone(&database)?;
    let (new, recovery) = salvage(&database, &database, config, on_progress)?;
    let before = quarantine::replace(&database, new, config.clock.now())?;
    Ok(Recovery { before, ..recovery })
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
    attach(&mut conn, &damaged)?;
    let versions = versions_of(&mut conn)?;
    migrations::run_only(&mut conn, &versions)?;
    dialect::set_foreign_keys(&mut conn, false)?;
    let tables = salvage_tables(&mut conn, on_progress)?;
    dialect::rebuild_search_indexes(&mut conn)?;
    let orphans = orphans::resolve(&mut conn)?;
    // What is still attached is part of no transaction that follows.
    drop(conn);
    drop(damaged);
    migrations::migrate_scratch(&new.location, config)?;
    let mut conn = Connection::open(&new.location, Role::Scratch, config)?;
    soundness::require(&mut conn, &new.location, Extras::Refused)?;
    tracing::warn!(orphans = orphans.len(), "a damaged database was salvaged");
    let recovery = Recovery {
        database: target.path().to_owned(),
        tables,
        orphans: orphans.len(),
        before: Vec::new(),
    };
    Ok((new, recovery))
}

/// The damaged database with its write-ahead log, where reading may change it.
fn private_copy(
    database: &DatabaseLocation,
    target: &DatabaseLocation,
    config: &StoreConfig,
) -> Result<Partial> {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let wal = database.sibling("-wal");
    let needed = (size(database.path()) + size(&wal)).saturating_mul(2);
    disk::require(target.path(), needed, config.min_free_disk)?;
    let copy = Partial::reserve(&DatabaseLocation::new(&target.sibling(".damaged"))?)?;
    let from = std::fs::File::open(database.path());
    let mut from = from.map_err(|e| Error::from(e).while_doing(database))?;
    std::io::copy(&mut from, &mut copy.writer())?;
    if wal.exists() {
        std::fs::copy(&wal, copy.location.sibling("-wal"))?;
    }
    Ok(copy)
}

/// Attaches the damaged database: as it is, else without its write-ahead log, else with a header
/// that says what ours say.
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
        // Most often it isn't there.
        let _ = std::fs::remove_file(damaged.location.sibling(suffix));
    }
    if attempt(conn).is_ok() {
        return refuse_foreign(conn);
    }
    header::renew(damaged.writer())?;
    attempt(conn).map_err(|e| {
        let message = format!("nothing can be read: {}", e.message());
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
        "it belongs to another program",
    ))
}

/// The migrations that the damaged database has had; all where that can't be read.
fn versions_of(conn: &mut Connection) -> Result<Vec<String>> {
    let known = migrations::known_versions()?;
    let versions = dialect::attached_versions(conn).unwrap_or_default();
    if versions.is_empty() {
        return Ok(known);
    }
    match versions.iter().find(|version| !known.contains(version)) {
        // A version that a flipped bit made has no place among those that follow each other.
        Some(newer) if known.last().is_some_and(|last| newer > last) => {
            let message = format!("it was written by a newer version (migration {newer})");
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
        .filter(|name| *name != migrations::HISTORY_TABLE);
    let mut tables = Vec::new();
    for name in names {
        let mut on_rows = |done, total| {
            let stage = Phase::Salvaging;
            let wanted = on_progress(Progress { stage, done, total });
            if wanted.is_break() {
                return Err(Error::new(
                    ErrorCode::Cancelled,
                    "the recovery was cancelled",
                ));
            }
            Ok(())
        };
        tables.push(table::salvage(conn, name, &mut on_rows)?);
    }
    Ok(tables)
}
