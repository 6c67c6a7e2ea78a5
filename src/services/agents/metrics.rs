//! Measurements of agents that the host reports.

use serde::{Deserialize, Serialize};

use super::get;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::counters;
use crate::services::metrics::{self, Sample};
use crate::services::statistics::count_runs;
use crate::tables::task_tallies::Tally;
use crate::tables::{Agent, AgentId};
use crate::types::TimeSpan;
use crate::validate;

/// Most runs that one call adds to the counters.
const MAX_RUNS: i64 = 1_000_000;
/// Most measurements of one call.
const MAX_MEASUREMENTS: usize = 100;
/// Longest execution time that one call adds: ten years.
const LONGEST: TimeSpan = TimeSpan::from_ticks(3660 * TimeSpan::TICKS_PER_DAY);

/// Measurements of an agent by its host: runs outside of the queue, which are added to the agent's counters, and
/// values, which become rows of `PerformanceMetrics`.
///
/// The queue counts its own tasks: reporting them here as well would count them twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct AgentPerformanceMetrics {
    /// Number of runs that succeeded, 0 to 1 000 000.
    pub tasks_completed: i64,
    /// Number of runs that failed, 0 to 1 000 000.
    pub tasks_failed: i64,
    /// Total duration of these runs, up to ten years; zero if there were none.
    pub execution_time: TimeSpan,
    /// Measured values, at most 100.
    pub measurements: Vec<Measurement>,
}

/// A measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Measurement {
    /// Name of the measured quantity, 1 to 255 characters.
    pub metric_name: String,
    /// Measured value, finite.
    pub metric_value: f64,
    /// Unit of the value, up to 50 characters.
    #[serde(default)]
    pub metric_unit: Option<String>,
}

impl AgentPerformanceMetrics {
    fn runs(&self) -> Tally {
        Tally {
            tasks: self.tasks_completed + self.tasks_failed,
            completed: self.tasks_completed,
            failed: self.tasks_failed,
            execution_time: self.execution_time,
        }
    }

    fn validate(&self) -> Result<()> {
        validate::number("TasksCompleted", self.tasks_completed, 0..=MAX_RUNS)?;
        validate::number("TasksFailed", self.tasks_failed, 0..=MAX_RUNS)?;
        validate::number(
            "ExecutionTime",
            self.execution_time,
            TimeSpan::ZERO..=LONGEST,
        )?;
        if self.tasks_completed + self.tasks_failed == 0 && self.execution_time > TimeSpan::ZERO {
            let given = self.execution_time;
            let reason = format!("must be zero if no task completed or failed, got {given}");
            return Err(Error::invalid("ExecutionTime", reason));
        }
        validate::number(
            "Measurements",
            self.measurements.len(),
            0..=MAX_MEASUREMENTS,
        )?;
        let numbered = self.measurements.iter().enumerate();
        numbered.into_iter().try_for_each(|(index, measurement)| {
            let valid = measurement.validate();
            valid.map_err(|e| e.with_details(|d| d.index = Some(index)))
        })
    }
}

impl Measurement {
    fn validate(&self) -> Result<()> {
        validate::text("MetricName", &self.metric_name, validate::NAME)?;
        validate::number("MetricValue", self.metric_value, f64::MIN..=f64::MAX)?;
        validate::optional_text("MetricUnit", self.metric_unit.as_deref(), 0..=50)
    }
}

/// Adds the measurements of a host to an agent, all of them or none, and returns the agent.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) and the name of the value that isn't
/// accepted; [`ErrorDetails::index`](crate::ErrorDetails) is the index of the measurement.
pub fn update_performance_metrics(
    uow: &mut UnitOfWork<'_>,
    id: &AgentId,
    measured: &AgentPerformanceMetrics,
) -> Result<Agent> {
    measured.validate()?;
    let mut agent = get(uow, id)?;
    let runs = measured.runs();
    count_runs(&mut agent, runs);
    uow.update(&mut agent)?;
    if runs != Tally::default() {
        counters::agent_also_ran(uow, id, runs)?;
    }
    for measurement in &measured.measurements {
        let (name, value) = (measurement.metric_name.as_str(), measurement.metric_value);
        let sample = Sample {
            entity_id: Some(id.to_string()),
            metric_unit: measurement.metric_unit.clone(),
            ..Sample::new("Agent", name, value)
        };
        metrics::record(uow, &sample)?;
    }
    Ok(agent)
}
