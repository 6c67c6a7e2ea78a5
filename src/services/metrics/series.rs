//! Reading a series of metrics.

use serde::{Deserialize, Serialize};

use super::resolution::Resolution;
use super::rollup::moments_of;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::analytics::Period;
use crate::tables::{PerformanceMetric, performance_metrics as rows};
use crate::types::Timestamp;
use crate::validate;

/// Maximum number of points that one call returns.
pub const MAX_POINTS: u32 = 10_000;

/// A series of values: one metric of one thing, in one resolution.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Series {
    /// Kind of thing that was measured.
    pub entity_type: String,
    /// Id of the thing; none selects the values without an id.
    pub entity_id: Option<String>,
    /// Name of the measured quantity.
    pub metric_name: String,
    /// Resolution of the points.
    pub resolution: Resolution,
}

/// A point of a series: a single value, or the rollup of an hour, day or week.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricPoint {
    /// Start of the period, or time of the measurement.
    pub start: Timestamp,
    /// End of the period, which is excluded, or time of the measurement.
    pub end: Timestamp,
    /// Number of values.
    pub count: i64,
    /// Measured value, or the mean of the values of a rollup.
    pub metric_value: f64,
    /// Sum of the values.
    pub sum: f64,
    /// Minimum of the values.
    pub min: f64,
    /// Maximum of the values.
    pub max: f64,
    /// Population standard deviation of the values.
    pub standard_deviation: f64,
    /// Unit of the values.
    pub metric_unit: Option<String>,
}

/// Returns the points of a series that begin in a period, the oldest first, at most `limit`, 1 to [`MAX_POINTS`].
/// Rollups contain the values that [`roll_up`](super::roll_up) has merged so far.
pub fn query(
    reader: &mut Reader<'_>,
    series: &Series,
    period: Period,
    limit: u32,
) -> Result<Vec<MetricPoint>> {
    validate::number("limit", limit, 1..=MAX_POINTS)?;
    let selection = rows::MetricSelection {
        entity_type: &series.entity_type,
        entity_id: series.entity_id.as_deref(),
        metric_name: &series.metric_name,
        period_type: series.resolution.name(),
        from: period.from,
        to: period.to,
    };
    let found = rows::series(reader.connection(), &selection, limit)?;
    Ok(found.into_iter().map(point).collect())
}

fn point(row: PerformanceMetric) -> MetricPoint {
    let moments = moments_of(&row);
    MetricPoint {
        start: row.period_start.unwrap_or(row.timestamp),
        end: row.period_end.unwrap_or(row.timestamp),
        count: moments.count,
        metric_value: row.metric_value,
        sum: moments.sum,
        min: moments.min,
        max: moments.max,
        standard_deviation: moments.standard_deviation(),
        metric_unit: row.metric_unit,
    }
}
