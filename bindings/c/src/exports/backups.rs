//! Backups: making, listing and verifying them.

use std::ffi::c_void;
use std::path::Path;

use kernel::maintenance::backup;

use crate::abi::backup_policy::PolicyRequest;
use crate::abi::prelude::*;
use crate::abi::progress::orchestra_progress_callback;

/// Copies the database, as it is now, into a file that only its user may read, verifies it and
/// syncs it to the disk. Others go on reading and writing meanwhile. The
/// file has the rows of all users.
///
/// A file of this name is kept, and the call is ORCHESTRA_ALREADY_EXISTS, unless `replace` is not
/// 0; a database that may be open, or of another program, is kept always. `progress`, which counts bytes and to which `context` is passed, may be NULL. `backup`
/// receives a JSON object: Path, Size (bytes), SchemaVersion; it may be NULL. Free it with
/// orchestra_buffer_free().
///
/// ORCHESTRA_INVALID_ARGUMENT: the path names a link, a directory, a pipe or a device, or ends as
/// the names of files beside a database do; ORCHESTRA_DISK_FULL before anything is written where there isn't room; ORCHESTRA_CANCELLED: the
/// callback said so before the last step; ORCHESTRA_CORRUPT: the database is damaged;
/// ORCHESTRA_BACKUP_FAILED: anything else. Nothing is left behind then, and nothing replaced.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_backup_create(
    store: *const orchestra_store,
    path: *const u8,
    path_len: usize,
    replace: i32,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    backup: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(backups.create
          reads [InvalidArgument, AlreadyExists, DiskFull, Cancelled, Corrupt, BackupFailed]; error;
          whole store, text path + path_len, flag replace, progress progress + context
          -> optional backup => {
        backup.set_json(&backup::create(
            store,
            Path::new(path),
            replace,
            &mut progress.in_stages(),
        )?)?;
    })
}

/// Makes a backup where the newest is as old as the interval or there is none, and then removes
/// those that the policy no longer keeps. A backup is called `NAME-yyyymmdd-hhmmss.backup.db`; only
/// such files count.
///
/// `policy` is a JSON object: Directory (made where it isn't there); optional Interval (default one
/// day), Keep (how many of the newest always stay, default 7), KeepFor (how old those beyond may
/// get, default nothing), Compress (with gzip, default no); times as `[d.]hh:mm:ss`.
/// `progress`, which counts bytes and to which
/// `context` is passed, may be NULL. `outcome` receives a JSON object: Made (what
/// orchestra_backup_create() gives, or null) and Removed (paths); it may be NULL. Free it with
/// orchestra_buffer_free().
///
/// The errors are those of orchestra_backup_create().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_backup_run_if_due(
    store: *const orchestra_store,
    policy: *const u8,
    policy_len: usize,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    outcome: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(backups.run_if_due reads; error; whole store, json policy + policy_len,
          progress progress + context -> optional outcome => {
        let policy = PolicyRequest::into_policy(policy)?;
        outcome.set_json(&backup::run_if_due(
            store,
            &policy,
            &mut progress.in_stages(),
        )?)?;
    })
}

/// Lists the backups in a directory, oldest first: databases of this library, also partial and
/// damaged ones. Files of others are left out. A database that this process has open is Unverified,
/// and isn't read. Needs no store.
///
/// Each is read as a whole where `verified` is not 0; otherwise only their headers are looked at.
/// `files` receives a JSON array: Path, Size (bytes), ModifiedAt, SchemaVersion (or null), State
/// (Verified, Unverified, Partial, or an object whose Damaged tells what is wrong). Free it with
/// orchestra_buffer_free(). ORCHESTRA_IO: the directory can't be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_backup_list(
    directory: *const u8,
    directory_len: usize,
    verified: i32,
    files: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(backups.list reads [Io]; error;
          text directory + directory_len, flag verified -> required files => {
        files.set_json(&backup::list(Path::new(directory), verified)?)?;
    })
}

/// Reads a backup as a whole, and tells what is known of it then. Needs no store.
///
/// `file` receives a JSON object as orchestra_backup_list() gives it; a damaged backup is
/// ORCHESTRA_OK. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_A_DATABASE or
/// ORCHESTRA_FOREIGN_SCHEMA: it is no backup of this library; ORCHESTRA_INVALID_ARGUMENT: it is no
/// regular file, or belongs to a database that this process has open; ORCHESTRA_IO: it can't be
/// read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_backup_verify(
    path: *const u8,
    path_len: usize,
    file: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(backups.verify reads [NotADatabase, ForeignSchema, InvalidArgument, Io]; error;
          text path + path_len -> required file => {
        file.set_json(&backup::verify(Path::new(path))?)?;
    })
}
