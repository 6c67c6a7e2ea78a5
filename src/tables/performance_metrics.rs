//! Row and queries of the table `PerformanceMetrics`.

use diesel::dsl::not;
use diesel::prelude::*;

use crate::rows::entity;
use crate::schema::performance_metrics::{self, dsl};
use crate::sqlite::{Backend, Conn, dialect};
use crate::types::{Id, Json, StringList, Timestamp};

/// Id of a [`PerformanceMetric`].
pub type PerformanceMetricId = Id<PerformanceMetric>;

entity! {
    /// A measured value, or the rollup of many over a period.
    #[derive(Debug)]
    pub struct PerformanceMetric in performance_metrics as "PerformanceMetrics" {
        /// Primary key.
        pub id: PerformanceMetricId,
        /// Kind of the measured thing: `Agent`, `Task`, `Repository`, `System`.
        pub entity_type: String,
        /// Id of the measured thing.
        pub entity_id: Option<String>,
        /// Name of the measured quantity.
        pub metric_name: String,
        /// Measured value, or the mean of a rollup.
        pub metric_value: f64,
        /// Unit of the value.
        pub metric_unit: Option<String>,
        /// Time of the measurement.
        pub timestamp: Timestamp,
        /// Kind of period: `Instant`, `Hourly`, `Daily` or `Weekly`.
        pub period_type: String,
        /// Start of the period of a rollup, inclusive.
        pub period_start: Option<Timestamp>,
        /// End of the period of a rollup, exclusive.
        pub period_end: Option<Timestamp>,
        /// Tags to filter lists by.
        pub tags: Option<StringList>,
        /// Further properties.
        pub properties: Option<Json>,
        /// Number of values in a rollup.
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
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// User who created the row.
        pub created_by: String,
        /// Version of the row; each update raises it.
        pub row_version: i64,
        /// True if this single value is part of its rollups.
        pub is_rolled_up: bool,
    }
    created { created_at } by created_by,
    updated { },
    version row_version,
    kept {
        [
            metric_value, sample_count, min_value, max_value, sum, m2, standard_deviation, is_rolled_up,
        ] by "record and the upkeep",
    },
    given { metric_value, sample_count, min_value, max_value, sum, m2, standard_deviation },
}

/// A measured value that is not part of its rollups yet.
#[derive(Queryable, Selectable)]
#[diesel(table_name = performance_metrics, check_for_backend(Backend))]
pub(crate) struct Instant {
    pub(crate) id: PerformanceMetricId,
    pub(crate) entity_type: String,
    pub(crate) entity_id: Option<String>,
    pub(crate) metric_name: String,
    pub(crate) metric_value: f64,
    pub(crate) metric_unit: Option<String>,
    pub(crate) timestamp: Timestamp,
}

/// Columns that identify a rollup.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RollupKey<'a> {
    pub(crate) entity_type: &'a str,
    pub(crate) entity_id: Option<&'a str>,
    pub(crate) metric_name: &'a str,
    pub(crate) period_type: &'static str,
    pub(crate) start: Timestamp,
}

/// Returns values that are not part of their rollups yet, the oldest first.
pub(crate) fn pending(conn: &mut Conn, limit: u32) -> QueryResult<Vec<Instant>> {
    dsl::performance_metrics
        .filter(dsl::period_start.is_null())
        .filter(not(dsl::is_rolled_up))
        .order((dsl::timestamp, dsl::id))
        .limit(limit.into())
        .select(Instant::as_select())
        .load(conn)
}

/// Marks a value as part of its rollups.
pub(crate) fn mark_rolled_up(conn: &mut Conn, id: &PerformanceMetricId) -> QueryResult<()> {
    let changes = dsl::is_rolled_up.eq(true);
    dialect::update_row(conn, "PerformanceMetrics", id, changes)
}

/// Returns the rollup with this key.
pub(crate) fn rollup(
    conn: &mut Conn,
    key: &RollupKey<'_>,
) -> QueryResult<Option<PerformanceMetric>> {
    let mut query = dsl::performance_metrics
        .filter(dsl::entity_type.eq(key.entity_type))
        .filter(dsl::metric_name.eq(key.metric_name))
        .filter(dsl::period_type.eq(key.period_type))
        .filter(dsl::period_start.eq(key.start))
        .select(PerformanceMetric::as_select())
        .into_boxed::<Backend>();
    query = match key.entity_id {
        Some(id) => query.filter(dsl::entity_id.eq(id)),
        None => query.filter(dsl::entity_id.is_null()),
    };
    query.first(conn).optional()
}

/// Writes the figures that a rollup computes from its values.
pub(crate) fn write_rollup(conn: &mut Conn, row: &PerformanceMetric) -> QueryResult<()> {
    let changes = (
        dsl::metric_value.eq(row.metric_value),
        dsl::sample_count.eq(row.sample_count),
        dsl::min_value.eq(row.min_value),
        dsl::max_value.eq(row.max_value),
        dsl::sum.eq(row.sum),
        dsl::m2.eq(row.m2),
        dsl::standard_deviation.eq(row.standard_deviation),
        dsl::row_version.eq(row.row_version),
    );
    dialect::update_row(conn, "PerformanceMetrics", &row.id, changes)
}

/// Conditions that select the values of a series.
pub(crate) struct MetricSelection<'a> {
    pub(crate) entity_type: &'a str,
    pub(crate) entity_id: Option<&'a str>,
    pub(crate) metric_name: &'a str,
    pub(crate) period_type: &'static str,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// Returns the selected values, the oldest first. A rollup's `Timestamp` is the start of its period.
pub(crate) fn series(
    conn: &mut Conn,
    selection: &MetricSelection<'_>,
    limit: u32,
) -> QueryResult<Vec<PerformanceMetric>> {
    let mut query = dsl::performance_metrics
        .filter(dsl::entity_type.eq(selection.entity_type))
        .filter(dsl::metric_name.eq(selection.metric_name))
        .filter(dsl::period_type.eq(selection.period_type))
        .filter(dsl::timestamp.ge(selection.from))
        .filter(dsl::timestamp.lt(selection.to))
        .order((dsl::timestamp, dsl::id))
        .limit(limit.into())
        .select(PerformanceMetric::as_select())
        .into_boxed::<Backend>();
    query = match selection.entity_id {
        Some(id) => query.filter(dsl::entity_id.eq(id)),
        None => query.filter(dsl::entity_id.is_null()),
    };
    query.load(conn)
}
