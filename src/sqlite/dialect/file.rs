//! The database as a file: its mark, its pages, and their upkeep.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Text};

use super::{Number, pragma};
use crate::sqlite::Conn;

/// The first bytes of every SQLite database.
pub(crate) const FILE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The application id that marks a file as one of this library: `ORCS`.
pub(crate) const APPLICATION_ID: i32 = 0x4F52_4353;
/// Length of the header of a database file, in bytes.
pub(crate) const HEADER_LENGTH: usize = 100;

/// Returns the mark in the header of a database file, which is `None` where the header is cut off.
///
/// <https://www.sqlite.org/fileformat2.html#the_database_header>
pub(crate) fn application_id_in(header: &[u8]) -> Option<i32> {
    let mark = header.get(68..72)?.try_into().ok()?;
    Some(i32::from_be_bytes(mark))
}

/// Refreshes the query planner's statistics where that is due.
pub(crate) fn optimize(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("PRAGMA optimize")
}

/// Copies the write-ahead log into the database and empties it, if nobody reads from it.
pub(crate) fn checkpoint(conn: &mut Conn) -> QueryResult<WalState> {
    sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn)
}

/// Copies those parts of the write-ahead log into the database that nobody needs any more, without waiting.
pub(crate) fn checkpoint_passively(conn: &mut Conn) -> QueryResult<WalState> {
    sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(conn)
}

/// The progress of a checkpoint; its numbers are -1 where there is no write-ahead log.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(crate) struct WalState {
    /// The number of pages in the log.
    #[diesel(sql_type = Integer)]
    pub(crate) log: i32,
    /// The number of the log's pages that are in the database too.
    #[diesel(sql_type = Integer)]
    pub(crate) checkpointed: i32,
}

/// Allows free pages to be given back to the disk. Takes effect at once in an empty database, and at the next
/// VACUUM in others. Writes to the file unless it is empty.
pub(in crate::sqlite) fn set_incremental_vacuum(conn: &mut Conn) -> QueryResult<()> {
    pragma(conn, "auto_vacuum", 2)
}

/// Gives this many free pages at the end of the file back to the disk, or all of them where there are fewer.
pub(crate) fn vacuum_incrementally(conn: &mut Conn, pages: u32) -> QueryResult<()> {
    conn.batch_execute(&format!("PRAGMA incremental_vacuum({pages})"))
}

/// Merges all parts of a full-text index into one, which drops the words of rows that are gone.
pub(crate) fn merge_full_text_index(conn: &mut Conn, index: &str) -> QueryResult<()> {
    let index = super::quoted(index);
    conn.batch_execute(&format!(
        "INSERT INTO {index} ({index}) VALUES ('optimize')"
    ))
}

/// Rewrites the database without free pages. SQLite's temporary data goes to a file: in memory it would be as large
/// as the database.
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

/// Returns whether a database is untouched: it has no table, view or trigger, and no version.
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

/// Returns the size of a page in bytes.
pub(crate) fn page_size(conn: &mut Conn) -> QueryResult<u64> {
    header_number(conn, "page_size")
}

/// Returns the number of the database's pages, free ones included.
pub(crate) fn page_count(conn: &mut Conn) -> QueryResult<u64> {
    header_number(conn, "page_count")
}

/// Returns the number of free pages.
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

/// Returns the names of the largest tables with the bytes of their rows and indexes, and nothing where SQLite was built
/// without `dbstat`. Reads every page.
pub(crate) fn table_sizes(conn: &mut Conn, limit: u32) -> QueryResult<Vec<(String, u64)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = BigInt)]
        bytes: i64,
    }
    let available: Number =
        sql_query("SELECT count(*) AS number FROM pragma_module_list WHERE name = 'dbstat'")
            .get_result(conn)?;
    if available.number == 0 {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = sql_query(
        "SELECT tbl_name AS name, sum(pgsize) AS bytes \
         FROM dbstat JOIN sqlite_schema ON sqlite_schema.name = dbstat.name \
         WHERE aggregate = TRUE GROUP BY tbl_name ORDER BY bytes DESC, name LIMIT ?",
    )
    .bind::<BigInt, _>(i64::from(limit))
    .load(conn)?;
    let size = |row: Row| (row.name, u64::try_from(row.bytes).unwrap_or(0));
    Ok(rows.into_iter().map(size).collect())
}
