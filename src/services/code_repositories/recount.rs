//! Counting the tasks of a repository anew.

use serde::Serialize;
use serde_json::Value;

use super::get;
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::rows::tracking::values_of;
use crate::services::statistics::{self, RepositoryCounts};
use crate::tables::{CodeRepository, RepositoryId, code_repositories as rows};

/// The columns that are counted.
const COUNTERS: [&str; 7] = [
    "TotalTasks",
    "SuccessfulTasks",
    "FailedTasks",
    "TotalExecutionTime",
    "AverageTaskDuration",
    "LastTaskExecutedAt",
    "ReliabilityScore",
];

/// The changes that a recount made to a repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Recount {
    /// The repository.
    pub repository_id: RepositoryId,
    /// Where it is.
    pub path: String,
    /// The counters that were wrong; empty where all was right.
    pub differences: Vec<CounterDifference>,
}

/// A counter that differed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CounterDifference {
    /// The column.
    pub column: &'static str,
    /// The value before.
    pub kept: Value,
    /// The value now.
    pub counted: Value,
}

/// Sets the counters of a repository to what its tasks give, and tells what differed.
///
/// Tasks that are no longer in the database don't count any more, nor what an import took over
/// without tasks. Reads all tasks of the repository, one at a time.
pub fn recount(uow: &mut UnitOfWork<'_>, id: &RepositoryId) -> Result<Recount> {
    let kept = get(uow, id)?;
    let mut tally = RepositoryCounts::default();
    rows::for_each_task(uow.connection(), id, |task| tally.count(task))?;
    let mut counted = statistics::recounted(&kept, &tally);
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
