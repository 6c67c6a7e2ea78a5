//! SQLite's own checks, and the statements that repair what they find.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Integer, Text};

use super::schema::stored_columns;
use super::{Number, TextRow, quoted};
use crate::sqlite::Conn;

/// Runs `PRAGMA integrity_check` and returns its findings, at most 100 lines; none when the database is sound.
pub(crate) fn integrity_check(conn: &mut Conn) -> QueryResult<Vec<String>> {
    problems(conn, "integrity_check")
}

/// Runs `PRAGMA quick_check`, which doesn't compare tables with their indexes, and returns its findings.
pub(crate) fn quick_check(conn: &mut Conn) -> QueryResult<Vec<String>> {
    problems(conn, "quick_check")
}

fn problems(conn: &mut Conn, check: &'static str) -> QueryResult<Vec<String>> {
    let rows: Vec<TextRow> =
        sql_query(format!("SELECT {check} AS line FROM pragma_{check}")).load(conn)?;
    let lines = rows.into_iter().map(|row| row.line);
    Ok(lines.filter(|line| line != "ok").collect())
}

/// A row whose foreign key points to a missing row.
#[derive(Debug, QueryableByName)]
pub(crate) struct ForeignKeyViolation {
    #[diesel(sql_type = Text)]
    pub(crate) table: String,
    #[diesel(sql_type = diesel::sql_types::Nullable<BigInt>)]
    pub(crate) row_id: Option<i64>,
    #[diesel(sql_type = Text)]
    pub(crate) parent: String,
    /// The number of the foreign key in its table.
    #[diesel(sql_type = Integer)]
    pub(crate) foreign_key: i32,
}

/// Returns the rows whose foreign keys point to missing rows.
pub(crate) fn foreign_key_check(conn: &mut Conn) -> QueryResult<Vec<ForeignKeyViolation>> {
    sql_query(
        "SELECT \"table\", rowid AS row_id, parent, fkid AS foreign_key \
         FROM pragma_foreign_key_check",
    )
    .load(conn)
}

/// The effect on a row of deleting the row that its foreign key points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum OnDelete {
    /// The row is deleted too.
    Cascade,
    /// The row keeps no reference, or the deletion is refused.
    Other,
}

/// A foreign key of one column.
#[derive(Debug)]
pub(in crate::sqlite) struct ForeignKey {
    pub(in crate::sqlite) column: String,
    pub(in crate::sqlite) not_null: bool,
    pub(in crate::sqlite) on_delete: OnDelete,
}

pub(in crate::sqlite) fn foreign_key(
    conn: &mut Conn,
    table: &str,
    number: i32,
) -> QueryResult<ForeignKey> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Bool)]
        not_null: bool,
        #[diesel(sql_type = Bool)]
        cascade: bool,
    }
    let row: Row = sql_query(
        "SELECT c.name, c.\"notnull\" AS not_null, k.on_delete = 'CASCADE' AS cascade \
         FROM pragma_foreign_key_list(?1) AS k JOIN pragma_table_info(?1) AS c ON c.name = k.\"from\" \
         WHERE k.id = ?2",
    )
    .bind::<Text, _>(table)
    .bind::<Integer, _>(number)
    .get_result(conn)?;
    Ok(ForeignKey {
        column: row.name,
        not_null: row.not_null,
        on_delete: if row.cascade {
            OnDelete::Cascade
        } else {
            OnDelete::Other
        },
    })
}

/// Returns the id of the row with this rowid, or the rowid itself where the table has no such column.
pub(in crate::sqlite) fn id_of_row(
    conn: &mut Conn,
    table: &str,
    row_id: i64,
) -> QueryResult<Option<String>> {
    let has_id = stored_columns(conn, table)?
        .iter()
        .any(|column| column == "Id");
    let id = if has_id { "Id" } else { "rowid" };
    let table = quoted(table);
    let row: Option<TextRow> = sql_query(format!(
        "SELECT CAST({id} AS TEXT) AS line FROM {table} WHERE rowid = ?"
    ))
    .bind::<BigInt, _>(row_id)
    .get_result(conn)
    .optional()?;
    Ok(row.map(|row| row.line))
}

/// Returns whether the table has a row with this rowid.
pub(crate) fn has_row(conn: &mut Conn, table: &str, row_id: i64) -> QueryResult<bool> {
    let table = quoted(table);
    let row: Number = sql_query(format!(
        "SELECT EXISTS (SELECT 1 FROM main.{table} WHERE rowid = ?) AS number"
    ))
    .bind::<BigInt, _>(row_id)
    .get_result(conn)?;
    Ok(row.number != 0)
}

pub(in crate::sqlite) fn set_null(
    conn: &mut Conn,
    table: &str,
    column: &str,
    row_id: i64,
) -> QueryResult<usize> {
    let (table, column) = (quoted(table), quoted(column));
    sql_query(format!(
        "UPDATE {table} SET {column} = NULL WHERE rowid = ?"
    ))
    .bind::<BigInt, _>(row_id)
    .execute(conn)
}

pub(in crate::sqlite) fn delete_row(
    conn: &mut Conn,
    table: &str,
    row_id: i64,
) -> QueryResult<usize> {
    let table = quoted(table);
    sql_query(format!("DELETE FROM {table} WHERE rowid = ?"))
        .bind::<BigInt, _>(row_id)
        .execute(conn)
}

/// Rebuilds all indexes from their tables.
pub(crate) fn reindex(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("REINDEX")
}

/// Rebuilds the full-text indexes from the tables that they index.
pub(crate) fn rebuild_search_indexes(conn: &mut Conn) -> QueryResult<()> {
    let rows: Vec<TextRow> = sql_query(
        "SELECT name AS line FROM main.sqlite_schema \
         WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE % USING fts5%'",
    )
    .load(conn)?;
    for row in rows {
        let table = quoted(&row.line);
        conn.batch_execute(&format!("INSERT INTO {table} ({table}) VALUES ('rebuild')"))?;
    }
    Ok(())
}
