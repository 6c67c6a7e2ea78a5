//! Measurements of a task's run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::metrics::{self, Sample};
use crate::tables::Task;
use crate::types::{Json, TimeSpan};
use crate::validate;

/// `EntityType` of the metrics of tasks.
const TASK: &str = "Task";

/// Measurements and notes by name, 1 to 255 characters.
pub type Metrics = BTreeMap<String, RunMetric>;

/// Measurement of a run, or a note on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RunMetric {
    /// Finite number, which becomes a row of `PerformanceMetrics`.
    Number(f64),
    /// Text or other JSON, which becomes one of the `Properties` of the row that says how long the run took, or how far
    /// it is.
    Note(Json),
}

impl From<f64> for RunMetric {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for RunMetric {
    fn from(text: &str) -> Self {
        Self::Note(Json(Value::from(text)))
    }
}

/// Checks that names and values can be stored.
pub(super) fn check(metrics: &Metrics) -> Result<()> {
    for (name, value) in metrics {
        validate::text("MetricName", name, validate::NAME)?;
        match value {
            RunMetric::Number(number) if !number.is_finite() => {
                let reason = format!("must be finite, got {number} for '{name}'");
                return Err(Error::invalid("MetricValue", reason));
            }
            RunMetric::Number(_) | RunMetric::Note(_) => {}
        }
    }
    Ok(())
}

/// Records measurements of a run that has ended, with the present time.
pub(super) fn record_end(uow: &mut UnitOfWork<'_>, task: &Task, measured: &Metrics) -> Result<()> {
    let ran = task.execution_duration.unwrap_or(TimeSpan::ZERO);
    let milliseconds = ran.ticks() as f64 / TimeSpan::TICKS_PER_MILLISECOND as f64;
    record(
        uow,
        task,
        measured,
        ("ExecutionDuration", milliseconds, "ms"),
    )
}

/// Records measurements of a run that goes on, with the present time.
pub(super) fn record_progress(
    uow: &mut UnitOfWork<'_>,
    task: &Task,
    measured: &Metrics,
) -> Result<()> {
    let percentage = f64::from(task.progress_percentage);
    record(uow, task, measured, ("ProgressPercentage", percentage, "%"))
}

/// Records each number as a row of its own, and all notes as the properties of a further row.
fn record(
    uow: &mut UnitOfWork<'_>,
    task: &Task,
    measured: &Metrics,
    (name, value, unit): (&str, f64, &str),
) -> Result<()> {
    let sample = |name: &str, value| Sample {
        entity_id: Some(task.id.to_string()),
        ..Sample::new(TASK, name, value)
    };
    let mut notes = Map::new();
    for (name, metric) in measured {
        match metric {
            RunMetric::Number(number) => {
                metrics::record(uow, &sample(name, *number))?;
            }
            RunMetric::Note(Json(note)) => {
                notes.insert(name.clone(), note.clone());
            }
        }
    }
    if !notes.is_empty() {
        let carrier = Sample {
            metric_unit: Some(unit.to_owned()),
            properties: Some(Json(Value::Object(notes))),
            ..sample(name, value)
        };
        metrics::record(uow, &carrier)?;
    }
    Ok(())
}
