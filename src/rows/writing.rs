//! State of a write: the changes that it noted, the rows that it read, and the entries of the audit log that are still to
//! be written.
//!
//! Entries wait, so that a few of them are one statement: until there are four, until anything may read the log, until a
//! savepoint begins, which must not take them along, and at the latest until the end of the write. Each write writes its
//! own before the next one that shares the transaction begins, so that an entry that can't be written fails its write
//! alone.

use crate::error::{Error, Result};
use crate::rows::change_log::{Change, ChangeLog};
use crate::rows::recording::PendingEntry;
use crate::rows::seen::SeenBy;
use crate::rows::{AuditLog, ChangeEntry, Entity as _, UserContext, audit_logs};
use crate::sqlite::Conn;

/// Most entries that wait.
const MOST_PENDING: usize = audit_logs::MOST_AT_ONCE;

/// State of a write, or of one of its savepoints.
pub(crate) struct Writing<'a> {
    pub(super) changed: &'a mut ChangeLog,
    pub(super) seen: SeenBy<'a>,
}

impl Writing<'_> {
    /// Borrows it again for a shorter time.
    pub(super) fn reborrow(&mut self) -> Writing<'_> {
        Writing {
            changed: self.changed,
            seen: self.seen.reborrow(),
        }
    }

    /// Notes one write of one row.
    pub(super) fn note(&mut self, entity: &'static str, id: &str, change: Option<Change>) {
        self.changed.note(entity, id, change);
        self.seen.note_change(entity, id);
    }

    /// Adds an entry to those that are still to be written.
    pub(super) fn add_entry(
        &mut self,
        entry: PendingEntry,
        conn: &mut Conn,
        user: &UserContext,
    ) -> Result<()> {
        self.changed.pending.push(entry);
        match self.changed.pending.len() < MOST_PENDING {
            true => Ok(()),
            false => self.write_entries(conn, user),
        }
    }

    /// Writes the entries that are still to be written. Where that fails, the write fails at its end, whatever becomes of
    /// the error until then.
    pub(super) fn write_entries(&mut self, conn: &mut Conn, user: &UserContext) -> Result<()> {
        if self.changed.pending.is_empty() {
            return Ok(());
        }
        let entries = std::mem::take(&mut self.changed.pending);
        let rows: Vec<ChangeEntry<'_>> = entries.iter().map(|entry| entry.row(user)).collect();
        if let Err(error) = audit_logs::insert_changes(conn, &rows) {
            let error = Error::from(error);
            self.changed.failure = Some(error.for_another());
            return Err(error);
        }
        for entry in &entries {
            // For the caches alone: the event of the row tells subscribers enough.
            self.note(AuditLog::NAME, entry.id(), None);
        }
        Ok(())
    }

    /// Writes the entries that are still to be written, and fails if some could not be written before.
    pub(super) fn finish(&mut self, conn: &mut Conn, user: &UserContext) -> Result<()> {
        self.write_entries(conn, user)?;
        self.changed.failure.take().map_or(Ok(()), Err)
    }

    /// Forgets what was done in a savepoint that was rolled back, at whose beginning this number of rows was noted.
    pub(super) fn forget(&mut self, noted_before: usize) {
        self.changed.rows.truncate(noted_before);
        self.changed.pending.clear();
        self.changed.failure = None;
        self.seen.clear();
    }
}
