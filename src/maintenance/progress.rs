//! Progress of a long operation.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::cancel;
use crate::error::{Error, ErrorCode, Result};
use crate::sqlite::online_backup::Copied;

/// Phase of a long operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Phase {
    /// Copying a database into a file.
    Copying,
    /// Compressing the copy.
    Compressing,
    /// Unpacking a compressed backup.
    Unpacking,
    /// Keeping a copy of the present database.
    KeepingCopy,
    /// Writing a backup into the live database.
    Restoring,
    /// Reading the rows that a damaged database still has.
    Salvaging,
}

/// Progress of a long operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Progress {
    /// Phase that the operation is in.
    pub stage: Phase,
    /// Bytes done in this phase, or rows in [`Phase::Salvaging`].
    pub done: u64,
    /// Bytes or rows of the whole phase.
    pub total: u64,
}

/// Callback that receives the progress of an operation. Where it breaks, the operation ends with
/// [`ErrorCode::Cancelled`], as if it had not begun.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Ignores the progress of an operation, and never stops it.
pub fn unobserved(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Reports the steps of a copy as those of a phase.
pub(super) fn as_stage(
    stage: Phase,
    on_progress: &mut OnProgress<'_>,
) -> impl FnMut(Copied) -> ControlFlow<()> {
    move |copied| {
        if cancel::is_asked() {
            return ControlFlow::Break(());
        }
        on_progress(Progress {
            stage,
            done: copied.done,
            total: copied.total,
        })
    }
}

/// Fails with [`ErrorCode::Cancelled`] and this message if a callback broke.
pub(crate) fn go_on(flow: ControlFlow<()>, cancelled: &str) -> Result<()> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::new(ErrorCode::Cancelled, cancelled)),
    }
}
