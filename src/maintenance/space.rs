//! Sizes of a database and its write-ahead log, and ways to reduce them.

use std::time::Duration;

use serde::Serialize;

use crate::error::Result;
use crate::sqlite::connection::Connection;
use crate::sqlite::copy_file::size_of;
use crate::sqlite::{Conn, dialect, disk};
use crate::store::Store;

/// Number of pages of one step of [`shrink`], which is one transaction.
pub(super) const STEP: u32 = 256;

/// Sizes of a database, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Space {
    /// Size of the database file.
    pub database: u64,
    /// Size of its free pages, which [`shrink`] and [`vacuum`] give back.
    pub free_in_database: u64,
    /// Size of the write-ahead log. The file keeps its largest size until the log restarts, and is then cut to
    /// [`StoreConfig::journal_size_limit`](crate::StoreConfig::journal_size_limit).
    pub wal: u64,
    /// Part of the log that could not be copied into the database just now, since an older read is still open, in this
    /// process or another, or somebody is writing.
    pub wal_held: u64,
    /// Limit of `wal_held`: [`StoreConfig::wal_limit`](crate::StoreConfig::wal_limit).
    pub wal_limit: u64,
    /// Free space on the disk for this user.
    pub free_on_disk: u64,
}

impl Space {
    /// Returns true if the write-ahead log has grown beyond its limit, since a read stays open.
    pub fn is_wal_over_limit(&self) -> bool {
        self.wal_held > self.wal_limit
    }
}

/// Measures the database, after it has copied into it the part of the write-ahead log that no read needs any more.
/// Waits for nobody.
///
/// ```
/// use orchestra_store::maintenance::space;
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let space = space::measure(&store)?;
/// assert!(space.database > 0 && !space.is_wal_over_limit());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn measure(store: &Store) -> Result<Space> {
    let connections = store.connections()?;
    let mut connection = connections.reader()?;
    let page_size = dialect::page_size(&mut connection)?;
    let log = dialect::checkpoint_passively(&mut connection)?;
    let held = u64::try_from(log.log - log.checkpointed).unwrap_or(0);
    let space = Space {
        database: size_of(&mut connection)?,
        free_in_database: dialect::free_page_count(&mut connection)? * page_size,
        wal: wal_size(store),
        wal_held: held * page_size,
        wal_limit: connections.config().wal_limit,
        free_on_disk: disk::free(store.path())?,
    };
    if space.is_wal_over_limit() {
        tracing::warn!(
            bytes = space.wal_held,
            "a read that stays open holds the write-ahead log"
        );
    }
    Ok(space)
}

/// Returns the size of the database file and the write-ahead log as they are on the disk, without asking SQLite.
pub(super) fn on_disk(store: &Store) -> Result<u64> {
    let database = std::fs::metadata(store.path())?;
    Ok(database.len() + wal_size(store))
}

/// Returns true if more of the log than commits usually leave in it can't be copied into the database, since a read
/// stays open.
pub(super) fn is_log_held(store: &Store) -> Result<bool> {
    let connections = store.connections()?;
    let mut connection = connections.reader()?;
    let usual = u64::from(connections.config().wal_autocheckpoint);
    if wal_size(store) <= usual * dialect::page_size(&mut connection)? {
        return Ok(false);
    }
    let log = dialect::checkpoint_passively(&mut connection)?;
    Ok(u64::try_from(log.log - log.checkpointed).unwrap_or(0) > usual)
}

/// Returns the size of the write-ahead log; 0 if there is none.
fn wal_size(store: &Store) -> u64 {
    let wal = std::fs::metadata(store.location().sibling("-wal"));
    wal.map_or(0, |file| file.len())
}

/// Copies the write-ahead log into the database and empties it, except for the part that an open read needs. Waits for
/// writes and reads under way, up to the busy timeout. Returns the bytes of the log that had to stay.
///
/// ```
/// use orchestra_store::maintenance::space;
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// assert_eq!(space::checkpoint(&store)?, 0);
/// assert_eq!(space::measure(&store)?.wal, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn checkpoint(store: &Store) -> Result<u64> {
    store.with_writer(cut_log)
}

/// Empties the log, and returns the bytes that are left.
fn cut_log(writer: &mut Connection) -> Result<u64> {
    let page_size = dialect::page_size(writer)?;
    let log = dialect::checkpoint(writer)?;
    Ok(u64::try_from(log.log).unwrap_or(0) * page_size)
}

/// Empties the log as [`checkpoint`] does, but waits at most for `patience`, so that writes don't wait for long.
pub(super) fn checkpoint_soon(store: &Store, patience: Duration) -> Result<u64> {
    let usual = store.connections()?.config().busy_timeout;
    store.with_writer(|writer| writer.waiting_at_most(patience, usual, cut_log)?)
}

/// Gives free pages back to the disk until no more than `keep` bytes are free, and returns the number of bytes. Works
/// in small transactions, between which others can write.
///
/// A database that was made without incremental vacuum gives nothing back until [`vacuum`] has run once.
pub fn shrink(store: &Store, keep: u64) -> Result<u64> {
    let mut given_back = 0;
    loop {
        let step = store.with_writer(|writer| shrink_once(writer, keep))?;
        given_back += step;
        if step == 0 {
            return Ok(given_back);
        }
    }
}

fn shrink_once(writer: &mut Conn, keep: u64) -> Result<u64> {
    let page_size = dialect::page_size(writer)?;
    Ok(give_back(writer, keep.div_ceil(page_size))? * page_size)
}

/// Gives back up to [`STEP`] of the free pages beyond `keep`, and returns their number.
fn give_back(writer: &mut Conn, keep: u64) -> Result<u64> {
    let free = dialect::free_page_count(writer)?;
    let surplus = free.saturating_sub(keep);
    let pages = u32::try_from(surplus).unwrap_or(u32::MAX).min(STEP);
    if pages == 0 {
        return Ok(0);
    }
    dialect::vacuum_incrementally(writer, pages)?;
    let left = dialect::free_page_count(writer)?;
    Ok(free.saturating_sub(left))
}

/// Gives back up to [`STEP`] of the free pages, and returns their number.
pub(super) fn give_back_and_cut(writer: &mut Conn) -> Result<u64> {
    let pages = give_back(writer, 0)?;
    if pages > 0 {
        // The file shrinks when the log is copied into it.
        dialect::checkpoint_passively(writer)?;
    }
    Ok(pages)
}

/// Rewrites the whole database, without free pages and in order. Returns the number of bytes by which it is smaller.
///
/// Writes wait meanwhile, up to the busy timeout; reads go on. Needs twice the size of the database on the disk, and
/// fails with [`ErrorCode::DiskFull`](crate::ErrorCode::DiskFull) before it begins if there isn't as much. [`shrink`]
/// achieves most of it without keeping anybody waiting.
pub fn vacuum(store: &Store) -> Result<u64> {
    let connections = store.connections()?;
    store.with_writer(|writer| {
        let before = size_of(writer)?;
        let needed = before.saturating_mul(2);
        disk::require(store.path(), needed, connections.config().min_free_disk)?;
        dialect::vacuum(writer)?;
        dialect::checkpoint(writer)?;
        Ok(before.saturating_sub(size_of(writer)?))
    })
}
