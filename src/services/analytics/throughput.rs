//! How many tasks ended in each hour or day.

use serde::Serialize;

use super::period::{Buckets, Period};
use crate::types::{TaskStatus, Timestamp};

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

/// Counts what ended in a period.
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

    /// Notes that a task ended at this moment; does nothing where that is outside of the period.
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
