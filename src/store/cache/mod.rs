//! Cache of rows and query results in memory, which are never older than the database.
//!
//! Each cached read first asks SQLite whether anyone has committed since the last time
//! ([`Connections::anyone_committed`]). A commit of this store drops exactly the rows it changed, before
//! [`Store::write`](crate::Store::write) returns. A commit of another store or process, or one whose writes were not
//! all noted, drops everything.

mod entries;
mod pattern;
mod reads;
mod results;

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::config::StoreConfig;
use crate::error::Result;
use crate::rows::{ChangeLog, Entity};
use crate::sqlite::Connections;
use crate::store::registry::AnyEntity;
use crate::store::write_transaction::WrittenChanges;
use crate::types::Timestamp;

pub(crate) use entries::{CacheKey, EntryKind};
use entries::{Entries, Entry};

/// Table that a cached result was made from.
///
/// ```
/// use orchestra_store::{TableDependency, models::Task};
///
/// let depends_on = [TableDependency::on::<Task>()];
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableDependency(&'static str);

impl TableDependency {
    /// Returns the dependency on the table of this entity.
    pub const fn on<E: Entity>() -> Self {
        Self(E::NAME)
    }

    /// Returns the dependency on the table of an entity that is known only when the program runs.
    pub fn on_entity(entity: &dyn AnyEntity) -> Self {
        Self(entity.name())
    }
}

/// Size of a store's cache, and its use since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CacheStatistics {
    /// Number of reads answered from the cache.
    pub hits: u64,
    /// Number of reads that went to the database.
    pub misses: u64,
    /// Number of rows and results held, including expired ones that nobody has asked for since.
    pub entries: usize,
    /// Estimated size of these, in bytes.
    pub bytes: usize,
    /// Number of entries dropped to make room.
    pub evictions: u64,
    /// Number of times that everything was dropped, because another store or process wrote, or because it was unknown
    /// what a write changed.
    pub clears: u64,
}

/// Cache of a store.
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
    /// True once anything was asked for. Until then, commits need not be looked at.
    in_use: bool,
    /// Number of events that made entries invalid: commits and calls of the host.
    generation: u64,
    /// Generation of the last write to each table.
    written: HashMap<&'static str, u64>,
    /// Generation of the last write to any table.
    any_written: u64,
    /// Generation that last invalidated all reads in progress.
    voided: u64,
    hits: u64,
    misses: u64,
    clears: u64,
}

/// Generation in which a read began. Its snapshot is at least as new.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket(u64);

/// Result of a lookup in the cache.
pub(crate) enum Lookup<T> {
    Hit(Arc<T>),
    /// Ticket with which the value may be kept once it is read from the database.
    Miss(Ticket),
}

/// Tables from which a value is made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CacheSource<'a> {
    /// One row of a table, and the user who may see it; none if everyone may.
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

    /// Looks up the value of a key, and returns it if a read would give the same now.
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

    /// Keeps a value that was read after the ticket was issued, unless it has become invalid since.
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

    /// Drops the entries that a commit of this store changed. The caller still holds the writing connection.
    ///
    /// If SQLite counted other changes than were noted (because of a trigger, a cascading foreign key, or a statement
    /// of the caller), or if another store or process has committed too, everything is dropped.
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
        // In this order: the second answer reveals commits of others that the first included, and the next read finds
        // those that come later.
        let watched = connections.anyone_committed();
        let others = watched.and_then(|_| writer.others_committed());
        match others {
            Ok(false) if counted == changed.noted && !changed.is_partial => {
                state.note_commit(changed)
            }
            Ok(_) => state.clear(),
            Err(error) => {
                tracing::warn!(%error, "the cache was cleared, because commits of others can't be detected");
                state.clear();
            }
        }
    }

    /// Drops everything.
    pub(crate) fn clear(&self) {
        self.state().clear();
    }

    /// Drops the row and the result with this key, and returns true if there was one.
    fn invalidate(&self, key: &str) -> bool {
        let mut state = self.state();
        state.void_reads();
        let kinds = [EntryKind::Row, EntryKind::Result];
        let removed = kinds.map(|kind| state.entries.remove(&CacheKey::new(kind, key.to_owned())));
        removed.contains(&true)
    }

    /// Drops the rows and results whose keys match, and returns their number.
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
        // A commit removes the rows that it changes; results are checked here.
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

    /// Returns the generation of the last write to these tables; to any table if the list is empty.
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

    /// Prevents values that are being read now from being kept.
    fn void_reads(&mut self) {
        self.generation += 1;
        self.voided = self.generation;
    }
}
