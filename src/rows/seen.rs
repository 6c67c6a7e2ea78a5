//! Rows as a transaction read them, so that who writes one needn't read it once more.

use std::any::Any;
use std::collections::VecDeque;

use crate::rows::Entity;
use crate::sqlite::library::RawHandle;
use crate::types::Id;

/// The rows that a transaction read last, as they still are in the database.
///
/// A row that was written is forgotten, and all are when SQLite counts a change that nobody noted:
/// a statement of the caller's own, a trigger, a foreign key that cascades.
#[derive(Debug)]
pub(crate) struct Seen {
    connection: RawHandle,
    noted: i64,
    rows: VecDeque<SeenRow>,
}

#[derive(Debug)]
struct SeenRow {
    row: Box<dyn Any + Send>,
    entity: &'static str,
    id: String,
    /// How many changes SQLite had counted that nobody noted.
    unnoted: i64,
}

impl Seen {
    /// A few more than what one operation reads before it writes.
    const MOST: usize = 32;

    pub(crate) fn new(connection: RawHandle) -> Self {
        Self {
            connection,
            noted: 0,
            rows: VecDeque::new(),
        }
    }

    /// Remembers a row as it is in the database.
    pub(crate) fn keep<E: Entity>(&mut self, row: &E) {
        self.forget(E::NAME, row.id().as_str());
        if self.rows.len() == Self::MOST {
            self.rows.pop_front();
        }
        self.rows.push_back(SeenRow {
            row: Box::new(row.clone()),
            entity: E::NAME,
            id: row.id().to_string(),
            unnoted: self.unnoted(),
        });
    }

    /// The row, if it is remembered and certain to be still the same.
    pub(crate) fn take<E: Entity>(&mut self, id: &Id<E>) -> Option<E> {
        let seen = self.remove(E::NAME, id.as_str())?;
        if seen.unnoted != self.unnoted() {
            return None;
        }
        seen.row.downcast().ok().map(|row| *row)
    }

    /// One row was written once.
    pub(crate) fn note_change(&mut self, entity: &str, id: &str) {
        self.noted += 1;
        self.forget(entity, id);
    }

    /// What was written since may have been undone.
    pub(crate) fn clear(&mut self) {
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

    fn unnoted(&self) -> i64 {
        self.connection.total_changes() - self.noted
    }
}
