//! Reading metrics.

use serde::{Deserialize, Serialize};

use super::resolution::Resolution;
use super::rollup::moments_of;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::analytics::Period;
use crate::tables::{PerformanceMetric, performance_metrics as rows};
use crate::types::Timestamp;
use crate::validate;

/// The most points that one call returns.
pub const MAX_POINTS: u32 = 10_000;

/// Which values are meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Series {
    /// The kind of thing that was measured.
    pub entity_type: String,
    /// The thing's id; none for the values that have none.
    #[serde(default)]
    pub entity_id: Option<String>,
    /// Name of the measured quantity.
    pub metric_name: String,
    /// How finely.
    pub resolution: Resolution,
}

/// A value, or those of an hour, day or week.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricPoint {
    /// When it was measured, or when the period begins.
    pub start: Timestamp,
    /// The first moment behind the period; that of the value itself where there is no period.
    pub end: Timestamp,
    /// How many values.
    pub count: i64,
    /// Their mean.
    pub mean: f64,
    /// Their sum.
    pub sum: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The standard deviation of the values, as all there are.
    pub standard_deviation: f64,
    /// The unit of the values.
    pub unit: Option<String>,
}

/// Returns the points of a series that begin in a period, the oldest first, at most `limit`, 1 to
/// [`MAX_POINTS`]. Rollups have what [`roll_up`](super::roll_up) has merged so far.
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
    let found = rows::series(reader.connection(), &selection, limit.into())?;
    Ok(found.into_iter().map(point).collect())
}

fn point(row: PerformanceMetric) -> MetricPoint {
    let moments = moments_of(&row);
    MetricPoint {
        start: row.period_start.unwrap_or(row.timestamp),
        end: row.period_end.unwrap_or(row.timestamp),
        count: moments.count,
        mean: row.metric_value,
        sum: moments.sum,
        min: moments.min,
        max: moments.max,
        standard_deviation: moments.standard_deviation(),
        unit: row.metric_unit,
    }
}
