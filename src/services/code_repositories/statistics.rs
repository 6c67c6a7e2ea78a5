//! Statistics of a repository over a period.

use serde::Serialize;

use super::get;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::analytics::{
    DEFAULT_PERIOD, Period, TaskAnalytics, TaskScope, task_analytics,
};
use crate::tables::RepositoryId;
use crate::types::TimeSpan;

/// Scores of a repository, and statistics of its tasks in a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RepositoryStatistics {
    /// Id of the repository.
    pub repository_id: RepositoryId,
    /// Path of the repository.
    pub path: String,
    /// Lower bound of its success rate, 0 to 1, by Wilson's score interval at 95 %.
    pub reliability_score: f64,
    /// Rating by reliability and speed, 0 to 10, as of the last [`update_ratings`](super::update_ratings).
    pub performance_rating: f64,
    /// Statistics of its tasks: counts, success rate, durations, waits, throughput, errors.
    #[serde(flatten)]
    pub tasks: TaskAnalytics,
}

/// Returns the statistics of a repository's tasks that were created in the period of this length that ends now; `None`:
/// 30 days.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) unless the period is positive and at
/// most ten years. The cost is that of [`task_analytics`].
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
