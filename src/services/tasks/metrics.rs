//! What a worker measured while it ran a task.

use std::collections::BTreeMap;

use crate::db::UnitOfWork;
use crate::error::{Error, Result};
use crate::models::{PerformanceMetric, TaskId};
use crate::validate;

/// The `EntityType` of a task's metrics.
const TASK: &str = "Task";

/// Measured values by name, 1 to 255 characters; a value is finite.
pub type Metrics = BTreeMap<String, f64>;

/// Refuses metrics that can't be kept.
pub(super) fn check(metrics: &Metrics) -> Result<()> {
    for (name, value) in metrics {
        validate::text("MetricName", name, validate::NAME)?;
        if !value.is_finite() {
            let reason = format!("{value} of '{name}' is no finite number");
            return Err(Error::invalid("MetricValue", reason));
        }
    }
    Ok(())
}

/// Notes what was measured of a task now.
pub(super) fn record(uow: &mut UnitOfWork<'_>, id: &TaskId, metrics: &Metrics) -> Result<()> {
    let now = uow.now();
    for (name, &value) in metrics {
        uow.insert(&mut PerformanceMetric {
            id: uow.new_id()?,
            entity_type: TASK.to_owned(),
            entity_id: Some(id.to_string()),
            metric_name: name.clone(),
            metric_value: value,
            metric_unit: None,
            timestamp: now,
            period_type: "Instant".to_owned(),
            period_start: None,
            period_end: None,
            tags: None,
            properties: None,
            sample_count: 1,
            min_value: None,
            max_value: None,
            sum: None,
            m2: None,
            standard_deviation: None,
            created_at: now,
            created_by: String::new(),
            row_version: 1,
        })?;
    }
    Ok(())
}
