//! The audit log: who changed or did what, when, and in which request.
//!
//! A [`UnitOfWork`] writes an entry with each row that it inserts, updates or deletes, in the same
//! transaction: a rollback takes both back. [`record`] adds what is no change of a row. Entries are
//! never changed, and removed only by retention: triggers refuse an UPDATE or DELETE, whoever writes,
//! and a REPLACE on the connections of this library.
//!
//! # What isn't in it
//!
//! What happens all the time and says nothing new is written without an entry:
//!
//! | by | columns |
//! |---|---|
//! | a sign of life of an agent | `Agents.LastPing` |
//! | a heartbeat of a lease | `Tasks.LeaseExpiresAt` |
//! | a report of progress | `Tasks.ProgressPercentage`, `ProgressMessage`, `LastProgressUpdate`, and the stamps `UpdatedAt`, `UpdatedBy`, `RowVersion` |
//! | enqueueing | `Repositories.TotalTasks` and `RowVersion`: the task has its own entry |
//! | a message | `ChatSessions.LastMessageAt` and `RowVersion`: the message has its own entry |
//! | retention of messages | the messages; one entry `Retention` tells how many |
//! | metrics and their rollups | all of `PerformanceMetrics` |
//!
//! The other ways to write these columns, such as a claim or a registration, are in the log. So are
//! all other columns, but for those that follow from what is there:
//!
//! - generated columns, such as `SuccessRate`, follow from the others of their row;
//! - the stamps of an update are its entry's `Timestamp` and `UserId`, and one more `RowVersion`;
//! - what the schema does to the dependants of a deleted row (`ON DELETE`) follows from its
//!   deletion;
//! - sealed values of preferences are `[encrypted]`, and so is the other value where a plain one is
//!   sealed or a sealed one made plain;
//! - logs and the cache tables aren't audited, and what a migration seeds was never inserted.
//!
//! Entries applied in the order of [`written_after`] to an empty database therefore give the tables
//! as they are, apart from the columns in the table above and sealed values.
//!
//! # Order
//!
//! Entries have the order in which they were written, which is that of SQLite's row numbers: there
//! is one writer at a time. Their ids ascend within one process only, and the clock can be set back.
//! [`list`] is by time, since it asks for periods; entries of the same moment have the order of
//! writing. Row numbers stay ascending when the file is vacuumed or the log's old end is cut off.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::{Error, ErrorCode, Result};
use crate::rows::audit_logs as rows;
pub use crate::rows::audit_logs::AuditFilter;
use crate::rows::audit_logs::Numbered;
use crate::rows::query::{Cursor, Slice};
use crate::rows::{AuditLog, AuditLogId, Entity, Reader, UnitOfWork, UserId};
use crate::types::{Id, Json, RiskLevel, StringList, Timestamp};
use crate::validate;

/// The most entries that one call returns.
const MAX_ENTRIES: u32 = 10_000;

/// The actions that change a row, which only the change itself may claim.
const CHANGES: [&str; 4] = ["Create", "Update", "Delete", "Restore"];

/// Something that happened and is no change of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewAuditLog {
    /// What was done, such as `Execute` or `Login`, 1 to 100 characters; not `Create`, `Update`,
    /// `Delete` or `Restore`.
    pub action: String,
    /// The kind of thing that it was done to, such as `Tasks`, 1 to 100 characters.
    pub entity_type: String,
    /// The thing's id, 1 to 128 characters.
    #[serde(default)]
    pub entity_id: Option<String>,
    /// How long it took, in milliseconds, from 0.
    #[serde(default)]
    pub duration: Option<i64>,
    /// Whether it succeeded.
    #[serde(default = "succeeded")]
    pub success: bool,
    /// Why it did not.
    #[serde(default)]
    pub error_message: Option<String>,
    /// Code of the error, up to 100 characters.
    #[serde(default)]
    pub error_code: Option<String>,
    /// Method of the HTTP request, up to 20 characters.
    #[serde(default)]
    pub http_method: Option<String>,
    /// Path of the HTTP request, up to 2000 characters.
    #[serde(default)]
    pub request_path: Option<String>,
    /// How risky it was; none for [`RiskLevel::Medium`] where it failed and [`RiskLevel::Low`]
    /// otherwise.
    #[serde(default)]
    pub risk_level: Option<RiskLevel>,
    /// Security-related context.
    #[serde(default)]
    pub security_context: Option<Json>,
    /// Tags, for lists.
    #[serde(default)]
    pub tags: Option<StringList>,
    /// Anything else.
    #[serde(default)]
    pub properties: Option<Json>,
}

fn succeeded() -> bool {
    true
}

impl NewAuditLog {
    /// Something that was done with success to this kind of thing.
    pub fn new(action: impl Into<String>, entity_type: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            entity_type: entity_type.into(),
            entity_id: None,
            duration: None,
            success: true,
            error_message: None,
            error_code: None,
            http_method: None,
            request_path: None,
            risk_level: None,
            security_context: None,
            tags: None,
            properties: None,
        }
    }

    fn validate(&self) -> Result<()> {
        validate::text("Action", &self.action, 1..=100)?;
        if CHANGES.contains(&self.action.as_str()) {
            let reason = format!("'{}' is noted by the change itself", self.action);
            return Err(Error::invalid("Action", reason));
        }
        validate::text("EntityType", &self.entity_type, 1..=100)?;
        for (column, value, longest) in [
            ("ErrorMessage", &self.error_message, usize::MAX),
            ("ErrorCode", &self.error_code, 100),
            ("HttpMethod", &self.http_method, 20),
            ("RequestPath", &self.request_path, 2000),
        ] {
            validate::optional_text(column, value.as_deref(), 0..=longest)?;
        }
        validate::optional_text("EntityId", self.entity_id.as_deref(), 1..=128)?;
        validate::number("Duration", self.duration.unwrap_or(0), 0..=i64::MAX)
    }

    fn default_risk(&self) -> RiskLevel {
        if self.success {
            RiskLevel::Low
        } else {
            RiskLevel::Medium
        }
    }
}

/// Adds an entry for something that is no change of a row, with who acts and in which request. It
/// is part of the transaction: what is to be kept of one that fails is recorded in another.
pub fn record(uow: &mut UnitOfWork<'_>, new: &NewAuditLog) -> Result<AuditLog> {
    new.validate()?;
    let user = uow.user().clone();
    let mut log = AuditLog {
        id: uow.new_id()?,
        entity_type: new.entity_type.clone(),
        entity_id: new.entity_id.clone(),
        action: new.action.clone(),
        old_values: None,
        new_values: None,
        changed_properties: None,
        user_id: Some(UserId::new(user.user_id)?),
        session_id: user.session_id,
        ip_address: user.ip_address,
        user_agent: user.user_agent,
        request_id: user.request_id,
        correlation_id: user.correlation_id,
        http_method: new.http_method.clone(),
        request_path: new.request_path.clone(),
        timestamp: uow.now(),
        duration: new.duration,
        success: new.success,
        error_message: new.error_message.clone(),
        error_code: new.error_code.clone(),
        security_context: new.security_context.clone(),
        risk_level: new.risk_level.unwrap_or_else(|| new.default_risk()),
        tags: new.tags.clone(),
        properties: new.properties.clone(),
    };
    uow.insert(&mut log)?;
    Ok(log)
}

/// Entries, the newest first, behind a cursor or from the newest on: `size` of them, 1 to 10 000,
/// and where the next ones begin.
///
/// The cost depends on `size`, not on the length of the log, where the filter is by row, user,
/// session, risk or period. The entries of one correlation are sorted, and those of a kind of row
/// without its id are picked from all.
pub fn list(
    reader: &mut Reader<'_>,
    filter: &AuditFilter,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<AuditLog>> {
    validate::number("size", size, 1..=MAX_ENTRIES)?;
    if filter.entity_id.is_some() && filter.entity_type.is_none() {
        return Err(Error::invalid("EntityType", "missing beside EntityId"));
    }
    let before = cursor.map(read_place).transpose()?;
    let limit = i64::from(size) + 1;
    let mut entries = Vec::new();
    for level in levels_from(filter.minimum_risk) {
        entries.extend(rows::newest(
            reader.connection(),
            filter,
            level,
            before,
            limit,
        )?);
    }
    entries.sort_by_key(|(log, row_number)| std::cmp::Reverse((log.timestamp, *row_number)));
    Ok(cut(entries, size))
}

/// The levels from this one on, each of them to be asked for alone.
fn levels_from(minimum: Option<RiskLevel>) -> Vec<Option<RiskLevel>> {
    match minimum {
        None | Some(RiskLevel::Low) => vec![None],
        Some(minimum) => {
            let levels = RiskLevel::ALL.iter().copied();
            levels.filter(|l| *l >= minimum).map(Some).collect()
        }
    }
}

/// Entries in the order in which they were written, behind a cursor or from the first on: `size` of
/// them, 1 to 10 000, and where the next ones begin. What replays or forwards the log reads this.
pub fn written_after(
    reader: &mut Reader<'_>,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<AuditLog>> {
    validate::number("size", size, 1..=MAX_ENTRIES)?;
    let (_, row_number) = cursor
        .map(read_place)
        .transpose()?
        .unwrap_or((Timestamp::MIN, i64::MIN));
    let entries = rows::written_after(reader.connection(), row_number, i64::from(size) + 1)?;
    Ok(cut(entries, size))
}

/// The first entries, and the cursor behind them if there are more.
fn cut(mut entries: Vec<Numbered>, size: u32) -> Slice<AuditLog> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let has_more = entries.len() > size;
    entries.truncate(size);
    let last = entries.last().filter(|_| has_more);
    Slice {
        next: last.map(|(log, row_number)| place(log.timestamp, *row_number)),
        items: entries.into_iter().map(|(log, _)| log).collect(),
    }
}

fn place(timestamp: Timestamp, row_number: i64) -> Cursor {
    Cursor::from(json!([timestamp, row_number]).to_string())
}

fn read_place(cursor: &Cursor) -> Result<(Timestamp, i64)> {
    serde_json::from_str(&cursor.to_string())
        .map_err(|_| Error::invalid("cursor", "not one of the audit log"))
}

/// One change of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RowChange {
    /// The entry of the log that tells of it.
    pub audit_log_id: AuditLogId,
    /// When it was.
    pub timestamp: Timestamp,
    /// What was done: `Create`, `Update`, `Delete` or `Restore`.
    pub action: String,
    /// Who did it.
    pub user_id: Option<UserId>,
    /// In which request.
    pub request_id: Option<String>,
    /// The columns that changed, by name.
    pub columns: Vec<ColumnChange>,
}

/// What became of one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ColumnChange {
    /// Its name.
    pub column: String,
    /// Its value before; null where the row wasn't there.
    pub old_value: Value,
    /// Its value afterwards; null where the row is gone.
    pub new_value: Value,
}

/// The changes of one row, the oldest first: each with its columns' values before and afterwards.
/// None where the log knows nothing of it.
pub fn history<E: Entity>(reader: &mut Reader<'_>, id: &Id<E>) -> Result<Vec<RowChange>> {
    let entries = changes_of(reader, id)?;
    Ok(entries.into_iter().map(row_change).collect())
}

fn changes_of<E: Entity>(reader: &mut Reader<'_>, id: &Id<E>) -> Result<Vec<AuditLog>> {
    let mut entries = rows::of_row(reader.connection(), E::NAME, id.as_str())?;
    entries.retain(|log| CHANGES.contains(&log.action.as_str()));
    Ok(entries)
}

fn row_change(log: AuditLog) -> RowChange {
    let old = object(log.old_values);
    let new = object(log.new_values);
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let value_in =
        |values: &Map<String, Value>, name| values.get(name).cloned().unwrap_or_default();
    let columns = names.into_iter().map(|name| ColumnChange {
        column: name.clone(),
        old_value: value_in(&old, name),
        new_value: value_in(&new, name),
    });
    RowChange {
        columns: columns.filter(|c| c.old_value != c.new_value).collect(),
        audit_log_id: log.id,
        timestamp: log.timestamp,
        action: log.action,
        user_id: log.user_id,
        request_id: log.request_id,
    }
}

fn object(values: Option<Json>) -> Map<String, Value> {
    match values {
        Some(Json(Value::Object(values))) => values,
        _ => Map::new(),
    }
}

/// How a row was at a moment, as JSON without the columns that the database computes; none before
/// it was made and after it was deleted for good. One that was only marked as deleted is there with
/// its mark.
///
/// It is what the log tells of this row: the columns that are [written without an
/// entry](self#what-isnt-in-it) are as they were last noted, and a reference to a row that has been
/// deleted since is still there. Where the log no longer goes back to
/// the row's creation, fails with [`ErrorCode::NotFound`].
pub fn state_at<E: Entity>(
    reader: &mut Reader<'_>,
    id: &Id<E>,
    moment: Timestamp,
) -> Result<Option<Json>> {
    let entries = changes_of(reader, id)?;
    if entries.first().is_some_and(|log| log.action != "Create") {
        let message = format!("{}: the creation of '{id}' is not in the log", E::NAME);
        return Err(Error::new(ErrorCode::NotFound, message).with_details(|d| {
            d.entity = Some(E::NAME);
            d.id = Some(id.to_string());
        }));
    }
    // By order of writing up to the last that counts: a clock may have been set back between.
    let count = entries.iter().rposition(|log| log.timestamp <= moment);
    let past = entries.into_iter().take(count.map_or(0, |last| last + 1));
    let state = past.fold(None, apply);
    Ok(state.map(|mut row| {
        for column in E::columns().iter().filter(|column| column.is_generated) {
            row.remove(column.name);
        }
        Json(Value::Object(row))
    }))
}

/// The row after a change of it.
fn apply(row: Option<Map<String, Value>>, log: AuditLog) -> Option<Map<String, Value>> {
    match log.action.as_str() {
        "Create" => Some(object(log.new_values)),
        // One that is only marked as deleted has new values.
        "Delete" if log.new_values.is_none() => None,
        _ => row.map(|mut row| {
            row.extend(object(log.new_values));
            stamp(&mut row, log.timestamp, log.user_id);
            row
        }),
    }
}

/// The stamps of an update, which its entry doesn't repeat.
fn stamp(row: &mut Map<String, Value>, at: Timestamp, by: Option<UserId>) {
    if let Some(updated_at) = row.get_mut("UpdatedAt") {
        *updated_at = json!(at);
    }
    if let Some(updated_by) = row.get_mut("UpdatedBy") {
        *updated_by = json!(by);
    }
    if let Some(version) = row.get_mut("RowVersion") {
        *version = json!(version.as_i64().unwrap_or(0) + 1);
    }
}
