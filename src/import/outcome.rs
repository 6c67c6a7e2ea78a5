//! What became of a record at the database.

use crate::error::{ErrorCode, Result};

/// What became of a record at the database.
pub(super) enum RecordOutcome {
    Imported,
    Unchanged,
    Refused(String),
}

/// A constraint of the schema that the reading of records doesn't know leaves one record out,
/// and not all. Where something unique is taken, the row that has it stays.
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
