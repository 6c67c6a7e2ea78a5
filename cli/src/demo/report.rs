//! What the demonstration tells.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use orchestra_store::import::ImportReport;
use orchestra_store::maintenance::integrity::IntegrityReport;
use orchestra_store::models::AgentId;
use orchestra_store::services::agents;
use orchestra_store::services::analytics::{self, Period, TaskAnalytics, TaskScope};
use orchestra_store::services::tasks::{self, Rescue};
use orchestra_store::types::{AgentStatus, TaskStatus, TimeSpan, Timestamp};
use orchestra_store::{Reader, Result};
use serde::Serialize;

use super::shift::Outcome;
use super::verdict::has_ended;
use super::worker::WorkerRecord;

/// What the demonstration tells.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DemoReport {
    /// The database file.
    pub(super) database: PathBuf,
    /// What was taken over from the predecessor.
    pub(super) import: ImportReport,
    /// Tasks that were put into the queue.
    pub(super) enqueued: usize,
    /// Requests that were made twice and got the task that was there.
    pub(super) repeated_requests: usize,
    /// The queue before and after.
    pub(super) queue: Queue,
    /// The workers, in order.
    pub(super) workers: Vec<WorkerReport>,
    /// The tasks that were put into the queue.
    pub(super) analytics: TaskAnalytics,
    /// How fast it went.
    pub(super) throughput: Throughput,
    /// What became of the tasks of the worker that died.
    pub(super) rescue: Rescue,
    /// The validator's report.
    pub(super) integrity: IntegrityReport,
    /// Whether every task ended exactly once, by the workers' notes and by the database.
    pub(crate) every_task_ended_once: bool,
    /// Why not.
    pub(super) problems: Vec<String>,
}

/// How many tasks are in each state.
pub(super) type ByStatus = BTreeMap<TaskStatus, i64>;

/// The queue before the workers began and after they ended.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Queue {
    pub(super) before: ByStatus,
    pub(super) after: ByStatus,
}

/// What a worker did, and what the database knows of its agent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WorkerReport {
    pub(super) agent_id: AgentId,
    pub(super) repository_path: String,
    pub(super) status: AgentStatus,
    /// How much of its capacity it used, on the average, 0 to 1.
    pub(super) mean_load: f64,
    pub(super) total_tasks_completed: i64,
    pub(super) total_tasks_failed: i64,
    pub(super) success_rate: f64,
    /// Milliseconds.
    pub(super) average_execution_time: f64,
    /// Runs that failed and were repeated.
    pub(super) failed_runs: u64,
    /// Runs whose results were dropped, since the lease had ended.
    pub(super) lost_leases: u64,
    /// How many tasks it held when it died; null where it lives.
    pub(super) died_holding: Option<usize>,
}

/// How fast it went.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Throughput {
    /// Tasks that ended.
    pub(super) tasks: usize,
    pub(super) elapsed_ms: u64,
    pub(super) tasks_per_second: f64,
}

impl Throughput {
    pub(super) fn new(outcome: &Outcome, elapsed: Duration) -> Self {
        let tasks = outcome.ends().count();
        Self {
            tasks,
            elapsed_ms: elapsed.as_millis().try_into().unwrap_or(u64::MAX),
            tasks_per_second: tasks as f64 / elapsed.as_secs_f64(),
        }
    }
}

/// How many tasks are in each state.
pub(super) fn by_status(reader: &mut Reader<'_>) -> Result<ByStatus> {
    Ok(tasks::count_by_status(reader)?.into_iter().collect())
}

/// How many of these have not ended.
pub(super) fn unfinished(counts: &ByStatus) -> u64 {
    let open = counts.iter().filter(|(status, _)| !has_ended(**status));
    open.map(|(_, count)| count.unsigned_abs()).sum()
}

/// The workers with their agents.
pub(super) fn workers(reader: &mut Reader<'_>, outcome: &Outcome) -> Result<Vec<WorkerReport>> {
    let report = |worker| worker_report(reader, outcome, worker);
    outcome.workers.iter().map(report).collect()
}

fn worker_report(
    reader: &mut Reader<'_>,
    outcome: &Outcome,
    worker: &WorkerRecord,
) -> Result<WorkerReport> {
    let agent = agents::get(reader, &worker.agent_id)?;
    Ok(WorkerReport {
        mean_load: outcome.loads.mean(&agent.id),
        agent_id: agent.id,
        repository_path: agent.repository_path,
        status: agent.status,
        total_tasks_completed: agent.total_tasks_completed,
        total_tasks_failed: agent.total_tasks_failed,
        success_rate: agent.success_rate,
        average_execution_time: agent.average_execution_time,
        failed_runs: worker.failed_runs,
        lost_leases: worker.lost_leases,
        died_holding: worker.died_holding,
    })
}

/// The tasks that were made since this moment.
pub(super) fn analytics_since(reader: &mut Reader<'_>, from: Timestamp) -> Result<TaskAnalytics> {
    let period = Period::new(from, reader.now() + TimeSpan::from_ticks(1))?;
    analytics::task_analytics(reader, period, &TaskScope::default())
}
