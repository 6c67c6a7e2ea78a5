//! Rows of a schema that isn't this library's.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary};

use crate::sqlite::Conn;

/// The part of a table to read where it refers to itself: parents come before their children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// All rows, of a table that doesn't refer to itself.
    Any,
    /// Rows without a parent.
    First,
    /// Descendants of the first rows, the nearest before the farther.
    Later,
    /// Rows that descend from none of the first: their parent is missing, or is among their own descendants.
    Lost,
}

/// Returns the rows of a table of a schema that isn't this library's, each as the text of a JSON object with these
/// columns, in bytes: nothing guarantees that it is UTF-8. A BLOB, which JSON can't represent, becomes an empty
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

/// Returns how many rows a table of a schema that isn't this library's has.
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
