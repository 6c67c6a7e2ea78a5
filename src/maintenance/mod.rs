//! Care for the database as a whole: checks and repairs, backups, recovery, exports, SQL for people, and the
//! regular upkeep.

use serde::Serialize;

pub mod backup;
pub mod documents;
pub mod erase_user;
pub mod export;
pub(crate) mod files;
pub mod integrity;
mod lineage;
mod progress;
mod quarantine;
pub mod recover;
mod rehearsal;
pub mod repair;
pub mod restore;
pub mod space;
pub mod sql;
mod times_ahead;
pub mod upkeep;

pub(crate) use progress::go_on;
pub use progress::{OnProgress, Phase, Progress, unobserved};
pub(crate) use rehearsal::rehearse;

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Severity {
    /// Worth a look.
    Warning,
    /// Something is wrong.
    Error,
}
