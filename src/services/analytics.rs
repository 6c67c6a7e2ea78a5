//! What the tasks of a period tell: counts, durations, waits, throughput, errors.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::db::Reader;
use crate::error::{Error, Result};
use crate::models::{AgentId, RepositoryId};
use crate::repositories::task_analytics::{self as rows, Scope};
use crate::types::{TaskPriority, TaskStatus, TimeSpan, Timestamp};

/// How many of the most frequent errors are told.
const TOP_ERRORS: i64 = 10;
/// The longest period up to which throughput is told by the hour.
const HOURLY_UP_TO: i64 = 2 * TimeSpan::TICKS_PER_DAY;
/// The period that statistics of one agent or repository are about where a call doesn't say.
pub(crate) const DEFAULT_PERIOD: TimeSpan = TimeSpan::from_ticks(30 * TimeSpan::TICKS_PER_DAY);
/// The longest period: ten years, since throughput lists every day.
const LONGEST: i64 = 3660 * TimeSpan::TICKS_PER_DAY;

/// A period of time, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Period {
    /// The first moment in it.
    pub from: Timestamp,
    /// The first moment behind it.
    pub to: Timestamp,
}

impl Period {
    /// The period from one moment up to another; it has to be positive and ten years at the most.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self> {
        let length = (to - from).ticks();
        if length <= 0 {
            return Err(Error::invalid(
                "period",
                "ends before it begins, or is empty",
            ));
        }
        if length > LONGEST {
            return Err(Error::invalid(
                "period",
                "longer than ten years (3660 days)",
            ));
        }
        Ok(Self { from, to })
    }

    /// The period of this length that ends now.
    pub fn until_now(reader: &Reader<'_>, length: TimeSpan) -> Result<Self> {
        let now = reader.now();
        Self::new(now - length, now)
    }

    fn bucket_length(self) -> TimeSpan {
        let by_hour = (self.to - self.from).ticks() <= HOURLY_UP_TO;
        TimeSpan::from_ticks(if by_hour {
            TimeSpan::TICKS_PER_HOUR
        } else {
            TimeSpan::TICKS_PER_DAY
        })
    }
}

/// Which tasks are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskScope {
    /// Only those of this agent.
    pub agent_id: Option<AgentId>,
    /// Only those of this repository.
    pub repository_id: Option<RepositoryId>,
}

/// What a set of times in milliseconds looks like; all zero where there are none.
///
/// A percentile is the smallest value that at least this share of all is not above (the
/// nearest-rank definition), so it is always one that occurred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Distribution {
    /// How many there are.
    pub count: i64,
    /// The least.
    pub min: i64,
    /// The mean.
    pub average: f64,
    /// The greatest.
    pub max: i64,
    /// The median.
    pub p50: i64,
    /// What 95 % are not above.
    pub p95: i64,
    /// What 99 % are not above.
    pub p99: i64,
}

impl Distribution {
    /// Describes these values, which it sorts.
    pub(crate) fn of(mut values: Vec<i64>) -> Self {
        values.sort_unstable();
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else {
            return Self::default();
        };
        let percentile = |percent: usize| {
            let rank = (values.len() * percent).div_ceil(100).max(1);
            values.get(rank - 1).copied().unwrap_or(max)
        };
        let sum: f64 = values.iter().map(|&value| value as f64).sum();
        Self {
            count: values.len() as i64,
            min,
            average: sum / values.len() as f64,
            max,
            p50: percentile(50),
            p95: percentile(95),
            p99: percentile(99),
        }
    }
}

/// How many tasks ended in an hour or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Throughput {
    /// When the hour or day begins, UTC; it may begin before the period does.
    pub start: Timestamp,
    /// How many completed.
    pub completed: i64,
    /// How many failed.
    pub failed: i64,
    /// How many were cancelled.
    pub cancelled: i64,
}

/// An error, and how many tasks failed with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorCount {
    /// The message.
    pub error_message: String,
    /// How many tasks.
    pub count: i64,
}

/// What the tasks of a period tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskAnalytics {
    /// The period in which the tasks were made, and in which throughput was counted.
    pub period: Period,
    /// How many tasks were made.
    pub total: i64,
    /// How many of these are in each state.
    pub by_status: BTreeMap<TaskStatus, i64>,
    /// How many of these have each priority.
    pub by_priority: BTreeMap<TaskPriority, i64>,
    /// Completed among those that completed or failed, 0 to 1; 0 where there are none.
    pub success_rate: f64,
    /// How often these were run again.
    pub retries: i64,
    /// From start to end of those that completed or failed, in milliseconds.
    pub duration: Distribution,
    /// From becoming available to the start of the last run, in milliseconds.
    pub queue_wait: Distribution,
    /// What ended in the period, by hour up to two days, else by day; nothing is left out.
    pub throughput: Vec<Throughput>,
    /// The most frequent errors of tasks that failed, at most ten.
    pub top_errors: Vec<ErrorCount>,
}

/// What the tasks tell that were made in a period.
///
/// Throughput counts what ended in the period, whenever it was made. Costs one pass over the
/// tasks of the period, and 16 bytes of memory for each that ran.
pub fn task_analytics(
    reader: &mut Reader<'_>,
    period: Period,
    scope: &TaskScope,
) -> Result<TaskAnalytics> {
    let scope = Scope {
        from: period.from,
        to: period.to,
        agent_id: scope.agent_id.as_ref(),
        repository_id: scope.repository_id.as_ref(),
    };
    let conn = reader.connection();
    let mut summary = Summary::default();
    rows::for_each_created(conn, &scope, |task| summary.add(&task))?;
    let mut throughput = empty_buckets(period);
    rows::for_each_ended(conn, &scope, |ended_at, status| {
        count_ended(&mut throughput, period, ended_at, status);
    })?;
    let top_errors = rows::top_errors(conn, &scope, TOP_ERRORS)?;
    Ok(summary.finish(period, throughput, top_errors))
}

#[derive(Default)]
struct Summary {
    by_status: BTreeMap<TaskStatus, i64>,
    by_priority: BTreeMap<TaskPriority, i64>,
    retries: i64,
    durations: Vec<i64>,
    waits: Vec<i64>,
}

impl Summary {
    fn add(&mut self, task: &rows::CreatedTask) {
        *self.by_status.entry(task.status).or_default() += 1;
        *self.by_priority.entry(task.priority).or_default() += 1;
        self.retries += i64::from(task.retry_count);
        let has_outcome = matches!(task.status, TaskStatus::Completed | TaskStatus::Failed);
        self.durations
            .extend(task.computed_duration.filter(|_| has_outcome));
        let wait = |started: Timestamp| started.saturating_since(task.available_at);
        self.waits
            .extend(task.started_at.map(|started| wait(started).whole_millis()));
    }

    fn finish(
        self,
        period: Period,
        throughput: Vec<Throughput>,
        top_errors: Vec<(String, i64)>,
    ) -> TaskAnalytics {
        let count = |status| self.by_status.get(&status).copied().unwrap_or(0);
        let completed = count(TaskStatus::Completed);
        let ended = completed + count(TaskStatus::Failed);
        TaskAnalytics {
            period,
            total: self.by_status.values().sum(),
            success_rate: if ended == 0 {
                0.0
            } else {
                completed as f64 / ended as f64
            },
            by_status: self.by_status,
            by_priority: self.by_priority,
            retries: self.retries,
            duration: Distribution::of(self.durations),
            queue_wait: Distribution::of(self.waits),
            throughput,
            top_errors: top_errors
                .into_iter()
                .map(|(error_message, count)| ErrorCount {
                    error_message,
                    count,
                })
                .collect(),
        }
    }
}

fn empty_buckets(period: Period) -> Vec<Throughput> {
    let length = period.bucket_length().ticks();
    let first = period.from.ticks().div_euclid(length);
    let last = (period.to.ticks() - 1).div_euclid(length);
    let start_of = |number: i64| Timestamp::from_ticks(number * length).unwrap_or(Timestamp::MIN);
    (first..=last)
        .map(|number| Throughput {
            start: start_of(number),
            completed: 0,
            failed: 0,
            cancelled: 0,
        })
        .collect()
}

fn count_ended(
    buckets: &mut [Throughput],
    period: Period,
    ended_at: Timestamp,
    status: TaskStatus,
) {
    let length = period.bucket_length().ticks();
    let first = period.from.ticks().div_euclid(length);
    let index = usize::try_from(ended_at.ticks().div_euclid(length) - first);
    let Some(bucket) = index.ok().and_then(|index| buckets.get_mut(index)) else {
        return;
    };
    match status {
        TaskStatus::Completed => bucket.completed += 1,
        TaskStatus::Failed => bucket.failed += 1,
        _ => bucket.cancelled += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let hundred = Distribution::of((1..=100).rev().collect());
        assert_eq!((hundred.p50, hundred.p95, hundred.p99), (50, 95, 99));
        assert_eq!((hundred.min, hundred.max, hundred.average), (1, 100, 50.5));

        let one = Distribution::of(vec![7]);
        assert_eq!((one.p50, one.p99, one.count), (7, 7, 1));
        assert_eq!(Distribution::of(Vec::new()), Distribution::default());
    }

    #[test]
    fn a_period_that_ends_before_it_begins_or_never_is_refused() {
        let now: Timestamp = "2026-01-01".parse().unwrap();
        assert!(Period::new(now, now).is_err());
        assert!(Period::new(now, now - TimeSpan::from_ticks(1)).is_err());
        assert!(Period::new(now, now + TimeSpan::from_ticks(LONGEST + 1)).is_err());
        assert!(Period::new(now, now + TimeSpan::from_ticks(LONGEST)).is_ok());
    }

    #[test]
    fn every_hour_and_every_day_has_its_bucket() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let hours =
            empty_buckets(Period::new(at("2026-01-01 10:30"), at("2026-01-01 13:00")).unwrap());
        let starts: Vec<String> = hours
            .iter()
            .map(|b| b.start.to_string()[..16].to_owned())
            .collect();
        assert_eq!(
            starts,
            ["2026-01-01 10:00", "2026-01-01 11:00", "2026-01-01 12:00"]
        );

        let days = empty_buckets(Period::new(at("2026-01-01 10:30"), at("2026-01-04")).unwrap());
        assert_eq!(days.len(), 3);
    }
}
