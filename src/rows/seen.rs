//! Rows as a transaction read them, so that who writes one needn't read it once more.

use std::any::Any;
use std::collections::VecDeque;

use crate::rows::Entity;
use crate::sqlite::RawHandle;
use crate::types::Id;

/// The rows that a transaction read last, as they still are in the database.
///
/// A row that was written is forgotten, and all are when SQLite counts a change that nobody noted:
/// a statement of the caller's own, a trigger, a foreign key that cascades.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    noted: i64,
    rows: VecDeque<SeenRow>,
}

#[derive(Debug)]
struct SeenRow {
    row: Box<dyn Any + Send>,
    entity: &'static str,
    id: String,
    /// The changes that SQLite had counted and nobody noted.
    unnoted: i64,
}

impl Seen {
    /// A few more than what one operation reads before it writes.
    const MOST: usize = 32;

    /// Remembers a row as it is in the database, after so many changes.
    fn keep<E: Entity>(&mut self, row: &E, total_changes: i64) {
        self.forget(E::NAME, row.id().as_str());
        if self.rows.len() == Self::MOST {
            self.rows.pop_front();
        }
        self.rows.push_back(SeenRow {
            row: Box::new(row.clone()),
            entity: E::NAME,
            id: row.id().to_string(),
            unnoted: total_changes - self.noted,
        });
    }

    /// Returns the row, if it is remembered and certain to be still the same after so many changes.
    fn take<E: Entity>(&mut self, id: &Id<E>, total_changes: i64) -> Option<E> {
        let seen = self.remove(E::NAME, id.as_str())?;
        if seen.unnoted != total_changes - self.noted {
            return None;
        }
        seen.row.downcast().ok().map(|row| *row)
    }

    /// Notes that one row was written once.
    fn note_change(&mut self, entity: &str, id: &str) {
        self.noted += 1;
        self.forget(entity, id);
    }

    /// Forgets all: what was written since may have been undone.
    fn clear(&mut self) {
        self.rows.clear();
    }

    fn forget(&mut self, entity: &str, id: &str) {
        self.remove(entity, id);
    }

    fn remove(&mut self, entity: &str, id: &str) -> Option<SeenRow> {
        let is_it = |seen: &SeenRow| seen.entity == entity && seen.id == id;
        let place = self.rows.iter().position(is_it)?;
        self.rows.remove(place)
    }
}

/// The rows that a transaction has read, with the handle of the connection that it reads them by.
#[derive(Debug)]
pub(crate) struct SeenBy<'a> {
    pub(crate) connection: RawHandle<'a>,
    pub(crate) seen: &'a mut Seen,
}

impl SeenBy<'_> {
    /// Returns the same for a shorter time.
    pub(super) fn reborrow(&mut self) -> SeenBy<'_> {
        SeenBy {
            connection: self.connection,
            seen: self.seen,
        }
    }

    /// Remembers a row as it is in the database.
    pub(super) fn keep<E: Entity>(&mut self, row: &E) {
        self.seen.keep(row, self.connection.total_changes());
    }

    /// Returns the row, if it is remembered and certain to be still the same.
    pub(super) fn take<E: Entity>(&mut self, id: &Id<E>) -> Option<E> {
        self.seen.take(id, self.connection.total_changes())
    }

    /// Notes that one row was written once.
    pub(super) fn note_change(&mut self, entity: &str, id: &str) {
        self.seen.note_change(entity, id);
    }

    /// Forgets all: what was written since may have been undone.
    pub(super) fn clear(&mut self) {
        self.seen.clear();
    }
}
