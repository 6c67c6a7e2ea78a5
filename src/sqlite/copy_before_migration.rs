//! The copy of a database that is kept before a migration changes it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::connection::{Connection, Role};
use super::copy_file::{self, copy_to_file};
use super::target::{Existing, Target};
use super::{DatabaseLocation, dialect, disk, migration_history, plain_file};
use crate::config::StoreConfig;
use crate::error::Result;

/// Text between the database's name and the version in the name of a copy.
const INFIX: &str = ".schema-";
const EXTENSION: &str = ".db";
/// Number of copies that are kept; older ones are removed after a successful migration.
const KEPT: usize = 2;

/// Copies the database to `NAME.schema-VERSION.db`, where VERSION is the newest migration that has run on it, and
/// makes sure that there is room for the migration itself. A copy of an earlier attempt is replaced, since an older
/// program may have written to the database since.
pub(super) fn keep(location: &DatabaseLocation, config: &StoreConfig) -> Result<()> {
    let mut connection = Connection::open(location, Role::Reader, config)?;
    let size = copy_file::size_of(&mut connection)?;
    // Rebuilt pages are written to the write-ahead log first, and then to the database.
    disk::require(
        location.path(),
        size.saturating_mul(2),
        config.min_free_disk,
    )?;
    if !config.backup_before_migration || !has_rows(&mut connection)? {
        return Ok(());
    }
    let version = migration_history::applied_versions(&mut connection)?
        .into_iter()
        .max()
        .unwrap_or_default();
    drop(connection);
    let target = location.sibling(&format!("{INFIX}{version}{EXTENSION}"));
    let target = Target::of_copy(&target, location, Existing::Replace)?;
    copy_to_file(
        location,
        config,
        &target,
        &mut |_| ControlFlow::Continue(()),
    )?;
    tracing::info!(copy = %target.location(), "the database was copied before its migration");
    Ok(())
}

fn has_rows(connection: &mut Connection) -> Result<bool> {
    for table in dialect::table_names(connection)? {
        if table != migration_history::HISTORY_TABLE && dialect::has_rows(connection, &table)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes all but the newest copies. A copy that can't be removed is no reason to fail.
pub(super) fn remove_old(location: &DatabaseLocation) {
    let mut copies = copies_of(location.path()).unwrap_or_default();
    copies.sort();
    let old = copies.len().saturating_sub(KEPT);
    for copy in &copies[..old] {
        if let Err(error) = plain_file::remove(copy) {
            tracing::warn!(%error, copy = %copy.display(), "an old copy can't be removed");
        }
    }
}

fn copies_of(database: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (Some(directory), Some(name)) = (database.parent(), database.file_name()) else {
        return Ok(Vec::new());
    };
    let prefix = format!("{}{INFIX}", name.to_string_lossy());
    let is_copy = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let version = name
            .strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix(EXTENSION));
        version.is_some_and(|v| !v.is_empty() && v.chars().all(|c| c.is_ascii_digit()))
    };
    let paths: std::io::Result<Vec<_>> = std::fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect();
    Ok(paths?.into_iter().filter(is_copy).collect())
}
