//! Holding a row that was just written against what was to be written.

use crate::error::{Error, ErrorCode, Result};
use crate::rows::Entity;
use crate::rows::tracking::values_of;
use crate::sqlite::Conn;

/// Fails where the database gives back another row than it was given.
pub(super) fn verify<E: Entity>(conn: &mut Conn, row: &E) -> Result<()> {
    let Some(stored) = E::find(conn, row.id())? else {
        return Err(differs(row, "the row is not there"));
    };
    let (given, stored) = (values_of(row)?, values_of(&stored)?);
    let is_same = |name: &str| given.get(name) == stored.get(name);
    let different = E::columns()
        .iter()
        .find(|column| !column.is_generated && !is_same(column.name));
    match different {
        None => Ok(()),
        Some(column) => Err(differs(row, column.name)),
    }
}

fn differs<E: Entity>(row: &E, what: &str) -> Error {
    let message = format!(
        "{}: '{}' was written, but read back differs: {what}",
        E::NAME,
        row.id()
    );
    Error::new(ErrorCode::ImportFailed, message)
}
