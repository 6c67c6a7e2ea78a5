//! What the tasks of a period tell.

use std::collections::BTreeMap;

use orchestra_store::models::AgentId;
use orchestra_store::services::analytics::{
    Distribution, ErrorCount, Period, TaskAnalytics, Throughput,
};
use orchestra_store::types::{TaskPriority, TaskStatus, TimeSpan, Timestamp};

use super::{Columns, Connection, Statement, Value};

/// Sums up tasks: of one agent, or all.
#[derive(Debug)]
pub struct Analytics {
    begin: Statement,
    commit: Statement,
    created: Statement,
    ended: Statement,
    top_errors: Statement,
    agent: Option<AgentId>,
}

impl Analytics {
    /// On this connection.
    pub fn new(connection: &Connection, agent: Option<AgentId>) -> Self {
        let of_agent = match agent {
            Some(_) => "AND AgentId = ?3",
            None => "",
        };
        Self {
            begin: connection.prepare("BEGIN"),
            commit: connection.prepare("COMMIT"),
            created: connection.prepare(&format!(
                "SELECT Status, Priority, RetryCount, AvailableAt, StartedAt, ComputedDuration
                 FROM Tasks WHERE CreatedAt >= ?1 AND CreatedAt < ?2 {of_agent}"
            )),
            ended: connection.prepare(&format!(
                "SELECT CompletedAt, Status
                 FROM Tasks WHERE CompletedAt >= ?1 AND CompletedAt < ?2 {of_agent}"
            )),
            top_errors: connection.prepare(&format!(
                "SELECT ErrorMessage, count(*) FROM Tasks
                 WHERE CreatedAt >= ?1 AND CreatedAt < ?2 {of_agent}
                     AND Status = 4 AND ErrorMessage IS NOT NULL
                 GROUP BY ErrorMessage ORDER BY count(*) DESC, ErrorMessage LIMIT 10"
            )),
            agent,
        }
    }

    /// What the tasks tell that were made in the period.
    pub fn of(&mut self, period: Period) -> TaskAnalytics {
        let mut values: Vec<&dyn Value> = vec![&period.from, &period.to];
        values.extend(self.agent.as_ref().map(|id| id as &dyn Value));
        self.begin.execute(&[]);
        let mut created = Created::default();
        self.created.for_each(&values, |row| created.add(row));
        let mut throughput = Buckets::of(period);
        self.ended.for_each(&values, |row| throughput.count(row));
        let top_errors = self.top_errors.all(&values, |row| ErrorCount {
            error_message: row.get(0),
            count: row.get(1),
        });
        self.commit.execute(&[]);
        created.finish(period, throughput.buckets, top_errors)
    }
}

#[derive(Default)]
struct Created {
    by_status: [i64; 6],
    by_priority: [i64; 4],
    retries: i64,
    durations: Vec<i64>,
    waits: Vec<i64>,
}

impl Created {
    #[inline]
    fn add(&mut self, row: Columns<'_>) {
        let status: i64 = row.get(0);
        self.by_status[status as usize] += 1;
        self.by_priority[row.get::<i64>(1) as usize] += 1;
        self.retries += row.get::<i64>(2);
        let started_at: Option<Timestamp> = row.get(4);
        if let Some(started_at) = started_at {
            let wait = started_at.saturating_since(row.get(3));
            self.waits.push(wait.whole_millis());
        }
        if matches!(status, 3 | 4) {
            self.durations.extend(row.get::<Option<i64>>(5));
        }
    }

    fn finish(
        self,
        period: Period,
        throughput: Vec<Throughput>,
        top_errors: Vec<ErrorCount>,
    ) -> TaskAnalytics {
        let (completed, failed) = (self.by_status[3], self.by_status[4]);
        let counts_of = |status: &TaskStatus| self.by_status[status.number() as usize];
        TaskAnalytics {
            period,
            total: self.by_status.iter().sum(),
            success_rate: match completed + failed {
                0 => 0.0,
                ended => completed as f64 / ended as f64,
            },
            by_status: present(TaskStatus::ALL, counts_of),
            by_priority: present(TaskPriority::ALL, |priority| {
                self.by_priority[priority.number() as usize]
            }),
            retries: self.retries,
            duration: distribution(self.durations),
            queue_wait: distribution(self.waits),
            throughput,
            top_errors,
        }
    }
}

fn present<K: Ord + Copy>(keys: &[K], count: impl Fn(&K) -> i64) -> BTreeMap<K, i64> {
    let counts = keys.iter().map(|key| (*key, count(key)));
    counts.filter(|(_, count)| *count > 0).collect()
}

fn distribution(mut values: Vec<i64>) -> Distribution {
    values.sort_unstable();
    let (Some(&min), Some(&max)) = (values.first(), values.last()) else {
        return Distribution::default();
    };
    let percentile = |percent: usize| values[(values.len() * percent).div_ceil(100).max(1) - 1];
    let sum: f64 = values.iter().map(|&value| value as f64).sum();
    Distribution {
        count: values.len() as i64,
        min,
        average: sum / values.len() as f64,
        max,
        p50: percentile(50),
        p95: percentile(95),
        p99: percentile(99),
    }
}

/// What ended, by hour up to two days, else by day.
struct Buckets {
    length: i64,
    first: i64,
    buckets: Vec<Throughput>,
}

impl Buckets {
    fn of(period: Period) -> Self {
        let by_hour = (period.to - period.from).ticks() <= 2 * TimeSpan::TICKS_PER_DAY;
        let length = match by_hour {
            true => TimeSpan::TICKS_PER_HOUR,
            false => TimeSpan::TICKS_PER_DAY,
        };
        let first = period.from.ticks().div_euclid(length);
        let last = (period.to.ticks() - 1).div_euclid(length);
        let empty = |number| Throughput {
            start: Timestamp::from_ticks(number * length).unwrap(),
            completed: 0,
            failed: 0,
            cancelled: 0,
        };
        Self {
            length,
            first,
            buckets: (first..=last).map(empty).collect(),
        }
    }

    #[inline]
    fn count(&mut self, row: Columns<'_>) {
        let ended_at: Timestamp = row.get(0);
        let index = ended_at.ticks().div_euclid(self.length) - self.first;
        let bucket = &mut self.buckets[index as usize];
        match row.get::<i64>(1) {
            3 => bucket.completed += 1,
            4 => bucket.failed += 1,
            _ => bucket.cancelled += 1,
        }
    }
}
