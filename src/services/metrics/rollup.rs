//! Rollups of values by hour, day and week.

use std::collections::BTreeMap;

use serde::Serialize;

use super::moments::Moments;
use super::record::{Sample, insert, new_row};
use super::resolution::Resolution;
use crate::error::Result;
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::performance_metrics::RollupKey;
use crate::tables::{PerformanceMetric, performance_metrics as rows};
use crate::types::Timestamp;
use crate::validate;

/// Maximum number of values that one step merges.
pub const MAX_BATCH: u32 = 10_000;

/// Outcome of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RollupStep {
    /// Number of values that were merged into their hour, day and week.
    pub merged: usize,
    /// True if more values are waiting.
    pub has_more: bool,
}

/// Merges values into the rollups of their hour, day and week: those that aren't merged yet, the oldest first, at most
/// `limit`, 1 to [`MAX_BATCH`].
///
/// Each value is marked in the same transaction, so that it is merged exactly once, even if it arrives late. Rollups
/// stay when their values are removed.
pub fn roll_up(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<RollupStep> {
    validate::number("limit", limit, 1..=MAX_BATCH)?;
    let mut instants = rows::pending(uow.connection(), limit + 1)?;
    let has_more = instants.len() > limit as usize;
    instants.truncate(limit as usize);
    for (key, group) in grouped(&instants) {
        merge(uow, &key, &group)?;
    }
    for instant in &instants {
        rows::mark_rolled_up(uow.connection(), &instant.id)?;
        uow.note_write(PerformanceMetric::NAME, instant.id.as_str());
    }
    Ok(RollupStep {
        merged: instants.len(),
        has_more,
    })
}

/// Values to merge into one rollup.
struct Group<'a> {
    moments: Moments,
    unit: Option<&'a str>,
    end: Timestamp,
}

fn grouped(instants: &[rows::Instant]) -> BTreeMap<RollupKey<'_>, Group<'_>> {
    let mut groups = BTreeMap::new();
    for instant in instants {
        for resolution in Resolution::ROLLUPS {
            let (start, end) = resolution.period_of(instant.timestamp);
            let key = RollupKey {
                entity_type: &instant.entity_type,
                entity_id: instant.entity_id.as_deref(),
                metric_name: &instant.metric_name,
                period_type: resolution.name(),
                start,
            };
            let moments = Moments::of(instant.metric_value);
            let unit = instant.metric_unit.as_deref();
            groups
                .entry(key)
                .and_modify(|group: &mut Group<'_>| {
                    group.moments = group.moments.merged(moments);
                    group.unit = group.unit.or(unit);
                })
                .or_insert(Group { moments, unit, end });
        }
    }
    groups
}

fn merge(uow: &mut UnitOfWork<'_>, key: &RollupKey<'_>, group: &Group<'_>) -> Result<()> {
    match rows::rollup(uow.connection(), key)? {
        Some(mut row) => {
            let merged = moments_of(&row).merged(group.moments);
            set_moments(&mut row, merged);
            row.row_version = uow.number_base().next_version(row.row_version);
            rows::write_rollup(uow.connection(), &row)?;
            uow.note_write(PerformanceMetric::NAME, row.id.as_str());
            Ok(())
        }
        None => {
            let mut row = new_rollup(uow, key, group)?;
            insert(uow, &mut row)
        }
    }
}

/// Returns the moments that a row holds.
pub(super) fn moments_of(row: &PerformanceMetric) -> Moments {
    let value = row.metric_value;
    Moments {
        count: row.sample_count,
        sum: row.sum.unwrap_or(value),
        min: row.min_value.unwrap_or(value),
        max: row.max_value.unwrap_or(value),
        m2: row.m2.unwrap_or(0.0),
    }
}

fn set_moments(row: &mut PerformanceMetric, moments: Moments) {
    row.metric_value = moments.mean();
    row.sample_count = moments.count;
    row.sum = Some(moments.sum);
    row.min_value = Some(moments.min);
    row.max_value = Some(moments.max);
    row.m2 = Some(moments.m2);
    row.standard_deviation = Some(moments.standard_deviation());
}

fn new_rollup(
    uow: &UnitOfWork<'_>,
    key: &RollupKey<'_>,
    group: &Group<'_>,
) -> Result<PerformanceMetric> {
    let sample = Sample {
        entity_id: key.entity_id.map(str::to_owned),
        metric_unit: group.unit.map(str::to_owned),
        timestamp: Some(key.start),
        ..Sample::new(key.entity_type, key.metric_name, 0.0)
    };
    let mut row = PerformanceMetric {
        period_type: key.period_type.to_owned(),
        period_start: Some(key.start),
        period_end: Some(group.end),
        ..new_row(uow, &sample)?
    };
    set_moments(&mut row, group.moments);
    Ok(row)
}
