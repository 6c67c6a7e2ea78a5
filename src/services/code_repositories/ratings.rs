//! How repositories compare with each other.

use std::collections::HashMap;

use super::query::list;
use crate::db::UnitOfWork;
use crate::error::Result;
use crate::models::RepositoryId;
use crate::repositories::code_repositories as rows;
use crate::services::analytics::{DEFAULT_PERIOD, Distribution, Period};
use crate::types::TimeSpan;

/// The rating of a repository that is as reliable and as fast as can be.
const BEST: f64 = 10.0;

/// Rates all repositories anew, and returns how many ratings changed.
///
/// `PerformanceRating` is 10 × `ReliabilityScore` × min(1, median duration of the tasks of all
/// repositories / median duration of its own), 0 to 10. The durations are those of the tasks that
/// completed or failed in the period of this length up to now, 30 days where none is given. A
/// repository without any keeps its rating.
///
/// `ReliabilityScore` follows each task at once; the rating depends on all repositories and so
/// only changes here. Call it now and then, such as once an hour. Costs one pass over the tasks that
/// ended in the period, and 8 bytes of memory for each, twice.
pub fn update_ratings(uow: &mut UnitOfWork<'_>, length: Option<TimeSpan>) -> Result<usize> {
    let period = Period::until_now(uow, length.unwrap_or(DEFAULT_PERIOD))?;
    let mut durations: HashMap<RepositoryId, Vec<i64>> = HashMap::new();
    rows::for_each_duration(uow.connection(), period.from, |id, millis| {
        durations.entry(id).or_default().push(millis);
    })?;
    let all = median(durations.values().flatten().copied().collect());
    let mut changed = 0;
    for mut repository in list(uow)? {
        if let Some(own) = durations.remove(&repository.id) {
            let speed = relative_speed(all, median(own));
            repository.performance_rating = BEST * repository.reliability_score * speed;
            changed += usize::from(uow.update(&mut repository)?);
        }
    }
    Ok(changed)
}

fn median(values: Vec<i64>) -> i64 {
    Distribution::of(&values).p50
}

/// At most 1: to be faster than the others makes nothing more reliable.
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
    fn only_slowness_counts() {
        assert_eq!(relative_speed(100, 400), 0.25);
        assert_eq!(relative_speed(100, 50), 1.0);
        assert_eq!(relative_speed(0, 0), 1.0);
        assert_eq!(relative_speed(0, 1), 0.0);
    }
}
