//! Recounting the tasks of a repository.

use serde::Serialize;
use serde_json::Value;

use super::get;
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::rows::tracking::values_of;
use crate::services::statistics::{self, RepositoryCounts};
use crate::tables::{CodeRepository, RepositoryId, code_repositories as rows};

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

/// Counter that a recount changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CounterDifference {
    /// Column of the counter.
    pub column: &'static str,
    /// Value before the recount.
    pub kept: Value,
    /// Value since the recount.
    pub counted: Value,
}

/// Sets the counters of a repository to the counts of its tasks, and returns the counters that differed.
///
/// Tasks that are no longer in the database don't count any more, nor do counters that were imported without tasks. The
/// cost is one pass over the tasks of the repository, with one in memory at a time.
pub fn recount(uow: &mut UnitOfWork<'_>, id: &RepositoryId) -> Result<Recount> {
    let kept = get(uow, id)?;
    let mut counts = RepositoryCounts::default();
    rows::for_each_task(uow.connection(), id, |task| counts.count(task))?;
    let mut counted = statistics::recounted(&kept, &counts);
    let differences = differences(&kept, &counted)?;
    uow.update(&mut counted)?;
    Ok(Recount {
        repository_id: kept.id,
        path: kept.path,
        differences,
    })
}

fn differences(kept: &CodeRepository, counted: &CodeRepository) -> Result<Vec<CounterDifference>> {
    let (kept, counted) = (values_of(kept)?, values_of(counted)?);
    let value = |row: &serde_json::Map<String, Value>, column| row.get(column).cloned();
    let differences = COUNTERS.into_iter().map(|column| CounterDifference {
        column,
        kept: value(&kept, column).unwrap_or_default(),
        counted: value(&counted, column).unwrap_or_default(),
    });
    Ok(differences.filter(|d| d.kept != d.counted).collect())
}
