//! What became of a record at the database.

use crate::error::{ErrorCode, Result};

/// What became of a record at the database.
pub(super) enum Outcome {
    Imported,
    Unchanged,
    Refused(String),
}

/// A constraint of the schema that the reading of records doesn't know leaves one record out,
/// and not all. Where something unique is taken, the row that has it stays.
pub(super) fn outcome(adopted: Result<bool>) -> Result<Outcome> {
    match adopted {
        Ok(true) => Ok(Outcome::Imported),
        Ok(false) => Ok(Outcome::Unchanged),
        Err(error) if error.code() == ErrorCode::AlreadyExists => Ok(Outcome::Unchanged),
        Err(error) if error.code() == ErrorCode::ConstraintViolation => {
            Ok(Outcome::Refused(error.message().to_owned()))
        }
        Err(error) => Err(error),
    }
}
