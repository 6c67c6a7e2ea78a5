//! Changes that a transaction has made, for the caches, the outbox and subscribers.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::error::Error;
use crate::rows::cell::json_names;
use crate::rows::recording::PendingEntry;
use crate::rows::{ChangeEvent, NewChangeEvent, change_events};
use crate::sqlite::{Conn, RawHandle};
use crate::types::{ChangeAction, JsonStr, Timestamp};

/// Rows that a transaction has written.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    /// Rows written, without those of savepoints that were rolled back.
    pub(crate) rows: Vec<ChangedRow>,
    /// Number of writes noted, rolled back savepoints included. If SQLite counts another number of changes, something
    /// was written that nobody noted.
    pub(crate) noted: i64,
    /// Writes whose rows are in the outbox.
    recorded: Vec<Recorded>,
    /// True if more was written than `rows` holds.
    pub(crate) is_partial: bool,
    /// Entries of the audit log that are still to be written.
    pub(super) pending: Vec<PendingEntry>,
    /// Why entries could not be written, if that is so.
    pub(super) failure: Option<Error>,
    /// First and last sequence number of the events in the outbox that `rows` does not hold.
    pub(crate) unheld: Option<(i64, i64)>,
}

/// Rows of one write that are in the outbox.
#[derive(Debug)]
struct Recorded {
    row_count: usize,
    user_id: String,
    timestamp: Timestamp,
}

/// A row that a transaction has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedRow {
    pub(crate) entity: &'static str,
    pub(crate) id: String,
    /// Change to publish; none for a write that only the caches need to know.
    pub(crate) change: Option<Change>,
}

/// A change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) action: ChangeAction,
    /// Columns that changed; empty if the whole row was created or deleted.
    pub(crate) columns: Vec<&'static str>,
    /// True for an update of columns that follow from other rows.
    pub(crate) is_derived: bool,
    /// Sequence number in the outbox, once it is written there.
    pub(crate) sequence: Option<i64>,
}

impl Change {
    pub(crate) fn new(action: ChangeAction, columns: Vec<&'static str>) -> Self {
        Self {
            action,
            columns,
            is_derived: false,
            sequence: None,
        }
    }

    /// Adds the columns of a later update of the same row.
    fn include(&mut self, later: Self) {
        for column in later.columns {
            if !self.columns.contains(&column) {
                self.columns.push(column);
            }
        }
    }

    /// Returns true for a change that can tell of later updates too.
    fn is_update(&self) -> bool {
        self.action == ChangeAction::Update && !self.columns.is_empty()
    }
}

impl ChangeLog {
    /// Notes one write of one row.
    pub(crate) fn note(&mut self, entity: &'static str, id: &str, change: Option<Change>) {
        self.noted += 1;
        self.rows.push(ChangedRow {
            entity,
            id: id.to_owned(),
            change,
        });
    }

    /// Appends the changes that the same transaction made later.
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

    /// Drops the rows noted so far, whose events are in the outbox already.
    pub(crate) fn let_go(&mut self) {
        self.is_partial = true;
        self.recorded.clear();
        let mut sequences = self.rows.drain(..).filter_map(|row| row.change?.sequence);
        if let Some(next) = sequences.next() {
            let first = self.unheld.map_or(next, |(first, _)| first);
            self.unheld = Some((first, sequences.next_back().unwrap_or(next)));
        }
    }

    /// Writes the changes into the outbox, as the last step of a transaction or of the savepoint that stands for one.
    pub(crate) fn record(
        &mut self,
        conn: &mut Conn,
        handle: RawHandle<'_>,
        user_id: &str,
        timestamp: Timestamp,
    ) -> QueryResult<()> {
        self.merge_derived();
        let names: Vec<Option<String>> = self.told().map(|(_, change)| names(change)).collect();
        let events: Vec<NewChangeEvent<'_>> = self
            .told()
            .zip(&names)
            .map(|((row, change), names)| NewChangeEvent {
                entity_type: row.entity,
                entity_id: &row.id,
                action: change.action,
                changed_properties: names.as_deref().map(JsonStr),
                user_id,
                timestamp,
            })
            .collect();
        let sequences = change_events::insert_all(conn, handle, &events)?;
        let told = self.rows.iter_mut().filter_map(|row| row.change.as_mut());
        for (change, sequence) in told.zip(sequences) {
            change.sequence = Some(sequence);
            self.noted += 1;
        }
        self.recorded.push(Recorded {
            row_count: self.rows.len(),
            user_id: user_id.to_owned(),
            timestamp,
        });
        Ok(())
    }

    fn told(&self) -> impl Iterator<Item = (&ChangedRow, &Change)> {
        let rows = self.rows.iter();
        rows.filter_map(|row| Some((row, row.change.as_ref()?)))
    }

    /// Lets an event of a row tell of the later updates that follow from other rows.
    fn merge_derived(&mut self) {
        for (earlier, later) in self.mergeable() {
            let change = self.rows[later].change.take();
            if let (Some(told), Some(change)) = (&mut self.rows[earlier].change, change) {
                told.include(change);
            }
        }
    }

    /// Returns the places of events, each with that of a later one that it can tell of.
    fn mergeable(&self) -> Vec<(usize, usize)> {
        let is_derived = |row: &ChangedRow| row.change.as_ref().is_some_and(|c| c.is_derived);
        if !self.rows.iter().any(is_derived) {
            return Vec::new();
        }
        let mut told: HashMap<(&str, &str), (usize, &Change)> = HashMap::new();
        let mut places = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            let Some(change) = &row.change else {
                continue;
            };
            let key = (row.entity, row.id.as_str());
            match told.get(&key) {
                Some((earlier, update)) if change.is_derived && update.is_update() => {
                    places.push((*earlier, place));
                }
                _ => drop(told.insert(key, (place, change))),
            }
        }
        places
    }

    /// Returns true if any change is in the outbox.
    pub(crate) fn has_events(&self) -> bool {
        let is_told = |row: &ChangedRow| row.change.as_ref().is_some_and(|c| c.sequence.is_some());
        self.unheld.is_some() || self.rows.iter().any(is_told)
    }

    /// Returns the events that are in the outbox and still held here, in their order.
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

/// Returns the names of the changed columns, if not the whole row was created or deleted.
fn names(change: &Change) -> Option<String> {
    (!change.columns.is_empty()).then(|| json_names(&change.columns))
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
