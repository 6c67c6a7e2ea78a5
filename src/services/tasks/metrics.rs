//! Measurements of a worker while it ran a task.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::metrics::{self, Sample};
use crate::tables::TaskId;
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
pub(super) fn record(uow: &mut UnitOfWork<'_>, id: &TaskId, measured: &Metrics) -> Result<()> {
    for (name, &value) in measured {
        let sample = Sample {
            entity_id: Some(id.to_string()),
            ..Sample::new(TASK, name, value)
        };
        metrics::record(uow, &sample)?;
    }
    Ok(())
}
