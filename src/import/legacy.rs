//! Files that can be imported, checked and ready to be written.

use std::path::Path;

use super::progress::ImportProgressReporter;
use super::read_file::ReadFile;
use super::report::{Findings, LegacyForm, Written};
use super::status_numbering::StatusNumbering;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::types::AgentStatus;

/// A file of a predecessor, after its first reading.
pub(super) trait Legacy {
    /// Returns the path of the file.
    fn path(&self) -> &Path;

    /// Returns the file, and others that belong to it, as they were before they were read.
    fn files(&self) -> Vec<ReadFile>;

    /// Returns the form of the file.
    fn form(&self) -> LegacyForm;

    /// Returns how the file numbers the states of agents, if it numbers them.
    fn status_numbering(&self) -> Option<StatusNumbering>;

    /// Returns the number of records.
    fn records(&self) -> u64;

    /// Takes out the findings of the first reading.
    fn take_findings(&mut self) -> Findings;

    /// Writes the records, and verifies that the database has them.
    fn write(
        &mut self,
        uow: &mut UnitOfWork<'_>,
        progress: &mut ImportProgressReporter<'_>,
    ) -> Result<Written>;
}

/// Returns the error of a failed import of this file.
pub(super) fn failed(path: &Path, reason: impl std::fmt::Display) -> Error {
    let message = format!("{}: {reason}", path.display());
    Error::new(ErrorCode::ImportFailed, message)
}

/// Returns the error of the import of a file that was written to meanwhile.
pub(super) fn changed(path: &Path) -> Error {
    let reason = "must not change during the import, but was written to; nothing was imported, \
                  stop its writer and try again";
    failed(path, reason)
}

/// Returns the state that an imported agent has. Its tasks are pending again unless they are kept as they are, so that it
/// has nothing to be busy with.
pub(super) fn status_of(status: AgentStatus, keep_running: bool) -> AgentStatus {
    match status {
        AgentStatus::Busy if !keep_running => AgentStatus::Idle,
        other => other,
    }
}
