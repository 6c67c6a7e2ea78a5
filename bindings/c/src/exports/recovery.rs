//! Recovering the readable part of damaged databases.

use std::ffi::c_void;
use std::path::Path;

use kernel::maintenance::recover::{self, RecoverOptions};

use crate::abi::prelude::*;
use crate::abi::progress::orchestra_progress_callback;
use crate::abi::store_options::orchestra_store_options;

/// Reads what is readable of a damaged database, which no store has open, into a new one at
/// `target`, and leaves the damaged one as it is.
///
/// `path` and `options` are those of orchestra_store_open(). `progress`, which counts rows and to
/// which `context` is passed, may be NULL. `recovery` receives a JSON object: Database, Tables
/// (Table, Recovered, Lost, IsComplete, Reason), Orphans (rows that referred to lost ones), Before
/// (where the damaged one is, if it was moved), IsSound (see below); it may be NULL. Free it with
/// orchestra_buffer_free().
///
/// ORCHESTRA_BUSY: a store has the database open; ORCHESTRA_ALREADY_EXISTS: there is a file of the
/// target's name; ORCHESTRA_CORRUPT: not even the schema can be read; ORCHESTRA_FOREIGN_SCHEMA or
/// ORCHESTRA_SCHEMA_TOO_NEW: it is not this library's to read; ORCHESTRA_CANCELLED: the callback
/// said so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_database_recover(
    path: *const u8,
    path_len: usize,
    options: *const orchestra_store_options,
    target: *const u8,
    target_len: usize,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    recovery: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(database.recover
          writes [Busy, AlreadyExists, Corrupt, ForeignSchema, SchemaTooNew, Cancelled]; error;
          config path + path_len + options, text target + target_len, progress progress + context
          -> optional recovery => {
        recovery.set_json(&recover::recover(
            &path,
            Path::new(target),
            &mut progress.in_stages(),
        )?)?;
    })
}

/// Does what orchestra_database_recover() does, and puts the new database in the place of the
/// damaged one, which is moved aside, with its write-ahead log, to `NAME.damaged-yyyymmdd-hhmmss`,
/// and never deleted. A sound database is left as it is: IsSound is true then.
///
/// `recovery` may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_database_recover_in_place(
    path: *const u8,
    path_len: usize,
    options: *const orchestra_store_options,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    recovery: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(database.recover_in_place writes; error;
          config path + path_len + options, progress progress + context -> optional recovery => {
        recovery.set_json(&recover::recover_in_place(
            &path,
            &RecoverOptions::default(),
            &mut progress.in_stages(),
        )?)?;
    })
}

/// Does what orchestra_database_recover_in_place() does, even if the database is sound.
///
/// `recovery` may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_database_rebuild_in_place(
    path: *const u8,
    path_len: usize,
    options: *const orchestra_store_options,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    recovery: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(database.rebuild_in_place writes; error;
          config path + path_len + options, progress progress + context -> optional recovery => {
        let mut options = RecoverOptions::default();
        options.even_if_sound = true;
        recovery.set_json(&recover::recover_in_place(
            &path,
            &options,
            &mut progress.in_stages(),
        )?)?;
    })
}
