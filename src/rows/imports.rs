//! Entries of the audit log on rows that an import brought: one for many rows, with their values, each name and each value
//! that all have once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Result;
use crate::rows::audit::{self, NewAuditLog};
use crate::rows::query::columns::ColumnKind;
use crate::rows::recording;
use crate::rows::tracking::column_named;
use crate::rows::{AuditLog, Entity, UnitOfWork};
use crate::types::{ChangeAction, Json};

/// Action of the entries.
pub(super) const IMPORT: &str = "Import";

/// Most rows in one entry.
pub(crate) const MOST_ROWS: usize = 200;

/// Greatest size of a row's texts, in bytes, that is recorded with others: an entry has at most some MiB then.
const MOST_BYTES: usize = 16 << 10;

/// Properties of an entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ImportedRows {
    imported: usize,
    /// Values that all rows have.
    same: Map<String, Value>,
    /// Names of the other columns.
    columns: Vec<String>,
    /// Values of these columns, row by row.
    rows: Vec<Vec<Value>>,
}

/// Returns true if a row may be recorded with others: it is short, and has no documents, which would be nested more deeply.
pub(crate) fn fits<E: Entity>(row: &E) -> bool {
    let is_document = |name| {
        let column = column_named::<E>(name);
        column.is_some_and(|column| matches!(column.kind, ColumnKind::Json))
    };
    let mut set = row.cells().filter(|cell| !cell.value.is_null());
    let size: usize = row.cells().map(|cell| cell.value.size()).sum();
    size <= MOST_BYTES && !set.any(|cell| is_document(cell.name))
}

/// Records that an import inserted these rows, each of which [`fits`].
pub(crate) fn record<E: Entity>(uow: &mut UnitOfWork<'_>, rows: &[E]) -> Result<()> {
    if !uow.is_audited() {
        return Ok(());
    }
    for rows in rows.chunks(MOST_ROWS) {
        let values: Result<Vec<_>> = rows.iter().map(recording::whole_values).collect();
        let imported = ImportedRows::of(&values?);
        let entry = NewAuditLog::new(IMPORT, E::NAME).with_properties(&imported)?;
        audit::record(uow, &entry)?;
    }
    Ok(())
}

impl ImportedRows {
    fn of(rows: &[Map<String, Value>]) -> Self {
        let names: BTreeSet<&String> = rows.iter().flat_map(Map::keys).collect();
        let first = rows.first();
        let of_first = |name: &String| first.and_then(|row| row.get(name).cloned());
        let is_same = |name: &String| {
            rows.iter()
                .all(|row| row.get(name).cloned() == of_first(name))
        };
        let (same, columns): (Vec<&String>, Vec<&String>) =
            names.into_iter().partition(|name| is_same(name));
        let values = |row: &Map<String, Value>| {
            let values = columns.iter().map(|name| row.get(*name).cloned());
            values.map(Option::unwrap_or_default).collect()
        };
        Self {
            imported: rows.len(),
            same: same
                .into_iter()
                .filter_map(|name| Some((name.clone(), of_first(name)?)))
                .collect(),
            rows: rows.iter().map(values).collect(),
            columns: columns.iter().map(|name| (*name).clone()).collect(),
        }
    }

    fn values_of(&self, id: &str) -> Option<Map<String, Value>> {
        let rows = self.rows.iter().map(|values| {
            let names = self.columns.iter().cloned();
            let mut row = self.same.clone();
            row.extend(
                names
                    .zip(values.iter().cloned())
                    .filter(|(_, value)| !value.is_null()),
            );
            row
        });
        let mut rows = rows.filter(|row| row.get("Id").and_then(Value::as_str) == Some(id));
        rows.next()
    }
}

/// Returns the entry on the creation of one row that an entry on many stands for.
pub(super) fn creation_in(log: AuditLog, id: &str) -> Option<AuditLog> {
    let imported: ImportedRows = log.properties_as()?;
    let values = imported.values_of(id)?;
    Some(AuditLog {
        entity_id: Some(id.to_owned()),
        action: ChangeAction::Create.name().to_owned(),
        new_values: Some(Json(Value::Object(values))),
        properties: None,
        ..log
    })
}
