//! The database as a file: its mark, its pages, and what looks after them.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer};

use super::{Number, pragma};
use crate::sqlite::Conn;

/// First bytes of every SQLite database.
pub(crate) const FILE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Marks a file as ours: `ORCS`.
pub(crate) const APPLICATION_ID: i32 = 0x4F52_4353;

/// Refreshes the statistics that the query planner decides by, where they are due.
pub(crate) fn optimize(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("PRAGMA optimize")
}

/// Copies the write-ahead log into the database and empties it, if nobody reads from it.
pub(crate) fn checkpoint(conn: &mut Conn) -> QueryResult<WalState> {
    sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn)
}

/// Copies what nobody needs any more of the write-ahead log into the database, waiting for nobody.
pub(crate) fn checkpoint_passively(conn: &mut Conn) -> QueryResult<WalState> {
    sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(conn)
}

/// How far a checkpoint came; -1 where there is no write-ahead log.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(crate) struct WalState {
    /// Pages in the log.
    #[diesel(sql_type = Integer)]
    pub(crate) log: i32,
    /// Those of them that are in the database too.
    #[diesel(sql_type = Integer)]
    pub(crate) checkpointed: i32,
}

/// Lets files give pages back that nothing is on. Takes effect in a database that is empty, and at
/// the next VACUUM in others. Writes to the file unless it is empty.
pub(in crate::sqlite) fn set_incremental_vacuum(conn: &mut Conn) -> QueryResult<()> {
    pragma(conn, "auto_vacuum", 2)
}

/// Gives this many free pages at the end of the file back to the disk, or all that there are.
pub(crate) fn vacuum_incrementally(conn: &mut Conn, pages: u32) -> QueryResult<()> {
    conn.batch_execute(&format!("PRAGMA incremental_vacuum({pages})"))
}

/// Writes the database anew, without free pages. What it needs to sort is kept in a file: in memory
/// it would be as large as the database.
pub(crate) fn vacuum(conn: &mut Conn) -> QueryResult<()> {
    set_incremental_vacuum(conn)?;
    pragma(conn, "temp_store", 1)?;
    let done = conn.batch_execute("VACUUM");
    pragma(conn, "temp_store", 2)?;
    done
}

pub(crate) fn application_id(conn: &mut Conn) -> QueryResult<i32> {
    let row: Number =
        sql_query("SELECT application_id AS number FROM pragma_application_id").get_result(conn)?;
    Ok(row.number)
}

/// Whether nobody has put anything into the database: no table, view or trigger, and no version.
pub(in crate::sqlite) fn is_blank(conn: &mut Conn) -> QueryResult<bool> {
    let row: Number = sql_query(
        "SELECT (SELECT count(*) FROM sqlite_schema) + (user_version <> 0) AS number \
         FROM pragma_user_version",
    )
    .get_result(conn)?;
    Ok(row.number == 0)
}

/// Writes the mark and the number of migrations into the file's header.
pub(in crate::sqlite) fn mark_as_ours(conn: &mut Conn, version: i32) -> QueryResult<()> {
    pragma(conn, "application_id", APPLICATION_ID)?;
    pragma(conn, "user_version", version)
}

/// Bytes of a page.
pub(crate) fn page_size(conn: &mut Conn) -> QueryResult<u64> {
    header_number(conn, "page_size")
}

/// Pages of the database, with those that are free.
pub(crate) fn page_count(conn: &mut Conn) -> QueryResult<u64> {
    header_number(conn, "page_count")
}

/// Pages that nothing is on.
pub(crate) fn free_page_count(conn: &mut Conn) -> QueryResult<u64> {
    header_number(conn, "freelist_count")
}

fn header_number(conn: &mut Conn, pragma: &'static str) -> QueryResult<u64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let row: Row =
        sql_query(format!("SELECT {pragma} AS number FROM pragma_{pragma}")).get_result(conn)?;
    Ok(u64::try_from(row.number).unwrap_or(0))
}
