//! Salvage of the rows of one table.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::error::{Result, shortened};
use crate::sqlite::{Conn, dialect};

/// Number of rows that one statement copies; where it fails, they are copied one by one.
const CHUNK: usize = 200;

/// Numbers of salvaged and lost rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SalvagedTable {
    /// Name of the table.
    pub table: String,
    /// Number of rows in the new database.
    pub recovered: u64,
    /// Number of rows that the table or an index still lists, and that could not be read or broke a rule of the schema.
    pub lost: u64,
    /// True if all rows are accounted for. Otherwise neither the table nor any of its indexes could be read to the end,
    /// and there may have been more.
    pub is_complete: bool,
    /// Reason why the first row was lost, or why the table could not be read to the end.
    pub reason: Option<String>,
}

/// Copies the readable rows of the table. `on_rows` receives the numbers of rows tried and of all known rows.
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
            salvaged.reason = Some(shortened(error.to_string()));
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
            Ok(0) => lose(salvaged, "an index lists a row that the table doesn't have"),
            Ok(_) => salvaged.recovered += 1,
            // The statement for the chunk copied it, before it found fewer rows than it should have.
            Err(_) if dialect::has_row(conn, &table, row_id).unwrap_or(false) => {
                salvaged.recovered += 1;
            }
            Err(error) => lose(salvaged, error),
        }
    }
}

fn lose(salvaged: &mut SalvagedTable, reason: impl ToString) {
    salvaged.lost += 1;
    salvaged
        .reason
        .get_or_insert_with(|| shortened(reason.to_string()));
}

/// Returns the rows that the table, read from either end, or any of its indexes lists, and true if one of them could be
/// read to its end.
fn known_rows(conn: &mut Conn, table: &str, reason: &mut Option<String>) -> (BTreeSet<i64>, bool) {
    let mut known = BTreeSet::new();
    let mut complete = false;
    let mut note = |scan: dialect::RowIds| {
        known.extend(scan.found);
        complete |= scan.error.is_none();
        if let Some(error) = scan.error {
            reason.get_or_insert_with(|| shortened(error.to_string()));
        }
    };
    for order in ["ASC", "DESC"] {
        note(dialect::attached_row_ids(conn, table, order));
    }
    // A partial index doesn't list all rows.
    for index in dialect::attached_full_indexes(conn, table).unwrap_or_default() {
        note(dialect::attached_row_ids_in_index(conn, table, &index));
    }
    (known, complete)
}

/// Returns the columns that both databases have, without generated ones.
fn common_columns(conn: &mut Conn, table: &str) -> Result<Vec<String>> {
    let old = dialect::attached_columns(conn, table)?;
    let new = dialect::stored_columns(conn, table)?;
    Ok(new
        .into_iter()
        .filter(|column| old.contains(column))
        .collect())
}
