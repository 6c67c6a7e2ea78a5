//! Outcome of writing a record.

use super::report::{Findings, RecordCounts};
use crate::error::{ErrorCode, Result};

/// Outcome of writing a record.
pub(super) enum RecordOutcome {
    Imported,
    /// The database has the row, as the file has it.
    Unchanged,
    /// The database has the row, but not as the file has it, and keeps it.
    Differs,
    /// The database had the row, and has it now as the file does.
    Updated,
    Refused(String),
}

impl RecordOutcome {
    /// Adds the outcome to the counts, and a finding for a refused record.
    pub(super) fn count(self, counts: &mut RecordCounts, place: &str, findings: &mut Findings) {
        match self {
            Self::Imported => counts.imported += 1,
            Self::Unchanged => counts.unchanged += 1,
            Self::Differs => counts.differing += 1,
            Self::Updated => counts.updated += 1,
            Self::Refused(reason) => {
                counts.rejected += 1;
                findings.reject(place, reason);
            }
        }
    }
}

/// Turns an error of the schema's constraints into the refusal of one record, so that it doesn't fail the whole import.
/// If a unique value is taken, the row that has it stays.
pub(super) fn outcome(adopted: Result<bool>) -> Result<RecordOutcome> {
    match adopted {
        Ok(true) => Ok(RecordOutcome::Imported),
        Ok(false) => Ok(RecordOutcome::Unchanged),
        Err(error) if error.code() == ErrorCode::AlreadyExists => Ok(RecordOutcome::Unchanged),
        Err(error) if error.code() == ErrorCode::ConstraintViolation => {
            Ok(RecordOutcome::Refused(error.message().to_owned()))
        }
        Err(error) => Err(error),
    }
}
