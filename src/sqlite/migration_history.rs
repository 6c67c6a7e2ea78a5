//! The history of migrations in a database, which may be anybody's.

use super::{Conn, dialect};
use crate::error::{Error, ErrorCode, Result};
use crate::types::Timestamp;

/// Diesel's own table of the migrations that have run on a database.
pub(crate) const HISTORY_TABLE: &str = "__diesel_schema_migrations";

/// Maximum number of rows of the table.
const MOST_MIGRATIONS: usize = 10_000;

/// Returns the versions of the migrations that have run on a database.
pub(crate) fn applied_versions(conn: &mut Conn) -> Result<Vec<String>> {
    versions_of(conn, "main")
}

/// Returns the versions of the migrations that have run on a database, with the times at which they ran. A time that
/// can't be read is none.
pub(crate) fn applied_migrations(conn: &mut Conn) -> Result<Vec<(String, Option<Timestamp>)>> {
    let versions = applied_versions(conn)?;
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let times = dialect::migration_times(conn, HISTORY_TABLE, MOST_MIGRATIONS)?;
    let time_of = |version: &String| {
        let (_, time) = times.iter().find(|(of, _)| of == version)?;
        time.parse().ok()
    };
    let timed = versions.into_iter();
    Ok(timed
        .map(|version| (version.clone(), time_of(&version)))
        .collect())
}

/// Returns the migrations that have run on the database of this name, which may be somebody else's: the history is read
/// only where it is a table, and of a reasonable size.
pub(crate) fn versions_of(conn: &mut Conn, schema: &str) -> Result<Vec<String>> {
    let refuse = |reason: String| {
        let message = format!("its list of migrations, {HISTORY_TABLE}, {reason}");
        Err(Error::new(ErrorCode::ForeignSchema, message))
    };
    match dialect::kind_of_table(conn, schema, HISTORY_TABLE)?.as_deref() {
        None => return Ok(Vec::new()),
        Some("table") => {}
        Some(kind) => return refuse(format!("must be a table, got one of kind {kind}")),
    }
    let versions = dialect::versions_in(conn, schema, HISTORY_TABLE, MOST_MIGRATIONS + 1)?;
    if versions.len() > MOST_MIGRATIONS {
        return refuse(format!(
            "must have at most {MOST_MIGRATIONS} rows, got more"
        ));
    }
    Ok(versions)
}
