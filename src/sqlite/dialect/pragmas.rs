//! Settings of new connections, and facts that any connection can be asked for.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Integer, Text};

use super::{pragma, saturating};
use crate::config::Durability;
use crate::sqlite::{Conn, Kept};

/// Sets the journal mode, and returns the one that the file then has.
pub(crate) fn set_journal_mode(conn: &mut Conn, mode: &'static str) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }
    let row: Row = sql_query(format!("PRAGMA journal_mode = {mode}")).get_result(conn)?;
    Ok(row.journal_mode)
}

/// The point to which a commit waits for the disk; the numbers are SQLite's.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) enum Synchronous {
    Off = 0,
    Normal = 1,
    Full = 2,
}

impl From<Durability> for Synchronous {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::Full => Self::Full,
            Durability::Normal => Self::Normal,
        }
    }
}

pub(in crate::sqlite) fn set_synchronous(
    conn: &mut Conn,
    synchronous: Synchronous,
) -> QueryResult<()> {
    pragma(conn, "synchronous", synchronous as i32)
}

pub(in crate::sqlite) fn set_wal_limits(
    conn: &mut Conn,
    pages: u32,
    bytes: u64,
) -> QueryResult<()> {
    pragma(conn, "wal_autocheckpoint", pages)?;
    pragma(conn, "journal_size_limit", saturating(bytes))
}

/// Turns on the checks of foreign keys, distrusts functions with outside effects in the file's schema, has damaged
/// pages noticed early, and makes REPLACE run the triggers of the deletion that it contains: without them it would
/// bypass those that keep logs append-only.
pub(in crate::sqlite) fn set_safety(conn: &mut Conn) -> QueryResult<()> {
    pragma(conn, "foreign_keys", 1)?;
    pragma(conn, "trusted_schema", 0)?;
    pragma(conn, "cell_size_check", 1)?;
    pragma(conn, "recursive_triggers", 1)
}

pub(in crate::sqlite) fn set_memory(
    conn: &mut Conn,
    cache_kib: u32,
    mmap_bytes: u64,
) -> QueryResult<()> {
    pragma(conn, "mmap_size", saturating(mmap_bytes))?;
    pragma(conn, "temp_store", 2)?;
    pragma(conn, "cache_size", -i64::from(cache_kib))?;
    pragma(conn, "analysis_limit", 400)
}

/// Lets the connection hold that much of the file in memory, and keep its intermediate results in files.
pub(in crate::sqlite) fn set_small_memory(conn: &mut Conn, cache_kib: u32) -> QueryResult<()> {
    pragma(conn, "mmap_size", 0)?;
    pragma(conn, "temp_store", 1)?;
    pragma(conn, "cache_size", -i64::from(cache_kib))
}

pub(in crate::sqlite) fn set_query_only(conn: &mut Conn, on: bool) -> QueryResult<()> {
    pragma(conn, "query_only", i32::from(on))
}

/// Turns the checks of foreign keys on or off; inside a transaction this has no effect.
pub(crate) fn set_foreign_keys(conn: &mut Conn, on: bool) -> QueryResult<()> {
    pragma(conn, "foreign_keys", i32::from(on))
}

/// Returns a number that changes between two calls on this connection where another connection, of this process or
/// any other, has committed in between.
pub(in crate::sqlite) fn data_version(conn: &mut Conn) -> QueryResult<i32> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        data_version: i32,
    }
    let row: Row = Kept(sql_query("PRAGMA data_version")).get_result(conn)?;
    Ok(row.data_version)
}
