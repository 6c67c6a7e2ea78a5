//! Entries of the audit log on changes of rows: what they record of old and new values.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::rows::cell::{Cell, json_names, json_object, json_values};
use crate::rows::tracking::{STAMPS, column_named};
use crate::rows::{ChangeEntry, Entity, UnitOfWork, UserContext};
use crate::types::{ChangeAction, JsonStr, RiskLevel, Timestamp};

/// Entry of a change that is still to be written.
#[derive(Debug)]
pub(crate) struct PendingEntry {
    id: String,
    entity_type: &'static str,
    entity_id: String,
    action: ChangeAction,
    recorded: RecordedValues,
    timestamp: Timestamp,
}

impl UnitOfWork<'_> {
    /// Adds the entry of a change of a row to the audit log.
    pub(super) fn audit<E: Entity>(
        &mut self,
        row: &E,
        timestamp: Timestamp,
        action: ChangeAction,
        recorded: RecordedValues,
    ) -> Result<()> {
        let entry = PendingEntry {
            id: self.new_token(),
            entity_type: E::NAME,
            entity_id: row.id().to_string(),
            action,
            recorded,
            timestamp,
        };
        self.add_entry(entry)
    }
}

impl PendingEntry {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Returns the row of the entry, for a change by this user.
    pub(super) fn row<'a>(&'a self, user: &'a UserContext) -> ChangeEntry<'a> {
        let recorded = &self.recorded;
        ChangeEntry {
            id: &self.id,
            entity_type: self.entity_type,
            entity_id: &self.entity_id,
            action: self.action.name(),
            old_values: recorded.old.as_deref().map(JsonStr),
            new_values: recorded.new.as_deref().map(JsonStr),
            changed_properties: recorded.columns.as_deref().map(JsonStr),
            user_id: &user.user_id,
            session_id: user.session_id.as_deref(),
            ip_address: user.ip_address.as_deref(),
            user_agent: user.user_agent.as_deref(),
            http_method: user.http_method.as_deref(),
            request_path: user.request_path.as_deref(),
            request_id: user.request_id.as_deref(),
            correlation_id: user.correlation_id.as_deref(),
            timestamp: self.timestamp,
            success: true,
            risk_level: risk_of(self.action),
        }
    }
}

/// Values of a change that the audit log records, as JSON.
#[derive(Debug, Default)]
pub(super) struct RecordedValues {
    old: Option<String>,
    new: Option<String>,
    /// Names of the changed columns; none if the row was created or deleted.
    columns: Option<String>,
}

impl RecordedValues {
    /// Returns what the audit log records of a new row.
    pub(super) fn of_created<E: Entity>(row: &E) -> Result<Self> {
        Ok(Self {
            new: Some(whole(row)?),
            ..Self::default()
        })
    }

    /// Returns what the audit log records of a row that is removed.
    pub(super) fn of_removed<E: Entity>(row: &E) -> Result<Self> {
        Ok(Self {
            old: Some(whole(row)?),
            ..Self::default()
        })
    }
}

/// Cells that differ between two states of a row, except for stamps and generated columns.
pub(super) struct Changed<'a> {
    before: Vec<Cell<'a>>,
    pub(super) after: Vec<Cell<'a>>,
}

impl<'a> Changed<'a> {
    pub(super) fn between<E: Entity>(current: &'a E, row: &'a E) -> Self {
        let pairs = current.cells().zip(row.cells());
        let is_generated = |name| column_named::<E>(name).is_some_and(|c| c.is_generated);
        let (before, after) = pairs
            .filter(|(before, after)| !before.value.is_same(after.value))
            .filter(|(_, after)| !STAMPS.contains(&after.name) && !is_generated(after.name))
            .unzip();
        Self { before, after }
    }

    /// Returns what the audit log records of the change, with the versions where a reader can't count them. A column that
    /// was null has no value before.
    pub(super) fn recorded<E: Entity>(
        &self,
        current: &E,
        row: &E,
        versions: Option<[i64; 2]>,
    ) -> Result<RecordedValues> {
        // If the change seals or unseals a value, neither side may show it.
        let secrets = [current.secret_columns(), row.secret_columns()].concat();
        let is_told = |cell: &Cell<'_>| !E::UNRECORDED.contains(&cell.name);
        let told = |cells: &[Cell<'a>]| cells.iter().copied().filter(is_told).collect::<Vec<_>>();
        let (told_before, told_after) = (told(&self.before), told(&self.after));
        let names: Vec<&str> = told_after.iter().map(|cell| cell.name).collect();
        let [before, after] = [0, 1].map(|side| {
            let version = versions.as_ref().map(|versions| Cell {
                name: "RowVersion",
                value: &versions[side],
            });
            version.into_iter()
        });
        Ok(RecordedValues {
            old: Some(json_values(
                told_before.into_iter().chain(before),
                &secrets,
            )?),
            new: Some(json_object(told_after.into_iter().chain(after), &secrets)?),
            columns: Some(json_names(&names)),
        })
    }
}

/// Returns a row as the audit log records it: without what is null, 0 or false, or computed by the database.
fn whole<E: Entity>(row: &E) -> Result<String> {
    let computed = E::columns().iter().filter(|column| column.is_generated);
    let computed: Vec<&str> = computed.map(|column| column.name).collect();
    let secrets = row.secret_columns();
    let told = row.cells().filter(|cell| {
        let is_told = !cell.value.is_zero() || secrets.contains(&cell.name);
        is_told && !computed.contains(&cell.name)
    });
    json_values(told, secrets)
}

/// Returns a row as [`whole`] writes it.
pub(super) fn whole_values<E: Entity>(row: &E) -> Result<Map<String, Value>> {
    serde_json::from_str(&whole(row)?).map_err(|_| Error::no_json_form(E::NAME))
}

/// Rates a deletion higher, because it can remove dependants and is worth looking for.
fn risk_of(action: ChangeAction) -> RiskLevel {
    match action {
        ChangeAction::Delete => RiskLevel::Medium,
        _ => RiskLevel::Low,
    }
}
