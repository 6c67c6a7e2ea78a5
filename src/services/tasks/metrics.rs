//! Measurements of a task's run.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::metrics::{self, Sample};
use crate::tables::TaskId;
use crate::validate;

/// `EntityType` of the metrics of tasks.
const TASK: &str = "Task";

/// Measured values by name, 1 to 255 characters; a value is finite.
pub type Metrics = BTreeMap<String, f64>;

/// Checks that names and values can be stored.
pub(super) fn check(metrics: &Metrics) -> Result<()> {
    for (name, value) in metrics {
        validate::text("MetricName", name, validate::NAME)?;
        if !value.is_finite() {
            let reason = format!("must be finite, got {value} for '{name}'");
            return Err(Error::invalid("MetricValue", reason));
        }
    }
    Ok(())
}

/// Records measurements of a task with the present time.
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
