//! Reports of progress to the caller, who may cancel.

use std::ops::ControlFlow;

use super::report::ImportProgress;
use crate::error::Result;
use crate::maintenance::go_on;

/// Number of records between two reports.
const STEP: u64 = 100;

/// Progress of an import, and the callback that receives it.
pub(super) struct ImportProgressReporter<'a> {
    now: ImportProgress,
    callback: &'a mut dyn FnMut(ImportProgress) -> ControlFlow<()>,
}

impl<'a> ImportProgressReporter<'a> {
    /// Begins the work on `total` records.
    pub(super) fn new(
        total: u64,
        callback: &'a mut dyn FnMut(ImportProgress) -> ControlFlow<()>,
    ) -> Self {
        Self {
            now: ImportProgress { done: 0, total },
            callback,
        }
    }

    /// Counts `count` more records as done, and reports them if a report is due.
    pub(super) fn advance(&mut self, count: u64) -> Result<()> {
        let before = self.now.done;
        self.now.done += count;
        let is_due = before / STEP != self.now.done / STEP || self.now.done == self.now.total;
        if is_due && count > 0 {
            self.report()?;
        }
        Ok(())
    }

    /// Calls the callback. Fails with [`ErrorCode::Cancelled`](crate::ErrorCode::Cancelled) where it breaks.
    pub(super) fn report(&mut self) -> Result<()> {
        go_on(
            (self.callback)(self.now),
            "the import was cancelled; nothing was imported",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn each_hundredth_record_and_the_last_are_reported() {
        let mut reported = Vec::new();
        let mut callback = |progress: ImportProgress| {
            reported.push(progress.done);
            ControlFlow::Continue(())
        };
        let mut progress = ImportProgressReporter::new(250, &mut callback);
        progress.advance(1).unwrap();
        progress.advance(149).unwrap();
        for _ in 0..100 {
            progress.advance(1).unwrap();
        }
        assert_eq!(reported, [150, 200, 250]);
    }

    #[test]
    fn a_callback_that_breaks_cancels() {
        let mut callback = |_| ControlFlow::Break(());
        let error = ImportProgressReporter::new(1, &mut callback)
            .advance(1)
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::Cancelled);
    }
}
