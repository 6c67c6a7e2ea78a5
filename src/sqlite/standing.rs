//! How far a file is from a database that this library can use.

use std::io::ErrorKind;

use libsqlite3_sys as ffi;

use super::connection::{Connection, Role};
use super::{Conn, DatabaseLocation, dialect, migration_history, migrations, rollback_journal};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result, shortened};

/// The migrations that a database of this library still needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// All migrations: the database is empty.
    Empty,
    /// Some migrations.
    Older,
    /// No migrations.
    UpToDate,
}

/// Inspects a file without changing it, and refuses one that must not be touched. Returns the connection that did.
pub(super) fn inspect(
    location: &DatabaseLocation,
    config: &StoreConfig,
) -> Result<(Standing, Option<Connection>)> {
    match look_at(location, config) {
        Err(error) if error.details().sqlite_code == Some(ffi::SQLITE_READONLY_ROLLBACK) => {
            Ok((inspect_unfinished(location, config)?, None))
        }
        inspected => inspected.map(|(standing, probe)| (standing, Some(probe))),
    }
}

/// Inspects a file that has to be rolled back before it can be read. A database of this library is in such a state
/// only while it is created, or while a copy, which has no write-ahead log, is given one.
fn inspect_unfinished(location: &DatabaseLocation, config: &StoreConfig) -> Result<Standing> {
    match rollback_journal::leads_to_a_blank_file(location) {
        Ok(true) => Ok(Standing::Empty),
        Ok(false) if Connection::has_our_mark(location) => {
            // Opening a connection that may write rolls the file back.
            Connection::open(location, Role::Writer, config)?;
            Ok(look_at(location, config)?.0)
        }
        Ok(false) => {
            let message = format!(
                "{location} was left in the middle of a transaction by another program, which \
                 has to open it first"
            );
            Err(Error::new(ErrorCode::ForeignSchema, message))
        }
        // Another process has rolled it back meanwhile.
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(look_at(location, config)?.0),
        Err(e) => Err(Error::from(e).while_doing(location)),
    }
}

/// Inspects a file that needs no rollback, and returns the connection that did.
pub(super) fn look_at(
    location: &DatabaseLocation,
    config: &StoreConfig,
) -> Result<(Standing, Connection)> {
    let mut probe = Connection::open(location, Role::Probe, config)?;
    let standing = standing_of(&mut probe, location).map_err(|e| probe.explain(e))?;
    Ok((standing, probe))
}

pub(crate) fn standing_of(conn: &mut Conn, location: &DatabaseLocation) -> Result<Standing> {
    let named = |e| Error::from(e).while_doing(location);
    let mark = dialect::application_id(conn).map_err(named)?;
    if mark != dialect::APPLICATION_ID {
        return if mark == 0 && dialect::is_blank(conn).map_err(named)? {
            Ok(Standing::Empty)
        } else {
            Err(foreign(
                location,
                &dialect::table_names(conn).map_err(named)?,
            ))
        };
    }
    let applied = migration_history::applied_versions(conn);
    let applied = applied.map_err(|e| e.while_doing(location))?;
    let known = migrations::known_versions()?;
    let unknown: Vec<&str> = applied
        .iter()
        .filter(|version| !known.contains(version))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        let message = format!(
            "{location} was written by a newer version of the library (unknown migrations: {})",
            shortened(unknown.join(", "))
        );
        return Err(Error::new(ErrorCode::SchemaTooNew, message));
    }
    Ok(if known.iter().all(|version| applied.contains(version)) {
        Standing::UpToDate
    } else {
        Standing::Older
    })
}

fn foreign(location: &DatabaseLocation, tables: &[String]) -> Error {
    let whose = if tables.iter().any(|t| t == "__EFMigrationsHistory") {
        "belongs to Entity Framework Core; open a new file and import this one"
    } else {
        "belongs to another program"
    };
    Error::new(ErrorCode::ForeignSchema, format!("{location} {whose}"))
}
