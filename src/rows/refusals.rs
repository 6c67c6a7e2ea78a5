//! Errors of rows that the database refuses: which row, which column, which missing or remaining row.

use crate::error::{Error, ErrorCode};
use crate::rows::cell::json_object;
use crate::rows::query::StoredValue;
use crate::rows::tracking::column_named;
use crate::rows::{Entity, UnitOfWork};
use crate::sqlite::{Conn, dialect};

impl UnitOfWork<'_> {
    /// Returns the error of a row that the database refused to write, with the foreign key at fault, and with the value
    /// where the configuration wants it.
    pub(super) fn refused<E: Entity>(&mut self, error: Error, row: &E) -> Error {
        let error = at_row(error, row);
        if is_of_reference(&error) {
            return missing_reference(self.connection(), row).unwrap_or(error);
        }
        let Some(column) = error.details().column.as_deref() else {
            return error;
        };
        let mut cells = row.cells().filter(|cell| cell.name == column);
        match cells.next() {
            Some(cell) if self.has_detailed_errors() => {
                match json_object([cell], row.secret_columns()) {
                    Ok(value) => error.with_addition(format_args!("'{}' has {value}", row.id())),
                    Err(_) => error,
                }
            }
            _ => error,
        }
    }

    /// Returns the error of a row that the database refused to remove, with the foreign key that keeps it.
    pub(super) fn kept<E: Entity>(&mut self, error: Error, row: &E) -> Error {
        let error = at_row(error, row);
        match is_of_reference(&error) {
            true => remaining_reference(self.connection(), row).unwrap_or(error),
            false => error,
        }
    }

    /// Returns the error of a deletion that left rows which refer to deleted ones of this entity.
    pub(crate) fn left_behind<E: Entity>(&mut self) -> Error {
        let conn = self.connection();
        for reference in dialect::references_to(conn, E::NAME).unwrap_or_default() {
            if let Ok(Some(id)) = dialect::dangling(conn, &reference) {
                return still_referred::<E>(&reference, &id);
            }
        }
        reference_error("FOREIGN KEY constraint failed".to_owned())
    }
}

fn is_of_reference(error: &Error) -> bool {
    error.details().sqlite_code == Some(dialect::FOREIGN_KEY_FAILED)
}

/// Returns the error that names the column of a row whose id doesn't exist.
fn missing_reference<E: Entity>(conn: &mut Conn, row: &E) -> Option<Error> {
    for reference in dialect::references_from(conn, E::NAME).ok()? {
        let mut cells = row.cells().filter(|cell| cell.name == reference.column);
        let Some(StoredValue::Text(id)) = cells.next().and_then(|cell| cell.value.stored()) else {
            continue;
        };
        let (column, target) = (&reference.column, &reference.target);
        if !dialect::has_value(conn, target, "Id", &id).ok()? {
            let message =
                format!("{column}: must be the id of one of {target}, got '{id}', which is none");
            let error = at_row(reference_error(message), row);
            return Some(error.with_details(|d| d.column = Some(column.clone())));
        }
    }
    None
}

/// Returns the error that names the rows that still refer to one.
fn remaining_reference<E: Entity>(conn: &mut Conn, row: &E) -> Option<Error> {
    let id = row.id().as_str();
    let references = dialect::references_to(conn, E::NAME).ok()?.into_iter();
    let mut holding = references.filter(|reference| {
        dialect::has_value(conn, &reference.table, &reference.column, id).unwrap_or(false)
    });
    let reference = holding.next()?;
    Some(at_row(still_referred::<E>(&reference, id), row))
}

fn still_referred<E: Entity>(reference: &dialect::Reference, id: &str) -> Error {
    let (table, column) = (&reference.table, &reference.column);
    let message = format!(
        "{}: '{id}' is still referred to by {column} of {table}; delete or change those first, or delete them together",
        E::NAME
    );
    reference_error(message).with_details(|d| {
        d.entity = Some(E::NAME);
        d.id = Some(id.to_owned());
        d.constraint = Some(format!("{table}.{column}"));
    })
}

fn reference_error(message: String) -> Error {
    Error::new(ErrorCode::ConstraintViolation, message)
        .with_details(|d| d.sqlite_code = Some(dialect::FOREIGN_KEY_FAILED))
}

/// Adds the row to an error, and the column, as far as its constraint tells.
pub(super) fn at_row<E: Entity>(error: Error, row: &E) -> Error {
    error.with_details(|d| {
        d.entity = Some(E::NAME);
        d.id = Some(row.id().to_string());
        if d.column.is_none() {
            d.column = d.constraint.as_deref().and_then(column_of::<E>);
        }
    })
}

/// Returns the column of a constraint such as `CK_Tasks_Command`, or of SQLite's `Tasks.Id`, if there is one.
fn column_of<E: Entity>(constraint: &str) -> Option<String> {
    // The name of this constraint, given by the specification, is not that of its column.
    let constraint = match constraint {
        "CK_Tasks_Progress" => "CK_Tasks_ProgressPercentage",
        other => other,
    };
    let rest = constraint.strip_prefix("CK_").unwrap_or(constraint);
    let name = rest.strip_prefix(E::NAME)?.strip_prefix(['_', '.'])?;
    column_named::<E>(name).map(|column| column.name.to_owned())
}
