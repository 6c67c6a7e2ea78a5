//! Decides who may change a column: the caller, an operation, or the store.

use crate::error::{Error, ErrorCode, Result};
use crate::rows::Entity;
use crate::rows::cell::Cell;
use crate::rows::entity::KeptColumns;
use crate::rows::tracking::STAMPS;

/// Version with which rows begin, unless their database has been restored.
const FIRST_VERSION: i64 = 1;

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

/// Refuses a new row with a value in a column that the database computes, or that operations write, unless callers give
/// it its first value.
pub(crate) fn check_new<E: Entity>(row: &E) -> Result<()> {
    let mut named = row.cells().filter(|cell| !cell.value.is_unset());
    let own = named.find(|cell| is_written_later::<E>(cell.name));
    own.map_or(Ok(()), |cell| Err(must_be_left_out::<E>(cell.name)))
}

fn is_written_later<E: Entity>(name: &str) -> bool {
    let is_kept = kept::<E>(name).is_some() && !E::GIVEN.contains(&name);
    is_kept || is_generated::<E>(name)
}

/// Refuses a new row if an operation has replaced values that aren't blank by others. Stamps may be replaced.
pub(crate) fn check_written<E: Entity>(given: &E, written: &E) -> Result<()> {
    let mut pairs = given.cells().zip(written.cells());
    let is_kept = |(given, written): &(Cell<'_>, Cell<'_>)| {
        let may_differ = STAMPS.contains(&given.name) || given.value.is_unset();
        may_differ || given.value.is_same(written.value)
    };
    let replaced = pairs.find(|pair| !is_kept(pair));
    replaced.map_or(Ok(()), |(given, _)| Err(must_be_left_out::<E>(given.name)))
}

/// Refuses stamps that a new row brings along, as far as they say anything but what the store will: those whose names are
/// given.
pub(crate) fn check_stamps<E: Entity>(
    row: &E,
    user: &str,
    is_given: impl Fn(&str) -> bool,
) -> Result<()> {
    let mut stamps = row.cells().filter(|cell| STAMPS.contains(&cell.name));
    let says_more = |cell: &Cell<'_>| {
        let is_first = cell.name == "RowVersion" && cell.value.is_same(&FIRST_VERSION);
        let is_user = cell.value.is_same(&user.to_owned());
        is_given(cell.name) && !cell.value.is_unset() && !is_first && !is_user
    };
    let stamp = stamps.find(says_more);
    stamp.map_or(Ok(()), |cell| Err(must_be_left_out::<E>(cell.name)))
}

fn must_be_left_out<E: Entity>(name: &str) -> Error {
    let writer = writer_of::<E>(name).unwrap_or("the store");
    let reason = format!(
        "must be left out of a new row of {}, or be what {writer} would write",
        E::NAME
    );
    Error::invalid(name, reason)
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
    (is_generated::<E>(name) || name == "Id" || STAMPS.contains(&name)).then_some("the store")
}

fn is_generated<E: Entity>(name: &str) -> bool {
    let mut columns = E::columns().iter();
    columns.any(|column| column.name == name && column.is_generated)
}

fn kept<E: Entity>(name: &str) -> Option<&'static KeptColumns> {
    E::KEPT.iter().find(|kept| kept.names.contains(&name))
}
