//! Recounting the tasks of a repository.

use serde::Serialize;

use super::get;
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::services::counters::{self, CounterDifference, differences};
use crate::services::statistics::{self, RepositoryCounts};
use crate::tables::task_tallies::Tally;
use crate::tables::{RepositoryId, code_repositories as rows};

/// Columns that a recount sets.
const COUNTERS: [&str; 7] = [
    "TotalTasks",
    "SuccessfulTasks",
    "FailedTasks",
    "TotalExecutionTime",
    "AverageTaskDuration",
    "LastTaskExecutedAt",
    "ReliabilityScore",
];

/// Result of recounting the tasks of a repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Recount {
    /// Id of the repository.
    pub repository_id: RepositoryId,
    /// Path of the repository.
    pub path: String,
    /// Counters that were wrong; empty if all were right.
    pub differences: Vec<CounterDifference>,
}

/// Sets the counters of a repository to the counts of its tasks, and returns the counters that differed.
///
/// Tasks that are no longer in the database don't count any more, nor do counters that were imported without tasks. The
/// cost is one pass over the tasks of the repository, with one in memory at a time.
pub fn recount(uow: &mut UnitOfWork<'_>, id: &RepositoryId) -> Result<Recount> {
    let kept = get(uow, id)?;
    let mut counts = RepositoryCounts::default();
    rows::for_each_task(uow.conn(), id, |task| counts.count(task))?;
    let mut counted = statistics::recounted(&kept, &counts);
    let differences = differences(&kept, &counted, &COUNTERS)?;
    uow.update(&mut counted)?;
    counters::repository_had(uow, id, Tally::default())?;
    Ok(Recount {
        repository_id: kept.id,
        path: kept.path,
        differences,
    })
}
