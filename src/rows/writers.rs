//! Decides who may change a column: the caller, an operation, or the store.

use crate::error::{Error, Result};
use crate::rows::Entity;
use crate::rows::entity::KeptColumns;
use crate::rows::tracking::{STAMPS, changed_meanwhile};

/// Where a change of a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// An operation, which keeps the columns of different rows in agreement.
    Operation,
    /// A host that gives rows which it read before, to the generic operations of [`data`](crate::rows::data).
    Caller,
    /// A host that changes many rows as they are now.
    Bulk,
}

/// Refuses the change of a column that the caller may not write. Hosts give whole rows, so a column that is as before
/// passes.
///
/// A column that changes without a new version may differ because it was written after the caller read the row: that is
/// a conflict, and the row has to be read again.
pub(crate) fn check_update<E: Entity>(current: &E, row: &E, writer: Writer) -> Result<()> {
    for (before, after) in current.cells().zip(row.cells()) {
        if before.value.is_same(after.value) {
            continue;
        }
        let is_unversioned = kept::<E>(after.name).is_some_and(|kept| kept.is_unversioned);
        if is_unversioned && writer == Writer::Caller {
            return Err(
                changed_meanwhile(current).with_details(|d| d.column = Some(after.name.to_owned()))
            );
        }
        check_column::<E>(after.name)?;
    }
    Ok(())
}

/// Refuses a column that callers may not change, and names who may.
pub(crate) fn check_column<E: Entity>(name: &str) -> Result<()> {
    let Some(writer) = writer_of::<E>(name) else {
        return Ok(());
    };
    let reason = format!(
        "must stay as it is in {}, since only {writer} may change it",
        E::NAME
    );
    Err(Error::invalid(name, reason))
}

/// Returns who changes a column, if callers may not.
pub(crate) fn writer_of<E: Entity>(name: &str) -> Option<&'static str> {
    if let Some(kept) = kept::<E>(name) {
        return Some(kept.writer);
    }
    let mut columns = E::columns().iter();
    let is_generated = columns.any(|column| column.name == name && column.is_generated);
    (is_generated || name == "Id" || STAMPS.contains(&name)).then_some("the store")
}

fn kept<E: Entity>(name: &str) -> Option<&'static KeptColumns> {
    E::KEPT.iter().find(|kept| kept.names.contains(&name))
}
