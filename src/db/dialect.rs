//! SQL that only SQLite understands: the one place outside the migrations where SQL is text.

use diesel::connection::{DefaultLoadingMode, SimpleConnection as _};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Text};

use super::Conn;
use crate::config::Durability;

/// Marks a file as ours: `ORCS`.
pub(crate) const APPLICATION_ID: i32 = 0x4F52_4353;

fn pragma(conn: &mut Conn, name: &str, value: impl Into<i64>) -> QueryResult<()> {
    conn.batch_execute(&format!("PRAGMA {name} = {}", value.into()))
}

fn saturating(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// Returns the journal mode that the file then has.
pub(crate) fn set_journal_mode(conn: &mut Conn, mode: &'static str) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }
    let row: Row = sql_query(format!("PRAGMA journal_mode = {mode}")).get_result(conn)?;
    Ok(row.journal_mode)
}

/// What a commit waits for; the numbers are SQLite's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Synchronous {
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

pub(super) fn set_synchronous(conn: &mut Conn, synchronous: Synchronous) -> QueryResult<()> {
    pragma(conn, "synchronous", synchronous as i32)
}

pub(super) fn set_wal_limits(conn: &mut Conn, pages: u32, bytes: u64) -> QueryResult<()> {
    pragma(conn, "wal_autocheckpoint", pages)?;
    pragma(conn, "journal_size_limit", saturating(bytes))
}

/// Foreign keys are checked, the schema of the file is not trusted with functions that act on
/// the outside, damaged pages are noticed early, and REPLACE runs the triggers of the deletion
/// that it is: without them it would get past those that keep logs append-only.
pub(super) fn set_safety(conn: &mut Conn) -> QueryResult<()> {
    pragma(conn, "foreign_keys", 1)?;
    pragma(conn, "trusted_schema", 0)?;
    pragma(conn, "cell_size_check", 1)?;
    pragma(conn, "recursive_triggers", 1)
}

pub(super) fn set_memory(conn: &mut Conn, cache_kib: u32, mmap_bytes: u64) -> QueryResult<()> {
    pragma(conn, "mmap_size", saturating(mmap_bytes))?;
    pragma(conn, "temp_store", 2)?;
    pragma(conn, "cache_size", -i64::from(cache_kib))?;
    pragma(conn, "analysis_limit", 400)
}

pub(super) fn set_query_only(conn: &mut Conn) -> QueryResult<()> {
    pragma(conn, "query_only", 1)
}

/// Switches the checks of foreign keys; inside a transaction this does nothing.
pub(crate) fn set_foreign_keys(conn: &mut Conn, on: bool) -> QueryResult<()> {
    pragma(conn, "foreign_keys", i32::from(on))
}

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
pub(super) fn set_incremental_vacuum(conn: &mut Conn) -> QueryResult<()> {
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

/// A number that differs from the one of the last time that this connection asked when another
/// connection, of this process or any, has committed since.
pub(super) fn data_version(conn: &mut Conn) -> QueryResult<i32> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        data_version: i32,
    }
    let row: Row = sql_query("PRAGMA data_version").get_result(conn)?;
    Ok(row.data_version)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    number: i32,
}

pub(crate) fn application_id(conn: &mut Conn) -> QueryResult<i32> {
    let row: Number =
        sql_query("SELECT application_id AS number FROM pragma_application_id").get_result(conn)?;
    Ok(row.number)
}

/// Whether nobody has put anything into the database: no table, view or trigger, and no version.
pub(super) fn is_blank(conn: &mut Conn) -> QueryResult<bool> {
    let row: Number = sql_query(
        "SELECT (SELECT count(*) FROM sqlite_schema) + (user_version <> 0) AS number \
         FROM pragma_user_version",
    )
    .get_result(conn)?;
    Ok(row.number == 0)
}

/// The greatest number that a table with AUTOINCREMENT has given to a row, also where that row is
/// gone; 0 where it has given none.
pub(crate) fn last_given_number(conn: &mut Conn, table: &str) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        seq: i64,
    }
    let row: Option<Row> = sql_query("SELECT seq FROM sqlite_sequence WHERE name = ?")
        .bind::<Text, _>(table)
        .get_result(conn)
        .optional()?;
    Ok(row.map_or(0, |row| row.seq))
}

/// Writes the mark and the number of migrations into the file's header.
pub(super) fn mark_as_ours(conn: &mut Conn, version: i32) -> QueryResult<()> {
    pragma(conn, "application_id", APPLICATION_ID)?;
    pragma(conn, "user_version", version)
}

/// The columns of a table that have a default, with its text in the schema: a number, a quoted text
/// or an expression.
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

/// A table, index, view or trigger.
#[derive(Debug, QueryableByName)]
pub(crate) struct SchemaObject {
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// The statement that made it.
    #[diesel(sql_type = Text)]
    pub(crate) sql: String,
}

/// All that the schema has but the tables in which SQLite keeps statistics, and the indexes that
/// it makes for constraints.
pub(crate) fn schema_objects(conn: &mut Conn) -> QueryResult<Vec<SchemaObject>> {
    sql_query(
        "SELECT type AS kind, name, coalesce(sql, '') AS sql FROM sqlite_schema \
         WHERE NOT (type = 'table' AND name GLOB 'sqlite_stat[1-4]') \
         AND NOT (type = 'index' AND sql IS NULL)",
    )
    .load(conn)
}

/// Whether a table of the schema has any row.
pub(super) fn has_rows(conn: &mut Conn, table: &str) -> QueryResult<bool> {
    let table = quoted(table);
    let row: Number =
        sql_query(format!("SELECT EXISTS (SELECT 1 FROM {table}) AS number")).get_result(conn)?;
    Ok(row.number != 0)
}

/// A name of the schema, as SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The names of the tables, without SQLite's own.
pub(crate) fn table_names(conn: &mut Conn) -> QueryResult<Vec<String>> {
    let rows: Vec<Line> = sql_query(
        "SELECT name AS line FROM sqlite_schema \
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Which rows of a table that refers to itself are read: parents come before their children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// All of them, of a table that doesn't.
    Any,
    /// Those without a parent.
    First,
    /// Those that descend from the first, the nearest before the farther.
    Later,
    /// Those that descend from none: their parent isn't there, or is among their own descendants.
    Lost,
}

/// The rows of a table of somebody else's schema, each as the text of a JSON object with these
/// columns, as bytes: nobody promises that it is UTF-8. A BLOB, which JSON can't say, is an empty
/// array. `parent` is the column that refers to the table's own `Id`.
///
/// All names are constants of this library, which the caller has looked up in the file.
pub(crate) fn foreign_rows<'c>(
    conn: &'c mut Conn,
    table: &'static str,
    columns: &[&'static str],
    parent: &'static str,
    generation: Generation,
) -> QueryResult<impl Iterator<Item = QueryResult<Vec<u8>>> + 'c> {
    let object: Vec<String> = columns
        .iter()
        .map(|column| {
            let value = format!("foreign_row.\"{column}\"");
            format!("'{column}', iif(typeof({value}) = 'blob', json_array(), {value})")
        })
        .collect();
    let select = format!(
        "SELECT CAST(json_object({}) AS BLOB) AS row_text",
        object.join(", ")
    );
    let descendants = format!(
        "WITH RECURSIVE descendants (Id) AS (\
             SELECT child.\"Id\" FROM \"{table}\" AS child \
             JOIN \"{table}\" AS first ON child.\"{parent}\" = first.\"Id\" \
             WHERE first.\"{parent}\" IS NULL \
             UNION \
             SELECT child.\"Id\" FROM descendants \
             JOIN \"{table}\" AS child ON child.\"{parent}\" = descendants.Id) "
    );
    let from = format!("FROM \"{table}\" AS foreign_row");
    let query = match generation {
        Generation::Any => format!("{select} {from}"),
        Generation::First => format!("{select} {from} WHERE \"{parent}\" IS NULL"),
        Generation::Later => format!(
            "{descendants}{select} FROM descendants \
             CROSS JOIN \"{table}\" AS foreign_row ON foreign_row.\"Id\" = descendants.Id"
        ),
        Generation::Lost => format!(
            "{descendants}{select} {from} WHERE \"{parent}\" IS NOT NULL \
             AND \"Id\" NOT IN (SELECT Id FROM descendants)"
        ),
    };
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Binary)]
        row_text: Vec<u8>,
    }
    let rows = sql_query(query).load_iter::<Row, DefaultLoadingMode>(conn)?;
    Ok(rows.map(|row| row.map(|row| row.row_text)))
}

/// How many rows a table of somebody else's schema has.
pub(crate) fn count_foreign_rows(conn: &mut Conn, table: &'static str) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let row: Row =
        sql_query(format!("SELECT count(*) AS rows FROM \"{table}\"")).get_result(conn)?;
    Ok(row.rows)
}

/// The names of a table's columns, generated ones too; nothing where there is no such table.
pub(crate) fn column_names(conn: &mut Conn, table: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<Line> = sql_query("SELECT name AS line FROM pragma_table_xinfo(?)")
        .bind::<Text, _>(table)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// What `PRAGMA integrity_check` finds, at most 100 lines; nothing when all is well.
pub(crate) fn integrity_check(conn: &mut Conn) -> QueryResult<Vec<String>> {
    problems(conn, "integrity_check")
}

/// The same without comparing tables with their indexes.
pub(crate) fn quick_check(conn: &mut Conn) -> QueryResult<Vec<String>> {
    problems(conn, "quick_check")
}

fn problems(conn: &mut Conn, check: &'static str) -> QueryResult<Vec<String>> {
    let rows: Vec<Line> =
        sql_query(format!("SELECT {check} AS line FROM pragma_{check}")).load(conn)?;
    let lines = rows.into_iter().map(|row| row.line);
    Ok(lines.filter(|line| line != "ok").collect())
}

/// A row whose foreign key points to nothing.
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

/// The rows whose foreign keys point to nothing.
pub(crate) fn foreign_key_check(conn: &mut Conn) -> QueryResult<Vec<ForeignKeyViolation>> {
    sql_query(
        "SELECT \"table\", rowid AS row_id, parent, fkid AS foreign_key \
         FROM pragma_foreign_key_check",
    )
    .load(conn)
}

/// What becomes of a row when that which its foreign key points to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDelete {
    /// It is deleted too.
    Cascade,
    /// It points to nothing, or forbids the deletion.
    Other,
}

/// A foreign key of one column.
#[derive(Debug)]
pub(super) struct ForeignKey {
    pub(super) column: String,
    pub(super) not_null: bool,
    pub(super) on_delete: OnDelete,
}

pub(super) fn foreign_key(conn: &mut Conn, table: &str, number: i32) -> QueryResult<ForeignKey> {
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

/// The id of the row with this rowid, or the rowid where the table has no such column.
pub(super) fn id_of_row(conn: &mut Conn, table: &str, row_id: i64) -> QueryResult<Option<String>> {
    let has_id = stored_columns(conn, table)?
        .iter()
        .any(|column| column == "Id");
    let id = if has_id { "Id" } else { "rowid" };
    let table = quoted(table);
    let row: Option<Line> = sql_query(format!(
        "SELECT CAST({id} AS TEXT) AS line FROM {table} WHERE rowid = ?"
    ))
    .bind::<BigInt, _>(row_id)
    .get_result(conn)
    .optional()?;
    Ok(row.map(|row| row.line))
}

/// Whether the table has a row with this rowid.
pub(crate) fn has_row(conn: &mut Conn, table: &str, row_id: i64) -> QueryResult<bool> {
    let table = quoted(table);
    let row: Number = sql_query(format!(
        "SELECT EXISTS (SELECT 1 FROM main.{table} WHERE rowid = ?) AS number"
    ))
    .bind::<BigInt, _>(row_id)
    .get_result(conn)?;
    Ok(row.number != 0)
}

pub(super) fn set_null(
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

pub(super) fn delete_row(conn: &mut Conn, table: &str, row_id: i64) -> QueryResult<usize> {
    let table = quoted(table);
    sql_query(format!("DELETE FROM {table} WHERE rowid = ?"))
        .bind::<BigInt, _>(row_id)
        .execute(conn)
}

/// Makes all indexes anew from their tables.
pub(crate) fn reindex(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("REINDEX")
}

/// The names of the tables that have rows of their own: neither SQLite's, nor those of search indexes.
pub(crate) fn stored_tables(conn: &mut Conn) -> QueryResult<Vec<String>> {
    let rows: Vec<Line> = sql_query(
        "SELECT name AS line FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
         AND name NOT GLOB 'sqlite_*' ORDER BY name",
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Makes the indexes for full-text search anew from the tables that they are of.
pub(crate) fn rebuild_search_indexes(conn: &mut Conn) -> QueryResult<()> {
    let rows: Vec<Line> = sql_query(
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

/// Attaches a database as `damaged`, to be read from.
pub(crate) fn attach(conn: &mut Conn, path: &str) -> QueryResult<()> {
    let attach = sql_query("ATTACH ? AS damaged").bind::<Text, _>(path);
    attach.execute(conn).map(drop)
}

/// Takes the attached database away.
pub(crate) fn detach(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("DETACH damaged")
}

/// Reads the begin of the schema of the attached database.
///
/// Where it can't be read as a whole, SQLite refuses the first statement, and compiles those that
/// follow against what it could read.
pub(crate) fn read_attached_schema(conn: &mut Conn) -> QueryResult<()> {
    let mut read = || {
        sql_query("SELECT EXISTS (SELECT 1 FROM damaged.sqlite_schema) AS number")
            .get_result::<Number>(conn)
            .map(drop)
    };
    read().or_else(|_| read())
}

/// The mark in the header of the attached database.
pub(crate) fn attached_application_id(conn: &mut Conn) -> QueryResult<i32> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        application_id: i32,
    }
    let row: Row = sql_query("PRAGMA damaged.application_id").get_result(conn)?;
    Ok(row.application_id)
}

/// Whether the attached database has this table.
pub(crate) fn attached_table_exists(conn: &mut Conn, table: &str) -> QueryResult<bool> {
    let row: Number = sql_query(
        "SELECT count(*) AS number FROM damaged.sqlite_schema WHERE type = 'table' AND name = ?",
    )
    .bind::<Text, _>(table)
    .get_result(conn)?;
    Ok(row.number > 0)
}

/// The migrations that the attached database has had.
pub(crate) fn attached_versions(conn: &mut Conn) -> QueryResult<Vec<String>> {
    let rows: Vec<Line> =
        sql_query("SELECT version AS line FROM damaged.__diesel_schema_migrations ORDER BY 1")
            .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// The columns of a table that are stored, in its order.
pub(crate) fn stored_columns(conn: &mut Conn, table: &str) -> QueryResult<Vec<String>> {
    columns_in(conn, "main", table)
}

/// The same for the attached database.
pub(crate) fn attached_columns(conn: &mut Conn, table: &str) -> QueryResult<Vec<String>> {
    columns_in(conn, "damaged", table)
}

fn columns_in(conn: &mut Conn, schema: &str, table: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<Line> =
        sql_query("SELECT name AS line FROM pragma_table_xinfo(?, ?) WHERE hidden = 0")
            .bind::<Text, _>(table)
            .bind::<Text, _>(schema)
            .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// The indexes of a table of the attached database that have all of its rows.
pub(crate) fn attached_full_indexes(conn: &mut Conn, table: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<Line> =
        sql_query("SELECT name AS line FROM pragma_index_list(?, 'damaged') WHERE NOT partial")
            .bind::<Text, _>(table)
            .load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// The rowids that a scan found until it failed, if it did.
#[derive(Debug)]
pub(crate) struct RowIds {
    pub(crate) found: Vec<i64>,
    pub(crate) error: Option<diesel::result::Error>,
}

/// The rowids of a table of the attached database, read in this order (`ASC`, `DESC`).
pub(crate) fn attached_row_ids(conn: &mut Conn, table: &str, order: &'static str) -> RowIds {
    let table = quoted(table);
    row_ids(
        conn,
        &format!("SELECT rowid AS number FROM damaged.{table} NOT INDEXED ORDER BY rowid {order}"),
    )
}

/// The rowids that an index of the attached database has.
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

/// Copies rows of the attached database, in these columns and with their rowids, and returns how
/// many there were. Copies none where any of them can't be read or is refused.
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

/// `COLUMN IN (SELECT … json_each(LIST))`, between column and list; two parentheses follow.
pub(crate) const IN_JSON: &str = " IN (SELECT value FROM json_each(";
/// `EXISTS (… json_each(LIST) … type IN (TYPES) AND atom = VALUE)`, before the list.
pub(crate) const LIST_HAS_BEFORE_LIST: &str = "EXISTS (SELECT 1 FROM json_each(";
/// The part between list and types.
pub(crate) const LIST_HAS_BEFORE_TYPES: &str = ") AS item WHERE item.type IN (";
/// The part between types and value; a closing parenthesis follows the value.
pub(crate) const LIST_HAS_BEFORE_VALUE: &str = ") AND item.atom = ";
/// The begin of a call that takes a JSON text and a path, and returns the type of what is there.
pub(crate) const JSON_TYPE: &str = "json_type(";
/// The begin of a call that takes a JSON text and a path, and returns what is there.
pub(crate) const JSON_EXTRACT: &str = "json_extract(";

/// The place of a row of `AuditLogs` among all that were written. The log is only ever cut at its
/// old end, so that a new row always has the greatest; a VACUUM may change the numbers, not their
/// order.
pub(crate) fn audit_log_row_number() -> SqlLiteral<BigInt> {
    sql("AuditLogs.rowid")
}

/// `RiskLevel > 0` as the index of risky rows says it; it takes no bound value.
pub(crate) fn audit_log_is_risky() -> SqlLiteral<Bool> {
    sql("AuditLogs.RiskLevel > 0")
}

/// `EntityType`, kept from the index by entity: where no id is asked for, that index doesn't have
/// the order of time.
pub(crate) fn audit_log_entity_type_unindexed() -> SqlLiteral<Text> {
    sql("+AuditLogs.EntityType")
}

/// Whether a virtual table of this kind can be made, such as `fts5`.
pub(super) fn has_module(conn: &mut Conn, name: &str) -> QueryResult<bool> {
    let row: Number = sql_query("SELECT count(*) AS number FROM pragma_module_list WHERE name = ?")
        .bind::<Text, _>(name)
        .get_result(conn)?;
    Ok(row.number > 0)
}

mod full_text {
    use diesel::sql_types::Bool;

    diesel::infix_operator!(Matches, " MATCH ", Bool, backend: diesel::sqlite::Sqlite);
}

/// Whether a row of a full-text index matches an expression; `index` is the column that has the
/// table's name.
pub(crate) fn matches<C>(index: C, expression: &str) -> full_text::Matches<C, Bound<'_>>
where
    C: Expression<SqlType = Text>,
{
    full_text::Matches::new(index, expression.into_sql::<Text>())
}

/// A text that is bound.
type Bound<'a> = diesel::dsl::AsExprOf<&'a str, Text>;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The words of a column around a match in a full-text index, with texts before and behind the
    /// match and where something is left out.
    fn snippet(
        index: Text,
        column: Integer,
        before: Text,
        behind: Text,
        left_out: Text,
        words: Integer,
    ) -> Text;
}
