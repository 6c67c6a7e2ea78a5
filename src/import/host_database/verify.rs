//! Comparison of a row that was just written with the row that was to be written.

use crate::error::{Error, ErrorCode, Result};
use crate::rows::Entity;
use crate::rows::tracking::values_of;
use crate::sqlite::Conn;

/// Fails if the row in the database differs from `row`.
pub(super) fn verify<E: Entity>(conn: &mut Conn, row: &E) -> Result<()> {
    let Some(stored) = E::find(conn, row.id())? else {
        return Err(differs(row, "no row"));
    };
    let (given, stored) = (values_of(row)?, values_of(&stored)?);
    let is_same = |name: &str| given.get(name) == stored.get(name);
    let different = E::columns()
        .iter()
        .find(|column| !column.is_generated && !is_same(column.name));
    match different {
        None => Ok(()),
        Some(column) => Err(differs(row, &format!("another {}", column.name))),
    }
}

fn differs<E: Entity>(row: &E, got: &str) -> Error {
    let (table, id) = (E::NAME, row.id());
    let message = format!(
        "{table}: '{id}' must be read back as it was written, got {got}; nothing was imported, please report this"
    );
    Error::new(ErrorCode::ImportFailed, message)
}
