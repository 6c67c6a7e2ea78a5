//! Holding a row that was just written against what was to be written.

use serde_json::Value;

use crate::db::Conn;
use crate::entity::Entity;
use crate::error::{Error, ErrorCode, Result};

/// Fails where the database gives back another row than it was given.
pub(super) fn verify<E: Entity>(conn: &mut Conn, row: &E) -> Result<()> {
    let Some(stored) = E::find(conn, row.id())? else {
        return Err(differs(row, "the row is not there"));
    };
    let (given, stored) = (fields(row)?, fields(&stored)?);
    let is_same = |name: &str| given.get(name) == stored.get(name);
    let different = E::columns()
        .iter()
        .find(|column| !column.is_generated && !is_same(column.name));
    match different {
        None => Ok(()),
        Some(column) => Err(differs(row, column.name)),
    }
}

fn fields<E: Entity>(row: &E) -> Result<Value> {
    serde_json::to_value(row).map_err(|error| {
        let message = format!("a row of {} has no JSON form", E::NAME);
        Error::new(ErrorCode::Internal, message).with_source(error)
    })
}

fn differs<E: Entity>(row: &E, what: &str) -> Error {
    let message = format!(
        "{}: '{}' was written, but read back differs: {what}",
        E::NAME,
        row.id()
    );
    Error::new(ErrorCode::ImportFailed, message)
}
