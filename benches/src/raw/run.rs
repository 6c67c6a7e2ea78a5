//! A worker's calls: claim, start, report, complete.

use std::time::Duration;

use orchestra_store::BootTime;
use orchestra_store::models::{Agent, AgentId, CodeRepository, LeaseToken, Task, TaskId};
use orchestra_store::types::{AgentStatus, TaskPriority, TaskStatus, TimeSpan, Timestamp};

use super::trail::{Changes, Trail};
use super::{Connection, Environment, Row as _, Statement, Value};

/// How long a claimed task is leased.
const LEASE: Duration = Duration::from_secs(60);
/// The quantile of the normal distribution for 95 %, two-sided.
const Z: f64 = 1.959_963_984_540_054;

/// Runs tasks for one agent.
#[derive(Debug)]
pub struct Worker {
    environment: Environment,
    begin: Statement,
    commit: Statement,
    task: Statement,
    agent: Statement,
    repository: Statement,
    count_held: Statement,
    pauses: Statement,
    due: Statement,
    waiting: Statement,
    pinned: Statement,
    open: Statement,
    save_claim: Statement,
    save_start: Statement,
    save_progress: Statement,
    save_end: Statement,
    save_agent_state: Statement,
    save_agent_counters: Statement,
    save_repository: Statement,
    trail: Trail,
}

impl Worker {
    /// On this connection.
    pub fn new(connection: &Connection, environment: &Environment) -> Self {
        let prepare = |sql| connection.prepare(sql);
        Self {
            environment: environment.clone(),
            begin: prepare("BEGIN IMMEDIATE"),
            commit: prepare("COMMIT"),
            task: Task::prepare_select(connection, "WHERE Id = ?"),
            agent: Agent::prepare_select(connection, "WHERE Id = ?"),
            repository: CodeRepository::prepare_select(connection, "WHERE Id = ?"),
            count_held: prepare(
                "SELECT count(*) FROM Tasks WHERE AgentId = ? AND (Status = 1 OR Status = 2)",
            ),
            pauses: prepare("SELECT QueueName, RepositoryPath FROM QueuePauses"),
            due: prepare("SELECT 1 FROM Tasks WHERE DueAt <= ? LIMIT 1"),
            waiting: prepare(
                "SELECT TaskId FROM TaskDependencies JOIN Tasks ON Tasks.Id = TaskId
                 WHERE DependsOnTaskId = ? AND Status = ? ORDER BY TaskId",
            ),
            pinned: Task::prepare_select(
                connection,
                "WHERE AgentId = ? AND PinnedPriority = ? ORDER BY AvailableAt, Id LIMIT ?",
            ),
            open: Task::prepare_select(
                connection,
                "WHERE RepositoryPath = ? AND QueueName IS NULL AND OpenPriority = ?
                 ORDER BY AvailableAt, Id LIMIT ?",
            ),
            save_claim: prepare(
                "UPDATE Tasks SET AgentId = ?, Status = ?, LeaseOwner = ?, LeaseToken = ?,
                     LeaseExpiresAt = ?, LeaseRenewedAt = ?, LeaseBoot = ?, LeaseDeadline = ?,
                     UpdatedAt = ?, UpdatedBy = ?, RowVersion = ?
                 WHERE Id = ?",
            ),
            save_start: prepare(
                "UPDATE Tasks SET Status = ?, StartedAt = ?, UpdatedAt = ?, UpdatedBy = ?,
                     RowVersion = ?
                 WHERE Id = ?",
            ),
            save_progress: prepare(
                "UPDATE Tasks SET ProgressPercentage = ?, ProgressMessage = ?,
                     LastProgressUpdate = ?, UpdatedAt = ?, UpdatedBy = ?, RowVersion = ?
                 WHERE Id = ?",
            ),
            save_end: prepare(
                "UPDATE Tasks SET Status = ?, LeaseOwner = NULL, LeaseToken = NULL,
                     LeaseExpiresAt = NULL, LeaseRenewedAt = NULL, LeaseBoot = NULL,
                     LeaseDeadline = NULL, CompletedAt = ?, ExecutionDuration = ?, Result = ?,
                     ErrorMessage = NULL, ProgressPercentage = 100, UpdatedAt = ?, UpdatedBy = ?,
                     RowVersion = ?
                 WHERE Id = ?",
            ),
            save_agent_state: prepare(
                "UPDATE Agents SET Status = ?, CurrentTask = ?, LastClaimedAt = ?, UpdatedAt = ?,
                     UpdatedBy = ?, RowVersion = ?
                 WHERE Id = ?",
            ),
            save_agent_counters: prepare(
                "UPDATE Agents SET Status = ?, CurrentTask = ?, TotalTasksCompleted = ?, TotalExecutionTime = ?,
                     AverageExecutionTime = ?, UpdatedAt = ?, UpdatedBy = ?, RowVersion = ?
                 WHERE Id = ?",
            ),
            save_repository: prepare(
                "UPDATE Repositories SET SuccessfulTasks = ?, TotalExecutionTime = ?,
                     AverageTaskDuration = ?, LastTaskExecutedAt = ?, UpdatedAt = ?,
                     UpdatedBy = ?, ReliabilityScore = ?, RowVersion = ?
                 WHERE Id = ?",
            ),
            trail: Trail::new(connection, environment, true),
        }
    }

    /// Takes up to `limit` tasks out of the queue.
    pub fn claim(&mut self, id: &AgentId, limit: i64) -> Vec<Task> {
        self.begin.execute(&[]);
        let now = self.environment.now();
        let agent = self.agent.first(&[id], Agent::read).unwrap();
        assert!(matches!(
            agent.status,
            AgentStatus::Idle | AgentStatus::Busy
        ));
        let held: i64 = self.count_held.first(&[id], |row| row.get(0)).unwrap();
        let room = (i64::from(agent.max_concurrent_tasks) - held).min(limit);
        assert!(self.pauses.first(&[], |_| ()).is_none());
        assert!(self.due.first(&[&now], |_| ()).is_none());
        let mut tasks = self.next(&agent, room);
        let token = LeaseToken::new(self.environment.new_id()).unwrap();
        for task in &mut tasks {
            self.assign(task, id, &token, now);
        }
        if let Some(last) = tasks.last() {
            let working_on = Some(last.id.to_string());
            self.set_agent_state(agent, AgentStatus::Busy, working_on, now);
        }
        self.trail.finish();
        self.commit.execute(&[]);
        tasks
    }

    fn next(&mut self, agent: &Agent, limit: i64) -> Vec<Task> {
        let mut found: Vec<Task> = Vec::new();
        for priority in TaskPriority::ALL.iter().rev() {
            let room = limit - found.len() as i64;
            if room <= 0 {
                break;
            }
            let pinned = [&agent.id as _, priority as _, &room as _];
            let mut next = self.pinned.all(&pinned, Task::read);
            let open = [&agent.repository_path as _, priority as _, &room as _];
            next.extend(self.open.all(&open, Task::read));
            next.sort_by(|a, b| (a.available_at, &a.id).cmp(&(b.available_at, &b.id)));
            next.truncate(room as usize);
            found.extend(next);
        }
        found
    }

    fn assign(&mut self, task: &mut Task, agent: &AgentId, token: &LeaseToken, now: Timestamp) {
        let mut changes = Changes::default();
        changes.set("AgentId", &mut task.agent_id, Some(agent.clone()));
        changes.set("Status", &mut task.status, TaskStatus::Assigned);
        changes.set("LeaseOwner", &mut task.lease_owner, Some(agent.to_string()));
        task.lease_token = Some(token.clone());
        task.lease_expires_at = Some(now + LEASE);
        let since_boot = self.environment.clock.since_boot();
        let (boot, deadline) = since_boot.map(deadline).unzip();
        task.lease_renewed_at = Some(now);
        task.lease_boot = boot;
        task.lease_deadline = deadline;
        self.stamp(task, now);
        self.save_claim.execute(&[
            &task.agent_id,
            &task.status,
            &task.lease_owner,
            &task.lease_token,
            &task.lease_expires_at,
            &task.lease_renewed_at,
            &task.lease_boot,
            &task.lease_deadline,
            &task.updated_at,
            &task.updated_by,
            &task.row_version,
            &task.id,
        ]);
        self.tell_of_task(task, now, changes);
    }

    /// Notes that a task runs now.
    pub fn start(&mut self, id: &TaskId, token: &LeaseToken) -> Task {
        self.begin.execute(&[]);
        let now = self.environment.now();
        let mut task = self.leased(id, token, TaskStatus::Assigned);
        let mut changes = Changes::default();
        let started_at = now.max(task.created_at);
        changes.set("Status", &mut task.status, TaskStatus::InProgress);
        changes.set("StartedAt", &mut task.started_at, Some(started_at));
        self.stamp(&mut task, now);
        self.save_start.execute(&[
            &task.status,
            &task.started_at,
            &task.updated_at,
            &task.updated_by,
            &task.row_version,
            &task.id,
        ]);
        self.tell_of_task(&task, now, changes);
        self.trail.finish();
        self.commit.execute(&[]);
        task
    }

    /// Notes how far a running task is.
    pub fn update_progress(&mut self, id: &TaskId, token: &LeaseToken, percentage: i32) -> Task {
        self.begin.execute(&[]);
        let now = self.environment.now();
        let mut task = self.leased(id, token, TaskStatus::InProgress);
        assert!(percentage >= task.progress_percentage);
        task.progress_percentage = percentage;
        task.progress_message = None;
        task.last_progress_update = Some(now);
        self.stamp(&mut task, now);
        self.save_progress.execute(&[
            &task.progress_percentage,
            &task.progress_message,
            &task.last_progress_update,
            &task.updated_at,
            &task.updated_by,
            &task.row_version,
            &task.id,
        ]);
        self.trail.counted(
            ("Tasks", task.id.as_str()),
            r#"["ProgressPercentage","ProgressMessage"]"#,
        );
        self.trail.finish();
        self.commit.execute(&[]);
        task
    }

    /// Notes that a running task did what it should.
    pub fn complete(&mut self, id: &TaskId, token: &LeaseToken, result: &str) -> Task {
        self.begin.execute(&[]);
        let now = self.environment.now();
        let mut task = self.leased(id, token, TaskStatus::InProgress);
        self.end(&mut task, result, now);
        let duration = task.execution_duration.unwrap_or_default();
        if let Some(agent) = task.agent_id.clone() {
            let agent = self.agent.first(&[&agent], Agent::read).unwrap();
            self.count_run(agent, duration, now);
            self.count_end(&task, duration, now);
        }
        let pending: [&dyn Value; 2] = [id, &TaskStatus::Pending];
        assert!(self.waiting.first(&pending, |_| ()).is_none());
        self.trail.finish();
        self.commit.execute(&[]);
        task
    }

    fn end(&mut self, task: &mut Task, result: &str, now: Timestamp) {
        let started_at = task.started_at.unwrap();
        let ended_at = now.max(started_at);
        let ran = ended_at - started_at;
        let mut changes = Changes::default();
        changes.set("Status", &mut task.status, TaskStatus::Completed);
        changes.set("LeaseOwner", &mut task.lease_owner, None);
        task.lease_token = None;
        task.lease_expires_at = None;
        changes.set("CompletedAt", &mut task.completed_at, Some(ended_at));
        changes.set("ExecutionDuration", &mut task.execution_duration, Some(ran));
        changes.set("Result", &mut task.result, Some(result.to_owned()));
        changes.set("ErrorMessage", &mut task.error_message, None);
        changes.set("ProgressPercentage", &mut task.progress_percentage, 100);
        task.lease_renewed_at = None;
        task.lease_boot = None;
        task.lease_deadline = None;
        task.computed_duration = Some((ran.ticks() + 5_000) / 10_000);
        self.stamp(task, now);
        self.save_end.execute(&[
            &task.status,
            &task.completed_at,
            &task.execution_duration,
            &task.result,
            &task.updated_at,
            &task.updated_by,
            &task.row_version,
            &task.id,
        ]);
        self.tell_of_task(task, now, changes);
    }

    /// Counts the run, and sets the agent idle where it holds no other task.
    fn count_run(&mut self, mut agent: Agent, duration: TimeSpan, now: Timestamp) {
        let mut changes = Changes::default();
        if agent.status == AgentStatus::Busy && self.holds_nothing(&agent.id) {
            changes.set("Status", &mut agent.status, AgentStatus::Idle);
            changes.set("CurrentTask", &mut agent.current_task, None);
        }
        let completed = agent.total_tasks_completed + 1;
        let total = agent.total_execution_time + duration;
        let average = mean_millis(total, completed + agent.total_tasks_failed);
        changes.set(
            "TotalTasksCompleted",
            &mut agent.total_tasks_completed,
            completed,
        );
        changes.set("TotalExecutionTime", &mut agent.total_execution_time, total);
        changes.set(
            "AverageExecutionTime",
            &mut agent.average_execution_time,
            average,
        );
        self.stamp_agent(&mut agent, now);
        self.save_agent_counters.execute(&[
            &agent.status,
            &agent.current_task,
            &agent.total_tasks_completed,
            &agent.total_execution_time,
            &agent.average_execution_time,
            &agent.updated_at,
            &agent.updated_by,
            &agent.row_version,
            &agent.id,
        ]);
        let place = ("Agents", agent.id.as_str());
        self.trail.derived(place, changes);
    }

    fn count_end(&mut self, task: &Task, duration: TimeSpan, now: Timestamp) {
        let id = task.repository_id.as_ref().unwrap();
        let mut row = self.repository.first(&[id], CodeRepository::read).unwrap();
        let mut changes = Changes::default();
        let successful = row.successful_tasks + 1;
        let ended = successful + row.failed_tasks;
        let total = row.total_execution_time + duration;
        let score = wilson_lower_bound(successful as f64, ended as f64);
        changes.set("SuccessfulTasks", &mut row.successful_tasks, successful);
        changes.set("TotalExecutionTime", &mut row.total_execution_time, total);
        changes.set(
            "AverageTaskDuration",
            &mut row.average_task_duration,
            mean_millis(total, ended),
        );
        changes.set(
            "LastTaskExecutedAt",
            &mut row.last_task_executed_at,
            task.completed_at,
        );
        changes.set("ReliabilityScore", &mut row.reliability_score, score);
        row.updated_at = now;
        row.updated_by.clone_from(&self.environment.user);
        row.row_version += 1;
        self.save_repository.execute(&[
            &row.successful_tasks,
            &row.total_execution_time,
            &row.average_task_duration,
            &row.last_task_executed_at,
            &row.updated_at,
            &row.updated_by,
            &row.reliability_score,
            &row.row_version,
            &row.id,
        ]);
        let place = ("Repositories", row.id.as_str());
        self.trail.derived(place, changes);
    }

    fn holds_nothing(&mut self, agent: &AgentId) -> bool {
        let held = self.count_held.first(&[agent], |row| row.get::<i64>(0));
        held == Some(0)
    }

    fn set_agent_state(
        &mut self,
        mut agent: Agent,
        status: AgentStatus,
        working_on: Option<String>,
        now: Timestamp,
    ) {
        let mut changes = Changes::default();
        changes.set("Status", &mut agent.status, status);
        changes.set("CurrentTask", &mut agent.current_task, working_on);
        changes.set("LastClaimedAt", &mut agent.last_claimed_at, Some(now));
        self.stamp_agent(&mut agent, now);
        self.save_agent_state.execute(&[
            &agent.status,
            &agent.current_task,
            &agent.last_claimed_at,
            &agent.updated_at,
            &agent.updated_by,
            &agent.row_version,
            &agent.id,
        ]);
        let place = ("Agents", agent.id.as_str());
        self.trail.derived(place, changes);
    }

    fn leased(&mut self, id: &TaskId, token: &LeaseToken, status: TaskStatus) -> Task {
        let task = self.task.first(&[id], Task::read).unwrap();
        assert_eq!(task.lease_token.as_ref(), Some(token));
        assert_eq!(task.status, status);
        task
    }

    fn stamp(&self, task: &mut Task, now: Timestamp) {
        task.updated_at = now;
        task.updated_by.clone_from(&self.environment.user);
        task.row_version += 1;
    }

    fn stamp_agent(&self, agent: &mut Agent, now: Timestamp) {
        agent.updated_at = now;
        agent.updated_by.clone_from(&self.environment.user);
        agent.row_version += 1;
    }

    fn tell_of_task(&mut self, task: &Task, now: Timestamp, changes: Changes) {
        let place = ("Tasks", task.id.as_str());
        self.trail.updated(place, now, changes);
    }
}

/// The start of the machine, and the end of a lease that begins now, in milliseconds since then.
fn deadline(now: BootTime) -> (String, i64) {
    let end = (now.elapsed + LEASE).as_millis();
    (now.boot.to_string(), end.try_into().unwrap())
}

fn mean_millis(total: TimeSpan, count: i64) -> f64 {
    total.total_millis() / count as f64
}

/// The lower bound of Wilson's score interval at 95 %.
fn wilson_lower_bound(successes: f64, trials: f64) -> f64 {
    let share = successes / trials;
    let z2 = Z * Z;
    let centre = share + z2 / (2.0 * trials);
    let margin = Z * ((share * (1.0 - share) + z2 / (4.0 * trials)) / trials).sqrt();
    ((centre - margin) / (1.0 + z2 / trials)).clamp(0.0, 1.0)
}
