//! Restoring backups.

use std::ffi::c_void;
use std::path::Path;

use kernel::maintenance::restore::{self, RestoreOptions};

use crate::abi::prelude::*;
use crate::abi::progress::orchestra_progress_callback;
use crate::abi::store_options::orchestra_store_options;

/// Replaces all that is in the database by what is in a backup: all of it or nothing.
///
/// The backup is verified first, and the present database is copied to
/// `NAME.before-restore-yyyymmdd-hhmmss.db`. Reads that are under way end on the old data; writes
/// wait, and go on with the restored data. `force` not 0: restore although others have the database
/// open. `max_size` is how many bytes the backup may have at most, 64 GiB for 0. `progress`, which
/// counts bytes and to which `context` is passed, may be NULL.
///
/// `restored` receives a JSON object: Backup, Size (bytes), SchemaVersion, Migrated (whether it was
/// of an older schema), Before (where the database of before is); it may be NULL. Free it with
/// orchestra_buffer_free().
///
/// ORCHESTRA_NOT_FOUND: there is no such backup; ORCHESTRA_BUSY: another store or process has the
/// database open; ORCHESTRA_INVALID_ARGUMENT: the backup is the database itself, in use, no regular
/// file or too large; ORCHESTRA_DISK_FULL; ORCHESTRA_CANCELLED: the callback said so; the statuses
/// from 400 to 403: the backup isn't a sound database of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_restore(
    store: *const orchestra_store,
    backup: *const u8,
    backup_len: usize,
    force: i32,
    max_size: u64,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    restored: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.restore writes [NotFound, Busy, InvalidArgument, DiskFull, Cancelled]; error;
          whole store, text backup + backup_len, flag force, progress progress + context
          -> optional restored => {
        restored.set_json(&restore::restore(
            store,
            Path::new(backup),
            &restore_options(force, max_size),
            &mut progress.in_stages(),
        )?)?;
    })
}

/// Does what orchestra_store_restore() does with a database that no store has open, be it whole,
/// damaged or not there at all.
///
/// `path` and `options` are those of orchestra_store_open(). A database that can't be opened is
/// moved aside, with its write-ahead log, to `NAME.damaged-yyyymmdd-hhmmss`; it is never deleted.
/// One of another program (ORCHESTRA_FOREIGN_SCHEMA) or of a newer version
/// (ORCHESTRA_SCHEMA_TOO_NEW) is left alone. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_database_restore(
    path: *const u8,
    path_len: usize,
    options: *const orchestra_store_options,
    backup: *const u8,
    backup_len: usize,
    force: i32,
    max_size: u64,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    restored: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(database.restore writes [ForeignSchema, SchemaTooNew]; error;
          config path + path_len + options, text backup + backup_len, flag force,
          progress progress + context -> optional restored => {
        restored.set_json(&restore::restore_file(
            &path,
            Path::new(backup),
            &restore_options(force, max_size),
            &mut progress.in_stages(),
        )?)?;
    })
}

fn restore_options(force: bool, max_size: u64) -> RestoreOptions {
    let mut options = RestoreOptions::default();
    options.force = force;
    if max_size != 0 {
        options.max_size = max_size;
    }
    options
}
