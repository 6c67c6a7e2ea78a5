//! The objects of the schema: tables, columns, indexes, triggers and views.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;

use super::{Number, TextRow, quoted};
use crate::sqlite::Conn;

/// Returns the columns of a table that have a default, each with the default's text in the schema: a number, a
/// quoted text or an expression.
pub(crate) fn column_defaults(conn: &mut Conn, table: &str) -> QueryResult<Vec<(String, String)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        dflt_value: String,
    }
    let rows: Vec<Row> =
        sql_query("SELECT name, dflt_value FROM pragma_table_info(?) WHERE dflt_value IS NOT NULL")
            .bind::<Text, _>(table)
            .load(conn)?;
    Ok(rows.into_iter().map(|r| (r.name, r.dflt_value)).collect())
}

/// A table, index, view or trigger.
#[derive(Debug, QueryableByName)]
pub(crate) struct SchemaObject {
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// The statement that created it.
    #[diesel(sql_type = Text)]
    pub(crate) sql: String,
}

/// Returns all objects of the schema but the tables in which SQLite keeps statistics and numbers, which come and go with
/// an ANALYZE or a VACUUM, and the indexes that it creates for constraints.
pub(crate) fn schema_objects(conn: &mut Conn) -> QueryResult<Vec<SchemaObject>> {
    sql_query(
        "SELECT type AS kind, name, coalesce(sql, '') AS sql FROM sqlite_schema \
         WHERE NOT (type = 'table' AND (name GLOB 'sqlite_stat[1-4]' OR name = 'sqlite_sequence')) \
         AND NOT (type = 'index' AND sql IS NULL)",
    )
    .load(conn)
}

/// Returns whether a table of the schema has any row.
pub(in crate::sqlite) fn has_rows(conn: &mut Conn, table: &str) -> QueryResult<bool> {
    let table = quoted(table);
    let row: Number =
        sql_query(format!("SELECT EXISTS (SELECT 1 FROM {table}) AS number")).get_result(conn)?;
    Ok(row.number != 0)
}

/// Returns the names of the tables, without SQLite's own.
pub(crate) fn table_names(conn: &mut Conn) -> QueryResult<Vec<String>> {
    let rows: Vec<TextRow> = sql_query(
        "SELECT name AS line FROM sqlite_schema \
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Returns the kind of a table or view: `table` where it stores its own rows, otherwise `view`, `virtual` or `shadow`.
/// Returns `None` where there is none of this name.
pub(crate) fn kind_of_table(
    conn: &mut Conn,
    schema: &str,
    table: &str,
) -> QueryResult<Option<String>> {
    let row: Option<TextRow> =
        sql_query("SELECT type AS line FROM pragma_table_list(?) WHERE schema = ?")
            .bind::<Text, _>(table)
            .bind::<Text, _>(schema)
            .get_result(conn)
            .optional()?;
    Ok(row.map(|row| row.line))
}

/// Returns the versions in a table of migrations, at most this many, the newest first, each cut to 100 characters.
pub(crate) fn versions_in(
    conn: &mut Conn,
    schema: &str,
    table: &str,
    limit: usize,
) -> QueryResult<Vec<String>> {
    let (schema, table) = (quoted(schema), quoted(table));
    let rows: Vec<TextRow> = sql_query(format!(
        "SELECT substr(CAST(version AS TEXT), 1, 100) AS line FROM {schema}.{table} \
         ORDER BY version DESC LIMIT {limit}"
    ))
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Returns the versions in a table of migrations with the texts of the times at which they ran, at most this many.
pub(crate) fn migration_times(
    conn: &mut Conn,
    table: &str,
    limit: usize,
) -> QueryResult<Vec<(String, String)>> {
    let table = quoted(table);
    let rows: Vec<MigrationRow> = sql_query(format!(
        "SELECT substr(CAST(version AS TEXT), 1, 100) AS name, \
         ifnull(substr(CAST(run_on AS TEXT), 1, 100), '') AS line FROM {table} LIMIT {limit}"
    ))
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.name, row.line)).collect())
}

#[derive(QueryableByName)]
struct MigrationRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    line: String,
}

/// Returns the names of a table's columns, generated ones included; none where there is no such table.
pub(crate) fn column_names(conn: &mut Conn, table: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<TextRow> = sql_query("SELECT name AS line FROM pragma_table_xinfo(?)")
        .bind::<Text, _>(table)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Returns the names of the tables that store rows of their own: neither SQLite's, nor those of search indexes.
pub(crate) fn stored_tables(conn: &mut Conn) -> QueryResult<Vec<String>> {
    let rows: Vec<TextRow> = sql_query(
        "SELECT name AS line FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
         AND name NOT GLOB 'sqlite_*' ORDER BY name",
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Returns the columns of a table that are stored, in the table's order.
pub(crate) fn stored_columns(conn: &mut Conn, table: &str) -> QueryResult<Vec<String>> {
    columns_in(conn, "main", table)
}

pub(super) fn columns_in(conn: &mut Conn, schema: &str, table: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<TextRow> =
        sql_query("SELECT name AS line FROM pragma_table_xinfo(?, ?) WHERE hidden = 0")
            .bind::<Text, _>(table)
            .bind::<Text, _>(schema)
            .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Returns whether this SQLite can create virtual tables of a kind, such as `fts5`.
pub(in crate::sqlite) fn has_module(conn: &mut Conn, name: &str) -> QueryResult<bool> {
    let row: Number = sql_query("SELECT count(*) AS number FROM pragma_module_list WHERE name = ?")
        .bind::<Text, _>(name)
        .get_result(conn)?;
    Ok(row.number > 0)
}
