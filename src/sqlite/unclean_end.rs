//! Detection of databases whose last process was killed, and of the damage that this left.

use super::connection::{Connection, Role};
use super::store_lock::StoreLock;
use super::{DatabaseLocation, dialect};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

/// Checks the pages of a database that was not closed: one that has a write-ahead log, and that nobody has open.
/// Fails with [`ErrorCode::Corrupt`] where they are damaged.
pub(crate) fn check(location: &DatabaseLocation, config: &StoreConfig) -> Result<()> {
    if config.read_only || !config.check_after_crash || !was_left_open(location) {
        return Ok(());
    }
    tracing::warn!(database = %location, "the database was not closed and is checked");
    let mut conn = Connection::open(location, Role::Reader, config)?;
    let problems = dialect::quick_check(&mut conn).map_err(|e| conn.explain(e.into()))?;
    match problems.into_iter().next() {
        Some(problem) => Err(Error::new(ErrorCode::Corrupt, problem).while_doing(location)),
        None => Ok(()),
    }
}

fn was_left_open(location: &DatabaseLocation) -> bool {
    let wal = std::fs::metadata(location.sibling("-wal"));
    // The lock is given back at once: others may open the database meanwhile.
    wal.is_ok_and(|file| file.len() > 0) && StoreLock::alone(location).is_ok()
}
