//! Rows that a transaction has read, so that it need not read a row again before it writes it.

use std::any::Any;
use std::collections::VecDeque;

use crate::rows::Entity;
use crate::sqlite::RawHandle;
use crate::types::Id;

/// Rows that a transaction read last and that have not changed in the database since.
///
/// A row that is written is forgotten. All rows are forgotten if SQLite counts a change that nobody noted: a
/// statement of the caller, a trigger, or a foreign key that cascades.
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
    /// Number of changes that SQLite had counted and nobody had noted.
    unnoted: i64,
}

impl Seen {
    /// Maximum number of rows: a few more than one operation reads before it writes.
    const MOST: usize = 32;

    /// Remembers a row as it is in the database after `total_changes`, as SQLite counts them.
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

    /// Takes the row out if it is remembered and certain to be unchanged after `total_changes`.
    fn take<E: Entity>(&mut self, id: &Id<E>, total_changes: i64) -> Option<E> {
        let seen = self.remove(E::NAME, id.as_str())?;
        if seen.unnoted != total_changes - self.noted {
            return None;
        }
        seen.row.downcast().ok().map(|row| *row)
    }

    /// Returns a copy of the row if it is remembered and certain to be unchanged after `total_changes`.
    fn copy<E: Entity>(&self, id: &Id<E>, total_changes: i64) -> Option<E> {
        let seen = &self.rows[self.place_of(E::NAME, id.as_str())?];
        let is_certain = seen.unnoted == total_changes - self.noted;
        seen.row.downcast_ref().filter(|_| is_certain).cloned()
    }

    /// Notes one write of one row, and forgets the row.
    fn note_change(&mut self, entity: &str, id: &str) {
        self.noted += 1;
        self.forget(entity, id);
    }

    /// Forgets all rows, because writes since may have been undone.
    fn clear(&mut self) {
        self.rows.clear();
    }

    fn forget(&mut self, entity: &str, id: &str) {
        self.remove(entity, id);
    }

    fn remove(&mut self, entity: &str, id: &str) -> Option<SeenRow> {
        self.rows.remove(self.place_of(entity, id)?)
    }

    fn place_of(&self, entity: &str, id: &str) -> Option<usize> {
        let is_it = |seen: &SeenRow| seen.entity == entity && seen.id == id;
        self.rows.iter().position(is_it)
    }
}

/// Rows that a transaction has read, with the handle of its connection.
#[derive(Debug)]
pub(crate) struct SeenBy<'a> {
    pub(crate) connection: RawHandle<'a>,
    pub(crate) seen: &'a mut Seen,
}

impl SeenBy<'_> {
    /// Borrows it again for a shorter time.
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

    /// Takes the row out if it is remembered and certain to be unchanged.
    pub(super) fn take<E: Entity>(&mut self, id: &Id<E>) -> Option<E> {
        self.seen.take(id, self.connection.total_changes())
    }

    /// Returns a copy of the row if it is remembered and certain to be unchanged.
    pub(super) fn copy<E: Entity>(&self, id: &Id<E>) -> Option<E> {
        self.seen.copy(id, self.connection.total_changes())
    }

    /// Notes one write of one row, and forgets the row.
    pub(super) fn note_change(&mut self, entity: &str, id: &str) {
        self.seen.note_change(entity, id);
    }

    /// Forgets all rows, because writes since may have been undone.
    pub(super) fn clear(&mut self) {
        self.seen.clear();
    }
}
