//! Measurements of agents that come from hosts.

use serde::{Deserialize, Serialize};

use super::get;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::metrics::{self, Sample};
use crate::services::statistics::mean_millis;
use crate::tables::{Agent, AgentId};
use crate::types::TimeSpan;
use crate::validate;

/// The most runs that one call adds to the counters.
const MAX_RUNS: i64 = 1_000_000;
/// The most measurements of one call.
const MAX_MEASUREMENTS: usize = 100;
/// The longest execution time that one call adds: ten years.
const LONGEST: TimeSpan = TimeSpan::from_ticks(3660 * TimeSpan::TICKS_PER_DAY);

/// Measurements of an agent by its host: runs that didn't go through the queue, which are added to the
/// agent's counters, and values, which become rows of `PerformanceMetrics`.
///
/// Tasks of the queue are counted by the queue: to report them here would count them twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct AgentPerformanceMetrics {
    /// Runs that succeeded, 0 to 1 000 000.
    pub tasks_completed: i64,
    /// Runs that failed, 0 to 1 000 000.
    pub tasks_failed: i64,
    /// The time that these runs took together, up to ten years; zero where there were none.
    pub execution_time: TimeSpan,
    /// The measured values, 100 at the most.
    pub measurements: Vec<Measurement>,
}

/// A measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Measurement {
    /// Name of the measured quantity, 1 to 255 characters.
    pub metric_name: String,
    /// The value, finite.
    pub metric_value: f64,
    /// Its unit, up to 50 characters.
    #[serde(default)]
    pub metric_unit: Option<String>,
}

impl AgentPerformanceMetrics {
    fn validate(&self) -> Result<()> {
        validate::number("TasksCompleted", self.tasks_completed, 0..=MAX_RUNS)?;
        validate::number("TasksFailed", self.tasks_failed, 0..=MAX_RUNS)?;
        validate::number(
            "ExecutionTime",
            self.execution_time,
            TimeSpan::ZERO..=LONGEST,
        )?;
        if self.tasks_completed + self.tasks_failed == 0 && self.execution_time > TimeSpan::ZERO {
            return Err(Error::invalid("ExecutionTime", "the time of no runs"));
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

/// Adds what a host measured to what is known of an agent, all of it or nothing.
///
/// An error names the value that isn't accepted; [`ErrorDetails::index`](crate::ErrorDetails) is
/// that of the measurement.
pub fn update_performance_metrics(
    uow: &mut UnitOfWork<'_>,
    id: &AgentId,
    measured: &AgentPerformanceMetrics,
) -> Result<Agent> {
    measured.validate()?;
    let mut agent = get(uow, id)?;
    add_runs(&mut agent, measured);
    uow.update(&mut agent)?;
    for measurement in &measured.measurements {
        let (name, value) = (measurement.metric_name.as_str(), measurement.metric_value);
        let sample = Sample {
            entity_id: Some(id.to_string()),
            unit: measurement.metric_unit.clone(),
            ..Sample::new("Agent", name, value)
        };
        metrics::record(uow, &sample)?;
    }
    Ok(agent)
}

fn add_runs(agent: &mut Agent, metrics: &AgentPerformanceMetrics) {
    agent.total_tasks_completed += metrics.tasks_completed;
    agent.total_tasks_failed += metrics.tasks_failed;
    agent.total_execution_time = agent.total_execution_time + metrics.execution_time;
    let runs = agent.total_tasks_completed + agent.total_tasks_failed;
    agent.average_execution_time = mean_millis(agent.total_execution_time, runs);
}
