//! What a transaction wrote: for the caches, and for those who follow changes.

use diesel::prelude::*;

use super::Conn;
use crate::models::{ChangeEvent, NewChangeEvent};
use crate::repositories::change_events;
use crate::types::{ChangeAction, StringList, Timestamp};

/// What a transaction wrote.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    /// The rows, without those of savepoints that were rolled back.
    pub(crate) rows: Vec<ChangedRow>,
    /// How often a row was noted, also in savepoints that were rolled back. When SQLite counts
    /// other changes than these, something was written that nobody noted.
    pub(crate) noted: i64,
    /// The same rows as events, once they are in the outbox.
    pub(crate) events: Vec<ChangeEvent>,
    /// Whether more was written than is noted here.
    pub(crate) is_partial: bool,
    /// The numbers of the first and the last event in the outbox that are not noted here.
    pub(crate) unheld: Option<(i64, i64)>,
}

/// A row that a transaction wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedRow {
    pub(crate) entity: &'static str,
    pub(crate) id: String,
    /// None where this is nothing to tell those who follow changes.
    pub(crate) change: Option<Change>,
}

/// What happened to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) action: ChangeAction,
    /// The columns that changed, where that isn't the whole row.
    pub(crate) columns: Vec<&'static str>,
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
    pub(super) fn append(&mut self, mut later: Self) {
        self.noted += later.noted;
        self.rows.append(&mut later.rows);
        self.events.append(&mut later.events);
        self.is_partial |= later.is_partial;
        self.unheld = match (self.unheld, later.unheld) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (unheld, None) | (None, unheld) => unheld,
        };
    }

    /// Forgets what was written so far, whose events are in the outbox already.
    pub(super) fn let_go(&mut self) {
        self.is_partial = true;
        self.rows.clear();
        let mut events = self.events.drain(..).map(|event| event.sequence);
        if let Some(next) = events.next() {
            let first = self.unheld.map_or(next, |(first, _)| first);
            self.unheld = Some((first, events.next_back().unwrap_or(next)));
        }
    }

    /// Writes the changes into the outbox: the last thing that happens in a transaction, or in the
    /// savepoint that stands for one.
    pub(super) fn record(
        &mut self,
        conn: &mut Conn,
        user_id: &str,
        timestamp: Timestamp,
    ) -> QueryResult<()> {
        for row in &self.rows {
            let Some(change) = &row.change else { continue };
            let columns = || change.columns.iter().copied().collect::<StringList>();
            let event = NewChangeEvent {
                entity_type: row.entity,
                entity_id: &row.id,
                action: change.action,
                changed_properties: (!change.columns.is_empty()).then(columns),
                user_id,
                timestamp,
            };
            self.events.push(change_events::insert(conn, &event)?);
            self.noted += 1;
        }
        Ok(())
    }
}
