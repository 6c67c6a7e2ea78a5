//! The changes of a transaction: for the caches, and for those who follow changes.

use diesel::prelude::*;

use crate::rows::cell::json_names;
use crate::rows::{ChangeEvent, NewChangeEvent, change_events};
use crate::sqlite::{Conn, RawHandle};
use crate::types::{ChangeAction, JsonStr, Timestamp};

/// The changes of a transaction.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    /// The rows, without those of savepoints that were rolled back.
    pub(crate) rows: Vec<ChangedRow>,
    /// Counts how often a row was noted, also in savepoints that were rolled back. When SQLite counts
    /// other changes than these, something was written that nobody noted.
    pub(crate) noted: i64,
    /// Which of the rows are in the outbox.
    recorded: Vec<Recorded>,
    /// Set where more was written than is noted here.
    pub(crate) is_partial: bool,
    /// The numbers of the first and the last event in the outbox that are not noted here.
    pub(crate) unheld: Option<(i64, i64)>,
}

/// The rows of one write that are in the outbox.
#[derive(Debug)]
struct Recorded {
    row_count: usize,
    user_id: String,
    timestamp: Timestamp,
}

/// A row that a transaction wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedRow {
    pub(crate) entity: &'static str,
    pub(crate) id: String,
    /// None where this is nothing to tell those who follow changes.
    pub(crate) change: Option<Change>,
}

/// A change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) action: ChangeAction,
    /// The columns that changed, where that isn't the whole row.
    pub(crate) columns: Vec<&'static str>,
    /// The number in the outbox, once it is there.
    pub(crate) sequence: Option<i64>,
}

impl ChangeLog {
    /// Notes that one row was written once.
    pub(crate) fn note(&mut self, entity: &'static str, id: &str, change: Option<Change>) {
        self.noted += 1;
        self.rows.push(ChangedRow {
            entity,
            id: id.to_owned(),
            change,
        });
    }

    /// Adds what was written later in the same transaction.
    pub(crate) fn append(&mut self, mut later: Self) {
        self.noted += later.noted;
        self.rows.append(&mut later.rows);
        self.recorded.append(&mut later.recorded);
        self.is_partial |= later.is_partial;
        self.unheld = match (self.unheld, later.unheld) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (unheld, None) | (None, unheld) => unheld,
        };
    }

    /// Forgets what was written so far, whose events are in the outbox already.
    pub(crate) fn let_go(&mut self) {
        self.is_partial = true;
        self.recorded.clear();
        let mut sequences = self.rows.drain(..).filter_map(|row| row.change?.sequence);
        if let Some(next) = sequences.next() {
            let first = self.unheld.map_or(next, |(first, _)| first);
            self.unheld = Some((first, sequences.next_back().unwrap_or(next)));
        }
    }

    /// Writes the changes into the outbox: the last thing that happens in a transaction, or in the
    /// savepoint that stands for one.
    pub(crate) fn record(
        &mut self,
        conn: &mut Conn,
        handle: RawHandle<'_>,
        user_id: &str,
        timestamp: Timestamp,
    ) -> QueryResult<()> {
        for row in &mut self.rows {
            let Some(change) = &mut row.change else {
                continue;
            };
            let columns = (!change.columns.is_empty()).then(|| json_names(&change.columns));
            let event = NewChangeEvent {
                entity_type: row.entity,
                entity_id: &row.id,
                action: change.action,
                changed_properties: columns.as_deref().map(JsonStr),
                user_id,
                timestamp,
            };
            change_events::insert(conn, &event)?;
            change.sequence = Some(handle.last_insert_rowid());
            self.noted += 1;
        }
        self.recorded.push(Recorded {
            row_count: self.rows.len(),
            user_id: user_id.to_owned(),
            timestamp,
        });
        Ok(())
    }

    /// Returns whether there is anything in the outbox.
    pub(crate) fn has_events(&self) -> bool {
        let is_told = |row: &ChangedRow| row.change.as_ref().is_some_and(|c| c.sequence.is_some());
        self.unheld.is_some() || self.rows.iter().any(is_told)
    }

    /// Returns the events in the outbox, in its order.
    pub(crate) fn events(&self) -> Vec<ChangeEvent> {
        let mut rows = self.rows.iter();
        let mut events = Vec::new();
        for write in &self.recorded {
            let of_write = rows.by_ref().take(write.row_count);
            events.extend(of_write.filter_map(|row| write.event(row)));
        }
        events
    }
}

impl Recorded {
    fn event(&self, row: &ChangedRow) -> Option<ChangeEvent> {
        let change = row.change.as_ref()?;
        let columns = || change.columns.iter().copied().collect();
        Some(ChangeEvent {
            sequence: change.sequence?,
            entity_type: row.entity.to_owned(),
            entity_id: row.id.clone(),
            action: change.action,
            changed_properties: (!change.columns.is_empty()).then(columns),
            user_id: self.user_id.clone(),
            timestamp: self.timestamp,
        })
    }
}
