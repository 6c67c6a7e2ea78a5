//! SQLite's online backup, which copies one database into another, page by page.

use std::ops::ControlFlow;

use super::connection::Connection;
use super::dialect;
use super::raw::{RawBackup, SqliteStatus};
use super::transaction::{ConnectionTransaction, TransactionKind};
use crate::error::{Error, ErrorCode, Result};

/// Pages between two progress reports: with pages of 4 KiB, 2 MiB.
const STEP: i32 = 512;

/// The progress of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Copied {
    /// The number of bytes that have been copied.
    pub(crate) done: u64,
    /// The number of bytes that are to be copied.
    pub(crate) total: u64,
}

/// Replaces the content of `target` by that of `source`, in one transaction of each: the copy is one snapshot, and
/// the target gets all of it or stays as it was.
///
/// The source is read inside one transaction. Without it SQLite would start again whenever another connection
/// commits between two steps, and might never finish.
pub(crate) fn copy(
    source: &mut Connection,
    target: &mut Connection,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<()> {
    let mut snapshot = ConnectionTransaction::begin(source, TransactionKind::Read)?;
    let page_size = dialect::page_size(snapshot.connection())?;
    let source = snapshot.source().handle();
    let mut backup = RawBackup::begin(source, target.raw()).map_err(failed)?;
    let copied = step_to_end(&mut backup, page_size, on_step);
    let finished = backup.finish().map_err(failed);
    snapshot.finish(copied.and(finished))
}

fn step_to_end(
    backup: &mut RawBackup<'_>,
    page_size: u64,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<()> {
    let bytes = |pages| u64::try_from(pages).unwrap_or(0) * page_size;
    loop {
        let progress = backup.step(STEP).map_err(failed)?;
        let wanted = on_step(Copied {
            done: bytes(progress.total - progress.left),
            total: bytes(progress.total),
        });
        if progress.is_done {
            return Ok(());
        }
        if wanted.is_break() {
            return Err(Error::new(ErrorCode::Cancelled, "the copy was cancelled"));
        }
    }
}

fn failed(SqliteStatus(code): SqliteStatus) -> Error {
    Error::from_sqlite(code)
}
