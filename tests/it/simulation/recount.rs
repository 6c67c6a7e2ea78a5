//! The statistics from scratch: of agents out of the audit log, of repositories and workflows out of
//! their rows, all of it by plain counting.

use std::collections::BTreeMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use orchestra_store::models::{Agent, CodeRepository, Task, WorkflowDefinition, WorkflowExecution};
use orchestra_store::schema::audit_logs;
use orchestra_store::types::{Json, TaskStatus, TimeSpan, Timestamp, WorkflowExecutionStatus};
use orchestra_store::{Conn, Entity, Store};
use serde_json::Value;

/// What ended well and badly, and the time that it took.
#[derive(Debug, Clone, Default, PartialEq)]
struct Ends {
    completed: i64,
    failed: i64,
    time: i64,
    last: Option<Timestamp>,
}

impl Ends {
    fn count(&mut self, status: TaskStatus, duration: TimeSpan, at: Option<Timestamp>) {
        match status {
            TaskStatus::Completed => self.completed += 1,
            TaskStatus::Failed => self.failed += 1,
            _ => return,
        }
        self.time += duration.ticks();
        self.last = self.last.max(at);
    }

    fn mean_millis(&self) -> f64 {
        let ends = self.completed + self.failed;
        if ends == 0 {
            0.0
        } else {
            self.time as f64 / 10_000.0 / ends as f64
        }
    }
}

/// Reads the audit log as it grows, before retention cuts it.
#[derive(Debug, Default)]
pub struct Auditor {
    last_row: i64,
    /// By task.
    agents: BTreeMap<String, Option<String>>,
    repositories: BTreeMap<String, Option<String>>,
    by_agent: BTreeMap<String, Ends>,
    last_ends: BTreeMap<String, Timestamp>,
}

impl Auditor {
    pub fn read_on(&mut self, store: &Store) {
        while store
            .read(|reader| Ok(self.page(reader.connection())?))
            .unwrap()
        {}
    }

    fn page(&mut self, conn: &mut Conn) -> QueryResult<bool> {
        let row = || sql::<BigInt>("AuditLogs.rowid");
        let entries: Vec<(i64, String, Option<String>, Option<Json>)> = audit_logs::table
            .filter(row().gt(self.last_row))
            .order(row())
            .limit(5000)
            .select((
                row(),
                audit_logs::entity_type,
                audit_logs::entity_id,
                audit_logs::new_values,
            ))
            .load(conn)?;
        for (number, table, id, values) in &entries {
            self.last_row = *number;
            if let ("Tasks", Some(id), Some(Json(values))) = (table.as_str(), id, values) {
                self.changed(id, values);
            }
        }
        Ok(!entries.is_empty())
    }

    fn changed(&mut self, id: &str, values: &Value) {
        let text = |name: &str| {
            values
                .get(name)
                .map(|value| value.as_str().map(str::to_owned))
        };
        if let Some(agent) = text("AgentId") {
            self.agents.insert(id.to_owned(), agent);
        }
        if let Some(repository) = text("RepositoryId") {
            self.repositories.insert(id.to_owned(), repository);
        }
        let Some(status) = values.get("Status") else {
            return;
        };
        let status: TaskStatus = serde_json::from_value(status.clone()).unwrap();
        let duration = text("ExecutionDuration").flatten();
        let duration = duration.map_or(TimeSpan::ZERO, |text| text.parse().unwrap());
        let at = text("CompletedAt")
            .flatten()
            .map(|text| text.parse().unwrap());
        if let Some(Some(agent)) = self.agents.get(id) {
            self.by_agent
                .entry(agent.clone())
                .or_default()
                .count(status, duration, at);
        }
        if matches!(status, TaskStatus::Completed | TaskStatus::Failed)
            && let (Some(Some(repository)), Some(at)) = (self.repositories.get(id), at)
        {
            let last = self.last_ends.entry(repository.clone()).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// The counters that the store keeps are what this counted.
    pub fn check(mut self, store: &Store) {
        self.read_on(store);
        for agent in rows::<Agent>(store) {
            let ends = self.by_agent.remove(agent.id.as_str()).unwrap_or_default();
            let kept = Ends {
                completed: agent.total_tasks_completed,
                failed: agent.total_tasks_failed,
                time: agent.total_execution_time.ticks(),
                last: ends.last,
            };
            assert_eq!(kept, ends, "{}", agent.id);
            assert_near(agent.average_execution_time, ends.mean_millis());
            let runs = (ends.completed + ends.failed).max(1) as f64;
            assert_near(agent.success_rate, ends.completed as f64 / runs);
        }
        assert!(self.by_agent.is_empty(), "{:?}", self.by_agent);
        check_repositories(store, &self.last_ends);
        check_workflows(store);
    }
}

fn check_repositories(store: &Store, last_ends: &BTreeMap<String, Timestamp>) {
    let tasks = rows::<Task>(store);
    for repository in rows::<CodeRepository>(store) {
        let own = tasks
            .iter()
            .filter(|task| task.repository_id.as_ref() == Some(&repository.id));
        let mut ends = Ends::default();
        for task in own.clone() {
            let duration = task.execution_duration.unwrap_or(TimeSpan::ZERO);
            ends.count(task.status, duration, None);
        }
        let kept = Ends {
            completed: repository.successful_tasks,
            failed: repository.failed_tasks,
            time: repository.total_execution_time.ticks(),
            last: None,
        };
        assert_eq!(kept, ends, "{}", repository.path);
        assert_eq!(
            repository.total_tasks,
            own.count() as i64,
            "{}",
            repository.path
        );
        assert_near(repository.average_task_duration, ends.mean_millis());
        assert_near(repository.reliability_score, least_likely_share(&ends));
        let last = last_ends.get(repository.id.as_str()).copied();
        assert_eq!(
            repository.last_task_executed_at, last,
            "{}",
            repository.path
        );
    }
}

/// The smallest share of successes that what was seen is not too unlikely for, at 95 %: the lower
/// root of (seen - p)² = z² p (1 - p) / n, found by halving.
fn least_likely_share(ends: &Ends) -> f64 {
    let n = (ends.completed + ends.failed) as f64;
    if n == 0.0 {
        return 0.0;
    }
    let seen = ends.completed as f64 / n;
    let is_too_low =
        |p: f64| (seen - p).powi(2) > 1.959_963_984_540_054_f64.powi(2) * p * (1.0 - p) / n;
    let (mut low, mut high) = (0.0, seen);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if is_too_low(middle) {
            low = middle
        } else {
            high = middle
        }
    }
    high
}

fn check_workflows(store: &Store) {
    let executions = rows::<WorkflowExecution>(store);
    for definition in rows::<WorkflowDefinition>(store) {
        let own = executions
            .iter()
            .filter(|e| e.workflow_definition_id == definition.id);
        let count = |status| own.clone().filter(|e| e.status == status).count() as i64;
        let (completed, failed) = (
            count(WorkflowExecutionStatus::Completed),
            count(WorkflowExecutionStatus::Failed),
        );
        assert_eq!(definition.execution_count, own.clone().count() as i64);
        assert_eq!(
            (definition.success_count, definition.failure_count),
            (completed, failed)
        );
        let ended = [
            WorkflowExecutionStatus::Completed,
            WorkflowExecutionStatus::Failed,
        ];
        let ended = own.clone().filter(|e| ended.contains(&e.status));
        let time: i64 = ended.filter_map(|e| e.actual_duration).sum();
        let mean = time as f64 / (completed + failed).max(1) as f64;
        assert_near(definition.average_execution_time, mean);
    }
}

fn assert_near(kept: f64, counted: f64) {
    assert!(
        (kept - counted).abs() <= 1e-6 * counted.abs().max(1.0),
        "{kept} is kept, {counted} counted"
    );
}

/// All rows of an entity.
pub fn rows<E: Entity>(store: &Store) -> Vec<E> {
    use orchestra_store::query::Specification;
    use orchestra_store::services::data;
    let all = store.read(|reader| data::list(reader, &Specification::<E>::default()));
    all.unwrap()
}
