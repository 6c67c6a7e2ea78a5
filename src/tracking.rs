//! Writing rows so that it is known afterwards what changed: only what differs is written, who
//! did it is stamped, an audit row tells the rest, and a change by somebody else is noticed.

use serde_json::{Map, Value};

use crate::db::UnitOfWork;
use crate::encryption::ENCRYPTED;
use crate::entity::Entity;
use crate::error::{Error, ErrorCode, Result};
use crate::models::{AuditLog, AuditLogId, UserId};
use crate::query::columns::Column;
use crate::query::{Changes, SqlValue};
use crate::types::{Id, Json, RiskLevel, StringList};

/// The columns that tell of the writing itself, and are not what was changed.
const STAMPS: [&str; 5] = [
    "CreatedAt",
    "CreatedBy",
    "UpdatedAt",
    "UpdatedBy",
    "RowVersion",
];

impl UnitOfWork<'_> {
    /// Adds a row, stamped with who acts and when.
    pub fn insert<E: Entity>(&mut self, row: &mut E) -> Result<()> {
        let now = self.now();
        row.stamp_created(now, &self.user().user_id);
        self.add(row)
    }

    /// Adds a row that comes from elsewhere, with the stamps that it has, unless there is one
    /// with its id; says whether it did.
    pub(crate) fn adopt<E: Entity>(&mut self, row: &E) -> Result<bool> {
        if E::find(self.connection(), row.id())?.is_some() {
            return Ok(false);
        }
        self.add(row).map(|()| true)
    }

    fn add<E: Entity>(&mut self, row: &E) -> Result<()> {
        row.insert(self.connection())
            .map_err(|e| at_row(e.into(), row))?;
        if !E::IS_LOG {
            let new = audited(values_of(row)?, row);
            self.audit(row, "Create", None, Some(new), None)?;
        }
        self.note_change(E::NAME, row.id().as_str());
        Ok(())
    }

    /// Writes what differs between a row and how it is in the database, and stamps it; says
    /// whether anything differed.
    ///
    /// Where the row was written by somebody else since it was read, fails with
    /// [`ErrorCode::Conflict`] and the present row in the details. Where nothing differs, nothing
    /// is written.
    pub fn update<E: Entity>(&mut self, row: &mut E) -> Result<bool> {
        let current = E::find(self.connection(), row.id())?
            .ok_or_else(|| Error::not_found(E::NAME, row.id()))?;
        if current.row_version() != row.row_version() {
            return Err(changed_meanwhile(&current));
        }
        let (before, after) = (values_of(&current)?, values_of(row)?);
        let changed: Vec<&'static Column> = E::columns()
            .iter()
            .filter(|c| !STAMPS.contains(&c.name) && !c.is_generated)
            .filter(|c| before.get(c.name) != after.get(c.name))
            .collect();
        if changed.is_empty() {
            return Ok(false);
        }
        let now = self.now();
        row.stamp_updated(now, &self.user().user_id);
        let after = values_of(row)?;
        self.write_columns(row, &changed, &after)?;
        let names: StringList = changed.iter().map(|column| column.name).collect();
        // What either of them keeps secret, neither tells: a value may be sealed just now.
        let told = |values| audited(audited(only(values, &changed), &current), row);
        let (old, new) = (told(&before), told(&after));
        self.audit(row, "Update", Some(old), Some(new), Some(names))?;
        self.note_change(E::NAME, row.id().as_str());
        Ok(true)
    }

    /// Removes a row for good, with its dependants as the schema says.
    pub fn delete<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        let row = E::find(self.connection(), id)?.ok_or_else(|| Error::not_found(E::NAME, id))?;
        E::delete(self.connection(), id).map_err(|e| at_row(e.into(), &row))?;
        let old = audited(values_of(&row)?, &row);
        self.audit(&row, "Delete", Some(old), None, None)?;
        self.note_change(E::NAME, id.as_str());
        Ok(row)
    }

    fn write_columns<E: Entity>(
        &mut self,
        row: &E,
        changed: &[&'static Column],
        values: &Map<String, Value>,
    ) -> Result<()> {
        let stamps = E::columns().iter().filter(|c| STAMPS.contains(&c.name));
        let written = changed.iter().copied().chain(stamps);
        let values = written
            .map(|column| Ok((column, stored(column, values.get(column.name))?)))
            .collect::<Result<Vec<_>>>()?;
        E::update(self.connection(), row.id(), &Changes::new(values))
            .map_err(|e| at_row(e.into(), row))?;
        Ok(())
    }

    fn audit<E: Entity>(
        &mut self,
        row: &E,
        action: &str,
        old: Option<Map<String, Value>>,
        new: Option<Map<String, Value>>,
        changed: Option<StringList>,
    ) -> Result<()> {
        let id: AuditLogId = self.new_id()?;
        let user = self.user().clone();
        let log = AuditLog {
            id,
            entity_type: E::NAME.to_owned(),
            entity_id: Some(row.id().to_string()),
            action: action.to_owned(),
            old_values: old.map(|values| Json(Value::Object(values))),
            new_values: new.map(|values| Json(Value::Object(values))),
            changed_properties: changed,
            user_id: Some(UserId::new(user.user_id)?),
            session_id: user.session_id,
            ip_address: user.ip_address,
            user_agent: user.user_agent,
            request_id: user.request_id,
            correlation_id: user.correlation_id,
            http_method: None,
            request_path: None,
            timestamp: self.now(),
            duration: None,
            success: true,
            error_message: None,
            error_code: None,
            security_context: None,
            risk_level: RiskLevel::Low,
            tags: None,
            properties: None,
        };
        Ok(log.insert(self.connection())?)
    }
}

fn values_of<E: Entity>(row: &E) -> Result<Map<String, Value>> {
    match serde_json::to_value(row) {
        Ok(Value::Object(values)) => Ok(values),
        _ => Err(Error::new(
            ErrorCode::Internal,
            format!("a row of {} has no JSON form", E::NAME),
        )),
    }
}

/// The values as an audit row may tell them.
fn audited<E: Entity>(mut values: Map<String, Value>, row: &E) -> Map<String, Value> {
    for &column in row.secret_columns() {
        if let Some(value) = values.get_mut(column) {
            *value = Value::from(ENCRYPTED);
        }
    }
    values
}

fn stored(column: &Column, value: Option<&Value>) -> Result<Option<SqlValue>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => column
            .value(value)
            .map(Some)
            .map_err(|reason| Error::invalid(column.name, reason)),
    }
}

fn only(values: &Map<String, Value>, columns: &[&'static Column]) -> Map<String, Value> {
    let value = |column: &&Column| values.get(column.name).cloned().unwrap_or(Value::Null);
    columns
        .iter()
        .map(|column| (column.name.to_owned(), value(column)))
        .collect()
}

fn changed_meanwhile<E: Entity>(current: &E) -> Error {
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
    })
}
