//! What can be imported: a file of the predecessor, checked and ready to be written.

use std::path::Path;

use super::progress::ImportProgressReporter;
use super::report::{Findings, LegacyForm, Written};
use super::status_numbering::StatusNumbering;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::UnitOfWork;

/// A file that was looked at.
pub(super) trait Legacy {
    /// Where it is.
    fn path(&self) -> &Path;

    /// Which form it has.
    fn form(&self) -> LegacyForm;

    /// How it numbers the states of agents, where that had to be found out.
    fn status_numbering(&self) -> Option<StatusNumbering>;

    /// How many records it has.
    fn records(&self) -> u64;

    /// What is known to be wrong with it before anything is written; asked for once.
    fn take_findings(&mut self) -> Findings;

    /// Writes its records, and verifies that they are there.
    fn write(
        &mut self,
        uow: &mut UnitOfWork<'_>,
        progress: &mut ImportProgressReporter<'_>,
    ) -> Result<Written>;
}

/// The import of this file failed.
pub(super) fn failed(path: &Path, reason: impl std::fmt::Display) -> Error {
    let message = format!("{}: {reason}", path.display());
    Error::new(ErrorCode::ImportFailed, message)
}
