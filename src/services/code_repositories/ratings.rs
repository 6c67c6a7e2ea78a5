//! Performance ratings, which compare the repositories with each other.

use std::collections::HashMap;

use super::query::list;
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::services::analytics::{DEFAULT_PERIOD, Period};
use crate::tables::{RepositoryId, code_repositories as rows};
use crate::types::TimeSpan;

/// Highest rating.
const BEST: f64 = 10.0;

/// Speeds of the repositories relative to the median of all, 0 to 1, for those that have durations.
pub(crate) type Speeds = HashMap<RepositoryId, f64>;

/// Updates the performance ratings of all repositories, and returns the number of ratings that changed.
///
/// `PerformanceRating` is 10 × `ReliabilityScore` × min(1, median duration of the tasks of all repositories / median
/// duration of its own tasks), 0 to 10. The durations are those of the tasks that completed or failed in the period of
/// this length that ends now; `None`: 30 days. A repository without such tasks keeps its rating.
///
/// `ReliabilityScore` is updated with each task. The rating depends on all repositories and only changes here;
/// [`Store::maintain`](crate::Store::maintain) updates it once an hour. The cost is one pass over the tasks that ended
/// in the period, and twice 8 bytes of memory for each.
pub fn update_ratings(uow: &mut UnitOfWork<'_>, length: Option<TimeSpan>) -> Result<usize> {
    let speeds = relative_speeds(uow, length)?;
    rate(uow, speeds)
}

/// Computes the relative speeds: the part of the ratings that reads many tasks.
pub(crate) fn relative_speeds(reader: &mut Reader<'_>, length: Option<TimeSpan>) -> Result<Speeds> {
    let period = Period::until_now(reader, length.unwrap_or(DEFAULT_PERIOD))?;
    let mut durations: HashMap<RepositoryId, Vec<i64>> = HashMap::new();
    rows::for_each_duration(reader.conn(), period.from, |id, millis| {
        durations.entry(id).or_default().push(millis);
    })?;
    let all = median(durations.values().flatten().copied().collect());
    let speeds = durations.into_iter();
    Ok(speeds
        .map(|(id, own)| (id, relative_speed(all, median(own))))
        .collect())
}

/// Writes the ratings that follow from the speeds, and returns the number of those that changed.
pub(crate) fn rate(uow: &mut UnitOfWork<'_>, mut speeds: Speeds) -> Result<usize> {
    let mut changed = 0;
    for mut repository in list(uow)? {
        if let Some(speed) = speeds.remove(&repository.id) {
            repository.performance_rating = BEST * repository.reliability_score * speed;
            changed += usize::from(uow.update(&mut repository)?);
        }
    }
    Ok(changed)
}

/// Returns the lower median; 0 if there are no values.
fn median(mut values: Vec<i64>) -> i64 {
    let middle = values.len().saturating_sub(1) / 2;
    if values.is_empty() {
        return 0;
    }
    *values.select_nth_unstable(middle).1
}

/// Returns the speed relative to the median of all, at most 1: being faster than others makes nothing more reliable.
fn relative_speed(all: i64, own: i64) -> f64 {
    if own <= all {
        return 1.0;
    }
    all as f64 / own as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_a_value_that_is_there() {
        assert_eq!(median(vec![]), 0);
        assert_eq!(median(vec![7]), 7);
        assert_eq!(median(vec![9, 1]), 1);
        assert_eq!(median(vec![3, 9, 1]), 3);
        assert_eq!(median(vec![4, 3, 9, 1]), 3);
    }

    #[test]
    fn only_slowness_counts() {
        assert_eq!(relative_speed(100, 400), 0.25);
        assert_eq!(relative_speed(100, 50), 1.0);
        assert_eq!(relative_speed(0, 0), 1.0);
        assert_eq!(relative_speed(0, 1), 0.0);
    }
}
