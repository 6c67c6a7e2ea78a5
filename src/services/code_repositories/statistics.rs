//! The statistics of a repository over a period.

use serde::Serialize;

use super::get;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::analytics::{
    DEFAULT_PERIOD, Period, TaskAnalytics, TaskScope, task_analytics,
};
use crate::tables::RepositoryId;
use crate::types::TimeSpan;

/// How well it goes in a repository, and what its tasks of a period tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RepositoryStatistics {
    /// The repository.
    pub repository_id: RepositoryId,
    /// Where it is.
    pub path: String,
    /// The success that can be relied on, 0 to 1: the lower bound of Wilson's interval at 95 %.
    pub reliability_score: f64,
    /// Reliability and speed together, 0 to 10, as of the last [`update_ratings`](super::update_ratings).
    pub performance_rating: f64,
    /// Its tasks: counts, success rate, durations, waits, throughput, errors.
    #[serde(flatten)]
    pub tasks: TaskAnalytics,
}

/// Returns the statistics of a repository's tasks that were made in the period of this length up to now, 30
/// days where none is given. The period has to be positive and ten years at the most.
///
/// The cost is that of [`task_analytics`].
pub fn statistics(
    reader: &mut Reader<'_>,
    id: &RepositoryId,
    length: Option<TimeSpan>,
) -> Result<RepositoryStatistics> {
    let period = Period::until_now(reader, length.unwrap_or(DEFAULT_PERIOD))?;
    let repository = get(reader, id)?;
    let scope = TaskScope {
        repository_id: Some(id.clone()),
        ..TaskScope::default()
    };
    Ok(RepositoryStatistics {
        repository_id: repository.id,
        path: repository.path,
        reliability_score: repository.reliability_score,
        performance_rating: repository.performance_rating,
        tasks: task_analytics(reader, period, &scope)?,
    })
}
