//! Statements on a damaged database, which is attached as `damaged` to read from it.

use diesel::connection::{DefaultLoadingMode, SimpleConnection as _};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Text};

use super::schema::columns_in;
use super::{Number, TextRow, quoted};
use crate::sqlite::Conn;

/// Attaches a database as `damaged`.
pub(crate) fn attach(conn: &mut Conn, path: &str) -> QueryResult<()> {
    let attach = sql_query("ATTACH ? AS damaged").bind::<Text, _>(path);
    attach.execute(conn).map(drop)
}

/// Detaches the attached database.
pub(crate) fn detach(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("DETACH damaged")
}

/// Reads the beginning of the attached database's schema.
///
/// Where the schema can't be read as a whole, SQLite refuses the first statement, and compiles later ones against
/// the part that it could read.
pub(crate) fn read_attached_schema(conn: &mut Conn) -> QueryResult<()> {
    let mut read = || {
        sql_query("SELECT EXISTS (SELECT 1 FROM damaged.sqlite_schema) AS number")
            .get_result::<Number>(conn)
            .map(drop)
    };
    read().or_else(|_| read())
}

/// Returns the application id in the attached database's header.
pub(crate) fn attached_application_id(conn: &mut Conn) -> QueryResult<i32> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        application_id: i32,
    }
    let row: Row = sql_query("PRAGMA damaged.application_id").get_result(conn)?;
    Ok(row.application_id)
}

/// Returns whether the attached database has this table.
pub(crate) fn attached_table_exists(conn: &mut Conn, table: &str) -> QueryResult<bool> {
    let row: Number = sql_query(
        "SELECT count(*) AS number FROM damaged.sqlite_schema WHERE type = 'table' AND name = ?",
    )
    .bind::<Text, _>(table)
    .get_result(conn)?;
    Ok(row.number > 0)
}

/// Returns the columns of a table of the attached database.
pub(crate) fn attached_columns(conn: &mut Conn, table: &str) -> QueryResult<Vec<String>> {
    columns_in(conn, "damaged", table)
}

/// Returns the indexes of a table of the attached database that cover all of its rows.
pub(crate) fn attached_full_indexes(conn: &mut Conn, table: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<TextRow> =
        sql_query("SELECT name AS line FROM pragma_index_list(?, 'damaged') WHERE NOT partial")
            .bind::<Text, _>(table)
            .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Rowids that a scan found until its end, or until it failed.
#[derive(Debug)]
pub(crate) struct RowIds {
    pub(crate) found: Vec<i64>,
    pub(crate) error: Option<diesel::result::Error>,
}

/// Returns the rowids of a table of the attached database, read in this order (`ASC`, `DESC`).
pub(crate) fn attached_row_ids(conn: &mut Conn, table: &str, order: &'static str) -> RowIds {
    let table = quoted(table);
    row_ids(
        conn,
        &format!("SELECT rowid AS number FROM damaged.{table} NOT INDEXED ORDER BY rowid {order}"),
    )
}

/// Returns the rowids in an index of the attached database.
pub(crate) fn attached_row_ids_in_index(conn: &mut Conn, table: &str, index: &str) -> RowIds {
    let (table, index) = (quoted(table), quoted(index));
    row_ids(
        conn,
        &format!("SELECT rowid AS number FROM damaged.{table} INDEXED BY {index}"),
    )
}

fn row_ids(conn: &mut Conn, sql: &str) -> RowIds {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let mut ids = RowIds {
        found: Vec::new(),
        error: None,
    };
    let rows = match sql_query(sql).load_iter::<Row, DefaultLoadingMode>(conn) {
        Ok(rows) => rows,
        Err(error) => {
            ids.error = Some(error);
            return ids;
        }
    };
    for row in rows {
        match row {
            Ok(row) => ids.found.push(row.number),
            Err(error) => {
                ids.error = Some(error);
                break;
            }
        }
    }
    ids
}

/// Copies rows of the attached database, in these columns and with their rowids, and returns how many there were.
/// Copies none where one of them can't be read or is refused.
pub(crate) fn copy_from_attached(
    conn: &mut Conn,
    table: &str,
    columns: &[String],
    row_ids: std::ops::RangeInclusive<i64>,
) -> QueryResult<usize> {
    let table = quoted(table);
    let columns: Vec<_> = columns.iter().map(|column| quoted(column)).collect();
    let columns = columns.join(", ");
    sql_query(format!(
        "INSERT INTO main.{table} (rowid, {columns}) \
         SELECT rowid, {columns} FROM damaged.{table} NOT INDEXED WHERE rowid BETWEEN ? AND ?"
    ))
    .bind::<BigInt, _>(row_ids.start())
    .bind::<BigInt, _>(row_ids.end())
    .execute(conn)
}
