//! What the cache holds: by key, and in the order of use, so that what was not used for longest
//! makes room.

use std::any::Any;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use lru::LruCache;
use serde::Serialize;

use crate::types::Timestamp;

/// The bytes of an entry beside its value and its key.
const OVERHEAD: usize = 128;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum EntryKind {
    Row,
    Result,
}

/// What an entry is found by. A result may be called what a row is called, and is not that row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    kind: EntryKind,
    name: String,
}

impl CacheKey {
    pub(crate) fn new(kind: EntryKind, name: String) -> Self {
        Self { kind, name }
    }

    /// The key of a row: `Tasks:<id>`.
    pub(crate) fn row(entity: &str, id: &str) -> Self {
        Self::new(EntryKind::Row, format!("{entity}:{id}"))
    }
}

/// A row or result, and how long it may be used.
pub(super) struct Entry {
    pub(super) value: Arc<dyn Any + Send + Sync>,
    /// Who may see it, where not everybody does.
    pub(super) viewer: Option<String>,
    pub(super) generation: u64,
    pub(super) expires_at: Timestamp,
    pub(super) used_at: Timestamp,
    pub(super) bytes: usize,
}

impl fmt::Debug for Entry {
    /// Without the value, which may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("expires_at", &self.expires_at)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// The entries, in the order of use.
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

    /// The entry of a key, which counts as its use.
    pub(super) fn get(&mut self, key: &CacheKey) -> Option<&mut Entry> {
        self.by_use.get_mut(key)
    }

    /// Adds an entry, and drops those that were not used for longest until there is room. One
    /// that is larger than all the room is not kept.
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

    /// Drops the entry of a key, and says whether there was one.
    pub(super) fn remove(&mut self, key: &CacheKey) -> bool {
        let Some(entry) = self.by_use.pop(key) else {
            return false;
        };
        self.bytes -= entry.bytes;
        true
    }

    /// Drops the entries whose names fulfil a condition, and returns how many these were.
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

/// The length of the value's JSON and of its key, and an allowance for the rest. A value that has
/// no JSON is too large for any cache.
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
