//! Rows and results of queries in memory, which are never older than what is in the database.
//!
//! Each cached read first asks SQLite whether anybody has committed since the last question
//! ([`Connections::anyone_committed`]). A commit of this store drops exactly what it changed before
//! [`Store::write`](crate::Store::write) returns; after a commit by anybody else, or one that wrote
//! what nobody noted, everything is dropped.

mod entries;
mod pattern;
mod reads;

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::config::StoreConfig;
use crate::error::Result;
use crate::rows::{ChangeLog, Entity};
use crate::sqlite::Connections;
use crate::store::batch::WrittenChanges;
use crate::types::Timestamp;

pub(crate) use entries::{CacheKey, EntryKind};
use entries::{Entries, Entry};

/// A table that a cached result was made from.
///
/// ```
/// use orchestra_store::{TableDependency, models::Task};
///
/// let depends_on = [TableDependency::on::<Task>()];
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableDependency(&'static str);

impl TableDependency {
    /// The table of this entity.
    pub const fn on<E: Entity>() -> Self {
        Self(E::NAME)
    }
}

/// What the cache of a store holds, and how useful it was since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CacheStatistics {
    /// Reads that were answered from the cache.
    pub hits: u64,
    /// Reads that went to the database.
    pub misses: u64,
    /// Rows and results that it holds, with those that have expired and were not asked for since.
    pub entries: usize,
    /// The bytes that these are estimated to take.
    pub bytes: usize,
    /// Entries that were dropped to make room.
    pub evictions: u64,
    /// How often everything was dropped because somebody else wrote, or a write could not be
    /// told from others.
    pub clears: u64,
}

/// The cache of a store.
#[derive(Debug)]
pub(crate) struct Cache {
    capacity: usize,
    expiry: Duration,
    sliding_expiry: Duration,
    state: Mutex<CacheState>,
}

#[derive(Debug)]
struct CacheState {
    entries: Entries,
    /// Whether anything was ever asked for. Until then commits needn't be looked at.
    in_use: bool,
    /// Counts what made entries invalid: commits and the caller's orders.
    generation: u64,
    /// The generation that wrote each table last.
    written: HashMap<&'static str, u64>,
    /// The generation that wrote any table last.
    any_written: u64,
    /// The generation that made everything invalid that was being read then.
    voided: u64,
    hits: u64,
    misses: u64,
    clears: u64,
}

/// The generation in which a read began. Its snapshot is at least as new.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket(u64);

/// What a look into the cache brings.
pub(crate) enum Lookup<T> {
    Hit(Arc<T>),
    /// What is read from the database may be kept with this ticket.
    Miss(Ticket),
}

/// What a value was made from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CacheSource<'a> {
    /// One row of a table, and who may see it, where not everybody does.
    Row(&'static str, Option<&'a str>),
    Tables(&'a [TableDependency]),
}

impl Cache {
    pub(crate) fn new(config: &StoreConfig) -> Self {
        Self {
            capacity: config.cache_bytes,
            expiry: config.cache_expiry,
            sliding_expiry: config.cache_sliding_expiry,
            state: Mutex::new(CacheState {
                entries: Entries::new(config.cache_bytes),
                in_use: false,
                generation: 0,
                written: HashMap::new(),
                any_written: 0,
                voided: 0,
                hits: 0,
                misses: 0,
                clears: 0,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, CacheState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value of a key, if it is as it would be read now.
    pub(crate) fn look_up<T: Any + Send + Sync>(
        &self,
        key: &CacheKey,
        source: CacheSource<'_>,
        now: Timestamp,
        connections: &Connections,
    ) -> Result<Lookup<T>> {
        let mut state = self.state();
        if self.capacity > 0 {
            state.in_use = true;
            if connections.anyone_committed()? {
                state.clear();
            }
        }
        if let Some(value) = state.valid::<T>(key, source, now, self.sliding_expiry) {
            state.hits += 1;
            return Ok(Lookup::Hit(value));
        }
        state.misses += 1;
        Ok(Lookup::Miss(Ticket(state.generation)))
    }

    /// Keeps a value that was read after the ticket was given, unless something has made it
    /// invalid since.
    pub(crate) fn keep<T: Any + Send + Sync + Serialize>(
        &self,
        ticket: Ticket,
        key: CacheKey,
        source: CacheSource<'_>,
        value: &Arc<T>,
        now: Timestamp,
        expiry: Option<Duration>,
    ) {
        if self.capacity == 0 {
            return;
        }
        let bytes = entries::estimated_bytes(&key, value.as_ref());
        let mut state = self.state();
        let (changed, viewer) = match source {
            CacheSource::Row(table, viewer) => {
                (state.last_write(&[TableDependency(table)]), viewer)
            }
            CacheSource::Tables(tables) => (state.last_write(tables), None),
        };
        if changed.max(state.voided) > ticket.0 {
            return;
        }
        state.entries.insert(
            key,
            Entry {
                value: Arc::clone(value) as _,
                viewer: viewer.map(str::to_owned),
                generation: ticket.0,
                expires_at: now + expiry.unwrap_or(self.expiry),
                used_at: now,
                bytes,
            },
        );
    }

    /// Drops what a commit of this store changed. The caller still holds the writing connection.
    ///
    /// Where SQLite counted other changes than were noted (a trigger, a foreign key that cascades, a
    /// statement of the caller's own), or somebody else has committed too, everything is dropped.
    pub(crate) fn committed(&self, written: WrittenChanges<'_>) {
        let WrittenChanges {
            changed,
            counted,
            writer,
            connections,
        } = written;
        let mut state = self.state();
        if !state.in_use {
            return;
        }
        // In this order: whatever the first answer included of others, the second tells, and what
        // comes later the next read will find.
        let watched = connections.anyone_committed();
        let others = watched.and_then(|_| writer.others_committed());
        match others {
            Ok(false) if counted == changed.noted && !changed.is_partial => {
                state.note_commit(changed)
            }
            Ok(_) => state.clear(),
            Err(error) => {
                tracing::warn!(%error, "the cache was dropped, since nothing is known of others");
                state.clear();
            }
        }
    }

    /// Drops everything.
    pub(crate) fn clear(&self) {
        self.state().clear();
    }

    /// Drops the row or result of this key, and says whether there was one.
    fn invalidate(&self, key: &str) -> bool {
        let mut state = self.state();
        state.void_reads();
        let kinds = [EntryKind::Row, EntryKind::Result];
        let removed = kinds.map(|kind| state.entries.remove(&CacheKey::new(kind, key.to_owned())));
        removed.contains(&true)
    }

    /// Drops the rows and results whose keys match, and returns how many these were.
    fn invalidate_pattern(&self, pattern: &str) -> usize {
        let mut state = self.state();
        state.void_reads();
        state
            .entries
            .remove_where(|key| pattern::matches(pattern, key))
    }

    fn statistics(&self) -> CacheStatistics {
        let state = self.state();
        CacheStatistics {
            hits: state.hits,
            misses: state.misses,
            entries: state.entries.len(),
            bytes: state.entries.bytes(),
            evictions: state.entries.evictions(),
            clears: state.clears,
        }
    }
}

impl CacheState {
    fn valid<T: Any + Send + Sync>(
        &mut self,
        key: &CacheKey,
        source: CacheSource<'_>,
        now: Timestamp,
        sliding_expiry: Duration,
    ) -> Option<Arc<T>> {
        // A row is removed by the commit that changes it; for results this is told here.
        let (changed, viewer) = match source {
            CacheSource::Row(_, viewer) => (0, viewer),
            CacheSource::Tables(tables) => (self.last_write(tables), None),
        };
        let entry = self.entries.get(key)?;
        let is_fresh = entry.generation >= changed
            && entry.viewer.as_deref() == viewer
            && now < entry.expires_at
            && now < entry.used_at + sliding_expiry;
        let value = Arc::clone(&entry.value).downcast::<T>().ok();
        if is_fresh && value.is_some() {
            entry.used_at = now;
            return value;
        }
        self.entries.remove(key);
        None
    }

    /// The generation in which one of these tables was written last; of all, where none is named.
    fn last_write(&self, tables: &[TableDependency]) -> u64 {
        if tables.is_empty() {
            return self.any_written;
        }
        let written = tables.iter().filter_map(|table| self.written.get(table.0));
        written.copied().max().unwrap_or(0)
    }

    fn note_commit(&mut self, changed: &ChangeLog) {
        if changed.rows.is_empty() {
            return;
        }
        self.generation += 1;
        self.any_written = self.generation;
        for row in &changed.rows {
            self.written.insert(row.entity, self.generation);
            self.entries.remove(&CacheKey::row(row.entity, &row.id));
        }
    }

    fn clear(&mut self) {
        self.void_reads();
        self.entries.clear();
        self.clears += 1;
    }

    /// Nothing that is being read now is kept.
    fn void_reads(&mut self) {
        self.generation += 1;
        self.voided = self.generation;
    }
}
