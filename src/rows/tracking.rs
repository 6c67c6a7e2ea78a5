//! Writing rows so that it is known afterwards what changed: only what differs is written, who
//! did it is stamped, an audit row tells the rest, and a change by somebody else is noticed.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorCode, Result};
use crate::rows::query::Changes;
use crate::rows::query::columns::Column;
use crate::rows::row_text::{RowText, json_names};
use crate::rows::{AuditLog, ChangeEntry, Entity, UnitOfWork, audit_logs, nul};
use crate::types::{ChangeAction, Id, JsonStr, RiskLevel, Timestamp};
use crate::{cancel, validate};

/// The columns that tell of the writing itself, and are not what was changed.
const STAMPS: [&str; 5] = [
    "CreatedAt",
    "CreatedBy",
    "UpdatedAt",
    "UpdatedBy",
    "RowVersion",
];

/// Those of them that each change sets. The others are written once, which keeps the indexes that
/// hold them from being written again.
const STAMPS_OF_CHANGES: [&str; 3] = ["UpdatedAt", "UpdatedBy", "RowVersion"];

impl UnitOfWork<'_> {
    /// Adds a row, stamped with who acts and when.
    pub fn insert<E: Entity>(&mut self, row: &mut E) -> Result<()> {
        cancel::check()?;
        let now = self.now();
        row.stamp_created(now, &self.user().user_id);
        self.add(row, now)
    }

    /// Adds a row that comes from elsewhere, with the stamps that it has, unless there is one
    /// with its id; says whether it did.
    pub(crate) fn adopt<E: Entity>(&mut self, row: &E) -> Result<bool> {
        if E::find(self.connection(), row.id())?.is_some() {
            return Ok(false);
        }
        let now = self.now();
        self.add(row, now).map(|()| true)
    }

    fn add<E: Entity>(&mut self, row: &E, now: Timestamp) -> Result<()> {
        let is_told = !E::IS_LOG && self.is_audited();
        // Not written as JSON where nobody reads that.
        let text = (is_told || nul::may_be_in(row)).then(|| RowText::of(row));
        let text = text.transpose()?;
        if let Some(text) = &text {
            refuse_nul(E::columns(), text).map_err(|e| at_row(e, row))?;
        }
        row.insert(self.connection())
            .map_err(|e| at_row(e.into(), row))?;
        let action = ChangeAction::Create;
        if let Some(text) = text.filter(|_| is_told) {
            let new = text.told(row.secret_columns());
            let told = Told {
                new: Some(&new),
                ..Told::default()
            };
            self.audit(row, now, action, &told)?;
        }
        self.note_change(E::NAME, row.id().as_str(), action, Vec::new());
        Ok(())
    }

    /// Writes what differs between a row and how it is in the database, and stamps it; says
    /// whether anything differed.
    ///
    /// Where the row was written by somebody else since it was read, fails with
    /// [`ErrorCode::Conflict`] and the present row in the details. Where nothing differs, nothing
    /// is written. Rows of a log and rows that are read-only stay as they are:
    /// [`ErrorCode::ReadOnly`].
    pub fn update<E: Entity>(&mut self, row: &mut E) -> Result<bool> {
        self.update_as(row, ChangeAction::Update)
    }

    fn update_as<E: Entity>(&mut self, row: &mut E, action: ChangeAction) -> Result<bool> {
        let current = self.find_any(row.id())?;
        refuse_locked(&current)?;
        self.replace(current, row, action)
    }

    /// The same for a row that is read-only, whose value stays what it is in another form.
    pub(crate) fn rewrite<E: Entity>(&mut self, row: &mut E) -> Result<bool> {
        let current = self.find_any(row.id())?;
        self.replace(current, row, ChangeAction::Update)
    }

    fn replace<E: Entity>(
        &mut self,
        current: E,
        row: &mut E,
        action: ChangeAction,
    ) -> Result<bool> {
        refuse_log::<E>()?;
        if current.row_version() != row.row_version() {
            return Err(changed_meanwhile(&current));
        }
        let (before, after) = (RowText::of(&current)?, RowText::of(row)?);
        let differing = || before.differing(&after).filter_map(column_named::<E>);
        let changed: Vec<&'static Column> = differing()
            .filter(|c| !STAMPS.contains(&c.name) && !c.is_generated)
            .collect();
        if changed.is_empty() {
            return Ok(false);
        }
        refuse_nul(changed.iter().copied(), &after).map_err(|e| at_row(e, row))?;
        let now = self.now();
        row.stamp_updated(now, &self.user().user_id);
        self.write_columns(row, &changed, &after)?;
        if self.is_audited() {
            self.audit_update(&current, row, now, action, (&before, &after), &changed)?;
        }
        let columns = changed.iter().map(|column| column.name).collect();
        self.note_change(E::NAME, row.id().as_str(), action, columns);
        Ok(true)
    }

    /// Removes a row: marks it as deleted where the entity has columns for this, else for good.
    ///
    /// Returns the row as it is then, or was. The audit row of one that is only marked has new
    /// values; that of one that is gone has none.
    pub fn delete<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        refuse_log::<E>()?;
        let mut row = self.find_any(id)?;
        match row.is_deleted() {
            None => return self.hard_delete(id),
            Some(true) => return Err(Error::not_found(E::NAME, id)),
            Some(false) => {}
        }
        let (now, user) = (self.now(), self.user().user_id.clone());
        row.set_deleted(Some((now, &user)));
        self.update_as(&mut row, ChangeAction::Delete)?;
        Ok(row)
    }

    /// Takes back that a row was marked as deleted; one that wasn't stays as it is.
    ///
    /// [`ErrorCode::Misuse`] where rows are removed for good at once.
    pub fn restore<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        let mut row = self.find_any(id)?;
        if row.is_deleted().is_none() {
            let message = format!("{}: rows are removed for good, not marked", E::NAME);
            return Err(at_row(Error::new(ErrorCode::Misuse, message), &row));
        }
        row.set_deleted(None);
        self.update_as(&mut row, ChangeAction::Restore)?;
        Ok(row)
    }

    /// Removes a row for good, whether it was marked as deleted or not, with its dependants as the
    /// schema says: some go too, some stay without it, and some refuse that it goes
    /// ([`ErrorCode::ConstraintViolation`]).
    pub fn hard_delete<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        refuse_log::<E>()?;
        let row = self.find_any(id)?;
        refuse_locked(&row)?;
        E::delete(self.connection(), id).map_err(|e| at_row(e.into(), &row))?;
        let action = ChangeAction::Delete;
        if self.is_audited() {
            let text = RowText::of(&row)?;
            let old = text.told(row.secret_columns());
            let told = Told {
                old: Some(&old),
                ..Told::default()
            };
            let now = self.now();
            self.audit(&row, now, action, &told)?;
        }
        self.note_change(E::NAME, id.as_str(), action, Vec::new());
        Ok(row)
    }

    fn find_any<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        self.current(id)?
            .ok_or_else(|| Error::not_found(E::NAME, id))
    }

    fn write_columns<E: Entity>(
        &mut self,
        row: &E,
        changed: &[&'static Column],
        values: &RowText,
    ) -> Result<()> {
        let stamps = RowText::of_columns(row, &STAMPS_OF_CHANGES)?;
        let changed = changed.iter().map(|c| (*c, values.value(c.name)));
        let stamped = stamps
            .columns()
            .filter_map(|(name, value)| Some((column_named::<E>(name)?, Some(value))));
        let values = changed
            .chain(stamped)
            .map(|(column, value)| {
                let stored = column.stored(value.unwrap_or("null"));
                let stored = stored.map_err(|reason| Error::invalid(column.name, reason))?;
                Ok((column, stored))
            })
            .collect::<Result<Vec<_>>>()?;
        E::update(self.connection(), row.id(), &Changes::new(values))
            .map_err(|e| at_row(e.into(), row))?;
        Ok(())
    }

    fn audit_update<E: Entity>(
        &mut self,
        current: &E,
        row: &E,
        now: Timestamp,
        action: ChangeAction,
        (before, after): (&RowText, &RowText),
        changed: &[&'static Column],
    ) -> Result<()> {
        let names: Vec<&str> = changed.iter().map(|column| column.name).collect();
        // What either of them keeps secret, neither tells: a value may be sealed just now.
        let secrets = [current.secret_columns(), row.secret_columns()].concat();
        let (old, new) = (
            before.told_of(&names, &secrets),
            after.told_of(&names, &secrets),
        );
        let told = Told {
            old: Some(&old),
            new: Some(&new),
            changed: Some(&json_names(&names)),
        };
        self.audit(row, now, action, &told)
    }

    fn audit<E: Entity>(
        &mut self,
        row: &E,
        timestamp: Timestamp,
        action: ChangeAction,
        told: &Told<'_>,
    ) -> Result<()> {
        let id = self.new_token();
        let user = self.user();
        let entry = ChangeEntry {
            id: &id,
            entity_type: E::NAME,
            entity_id: row.id().as_str(),
            action: action.name(),
            old_values: told.old.map(JsonStr),
            new_values: told.new.map(JsonStr),
            changed_properties: told.changed.map(JsonStr),
            user_id: &user.user_id,
            session_id: user.session_id.as_deref(),
            ip_address: user.ip_address.as_deref(),
            user_agent: user.user_agent.as_deref(),
            request_id: user.request_id.as_deref(),
            correlation_id: user.correlation_id.as_deref(),
            timestamp,
            success: true,
            risk_level: risk_of(action),
        };
        audit_logs::insert_change(self.connection(), &entry)?;
        // The event of the row says it already.
        self.note_write(AuditLog::NAME, &id);
        Ok(())
    }
}

/// What an audit row tells of a change, as JSON.
#[derive(Default)]
struct Told<'a> {
    old: Option<&'a str>,
    new: Option<&'a str>,
    /// The names of the columns, where not the whole row came or went.
    changed: Option<&'a str>,
}

/// Rows of a log are only ever added.
pub(crate) fn refuse_log<E: Entity>() -> Result<()> {
    if !E::IS_LOG {
        return Ok(());
    }
    let message = format!("{}: rows of a log are only ever added", E::NAME);
    Err(Error::new(ErrorCode::ReadOnly, message).with_details(|d| d.entity = Some(E::NAME)))
}

fn refuse_locked<E: Entity>(row: &E) -> Result<()> {
    if !row.is_locked() {
        return Ok(());
    }
    let message = format!("{}: '{}' is read-only", E::NAME, row.id());
    Err(at_row(Error::new(ErrorCode::ReadOnly, message), row))
}

/// SQLite takes a NUL in a text, and C callers would see the text cut short.
fn refuse_nul<'c>(columns: impl IntoIterator<Item = &'c Column>, row: &RowText) -> Result<()> {
    if !row.may_contain_nul() {
        return Ok(());
    }
    for column in columns {
        let value = row.value(column.name).filter(|_| column.is_text());
        let text = value.and_then(|json| serde_json::from_str::<String>(json).ok());
        validate::no_nul(column.name, text.as_deref().unwrap_or_default())?;
    }
    Ok(())
}

/// A deletion takes its dependants along, so that it is worth to be looked for.
fn risk_of(action: ChangeAction) -> RiskLevel {
    match action {
        ChangeAction::Delete => RiskLevel::Medium,
        _ => RiskLevel::Low,
    }
}

pub(crate) fn values_of<E: Entity>(row: &E) -> Result<Map<String, Value>> {
    match serde_json::to_value(row) {
        Ok(Value::Object(values)) => Ok(values),
        _ => Err(Error::no_json_form(E::NAME)),
    }
}

fn column_named<E: Entity>(name: &str) -> Option<&'static Column> {
    E::columns().iter().find(|column| column.name == name)
}

pub(crate) fn changed_meanwhile<E: Entity>(current: &E) -> Error {
    let message = format!(
        "{}: '{}' was changed by somebody else meanwhile",
        E::NAME,
        current.id()
    );
    at_row(Error::new(ErrorCode::Conflict, message), current)
        .with_details(|d| d.current = serde_json::to_value(current).ok())
}

fn at_row<E: Entity>(error: Error, row: &E) -> Error {
    error.with_details(|d| {
        d.entity = Some(E::NAME);
        d.id = Some(row.id().to_string());
        if d.column.is_none() {
            d.column = d.constraint.as_deref().and_then(column_of::<E>);
        }
    })
}

/// The column that a constraint such as `CK_Tasks_Command`, or SQLite's `Tasks.Id`, is about, where
/// it is one.
fn column_of<E: Entity>(constraint: &str) -> Option<String> {
    // The specification gave this one a name that isn't its column's.
    let constraint = match constraint {
        "CK_Tasks_Progress" => "CK_Tasks_ProgressPercentage",
        other => other,
    };
    let rest = constraint.strip_prefix("CK_").unwrap_or(constraint);
    let name = rest.strip_prefix(E::NAME)?.strip_prefix(['_', '.'])?;
    column_named::<E>(name).map(|column| column.name.to_owned())
}
