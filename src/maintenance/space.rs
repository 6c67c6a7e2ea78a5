//! How large a database and its write-ahead log are, and keeping them in size.

use std::time::Duration;

use serde::Serialize;

use crate::error::Result;
use crate::sqlite::connection::Connection;
use crate::sqlite::copy_file::size_of;
use crate::sqlite::{Conn, dialect, disk};
use crate::store::Store;

/// Pages of one step of [`shrink`], which is one transaction.
pub(super) const STEP: u32 = 256;

/// How large a database is. Sizes are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Space {
    /// The database file.
    pub database: u64,
    /// What of it nothing is on: [`shrink`] and [`vacuum`] give it back.
    pub free_in_database: u64,
    /// The file of the write-ahead log. It stays as large as it once was until it begins anew, and
    /// is then cut back to [`StoreConfig::journal_size_limit`](crate::StoreConfig::journal_size_limit).
    pub wal: u64,
    /// What of the log could not be copied into the database although it was tried just now: a
    /// read that began before is still open, in this process or another, or somebody is writing.
    pub wal_held: u64,
    /// [`StoreConfig::wal_limit`](crate::StoreConfig::wal_limit).
    pub wal_limit: u64,
    /// What this user may still write to the disk.
    pub free_on_disk: u64,
}

impl Space {
    /// Whether the write-ahead log has grown beyond its limit: somebody keeps a read open.
    pub fn is_wal_over_limit(&self) -> bool {
        self.wal_held > self.wal_limit
    }
}

/// Measures the database, after copying into it what nobody needs any more of the write-ahead log.
/// Waits for nobody.
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

/// 0 where there is none.
fn wal_size(store: &Store) -> u64 {
    let wal = std::fs::metadata(store.location().sibling("-wal"));
    wal.map_or(0, |file| file.len())
}

/// Copies the write-ahead log into the database and cuts it to nothing, as far as no read that is
/// open needs it. Waits for writes and reads that are under way, up to the busy timeout. Returns the
/// bytes of the log that had to stay.
pub fn checkpoint(store: &Store) -> Result<u64> {
    store.with_writer(cut_log)
}

/// Returns the bytes of the log that are left.
fn cut_log(writer: &mut Connection) -> Result<u64> {
    let page_size = dialect::page_size(writer)?;
    let log = dialect::checkpoint(writer)?;
    Ok(u64::try_from(log.log).unwrap_or(0) * page_size)
}

/// The same for who must not keep writes waiting for long.
pub(super) fn checkpoint_soon(store: &Store, patience: Duration) -> Result<u64> {
    let usual = store.connections()?.config().busy_timeout;
    store.with_writer(|writer| writer.waiting_at_most(patience, usual, cut_log)?)
}

/// Gives free pages back to the disk in small transactions, so that writes come in between, until
/// no more than `keep` bytes are free. Returns the bytes that it gave back.
///
/// A database that was made before incremental vacuum was on gives nothing back until
/// [`vacuum`] has run once.
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

/// One step of it, for who keeps so many pages. Returns how many it gave back.
pub(super) fn give_back(writer: &mut Conn, keep: u64) -> Result<u64> {
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

/// Writes the whole database anew, without free pages and in order. Returns the bytes by which the
/// database is smaller.
///
/// Writes wait meanwhile, up to the busy timeout; reads go on. Needs twice the size of the database
/// on the disk, and fails with [`ErrorCode::DiskFull`](crate::ErrorCode::DiskFull) before it begins
/// where there isn't as much. [`shrink`] does most of it without keeping anybody waiting.
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
