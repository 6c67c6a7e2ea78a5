//! State of a round of upkeep that several steps share.

use std::collections::BTreeMap;

use super::retention::{Kind, SizeReport};
use crate::config::RetentionPolicy;

/// Rows that a round has deleted, by age and by size, and what it did about the size of the database.
#[derive(Debug)]
pub(super) struct Round {
    most_rows: u64,
    deleted: BTreeMap<Kind, u64>,
    /// Number of free pages that were given back to the disk.
    pub(super) pages_given_back: u64,
    /// Report on the size, if the policy limits it and the step has run.
    pub(super) size: Option<SizeReport>,
    /// True once no row may be deleted any more because of the size.
    pub(super) nothing_to_delete: bool,
}

impl Round {
    pub(super) fn new(policy: &RetentionPolicy) -> Self {
        Self {
            most_rows: policy.max_rows_per_run.map_or(u64::MAX, u64::from),
            deleted: BTreeMap::new(),
            pages_given_back: 0,
            size: None,
            nothing_to_delete: false,
        }
    }

    /// Returns how many rows of a kind may still be deleted.
    pub(super) fn room(&self, kind: Kind) -> u64 {
        let deleted = self.deleted.get(&kind).copied().unwrap_or(0);
        self.most_rows.saturating_sub(deleted)
    }

    /// Counts deleted rows.
    pub(super) fn count(&mut self, kind: Kind, rows: u64) {
        *self.deleted.entry(kind).or_default() += rows;
    }

    /// Returns the report on the size at the end of the round, and logs it if something was done.
    pub(super) fn into_size_report(self) -> Option<SizeReport> {
        let mut size = self.size?;
        size.pages_given_back = self.pages_given_back;
        if !size.deleted.is_empty() {
            tracing::info!(report = %size, "the upkeep deleted rows because of the size");
        }
        Some(size)
    }
}
