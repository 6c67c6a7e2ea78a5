//! Importing the data of predecessors.

use std::ffi::c_void;
use std::path::Path;

use kernel::import::{self, ImportOptions, ImportProgress};

use crate::abi::options::Options;
use crate::abi::prelude::*;
use crate::abi::progress::orchestra_progress_callback;

/// How a file is imported. Fill it with zeros, set `struct_size`, then what is to differ.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct orchestra_import_options {
    /// sizeof(orchestra_import_options), so that the structure can grow.
    pub struct_size: u32,
    /// Not 0: only report what would be imported, and write nothing.
    pub dry_run: u32,
    /// Not 0: import nothing if any record can't be taken; 0: import the rest.
    pub strict: u32,
    /// Not 0: leave the file where it is; 0: rename it after success, so that it isn't imported
    /// again.
    pub keep_source: u32,
    /// Not 0: leave tasks that are assigned or running as they are, and their agents busy; 0: such tasks are pending
    /// again, and their agents idle.
    pub keep_running: u32,
    /// Not 0: write records over rows that differ from them, if the record is the newer one; 0: leave these rows.
    pub update: u32,
}

// SAFETY: `repr(C)`, all fields are numbers of four bytes, and the first is the size.
unsafe impl Options for orchestra_import_options {}

impl From<orchestra_import_options> for ImportOptions {
    fn from(options: orchestra_import_options) -> Self {
        Self {
            dry_run: options.dry_run != 0,
            strict: options.strict != 0,
            archive: options.keep_source == 0,
            update: options.update != 0,
            keep_running: options.keep_running != 0,
        }
    }
}

/// Takes over what a file of a predecessor holds, in one transaction: any form of
/// orchestrator-state.json, agent-config.json, or the SQLite database of a host on Entity Framework
/// Core, which the host must have closed. Importing it again changes nothing. A database that
/// holds anything is backed up before it is changed, and the file is renamed at the end, if it is still the one
/// that was read.
///
/// `options` may be NULL for the defaults; `progress`, which counts records and to which `context`
/// is passed, may be NULL. `report` receives a JSON object: Source, Form, StatusNumbering, DryRun,
/// Agents, Tasks and Repositories (each Read, Imported, Updated, Unchanged, Differing, Rejected), Others (the same by
/// table), Requeued, Findings (Severity, Place, Reason), Backup, ArchivedTo; it may be NULL. Free it with
/// orchestra_buffer_free().
///
/// ORCHESTRA_IMPORT_FAILED: the file is of no form that is known, or has no record that can be
/// taken (but in a dry run), or `strict` found something;
/// ORCHESTRA_IO: it can't be read; ORCHESTRA_CANCELLED: the callback said so. Nothing was imported
/// then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_import_file(
    store: *const orchestra_store,
    path: *const u8,
    path_len: usize,
    options: *const orchestra_import_options,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    report: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(import.file writes [ImportFailed, Io, Cancelled]; error; whole store,
          text path + path_len, options options, progress progress + context -> optional report => {
        let options = ImportOptions::from(options);
        let mut on_progress =
            |now: ImportProgress| progress.report("Importing", now.done, now.total);
        report.set_json(&import::import_file(
            store,
            Path::new(path),
            &options,
            &mut on_progress,
        )?)?;
    })
}
