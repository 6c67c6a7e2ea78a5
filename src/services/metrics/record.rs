//! Recording of measured values.

use serde::{Deserialize, Serialize};

use super::resolution::Resolution;
use crate::error::{Error, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::{PerformanceMetric, PerformanceMetricId};
use crate::types::{Json, StringList, Timestamp};
use crate::validate;

/// Maximum number of values that one call records.
pub const MAX_SAMPLES: usize = 10_000;

/// A measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Sample {
    /// Kind of thing that was measured, such as `Agent`, `Task`, `Repository` or `System`, 1 to 100 characters.
    pub entity_type: String,
    /// Id of the thing, 1 to 128 characters; none if the value is about all things of the kind.
    pub entity_id: Option<String>,
    /// Name of the measured quantity, 1 to 255 characters.
    pub metric_name: String,
    /// Value, which must be finite. JSON may call it `Value`, too.
    #[serde(alias = "Value")]
    pub metric_value: f64,
    /// Unit of the value, up to 50 characters. JSON may call it `Unit`, too.
    #[serde(alias = "Unit")]
    pub metric_unit: Option<String>,
    /// Time of the measurement; none means now.
    pub timestamp: Option<Timestamp>,
    /// Tags, for lists.
    pub tags: Option<StringList>,
    /// Further properties.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub properties: Option<Json>,
}

impl Sample {
    /// Creates a value measured now.
    pub fn new(
        entity_type: impl Into<String>,
        metric_name: impl Into<String>,
        metric_value: f64,
    ) -> Self {
        Self {
            entity_type: entity_type.into(),
            entity_id: None,
            metric_name: metric_name.into(),
            metric_value,
            metric_unit: None,
            timestamp: None,
            tags: None,
            properties: None,
        }
    }

    fn validate(&self) -> Result<()> {
        validate::text("EntityType", &self.entity_type, 1..=100)?;
        validate::optional_text("EntityId", self.entity_id.as_deref(), 1..=128)?;
        validate::text("MetricName", &self.metric_name, 1..=255)?;
        validate::optional_text("MetricUnit", self.metric_unit.as_deref(), 0..=50)?;
        if !self.metric_value.is_finite() {
            let reason = format!("must be finite, got {}", self.metric_value);
            return Err(Error::invalid("MetricValue", reason));
        }
        Ok(())
    }
}

/// Records a value, and returns the id of its row.
pub fn record(uow: &mut UnitOfWork<'_>, sample: &Sample) -> Result<PerformanceMetricId> {
    sample.validate()?;
    let mut row = new_row(uow, sample)?;
    insert(uow, &mut row)?;
    Ok(row.id)
}

/// Creates the row of a value without checking it.
pub(crate) fn new_row(uow: &UnitOfWork<'_>, sample: &Sample) -> Result<PerformanceMetric> {
    let now = uow.now();
    Ok(PerformanceMetric {
        id: uow.new_id()?,
        entity_type: sample.entity_type.clone(),
        entity_id: sample.entity_id.clone(),
        metric_name: sample.metric_name.clone(),
        metric_value: sample.metric_value,
        metric_unit: sample.metric_unit.clone(),
        timestamp: sample.timestamp.unwrap_or(now),
        period_type: Resolution::Instant.name().to_owned(),
        period_start: None,
        period_end: None,
        tags: sample.tags.clone(),
        properties: sample.properties.clone(),
        sample_count: 1,
        min_value: None,
        max_value: None,
        sum: None,
        m2: None,
        standard_deviation: None,
        created_at: now,
        created_by: uow.user().user_id.clone(),
        row_version: 1,
        is_rolled_up: false,
    })
}

/// Records values, all or none, at most [`MAX_SAMPLES`]. An error has the index of the value at fault.
pub fn record_many(
    uow: &mut UnitOfWork<'_>,
    samples: &[Sample],
) -> Result<Vec<PerformanceMetricId>> {
    validate::number("samples", samples.len(), 0..=MAX_SAMPLES)?;
    let at = |index| move |e: Error| e.with_details(|d| d.index = Some(index));
    for (index, sample) in samples.iter().enumerate() {
        sample.validate().map_err(at(index))?;
    }
    let each = samples.iter().enumerate();
    each.map(|(index, sample)| record(uow, sample).map_err(at(index)))
        .collect()
}

/// Inserts a row without an audit row.
pub(super) fn insert(uow: &mut UnitOfWork<'_>, row: &mut PerformanceMetric) -> Result<()> {
    uow.stamp_created(row);
    row.insert(uow.conn())?;
    uow.note_write(PerformanceMetric::NAME, row.id.as_str());
    Ok(())
}
