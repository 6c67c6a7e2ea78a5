//! Writing a record: as a new row, or, if the database has the row already, not at all or over what is older.

use serde_json::{Map, Value};

use super::outcome::{RecordOutcome, outcome};
use crate::error::Result;
use crate::rows::tracking::values_of;
use crate::rows::{Entity, UnitOfWork};
use crate::services::data::row_of;
use crate::types::Timestamp;

/// Writes a record unless the database has its row. `stated` are the columns that the file has; by these a row is the
/// same, or differs. Returns the row that the database had, too.
pub(super) fn adopt<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    row: &mut E,
    stated: &[&str],
    update: bool,
) -> Result<(RecordOutcome, Option<E>)> {
    match E::find(uow.conn(), row.id())? {
        None => Ok((outcome(uow.adopt(row))?, None)),
        Some(current) => {
            let outcome = meet(uow, &current, row, stated, update)?;
            Ok((outcome, Some(current)))
        }
    }
}

/// Compares a record with the row of the database, and writes it over that if it is newer and that is asked for.
pub(super) fn meet<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    current: &E,
    row: &E,
    stated: &[&str],
    update: bool,
) -> Result<RecordOutcome> {
    if is_same(current, row, stated) {
        return Ok(RecordOutcome::Unchanged);
    }
    let (before, after) = (values_of(current)?, values_of(row)?);
    // A sealed value is none that a file could have.
    let is_sealed = !current.secret_columns().is_empty();
    if !update || is_sealed || !is_newer(&before, &after) {
        return Ok(RecordOutcome::Differs);
    }
    let mut values = before;
    for &name in stated {
        values.insert(
            name.to_owned(),
            after.get(name).cloned().unwrap_or_default(),
        );
    }
    let mut merged: E = row_of(values)?;
    let written = uow.rewrite(&mut merged).map(|_| true);
    Ok(match outcome(written)? {
        RecordOutcome::Imported => RecordOutcome::Updated,
        other => other,
    })
}

fn is_same<E: Entity>(current: &E, row: &E, stated: &[&str]) -> bool {
    let mut pairs = current.cells().zip(row.cells());
    pairs.all(|(ours, given)| !stated.contains(&given.name) || ours.value.is_same(given.value))
}

/// Returns true if the record was changed after the row.
fn is_newer(before: &Map<String, Value>, after: &Map<String, Value>) -> bool {
    let changed = |values: &Map<String, Value>| -> Option<Timestamp> {
        serde_json::from_value(values.get("UpdatedAt")?.clone()).ok()
    };
    match (changed(before), changed(after)) {
        (Some(before), Some(after)) => after > before,
        _ => false,
    }
}
