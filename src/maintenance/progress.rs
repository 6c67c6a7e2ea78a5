//! How far a long operation is.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::cancel;
use crate::sqlite::online_backup::Copied;

/// What a long operation is doing.
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
    /// Reading what is left of a damaged database.
    Salvaging,
}

/// How far a long operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Progress {
    /// What it is doing.
    pub stage: Phase,
    /// Bytes, or rows where it salvages.
    pub done: u64,
    /// How many there are to do in this stage.
    pub total: u64,
}

/// Who wants to know how far an operation is, and may stop it: it ends with
/// [`ErrorCode::Cancelled`](crate::ErrorCode::Cancelled) then, as if it had not begun.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// For who doesn't want to know.
pub fn unobserved(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Tells the steps of a copy as those of a stage.
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
