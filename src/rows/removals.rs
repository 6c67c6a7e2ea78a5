//! Entries of the audit log on rows that retention removed: one for many rows, with their ids.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rows::audit::{self, NewAuditLog};
use crate::rows::audit_logs::{self, AuditLog, Numbered};
use crate::rows::imports::{self, IMPORT};
use crate::rows::{Entity, UnitOfWork};
use crate::sqlite::Conn;
use crate::types::{ChangeAction, Id, RiskLevel};

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
        let mut entry = NewAuditLog::new(RETENTION, E::NAME).with_properties(&removal)?;
        entry.risk_level = Some(RiskLevel::Medium);
        audit::record(uow, &entry)?;
    }
    Ok(())
}

/// Adds what entries on many rows tell of a row to its own entries, in the order of writing: its creation by an import and
/// its removal by retention.
///
/// Its own entries tell whether there are any: they don't begin with the creation, or the row is gone or was created again
/// and none of them removed it. Only then the entries on many rows of the table are read.
pub(super) fn add(
    conn: &mut Conn,
    entries: &mut Vec<Numbered>,
    (table, id): (&str, &str),
    is_there: bool,
) -> Result<()> {
    let is_created = (entries.first()).is_some_and(|(log, _)| log.action == "Create");
    if is_created && !is_removed_by_another(entries, is_there) {
        return Ok(());
    }
    let first = match is_created {
        true => entries.first().map_or(i64::MIN, |(_, number)| *number),
        false => i64::MIN,
    };
    let written = audit_logs::naming(conn, table, &[IMPORT, RETENTION], id, first)?;
    let of_row = written.into_iter().filter_map(|(log, number)| {
        let entry = match log.action.as_str() {
            IMPORT => imports::creation_in(log, id)?,
            _ => deletion_in(log, id)?,
        };
        Some((entry, number))
    });
    entries.extend(of_row);
    entries.sort_by_key(|(_, number)| *number);
    Ok(())
}

/// Returns the entry on the deletion of one row that an entry on many stands for.
fn deletion_in(log: AuditLog, id: &str) -> Option<AuditLog> {
    let removal: Removal = log.properties_as()?;
    let deletion = AuditLog {
        entity_id: Some(id.to_owned()),
        action: ChangeAction::Delete.name().to_owned(),
        properties: None,
        ..log
    };
    let is_it = |removed: &String| removed == id;
    removal.ids.iter().any(is_it).then_some(deletion)
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
