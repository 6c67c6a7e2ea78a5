//! Measuring a database, and keeping its size down.

use kernel::maintenance::space;

use crate::abi::prelude::*;

/// Tells how large the database is, after copying into it what nobody needs any more of the
/// write-ahead log. Waits for nobody.
///
/// `space` receives a JSON object, in bytes: Database, FreeInDatabase (what
/// orchestra_store_shrink() and orchestra_store_vacuum() give back), Wal (the file of the
/// write-ahead log), WalHeld (what of it a read that stays open keeps from being copied; more than
/// WalLimit is worth a look), WalLimit, FreeOnDisk. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_measure(
    store: *const orchestra_store,
    space: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.measure reads; error; whole store -> required space => {
        space.set_json(&space::measure(store)?)?;
    })
}

/// Copies the write-ahead log into the database and cuts it to nothing, as far as no read that is
/// open needs it. Waits for writes and reads that are under way, up to the busy timeout.
///
/// `bytes` receives how much of the log had to stay; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_checkpoint(
    store: *const orchestra_store,
    bytes: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.checkpoint writes; error; whole store -> optional bytes => {
        bytes.set_count(space::checkpoint(store)?);
    })
}

/// Gives free pages back to the disk in small transactions, so that writes come in between, until
/// no more than `keep` bytes are free.
///
/// `bytes` receives how much it gave back; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_shrink(
    store: *const orchestra_store,
    keep: u64,
    bytes: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.shrink writes; error; whole store -> optional bytes => {
        bytes.set_count(space::shrink(store, keep)?);
    })
}

/// Writes the whole database anew, without free pages and in order. Writes wait meanwhile, up to
/// the busy timeout; reads go on.
///
/// `bytes` receives by how much the database is smaller; it may be NULL. ORCHESTRA_DISK_FULL before
/// it begins where there isn't room for twice the database.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_vacuum(
    store: *const orchestra_store,
    bytes: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.vacuum writes [DiskFull]; error; whole store -> optional bytes => {
        bytes.set_count(space::vacuum(store)?);
    })
}
