//! Entries of the cache by key and in the order of use, so that the least recently used makes room.

use std::any::Any;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use lru::LruCache;
use serde::Serialize;

use crate::types::Timestamp;

/// Size of an entry in bytes, without its value and key.
const OVERHEAD: usize = 128;

/// Kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum EntryKind {
    Row,
    Result,
}

/// Key of an entry. A result can have the name of a row without being confused with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    kind: EntryKind,
    name: String,
}

impl CacheKey {
    pub(crate) fn new(kind: EntryKind, name: String) -> Self {
        Self { kind, name }
    }

    /// Returns the key of a row: `Tasks:<id>`.
    pub(crate) fn row(entity: &str, id: &str) -> Self {
        Self::new(EntryKind::Row, format!("{entity}:{id}"))
    }
}

/// A row or result, and the limits of its use.
pub(super) struct Entry {
    pub(super) value: Arc<dyn Any + Send + Sync>,
    /// User who may see the value; none if everyone may.
    pub(super) viewer: Option<String>,
    pub(super) generation: u64,
    pub(super) expires_at: Timestamp,
    pub(super) used_at: Timestamp,
    pub(super) bytes: usize,
}

impl fmt::Debug for Entry {
    /// Leaves out the value, which can be of any type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("expires_at", &self.expires_at)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// Entries in the order of use.
#[derive(Debug)]
pub(super) struct Entries {
    by_use: LruCache<CacheKey, Entry>,
    capacity: usize,
    bytes: usize,
    evictions: u64,
}

impl Entries {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            by_use: LruCache::unbounded(),
            capacity,
            bytes: 0,
            evictions: 0,
        }
    }

    /// Returns the entry of a key, and counts this as its use.
    pub(super) fn get(&mut self, key: &CacheKey) -> Option<&mut Entry> {
        self.by_use.get_mut(key)
    }

    /// Adds an entry, and drops the least recently used ones until there is room. An entry that is larger than the
    /// cache is not kept.
    pub(super) fn insert(&mut self, key: CacheKey, entry: Entry) {
        self.remove(&key);
        if entry.bytes > self.capacity {
            return;
        }
        self.bytes += entry.bytes;
        self.by_use.put(key, entry);
        while self.bytes > self.capacity {
            let Some((_, evicted)) = self.by_use.pop_lru() else {
                return;
            };
            self.bytes -= evicted.bytes;
            self.evictions += 1;
        }
    }

    /// Drops the entry of a key, and returns true if there was one.
    pub(super) fn remove(&mut self, key: &CacheKey) -> bool {
        let Some(entry) = self.by_use.pop(key) else {
            return false;
        };
        self.bytes -= entry.bytes;
        true
    }

    /// Drops the entries whose names meet a condition, and returns their number.
    pub(super) fn remove_where(&mut self, condition: impl Fn(&str) -> bool) -> usize {
        let matching = self.by_use.iter().filter(|(key, _)| condition(&key.name));
        let keys: Vec<CacheKey> = matching.map(|(key, _)| key.clone()).collect();
        for key in &keys {
            self.remove(key);
        }
        keys.len()
    }

    pub(super) fn clear(&mut self) {
        self.by_use.clear();
        self.bytes = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.by_use.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn evictions(&self) -> u64 {
        self.evictions
    }
}

/// Returns the length of the value's JSON and of the key, plus an overhead. A value without JSON is too large for any
/// cache.
pub(super) fn estimated_bytes(key: &CacheKey, value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => counter.0 + key.name.len() + OVERHEAD,
        Err(_) => usize::MAX,
    }
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
