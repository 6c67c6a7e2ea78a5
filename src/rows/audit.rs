//! The audit log: who changed or did what, when, and in which request.
//!
//! A [`UnitOfWork`] writes an entry with each row that it inserts, updates or deletes, in the same transaction: a
//! rollback undoes both. [`record`] adds an entry for an action that is not a change of a row. Entries are never
//! changed, and only retention deletes them: triggers refuse an UPDATE or DELETE from any connection, and a REPLACE on
//! the connections of this library.
//!
//! # Changes without an entry
//!
//! Frequent changes that say nothing new are written without an entry:
//!
//! | by | columns |
//! |---|---|
//! | a report of an agent | `Agents.LastPing` |
//! | a claim, a heartbeat and the end of a lease | `Tasks.LeaseToken`, `LeaseExpiresAt`, `LeaseRenewedAt`, `LeaseBoot`, `LeaseDeadline`: the token is a secret, and `LeaseOwner` has an entry |
//! | a report of progress | `Tasks.ProgressPercentage`, `ProgressMessage`, `LastProgressUpdate`, and the stamps `UpdatedAt`, `UpdatedBy`, `RowVersion` |
//! | enqueueing, claims, starts, ends, retries and imports of tasks | `Agents.Status`, `CurrentTask`, `LastClaimedAt`, the counters and averages of `Agents` and `Repositories`, `Repositories.LastTaskExecutedAt`, `ReliabilityScore`, and the stamps `UpdatedAt`, `UpdatedBy`, `RowVersion`: the task has its own entry |
//! | an import | the tasks; an entry `Import` has up to 200 of them |
//! | a message | `ChatSessions.LastMessageAt` and `RowVersion`: the message has its own entry |
//! | retention of tasks and messages | the rows; an entry `Retention` has the ids of up to 500 |
//! | metrics and their rollups | all of `PerformanceMetrics` |
//!
//! Other changes of these columns, such as by a registration or by `set_status`, are in the log. So are the changes of
//! all other columns, except for those that can be derived:
//!
//! - a column that an entry on a whole row leaves out was null, 0 or false, whichever its type has; one that the old
//!   values of an update leave out was null;
//! - generated columns, such as `SuccessRate`, are computed from the others of their row;
//! - the stamps of an update are the `Timestamp` and `UserId` of its entry, and `RowVersion` increases by one; the
//!   entry has it where it may have increased by more: in updates of agents and repositories, and in the first change of
//!   a row after a restore of the database;
//! - the effect of a deletion on dependants (`ON DELETE` in the schema) follows from the deletion;
//! - sealed values of preferences are `[encrypted]`, and so is the other value if a plain one is sealed or a sealed one
//!   is made plain;
//! - logs and the cache tables aren't audited, and rows inserted by a migration have no entry.
//!
//! Applied to an empty database in the order of [`written_after`], the entries therefore give the present tables, apart
//! from the columns in the table above and sealed values.
//!
//! # Order
//!
//! Entries are in the order in which they were written, which is that of their numbers, since there is one writer at a
//! time. Their ids ascend within one process only, and the clock can be set back. [`list`] is by time, because it
//! filters by period; entries of the same time are in the order of writing. Numbers stay the same when the file is
//! vacuumed or the old end of the log is deleted.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::error::{Error, ErrorCode, Result};
use crate::rows::answer_size::AnswerSize;
use crate::rows::audit_logs as rows;
pub use crate::rows::audit_logs::AuditFilter;
use crate::rows::audit_logs::{AuditPlace, Numbered};
use crate::rows::lineages::NumberBase;
use crate::rows::new_audit_log::CHANGES;
pub use crate::rows::new_audit_log::NewAuditLog;
use crate::rows::query::{Cursor, Slice};
use crate::rows::{AuditLog, AuditLogId, Entity, Reader, UnitOfWork, UserId, removals, visibility};
use crate::types::{Id, Json, RiskLevel, Timestamp};
use crate::validate;

/// Maximum number of entries that one call returns.
const MAX_ENTRIES: u32 = 10_000;

/// Adds an entry for an action that is not a change of a row, with the acting user and the request.
///
/// The entry is part of the transaction, and a rollback removes it. Record a failed transaction in another one.
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
        http_method: new.http_method.clone().or(user.http_method),
        request_path: new.request_path.clone().or(user.request_path),
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

/// Returns `size` entries (1 to 10 000), the newest first, and the cursor of the next ones. They start behind
/// `cursor`, or at the newest entry.
///
/// The log shows the changes of all rows, with their values, to whoever may list it: also those of other users'
/// preferences. The host decides who that is.
///
/// The cost depends on `size`, not on the length of the log, if the filter is by row, user, session, risk or period.
/// The entries with one correlation id are sorted first; a kind of row without an id, or the user `system`, filters all
/// entries.
pub fn list(
    reader: &mut Reader<'_>,
    filter: &AuditFilter,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<AuditLog>> {
    validate::number("size", size, 1..=MAX_ENTRIES)?;
    if filter.entity_id.is_some() && filter.entity_type.is_none() {
        return Err(Error::invalid(
            "EntityType",
            "must be given together with EntityId",
        ));
    }
    let base = NumberBase::read(reader.connection())?;
    let place = cursor.map(AuditPlace::read).transpose()?;
    let before = place.map(|place| (place.timestamp, place.row_number));
    let limit = size + 1;
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
    Ok(cut(entries, size, base))
}

/// Returns the levels from this one on, each of which takes its own query.
fn levels_from(minimum: Option<RiskLevel>) -> Vec<Option<RiskLevel>> {
    match minimum {
        None | Some(RiskLevel::Low) => vec![None],
        Some(minimum) => {
            let levels = RiskLevel::ALL.iter().copied();
            levels.filter(|l| *l >= minimum).map(Some).collect()
        }
    }
}

/// Returns `size` entries (1 to 10 000) in the order in which they were written, and the cursor of the next ones.
/// They start behind `cursor`, or at the first entry. Use it to replay or forward the log.
///
/// Shows all entries, as [`list`] does.
///
/// Fails with [`ErrorCode::EventsGone`] if the cursor is from before a restore or a recovery of the database: begin
/// again at the first entry.
pub fn written_after(
    reader: &mut Reader<'_>,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<AuditLog>> {
    validate::number("size", size, 1..=MAX_ENTRIES)?;
    let base = NumberBase::read(reader.connection())?;
    let place = cursor.map(AuditPlace::read).transpose()?;
    if place.is_some_and(|place| place.base != base.number()) {
        let message =
            "AuditLogs: the cursor is from before a restore; begin again at the first entry";
        return Err(Error::new(ErrorCode::EventsGone, message));
    }
    let row_number = place.map_or(i64::MIN, |place| place.row_number);
    let entries = rows::written_after(reader.connection(), row_number, size + 1)?;
    Ok(cut(entries, size, base))
}

/// Cuts the entries to `size`, and adds the cursor behind them if there are more.
fn cut(mut entries: Vec<Numbered>, size: u32, base: NumberBase) -> Slice<AuditLog> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let has_more = entries.len() > size;
    entries.truncate(size);
    let last = entries.last().filter(|_| has_more);
    Slice {
        next: last.map(|(log, row_number)| {
            let place = AuditPlace {
                timestamp: log.timestamp,
                row_number: *row_number,
                base: base.number(),
            };
            place.cursor()
        }),
        items: entries.into_iter().map(|(log, _)| log).collect(),
    }
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RowChange {
    /// Id of the log's entry of the change.
    pub audit_log_id: AuditLogId,
    /// Time of the change.
    pub timestamp: Timestamp,
    /// Action: `Create`, `Update`, `Delete` or `Restore`.
    pub action: String,
    /// User who made the change.
    pub user_id: Option<UserId>,
    /// Request that the change belongs to.
    pub request_id: Option<String>,
    /// Columns that changed, by name.
    pub columns: Vec<ColumnChange>,
}

/// Values of one column before and after a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ColumnChange {
    /// Name of the column.
    pub column: String,
    /// Value before; null if the row did not exist.
    pub old_value: Value,
    /// Value after; null if the row no longer exists.
    pub new_value: Value,
}

/// Returns the changes of one row, the oldest first, each with the values of its columns before and after. Empty if
/// the log has no entry on the row, and for a row of another user: the owners that the row has and that the entries
/// recorded decide, so that a deletion doesn't show it to others. The creation by an import and the deletion by
/// retention are among them, with the id of the entry that tells of many rows; to find it, all such entries on the table are
/// read.
///
/// Fails with [`ErrorCode::LimitExceeded`] above [`MAX_ROWS`](crate::services::data::MAX_ROWS) changes, or values of
/// [`MAX_ANSWER_BYTES`](crate::services::data::MAX_ANSWER_BYTES): [`list`] returns them in pages.
pub fn history<E: Entity>(reader: &mut Reader<'_>, id: &Id<E>) -> Result<Vec<RowChange>> {
    let entries = changes_of(reader, id, Some(AnswerSize::default()))?;
    Ok(entries.into_iter().map(row_change::<E>).collect())
}

fn changes_of<E: Entity>(
    reader: &mut Reader<'_>,
    id: &Id<E>,
    size: Option<AnswerSize>,
) -> Result<Vec<AuditLog>> {
    let conn = reader.connection();
    let mut entries = rows::of_row(conn, E::NAME, id.as_str(), size)?;
    entries.retain(|(log, _)| CHANGES.contains(&log.action.as_str()));
    let row = E::find(conn, id)?;
    removals::add(conn, &mut entries, (E::NAME, id.as_str()), row.is_some())?;
    let mut entries: Vec<AuditLog> = entries.into_iter().map(|(log, _)| log).collect();
    if !visibility::sees_changes(reader.user(), row.as_ref(), &entries) {
        entries.clear();
    }
    Ok(entries)
}

fn row_change<E: Entity>(log: AuditLog) -> RowChange {
    let (mut old, mut new) = (object(log.old_values), object(log.new_values));
    match log.action.as_str() {
        "Create" if !new.is_empty() => new = with_all_columns::<E>(new),
        "Delete" if new.is_empty() && !old.is_empty() => old = with_all_columns::<E>(old),
        _ => {}
    }
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
    let is_told = |c: &ColumnChange| c.old_value != c.new_value && !is_next_version(c);
    RowChange {
        columns: columns.filter(is_told).collect(),
        audit_log_id: log.id,
        timestamp: log.timestamp,
        action: log.action,
        user_id: log.user_id,
        request_id: log.request_id,
    }
}

/// Returns true for a version that each update raises.
fn is_next_version(change: &ColumnChange) -> bool {
    let version = |value: &Value| value.as_i64().filter(|_| change.column == "RowVersion");
    let (old, new) = (version(&change.old_value), version(&change.new_value));
    old.is_some() && old.map(|old| old + 1) == new
}

fn object(values: Option<Json>) -> Map<String, Value> {
    match values {
        Some(Json(Value::Object(values))) => values,
        _ => Map::new(),
    }
}

/// Returns the state of a row at `moment`, as JSON without generated columns. None before the row was created and
/// after it was hard-deleted, and for a row whose [`history`] the user doesn't see; a soft-deleted row is returned with
/// its mark.
///
/// The state is rebuilt from the log, and has all columns. Those that are
/// [written without an entry](self#changes-without-an-entry) have their last recorded values, and references to rows
/// deleted since are still there. Fails with
/// [`ErrorCode::NotFound`] if the log no longer goes back to the creation of the row, or if values were taken out of it.
pub fn state_at<E: Entity>(
    reader: &mut Reader<'_>,
    id: &Id<E>,
    moment: Timestamp,
) -> Result<Option<Json>> {
    let entries = changes_of(reader, id, None)?;
    if entries.first().is_some_and(|log| log.action != "Create") {
        return Err(not_kept(id, "the creation"));
    }
    if (entries.iter()).any(|log| log.action != "Delete" && log.new_values.is_none()) {
        return Err(not_kept(id, "all values"));
    }
    // By the order of writing, up to the last entry in time: the clock may have been set back in between.
    let count = entries.iter().rposition(|log| log.timestamp <= moment);
    let past = entries.into_iter().take(count.map_or(0, |last| last + 1));
    let state = past.fold(None, apply::<E>);
    Ok(state.map(|row| Json(Value::Object(row))))
}

/// Adds the columns that an entry on a whole row leaves out, but for those that the database computes.
fn with_all_columns<E: Entity>(mut row: Map<String, Value>) -> Map<String, Value> {
    for column in E::columns() {
        if column.is_generated {
            row.remove(column.name);
        } else {
            row.entry(column.name).or_insert_with(|| column.left_out());
        }
    }
    row
}

fn not_kept<E: Entity>(id: &Id<E>, what: &str) -> Error {
    let table = E::NAME;
    let message = format!("{table}: the audit log no longer holds {what} of '{id}'");
    Error::new(ErrorCode::NotFound, message).with_details(|d| {
        d.entity = Some(table);
        d.id = Some(id.to_string());
    })
}

/// Applies the change of one entry to a row.
fn apply<E: Entity>(row: Option<Map<String, Value>>, log: AuditLog) -> Option<Map<String, Value>> {
    match log.action.as_str() {
        "Create" => Some(with_all_columns::<E>(object(log.new_values))),
        // A soft deletion has new values.
        "Delete" if log.new_values.is_none() => None,
        _ => row.map(|mut row| {
            let values = object(log.new_values);
            let version = next_version(&row, &values);
            row.extend(values);
            stamp(&mut row, log.timestamp, log.user_id, version);
            row
        }),
    }
}

/// Returns the version after an update: its entry has it where it isn't the one before plus one.
fn next_version(row: &Map<String, Value>, values: &Map<String, Value>) -> i64 {
    let version = |of: &Map<String, Value>| of.get("RowVersion").and_then(Value::as_i64);
    version(values).unwrap_or_else(|| version(row).unwrap_or(0) + 1)
}

/// Writes the stamps of an update, which its entry does not repeat.
fn stamp(row: &mut Map<String, Value>, at: Timestamp, by: Option<UserId>, next_version: i64) {
    if let Some(updated_at) = row.get_mut("UpdatedAt") {
        *updated_at = json!(at);
    }
    if let Some(updated_by) = row.get_mut("UpdatedBy") {
        *updated_by = json!(by);
    }
    if let Some(version) = row.get_mut("RowVersion") {
        *version = json!(next_version);
    }
}
