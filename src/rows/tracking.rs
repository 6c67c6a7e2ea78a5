//! Writing of rows: only columns that differ are written, the user is stamped, an audit entry records the old and new
//! values, and a concurrent change is detected.

use serde_json::{Map, Value};

use crate::cancel;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::cell::Cell;
use crate::rows::query::columns::Column;
use crate::rows::query::{Changes, StoredValue};
use crate::rows::recording::{Changed, RecordedValues};
use crate::rows::refusals::at_row;
use crate::rows::writers::{self, Writer};
use crate::rows::{Entity, UnitOfWork, removals, visibility};
use crate::types::{ChangeAction, Id, Timestamp};

/// Columns that describe the writing itself, and do not count as changes.
pub(super) const STAMPS: [&str; 5] = [
    "CreatedAt",
    "CreatedBy",
    "UpdatedAt",
    "UpdatedBy",
    "RowVersion",
];

/// Stamps that each change sets. The others are written once, so that the indexes on them need not be written again.
const STAMPS_OF_CHANGES: [&str; 3] = ["UpdatedAt", "UpdatedBy", "RowVersion"];

impl UnitOfWork<'_> {
    /// Inserts a row, stamped with the acting user and the time.
    ///
    /// Fails with [`ErrorCode::InvalidArgument`] for a row that would belong to another user.
    pub(crate) fn insert<E: Entity>(&mut self, row: &mut E) -> Result<()> {
        self.insert_as(row, None)
    }

    /// Inserts a row as [`insert`](Self::insert) does, with its author in place of the acting user, whom only the audit
    /// log names then.
    pub(crate) fn insert_as<E: Entity>(&mut self, row: &mut E, author: Option<&str>) -> Result<()> {
        cancel::check()?;
        visibility::refuse_for_others(self.user(), row)?;
        let now = self.stamp_created(row);
        if let Some(author) = author {
            row.stamp_created(now, author);
        }
        row.assign_number(self.conn_for::<E>())?;
        self.put(row)?;
        self.audit_creation(row, now)?;
        row.follow_insertion(self)
    }

    /// Inserts a row with the times and users that it brings along, unless a row with its id exists. Returns true if it
    /// was inserted.
    pub(crate) fn adopt<E: Entity>(&mut self, row: &mut E) -> Result<bool> {
        if !self.bring(row)? {
            return Ok(false);
        }
        let now = self.now();
        self.audit_creation(row, now).map(|()| true)
    }

    /// Inserts a row as [`adopt`](Self::adopt) does, but leaves it to the caller to record it, among others, with
    /// [`imports::record`](super::imports::record).
    pub(crate) fn bring<E: Entity>(&mut self, row: &mut E) -> Result<bool> {
        if E::find(self.conn_for::<E>(), row.id())?.is_some() {
            return Ok(false);
        }
        row.set_row_version(self.number_base().first_version());
        row.assign_number(self.conn_for::<E>())?;
        self.put(row).map(|()| true)
    }

    /// Stamps a row that is inserted, and returns the time.
    pub(crate) fn stamp_created<E: Entity>(&self, row: &mut E) -> Timestamp {
        let now = self.now();
        row.stamp_created(now, &self.user().user_id);
        row.set_row_version(self.number_base().first_version());
        now
    }

    /// Stamps a row that is changed, and returns the time.
    pub(crate) fn stamp_updated<E: Entity>(&self, row: &mut E) -> Timestamp {
        let now = self.now();
        row.stamp_updated(now, &self.user().user_id);
        if let Some(version) = row.row_version() {
            row.set_row_version(self.number_base().next_version(version));
        }
        now
    }

    fn put<E: Entity>(&mut self, row: &E) -> Result<()> {
        refuse_flaws(row.cells()).map_err(|e| at_row(e, row))?;
        row.insert(self.conn_for::<E>())
            .map_err(|e| self.refused(e.into(), row))?;
        let (action, id) = (ChangeAction::Create, row.id().as_str());
        self.note_change(E::NAME, id, action, Vec::new());
        Ok(())
    }

    /// Records that a row was inserted at a time.
    pub(crate) fn audit_creation<E: Entity>(&mut self, row: &E, now: Timestamp) -> Result<()> {
        if E::IS_LOG || !self.is_audited() {
            return Ok(());
        }
        let recorded = RecordedValues::of_created(row)?;
        self.audit(row, now, ChangeAction::Create, recorded)
    }

    /// Writes the columns of a row that differ from the database, and stamps it. Returns false, and writes nothing,
    /// if no column differs.
    ///
    /// Fails with [`ErrorCode::NotFound`] if the user doesn't see the row, and with [`ErrorCode::InvalidArgument`] if it
    /// would belong to another user. Fails with [`ErrorCode::Conflict`] if someone else changed the row after it was
    /// read; the details hold the current row. Fails with [`ErrorCode::ReadOnly`] for a row of a log and for a read-only row.
    pub(crate) fn update<E: Entity>(&mut self, row: &mut E) -> Result<bool> {
        self.update_as(row, ChangeAction::Update, Writer::Operation)
    }

    /// Updates a row as [`update`](Self::update) does, in columns that follow from the audit entries of other rows: there
    /// is no entry, and one event for all such updates of the row in the unit of work.
    pub(crate) fn update_derived<E: Entity>(&mut self, row: &mut E) -> Result<bool> {
        let current = self.changeable(row)?;
        self.replace(current, row, ChangeAction::Update, ValuesFrom::OtherRows)
    }

    /// Updates a row as [`update`](Self::update) does, and refuses changes of columns that the caller may not write.
    pub(crate) fn update_by<E: Entity>(&mut self, writer: Writer, row: &mut E) -> Result<bool> {
        self.update_as(row, ChangeAction::Update, writer)
    }

    fn update_as<E: Entity>(
        &mut self,
        row: &mut E,
        action: ChangeAction,
        writer: Writer,
    ) -> Result<bool> {
        let current = self.changeable(row)?;
        if writer != Writer::Operation {
            writers::check_update(&current, row, writer).map_err(|e| at_row(e, row))?;
        }
        self.replace(current, row, action, ValuesFrom::Caller)
    }

    /// Returns the row as it is in the database, if the user may change it into this one.
    fn changeable<E: Entity>(&mut self, row: &E) -> Result<E> {
        let current = self.find_seen(row.id())?;
        refuse_locked(&current)?;
        visibility::refuse_for_others(self.user(), row)?;
        refuse_meanwhile(&current, row)?;
        Ok(current)
    }

    /// Updates a row even if it is read-only or another user's, to store its value in another form.
    pub(crate) fn rewrite<E: Entity>(&mut self, row: &mut E) -> Result<bool> {
        let current = self.find_any(row.id())?;
        refuse_meanwhile(&current, row)?;
        self.replace(current, row, ChangeAction::Update, ValuesFrom::Caller)
    }

    fn replace<E: Entity>(
        &mut self,
        current: E,
        row: &mut E,
        action: ChangeAction,
        from: ValuesFrom,
    ) -> Result<bool> {
        refuse_log::<E>()?;
        let changed = Changed::between(&current, row);
        if changed.after.is_empty() {
            return Ok(false);
        }
        refuse_flaws(changed.after.iter().copied()).map_err(|e| at_row(e, row))?;
        let columns: Vec<&'static str> = changed.after.iter().map(|cell| cell.name).collect();
        let mut values: Vec<_> = stored_values::<E>(changed.after.iter().copied()).collect();
        let is_derived = from == ValuesFrom::OtherRows
            && columns.iter().all(|column| E::DERIVED.contains(column));
        let versions = self.recorded_versions(&current);
        let recorded =
            (self.is_audited() && !is_derived).then(|| changed.recorded(&current, row, versions));
        let recorded = recorded.transpose()?;
        let now = self.stamp_updated(row);
        let stamps = row
            .cells()
            .filter(|cell| STAMPS_OF_CHANGES.contains(&cell.name));
        values.extend(stored_values::<E>(stamps));
        E::update(self.conn_for::<E>(), row.id(), &Changes::new(values))
            .map_err(|e| self.refused(e.into(), row))?;
        if let Some(recorded) = recorded {
            self.audit(row, now, action, recorded)?;
        }
        let told = told_columns::<E>(columns);
        match is_derived {
            true => self.note_derived(E::NAME, row.id().as_str(), told),
            false => self.note_change(E::NAME, row.id().as_str(), action, told),
        }
        Ok(true)
    }

    /// Returns the versions before and after a change, if a reader of the log can't count them: at the first change of a
    /// row in a lineage, and where updates without an entry count, too.
    fn recorded_versions<E: Entity>(&self, current: &E) -> Option<[i64; 2]> {
        let version = current.row_version()?;
        let next = self.number_base().next_version(version);
        (next != version + 1 || !E::DERIVED.is_empty()).then_some([version, next])
    }

    /// Deletes a row: marks it as deleted if the table has soft deletion, and removes it otherwise.
    ///
    /// Returns the row as it is afterwards, or was before it was removed. The audit entry of a soft deletion has new
    /// values, that of a removal has none.
    pub(crate) fn delete<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        refuse_log::<E>()?;
        let mut row = self.find_seen(id)?;
        match row.is_deleted() {
            None => return self.hard_delete(id),
            Some(true) => return Err(Error::not_found(E::NAME, id)),
            Some(false) => {}
        }
        let (now, user) = (self.now(), self.user().user_id.clone());
        row.set_deleted(Some((now, &user)));
        self.update_as(&mut row, ChangeAction::Delete, Writer::Operation)?;
        Ok(row)
    }

    /// Restores a soft-deleted row; a row that is not deleted stays as it is.
    ///
    /// Fails with [`ErrorCode::Misuse`] if the table has no soft deletion.
    pub(crate) fn restore<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        let mut row = self.find_seen(id)?;
        if row.is_deleted().is_none() {
            let message = format!("{}: deleted rows can't be restored", E::NAME);
            return Err(at_row(Error::new(ErrorCode::Misuse, message), &row));
        }
        row.set_deleted(None);
        self.update_as(&mut row, ChangeAction::Restore, Writer::Operation)?;
        Ok(row)
    }

    /// Removes a row, soft-deleted or not. The schema decides about each dependant: it is removed too, loses its
    /// reference, or prevents the removal ([`ErrorCode::ConstraintViolation`]).
    pub(crate) fn hard_delete<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        let row = self.remove(id)?;
        if self.is_audited() {
            let recorded = RecordedValues::of_removed(&row)?;
            let now = self.now();
            self.audit(&row, now, ChangeAction::Delete, recorded)?;
        }
        Ok(row)
    }

    /// Removes rows that retention doesn't keep, each as [`hard_delete`](Self::hard_delete) does, with one entry for all of
    /// them: entries with their values would keep what is removed, and the log would grow as the table shrinks.
    pub(crate) fn expire<E: Entity>(&mut self, ids: &[Id<E>]) -> Result<()> {
        for id in ids {
            self.remove(id)?;
        }
        match self.is_audited() {
            true => removals::record(self, ids),
            false => Ok(()),
        }
    }

    fn remove<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        refuse_log::<E>()?;
        let row = self.find_seen(id)?;
        refuse_locked(&row)?;
        E::delete(self.conn_for::<E>(), id).map_err(|e| self.kept(e.into(), &row))?;
        self.note_change(E::NAME, id.as_str(), ChangeAction::Delete, Vec::new());
        Ok(row)
    }

    /// Returns the row with this id, soft-deleted or not, if the user sees it.
    fn find_seen<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        let row = self.find_any(id)?;
        visibility::require(self.user(), &row)?;
        Ok(row)
    }

    fn find_any<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        self.current(id)?
            .ok_or_else(|| Error::not_found(E::NAME, id))
    }
}

/// Origin of the values of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValuesFrom {
    Caller,
    /// They follow from the audit entries of other rows.
    OtherRows,
}

/// Returns the changed columns that an event names: those that an entry has too. An event without any would be one of a
/// whole row, so that a change of the others alone names these.
fn told_columns<E: Entity>(changed: Vec<&'static str>) -> Vec<&'static str> {
    let is_told = |column: &&'static str| !E::UNRECORDED.contains(column);
    match changed.iter().any(is_told) {
        true => changed.into_iter().filter(is_told).collect(),
        false => changed,
    }
}

fn stored_values<'a, E: Entity>(
    cells: impl IntoIterator<Item = Cell<'a>>,
) -> impl Iterator<Item = (&'static Column, Option<StoredValue>)> {
    let cells = cells.into_iter();
    cells.filter_map(|cell| Some((column_named::<E>(cell.name)?, cell.value.stored())))
}

/// Fails with [`ErrorCode::ReadOnly`] if the table is a log.
pub(crate) fn refuse_log<E: Entity>() -> Result<()> {
    if !E::IS_LOG {
        return Ok(());
    }
    let message = format!("{}: rows of a log can only be added", E::NAME);
    Err(Error::new(ErrorCode::ReadOnly, message).with_details(|d| d.entity = Some(E::NAME)))
}

fn refuse_locked<E: Entity>(row: &E) -> Result<()> {
    if !row.is_locked() {
        return Ok(());
    }
    let message = format!("{}: '{}' is read-only", E::NAME, row.id());
    Err(at_row(Error::new(ErrorCode::ReadOnly, message), row))
}

fn refuse_meanwhile<E: Entity>(current: &E, row: &E) -> Result<()> {
    if current.row_version() == row.row_version() {
        return Ok(());
    }
    Err(changed_meanwhile(current))
}

/// Refuses values that would not be read as they are.
fn refuse_flaws<'a>(cells: impl IntoIterator<Item = Cell<'a>>) -> Result<()> {
    let mut cells = cells.into_iter();
    match cells.find_map(|cell| Some((cell.name, cell.value.flaw()?))) {
        Some((name, flaw)) => Err(Error::invalid(name, flaw)),
        None => Ok(()),
    }
}

pub(crate) fn values_of<E: Entity>(row: &E) -> Result<Map<String, Value>> {
    match serde_json::to_value(row) {
        Ok(Value::Object(values)) => Ok(values),
        _ => Err(Error::no_json_form(E::NAME)),
    }
}

pub(super) fn column_named<E: Entity>(name: &str) -> Option<&'static Column> {
    E::columns().iter().find(|column| column.name == name)
}

pub(crate) fn changed_meanwhile<E: Entity>(current: &E) -> Error {
    let message = format!(
        "{}: '{}' was changed by someone else in the meantime; read it again",
        E::NAME,
        current.id()
    );
    at_row(Error::new(ErrorCode::Conflict, message), current)
        .with_details(|d| d.current = serde_json::to_value(current).ok())
}
