//! Care for the database as a whole: checking, backing up, taking over what others left, looking
//! into it, and what is to be done from time to time.

use serde::Serialize;

pub mod backup;
pub mod export;
pub(crate) mod files;
pub mod integrity;
mod progress;
mod quarantine;
pub mod recover;
pub mod repair;
pub mod restore;
pub(crate) mod retention;
pub mod space;
pub mod sql;
pub mod upkeep;

pub use progress::{OnProgress, Phase, Progress, unobserved};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Severity {
    /// Worth a look.
    Warning,
    /// Something is wrong.
    Error,
}
