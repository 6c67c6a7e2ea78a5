//! Care for the database as a whole: checking, backing up, taking over what others left, and
//! looking into it.

use serde::Serialize;

pub mod backup;
pub mod export;
pub mod import;
pub mod integrity;
pub mod sql;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Severity {
    /// Worth a look.
    Warning,
    /// Something is wrong.
    Error,
}
