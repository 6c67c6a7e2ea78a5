use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::performance_metrics;
use crate::types::{Id, Json, StringList, Timestamp};

/// Id of a [`PerformanceMetric`].
pub type PerformanceMetricId = Id<PerformanceMetric>;

/// A measured value, or the rollup of many over a period.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = performance_metrics, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct PerformanceMetric {
    /// Primary key.
    pub id: PerformanceMetricId,
    /// Kind of the measured thing: `Agent`, `Task`, `Repository`, `System`.
    pub entity_type: String,
    /// Id of the measured thing.
    pub entity_id: Option<String>,
    /// What is measured.
    pub metric_name: String,
    /// Value; the mean of a rollup.
    pub metric_value: f64,
    /// Unit of the value.
    pub metric_unit: Option<String>,
    /// When it was measured.
    pub timestamp: Timestamp,
    /// `Instant`, `Hourly`, `Daily` or `Weekly`.
    pub period_type: String,
    /// Start of the period of a rollup, inclusive.
    pub period_start: Option<Timestamp>,
    /// End of the period of a rollup, exclusive.
    pub period_end: Option<Timestamp>,
    /// Tags, for lists.
    pub tags: Option<StringList>,
    /// Anything else.
    pub properties: Option<Json>,
    /// Values that were taken together.
    pub sample_count: i64,
    /// Smallest value.
    pub min_value: Option<f64>,
    /// Largest value.
    pub max_value: Option<f64>,
    /// Sum of the values.
    pub sum: Option<f64>,
    /// Sum of the squared distances from the mean.
    pub m2: Option<f64>,
    /// Standard deviation of the values.
    pub standard_deviation: Option<f64>,
    /// When the row was created.
    pub created_at: Timestamp,
    /// Who created the row.
    pub created_by: String,
    /// Version of the row: each update adds one.
    pub row_version: i64,
    /// Whether an instant is part of its rollups.
    pub is_rolled_up: bool,
}
