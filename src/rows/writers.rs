//! Decides who may change a column: the caller, an operation, or the store.

use crate::error::{Error, ErrorCode, Result};
use crate::rows::Entity;
use crate::rows::entity::KeptColumns;
use crate::rows::tracking::STAMPS;

/// Where a change of a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// An operation, which keeps the columns of different rows in agreement.
    Operation,
    /// A host that gives rows which it read before, to the generic operations of [`data`](crate::services::data).
    Caller,
    /// A host that sets columns of rows as they are now, whatever they are.
    CallerInPlace,
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
        let unversioned = kept::<E>(after.name).filter(|kept| kept.is_unversioned);
        if let Some(kept) = unversioned.filter(|_| writer == Writer::Caller) {
            return Err(written_meanwhile(current, after.name, kept.writer));
        }
        check_column::<E>(after.name)?;
    }
    Ok(())
}

fn written_meanwhile<E: Entity>(current: &E, name: &str, writer: &str) -> Error {
    let (table, id) = (E::NAME, current.id());
    let message = format!(
        "{table}: '{id}' must have its present {name}, which only {writer} may change, and may have changed since the \
         row was read; read it again"
    );
    Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.column = Some(name.to_owned());
        d.current = serde_json::to_value(current).ok();
    })
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
