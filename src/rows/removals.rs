//! Entries of the audit log on rows that retention removed: one for many rows, with their ids.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rows::audit::{self, NewAuditLog};
use crate::rows::audit_logs::{self, AuditLog, Numbered};
use crate::rows::{Entity, UnitOfWork};
use crate::sqlite::Conn;
use crate::types::{ChangeAction, Id, Json, RiskLevel};

/// Action of the entries.
const RETENTION: &str = "Retention";

/// Most ids in one entry.
const MOST_IDS: usize = 500;

/// Properties of an entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Removal {
    removed: usize,
    /// Ids of the removed rows. Entries of earlier releases have none.
    ids: Vec<String>,
}

/// Records that retention removed these rows.
pub(crate) fn record<E: Entity>(uow: &mut UnitOfWork<'_>, ids: &[Id<E>]) -> Result<()> {
    for ids in ids.chunks(MOST_IDS) {
        let removal = Removal {
            removed: ids.len(),
            ids: ids.iter().map(Id::to_string).collect(),
        };
        let mut entry = NewAuditLog::new(RETENTION, E::NAME);
        entry.risk_level = Some(RiskLevel::Medium);
        entry.properties = serde_json::to_value(removal).ok().map(Json);
        audit::record(uow, &entry)?;
    }
    Ok(())
}

/// Adds the removals of a row by retention to its entries, as deletions, in the order of writing.
///
/// The entries tell whether there are any: the row is gone, or was created again, and none of them removed it. Only then
/// the entries of all removals from the table are read.
pub(super) fn add(
    conn: &mut Conn,
    entries: &mut Vec<Numbered>,
    (table, id): (&str, &str),
    is_there: bool,
) -> Result<()> {
    if !is_removed_by_another(entries, is_there) {
        return Ok(());
    }
    let first = entries.first().map_or(i64::MIN, |(_, number)| *number);
    let written = audit_logs::naming(conn, (table, RETENTION), id, first)?;
    let removals = written.into_iter().filter_map(|(log, number)| {
        let properties = log.properties.as_ref()?.0.clone();
        let removal: Removal = serde_json::from_value(properties).ok()?;
        let deletion = AuditLog {
            entity_id: Some(id.to_owned()),
            action: ChangeAction::Delete.name().to_owned(),
            properties: None,
            ..log
        };
        removal
            .ids
            .iter()
            .any(|removed| removed == id)
            .then_some((deletion, number))
    });
    entries.extend(removals);
    entries.sort_by_key(|(_, number)| *number);
    Ok(())
}

/// Returns true if the row must have been removed without an entry of its own.
fn is_removed_by_another(entries: &[Numbered], is_there: bool) -> bool {
    let mut was_there = !entries.is_empty() || !is_there;
    for (place, (log, _)) in entries.iter().enumerate() {
        match log.action.as_str() {
            "Create" if place > 0 && was_there => return true,
            "Delete" if log.new_values.is_none() => was_there = false,
            _ => was_there = true,
        }
    }
    was_there && !is_there
}
