//! SQL that only SQLite understands: the one place outside the migrations where SQL is text.

use diesel::connection::{DefaultLoadingMode, SimpleConnection as _};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Text};

use super::Conn;

/// Marks a file as ours: `ORCS`.
pub(crate) const APPLICATION_ID: i32 = 0x4F52_4353;

fn pragma(conn: &mut Conn, name: &str, value: impl Into<i64>) -> QueryResult<()> {
    conn.batch_execute(&format!("PRAGMA {name} = {}", value.into()))
}

fn saturating(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// Turns on the write-ahead log, and returns the journal mode that the file then has.
pub(super) fn set_journal_mode_wal(conn: &mut Conn) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }
    let row: Row = sql_query("PRAGMA journal_mode = WAL").get_result(conn)?;
    Ok(row.journal_mode)
}

pub(super) fn set_synchronous(conn: &mut Conn, full: bool) -> QueryResult<()> {
    pragma(conn, "synchronous", if full { 2 } else { 1 })
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
pub(super) fn set_foreign_keys(conn: &mut Conn, on: bool) -> QueryResult<()> {
    pragma(conn, "foreign_keys", i32::from(on))
}

/// Refreshes the statistics that the query planner decides by, where they are due.
pub(crate) fn optimize(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("PRAGMA optimize")
}

/// Copies the write-ahead log into the database and empties it, if nobody reads from it.
pub(crate) fn checkpoint(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
}

/// Copies as much of the write-ahead log into the database as is possible without waiting for
/// anybody, and returns how many of its pages are there then.
pub(crate) fn checkpoint_passive(conn: &mut Conn) -> QueryResult<i32> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        checkpointed: i32,
    }
    let row: Row = sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(conn)?;
    Ok(row.checkpointed)
}

/// Whether the file can give back free pages without being written anew.
pub(crate) fn has_incremental_vacuum(conn: &mut Conn) -> QueryResult<bool> {
    let row: Number =
        sql_query("SELECT auto_vacuum AS number FROM pragma_auto_vacuum").get_result(conn)?;
    Ok(row.number == 2)
}

/// How many pages of the file nothing is in.
pub(crate) fn free_pages(conn: &mut Conn) -> QueryResult<i32> {
    let row: Number =
        sql_query("SELECT freelist_count AS number FROM pragma_freelist_count").get_result(conn)?;
    Ok(row.number)
}

/// Gives back so many free pages at most.
pub(crate) fn incremental_vacuum(conn: &mut Conn, pages: u32) -> QueryResult<()> {
    conn.batch_execute(&format!("PRAGMA incremental_vacuum({pages})"))
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
    let rows: Vec<Line> =
        sql_query("SELECT integrity_check AS line FROM pragma_integrity_check").load(conn)?;
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
}

/// The rows whose foreign keys point to nothing.
pub(crate) fn foreign_key_check(conn: &mut Conn) -> QueryResult<Vec<ForeignKeyViolation>> {
    sql_query("SELECT \"table\", rowid AS row_id, parent FROM pragma_foreign_key_check").load(conn)
}

/// Copies the database into a file that is there and empty.
pub(crate) fn vacuum_into(conn: &mut Conn, path: &str) -> QueryResult<()> {
    sql_query("VACUUM INTO ?")
        .bind::<Text, _>(path)
        .execute(conn)
        .map(drop)
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
