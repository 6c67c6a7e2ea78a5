//! What the process returns, so that a script can tell what happened.

use std::process::ExitCode;

use orchestra_store::ErrorCode;

/// The exit codes, as `--help` tells them.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  the operation failed, or a check found errors
  2  an argument isn't accepted, or a total would be above its limit
  3  there is no such database, task, agent, repository or file
  4  a conflict: the state doesn't allow it, or it is there already
  5  the database is busy: try again
  6  the file can't be used: no database, another program's, a newer version's, or damaged
  130  cancelled by Ctrl-C or a request to terminate";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Ok = 0,
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    Conflict = 4,
    Busy = 5,
    Unusable = 6,
    Cancelled = 130,
}

impl From<ErrorCode> for Exit {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::InvalidArgument | ErrorCode::LimitExceeded | ErrorCode::Overflow => {
                Self::Usage
            }
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::AlreadyExists
            | ErrorCode::Conflict
            | ErrorCode::InvalidTransition
            | ErrorCode::ConstraintViolation
            | ErrorCode::ReadOnly => Self::Conflict,
            ErrorCode::Busy | ErrorCode::Timeout => Self::Busy,
            ErrorCode::NotADatabase
            | ErrorCode::ForeignSchema
            | ErrorCode::SchemaTooNew
            | ErrorCode::Corrupt
            | ErrorCode::FileUnsafe => Self::Unusable,
            ErrorCode::Cancelled => Self::Cancelled,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_tried_again_is_told_apart_from_what_may_not() {
        for code in [ErrorCode::Busy, ErrorCode::Timeout] {
            assert!(code.is_retryable());
            assert_eq!(Exit::from(code), Exit::Busy);
        }
        assert_eq!(Exit::from(ErrorCode::DiskFull), Exit::Failed);
    }
}
