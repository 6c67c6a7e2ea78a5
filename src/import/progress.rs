//! Telling the caller how far the import is, and being told to stop.

use std::ops::ControlFlow;

use super::report::ImportProgress;
use crate::error::{Error, ErrorCode, Result};

/// Records between two reports.
const STEP: u64 = 100;

/// How far the import is, and who wants to know.
pub(super) struct ImportProgressReporter<'a> {
    now: ImportProgress,
    callback: &'a mut dyn FnMut(ImportProgress) -> ControlFlow<()>,
}

impl<'a> ImportProgressReporter<'a> {
    /// The beginning of the work on `total` records.
    pub(super) fn new(
        total: u64,
        callback: &'a mut dyn FnMut(ImportProgress) -> ControlFlow<()>,
    ) -> Self {
        Self {
            now: ImportProgress { done: 0, total },
            callback,
        }
    }

    /// Notes that `count` more records are done.
    pub(super) fn advance(&mut self, count: u64) -> Result<()> {
        let before = self.now.done;
        self.now.done += count;
        let is_due = before / STEP != self.now.done / STEP || self.now.done == self.now.total;
        if is_due && count > 0 {
            self.report()?;
        }
        Ok(())
    }

    /// Tells the caller. Fails with [`ErrorCode::Cancelled`] where they want no more.
    pub(super) fn report(&mut self) -> Result<()> {
        match (self.callback)(self.now) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::new(
                ErrorCode::Cancelled,
                "the import was cancelled; nothing was imported",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hundredth_record_and_the_last_are_told() {
        let mut told = Vec::new();
        let mut callback = |progress: ImportProgress| {
            told.push(progress.done);
            ControlFlow::Continue(())
        };
        let mut progress = ImportProgressReporter::new(250, &mut callback);
        progress.advance(1).unwrap();
        progress.advance(149).unwrap();
        for _ in 0..100 {
            progress.advance(1).unwrap();
        }
        assert_eq!(told, [150, 200, 250]);
    }

    #[test]
    fn who_wants_no_more_cancels() {
        let mut callback = |_| ControlFlow::Break(());
        let error = ImportProgressReporter::new(1, &mut callback)
            .advance(1)
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::Cancelled);
    }
}
