//! SQLite's online backup: copies one database into another, page by page.
#![allow(unsafe_code, reason = "SQLite's C interface")]

use std::ffi::{CStr, c_int};
use std::ops::ControlFlow;
use std::ptr::NonNull;

use libsqlite3_sys as ffi;

use super::connection::Connection;
use super::dialect;
use super::transaction::{Kind, Transaction};
use crate::error::{Error, ErrorCode, Result};

const MAIN: &CStr = c"main";
/// Pages between two reports: with pages of 4 KiB, 2 MiB.
const STEP: c_int = 512;

/// How much of a database is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Bytes.
    pub(crate) done: u64,
    /// Bytes.
    pub(crate) total: u64,
}

/// Replaces all that is in `target` by what is in `source`, in one transaction of each: the copy is
/// one snapshot, and the target has all of it or stays as it was.
///
/// The source is read inside one transaction. Without it SQLite would begin anew whenever another
/// connection commits between two steps, and might never end.
pub(crate) fn copy(
    source: &mut Connection,
    target: &mut Connection,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<()> {
    let mut snapshot = Transaction::begin(source, Kind::Read)?;
    let page_size = dialect::page_size(snapshot.connection())?;
    let mut run = Run::begin(snapshot.source(), target)?;
    let copied = run.step_to_end(page_size, on_step);
    let finished = run.finish();
    snapshot.finish(copied.and(finished))
}

/// A backup under way; dropped before it is at its end, it leaves the target as it was.
struct Run(NonNull<ffi::sqlite3_backup>);

impl Run {
    fn begin(source: &Connection, target: &Connection) -> Result<Self> {
        let (from, to) = (source.handle().as_ptr(), target.handle().as_ptr());
        // SAFETY: both connections are open and outlive the run, which `copy` ends before it gives
        // them back; nobody else uses them meanwhile, since they are borrowed.
        let backup = unsafe { ffi::sqlite3_backup_init(to, MAIN.as_ptr(), from, MAIN.as_ptr()) };
        NonNull::new(backup)
            .map(Self)
            .ok_or_else(|| Error::from_sqlite(target.handle().last_error_code()))
    }

    fn step_to_end(
        &mut self,
        page_size: u64,
        on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
    ) -> Result<()> {
        loop {
            // SAFETY: the backup is not finished yet, nor are its connections closed.
            let (status, left, pages) = unsafe {
                (
                    ffi::sqlite3_backup_step(self.0.as_ptr(), STEP),
                    ffi::sqlite3_backup_remaining(self.0.as_ptr()),
                    ffi::sqlite3_backup_pagecount(self.0.as_ptr()),
                )
            };
            if status != ffi::SQLITE_OK && status != ffi::SQLITE_DONE {
                return Err(Error::from_sqlite(status));
            }
            let bytes = |pages: c_int| u64::try_from(pages).unwrap_or(0) * page_size;
            let copied = Copied {
                done: bytes(pages - left),
                total: bytes(pages),
            };
            let wanted = on_step(copied);
            if status == ffi::SQLITE_DONE {
                return Ok(());
            }
            if wanted.is_break() {
                return Err(Error::new(ErrorCode::Cancelled, "the copy was cancelled"));
            }
        }
    }

    fn finish(self) -> Result<()> {
        let backup = self.0.as_ptr();
        std::mem::forget(self);
        // SAFETY: it was not finished yet; `self` is gone, so it isn't finished twice.
        match unsafe { ffi::sqlite3_backup_finish(backup) } {
            ffi::SQLITE_OK => Ok(()),
            status => Err(Error::from_sqlite(status)),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // SAFETY: `finish` forgets what it finished, so this one was not.
        unsafe { ffi::sqlite3_backup_finish(self.0.as_ptr()) };
    }
}
