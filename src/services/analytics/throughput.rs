//! Numbers of tasks that ended in each hour or day.

use serde::Serialize;

use super::period::{Buckets, Period};
use crate::types::{TaskStatus, Timestamp};

/// Numbers of tasks that ended in an hour or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Throughput {
    /// Start of the hour or day, in UTC, which may be before the period begins.
    pub start: Timestamp,
    /// Number that completed.
    pub completed: i64,
    /// Number that failed.
    pub failed: i64,
    /// Number that were cancelled.
    pub cancelled: i64,
}

/// Counts the tasks that ended in a period.
pub(super) struct ThroughputCounter {
    period: Period,
    buckets: Buckets,
    counts: Vec<Throughput>,
}

impl ThroughputCounter {
    pub(super) fn new(period: Period) -> Self {
        let buckets = period.buckets();
        let empty = |start| Throughput {
            start,
            completed: 0,
            failed: 0,
            cancelled: 0,
        };
        Self {
            period,
            buckets,
            counts: buckets.starts().map(empty).collect(),
        }
    }

    /// Counts a task that ended at this moment; ignores it if that is outside of the period.
    pub(super) fn add(&mut self, ended_at: Timestamp, status: TaskStatus) {
        if !self.period.contains(ended_at) {
            return;
        }
        let index = self.buckets.index_of(ended_at);
        let Some(bucket) = index.and_then(|index| self.counts.get_mut(index)) else {
            return;
        };
        match status {
            TaskStatus::Completed => bucket.completed += 1,
            TaskStatus::Failed => bucket.failed += 1,
            _ => bucket.cancelled += 1,
        }
    }

    pub(super) fn finish(self) -> Vec<Throughput> {
        self.counts
    }
}
