//! Persistent caches of a host: results of queries, results of computations, and values of sessions. The entries
//! outlive the process, are shared by all processes, and are not audited.
//!
//! Lookups ignore entries that have expired; `remove_expired` deletes these. Unlike the results that
//! [`Store::cached_result`](crate::Store::cached_result) keeps in memory, entries are not invalidated when other tables
//! are written: tag them, and invalidate the tag.

pub mod computed_results;
mod entry;
pub mod query_cache;
pub mod session_data;

/// Maximum length of the JSON text of a value, in bytes: 1 MiB.
pub const MAX_VALUE_BYTES: usize = 1 << 20;
/// Maximum number of tags of an entry, each of 1 to 100 characters.
pub const MAX_TAGS: usize = 32;
/// Maximum number of entries that one call of a `remove_expired` removes.
pub const MAX_BATCH: u32 = 1000;
