//! How repositories compare with each other.

use std::collections::HashMap;

use super::query::list;
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::services::analytics::{DEFAULT_PERIOD, Period};
use crate::tables::{RepositoryId, code_repositories as rows};
use crate::types::TimeSpan;

/// The rating of a repository that is as reliable and as fast as can be.
const BEST: f64 = 10.0;

/// How fast repositories are beside all of them together, 0 to 1; those that ran nothing are missing.
pub(crate) type Speeds = HashMap<RepositoryId, f64>;

/// Rates all repositories anew, and returns how many ratings changed.
///
/// `PerformanceRating` is 10 × `ReliabilityScore` × min(1, median duration of the tasks of all
/// repositories / median duration of its own), 0 to 10. The durations are those of the tasks that
/// completed or failed in the period of this length up to now, 30 days where none is given. A
/// repository without any keeps its rating.
///
/// `ReliabilityScore` follows each task at once; the rating depends on all repositories and so
/// only changes here. [`Store::maintain`](crate::Store::maintain) does it once an hour. Costs one pass
/// over the tasks that ended in the period, and 8 bytes of memory for each, twice.
pub fn update_ratings(uow: &mut UnitOfWork<'_>, length: Option<TimeSpan>) -> Result<usize> {
    let speeds = relative_speeds(uow, length)?;
    rate(uow, speeds)
}

/// Computes the part of the ratings that has to look at many tasks.
pub(crate) fn relative_speeds(reader: &mut Reader<'_>, length: Option<TimeSpan>) -> Result<Speeds> {
    let period = Period::until_now(reader, length.unwrap_or(DEFAULT_PERIOD))?;
    let mut durations: HashMap<RepositoryId, Vec<i64>> = HashMap::new();
    rows::for_each_duration(reader.connection(), period.from, |id, millis| {
        durations.entry(id).or_default().push(millis);
    })?;
    let all = median(durations.values().flatten().copied().collect());
    let speeds = durations.into_iter();
    Ok(speeds
        .map(|(id, own)| (id, relative_speed(all, median(own))))
        .collect())
}

/// Writes the ratings.
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

/// Returns the smallest value that at least half of all are not above; 0 where there are none.
fn median(mut values: Vec<i64>) -> i64 {
    let middle = values.len().saturating_sub(1) / 2;
    if values.is_empty() {
        return 0;
    }
    *values.select_nth_unstable(middle).1
}

/// Returns a speed of at most 1: to be faster than the others makes nothing more reliable.
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
