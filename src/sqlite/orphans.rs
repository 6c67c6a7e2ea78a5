//! Rows whose foreign keys point to missing rows, which only damage or another program leaves.

use super::Conn;
use super::dialect::{self, OnDelete};
use crate::error::{Error, ErrorCode, Result};

/// A row that pointed to a missing row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) table: String,
    pub(crate) id: String,
    /// The table that it pointed to.
    pub(crate) parent: String,
    /// Set where the row was deleted; otherwise only its reference was removed.
    pub(crate) is_deleted: bool,
}

/// Treats each such row as deleting the row that it points to would have done, until none is left. Rows that would
/// have forbidden that deletion are deleted too.
pub(crate) fn resolve(conn: &mut Conn) -> Result<Vec<Orphan>> {
    let mut resolved = Vec::new();
    // Each round may leave new orphans, and removes at least one row or reference.
    loop {
        let violations = dialect::foreign_key_check(conn)?;
        if violations.is_empty() {
            return Ok(resolved);
        }
        for violation in violations {
            let Some(row_id) = violation.row_id else {
                let message = format!("{violation:?} can't be resolved");
                return Err(Error::new(ErrorCode::Corrupt, message));
            };
            // The row may be gone already, deleted along with another one.
            if let Some(id) = dialect::id_of_row(conn, &violation.table, row_id)? {
                let is_deleted = resolve_one(conn, &violation, row_id)?;
                resolved.push(Orphan {
                    table: violation.table,
                    id,
                    parent: violation.parent,
                    is_deleted,
                });
            }
        }
    }
}

/// Removes the reference of a row, or the row itself, and returns whether the row was deleted.
fn resolve_one(
    conn: &mut Conn,
    violation: &dialect::ForeignKeyViolation,
    row_id: i64,
) -> Result<bool> {
    let table = &violation.table;
    let key = dialect::foreign_key(conn, table, violation.foreign_key)?;
    let may_be_null = key.on_delete != OnDelete::Cascade && !key.not_null;
    // A rule of the table may forbid the null: such a row makes no sense alone.
    if may_be_null && dialect::set_null(conn, table, &key.column, row_id).is_ok() {
        return Ok(false);
    }
    dialect::delete_row(conn, table, row_id)?;
    Ok(true)
}
