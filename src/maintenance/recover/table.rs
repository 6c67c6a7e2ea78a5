//! Salvaging the rows of one table.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::error::Result;
use crate::sqlite::{Conn, dialect};

/// Rows that are copied by one statement; where it fails, one by one.
const CHUNK: usize = 200;

/// What became of the rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SalvagedTable {
    /// The table.
    pub table: String,
    /// Rows that are in the new database.
    pub recovered: u64,
    /// Rows that an index or the table still tells of, and that could not be read, or broke a
    /// rule of the schema.
    pub lost: u64,
    /// Whether all rows are accounted for: otherwise neither the table nor any of its indexes could
    /// be read to the end, and there may have been more.
    pub is_complete: bool,
    /// Why the first row was lost, or what kept the table from being read to the end.
    pub reason: Option<String>,
}

/// Copies what can be read of the table. `on_rows` is told how many of how many were tried.
pub(super) fn salvage(
    conn: &mut Conn,
    table: &str,
    on_rows: &mut dyn FnMut(u64, u64) -> Result<()>,
) -> Result<SalvagedTable> {
    let mut salvaged = SalvagedTable {
        table: table.to_owned(),
        ..SalvagedTable::default()
    };
    let (row_ids, complete) = known_rows(conn, table, &mut salvaged.reason);
    salvaged.is_complete = complete;
    let columns = match common_columns(conn, table) {
        Ok(columns) if !columns.is_empty() => columns,
        Ok(_) => return Ok(salvaged),
        Err(error) => {
            salvaged.reason = Some(error.to_string());
            return Ok(salvaged);
        }
    };
    let total = row_ids.len() as u64;
    let row_ids: Vec<i64> = row_ids.into_iter().collect();
    for chunk in row_ids.chunks(CHUNK) {
        copy_chunk(conn, &columns, chunk, &mut salvaged);
        on_rows(salvaged.recovered + salvaged.lost, total)?;
    }
    Ok(salvaged)
}

fn copy_chunk(conn: &mut Conn, columns: &[String], row_ids: &[i64], salvaged: &mut SalvagedTable) {
    let (Some(&first), Some(&last)) = (row_ids.first(), row_ids.last()) else {
        return;
    };
    let table = salvaged.table.clone();
    let copied = dialect::copy_from_attached(conn, &table, columns, first..=last);
    if copied.is_ok_and(|count| count == row_ids.len()) {
        salvaged.recovered += row_ids.len() as u64;
        return;
    }
    for &row_id in row_ids {
        match dialect::copy_from_attached(conn, &table, columns, row_id..=row_id) {
            Ok(0) if dialect::has_row(conn, &table, row_id).unwrap_or(false) => {
                salvaged.recovered += 1;
            }
            Ok(0) => lose(salvaged, "the row isn't where an index says"),
            Ok(_) => salvaged.recovered += 1,
            // Copied by the statement for the chunk, which found fewer rows than it should have.
            Err(_) if dialect::has_row(conn, &table, row_id).unwrap_or(false) => {
                salvaged.recovered += 1;
            }
            Err(error) => lose(salvaged, error),
        }
    }
}

fn lose(salvaged: &mut SalvagedTable, reason: impl ToString) {
    salvaged.lost += 1;
    salvaged.reason.get_or_insert_with(|| reason.to_string());
}

/// The rows that the table itself, from either end, or any of its indexes tells of, and whether any
/// of them could be read to its end.
fn known_rows(conn: &mut Conn, table: &str, reason: &mut Option<String>) -> (BTreeSet<i64>, bool) {
    let mut known = BTreeSet::new();
    let mut complete = false;
    let mut note = |scan: dialect::RowIds| {
        known.extend(scan.found);
        complete |= scan.error.is_none();
        if let Some(error) = scan.error {
            reason.get_or_insert_with(|| error.to_string());
        }
    };
    for order in ["ASC", "DESC"] {
        note(dialect::attached_row_ids(conn, table, order));
    }
    // One that has only some of the rows can't be used for this, and is passed over.
    for index in dialect::attached_full_indexes(conn, table).unwrap_or_default() {
        note(dialect::attached_row_ids_in_index(conn, table, &index));
    }
    (known, complete)
}

/// The columns that both databases have, without those that are computed.
fn common_columns(conn: &mut Conn, table: &str) -> Result<Vec<String>> {
    let old = dialect::attached_columns(conn, table)?;
    let new = dialect::stored_columns(conn, table)?;
    Ok(new
        .into_iter()
        .filter(|column| old.contains(column))
        .collect())
}
