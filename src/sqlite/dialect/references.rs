//! Foreign keys, looked up to say which one an error is about: SQLite doesn't.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;

use super::{Number, TextRow, pragma, quoted};
use crate::sqlite::Conn;

/// SQLite's extended code of a foreign key that refuses a change.
pub(crate) const FOREIGN_KEY_FAILED: i32 = libsqlite3_sys::SQLITE_CONSTRAINT_FOREIGNKEY;

/// Beginning of the queries that look for the reason of an error, which are not at fault themselves.
pub(in crate::sqlite) const REASON: &str = "/* reason */";

/// A foreign key of one column, which leads to the id of a row.
#[derive(Debug, QueryableByName)]
pub(crate) struct Reference {
    #[diesel(sql_type = Text)]
    pub(crate) table: String,
    #[diesel(sql_type = Text)]
    pub(crate) column: String,
    #[diesel(sql_type = Text)]
    pub(crate) target: String,
}

/// All foreign keys of one column, with the tables that they are in.
const ALL: &str = "/* reason */ SELECT s.name AS \"table\", k.\"from\" AS column, k.\"table\" AS target \
     FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.name) AS k \
     WHERE s.type = 'table' AND 1 = (SELECT count(*) FROM pragma_foreign_key_list(s.name) AS j WHERE j.id = k.id)";

/// Returns the foreign keys of a table.
pub(crate) fn references_from(conn: &mut Conn, table: &str) -> QueryResult<Vec<Reference>> {
    sql_query(format!("{ALL} AND s.name = ?"))
        .bind::<Text, _>(table)
        .load(conn)
}

/// Returns the foreign keys that keep rows of a table from being deleted.
pub(crate) fn references_to(conn: &mut Conn, table: &str) -> QueryResult<Vec<Reference>> {
    sql_query(format!(
        "{ALL} AND k.\"table\" = ? AND k.on_delete NOT IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"
    ))
    .bind::<Text, _>(table)
    .load(conn)
}

/// Returns whether a table has a row with this value in a column.
pub(crate) fn has_value(
    conn: &mut Conn,
    table: &str,
    column: &str,
    value: &str,
) -> QueryResult<bool> {
    let (table, column) = (quoted(table), quoted(column));
    let row: Number = sql_query(format!(
        "{REASON} SELECT EXISTS (SELECT 1 FROM main.{table} WHERE {column} = ?) AS number"
    ))
    .bind::<Text, _>(value)
    .get_result(conn)?;
    Ok(row.number != 0)
}

/// Returns an id that a foreign key names and that doesn't exist, if there is one. Reads the whole table.
pub(crate) fn dangling(conn: &mut Conn, reference: &Reference) -> QueryResult<Option<String>> {
    let (table, column) = (quoted(&reference.table), quoted(&reference.column));
    let target = quoted(&reference.target);
    let row: Option<TextRow> = sql_query(format!(
        "{REASON} SELECT r.{column} AS line FROM main.{table} AS r WHERE r.{column} IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM main.{target} AS t WHERE t.Id = r.{column}) LIMIT 1"
    ))
    .get_result(conn)
    .optional()?;
    Ok(row.map(|row| row.line))
}

/// Makes foreign keys wait for the end of the transaction, or not.
pub(crate) fn defer_foreign_keys(conn: &mut Conn, defers: bool) -> QueryResult<()> {
    pragma(conn, "defer_foreign_keys", i32::from(defers))
}
