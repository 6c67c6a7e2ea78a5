//! Putting tasks into the queue.

use std::collections::BTreeMap;

use orchestra_store::models::{RepositoryId, Task, TaskId};
use orchestra_store::services::tasks::NewTask;
use orchestra_store::types::{Id, TaskStatus};

use super::{Connection, Environment, Row as _, Statement, Trail};

/// Adds tasks, to repositories that are known.
#[derive(Debug)]
pub struct Queue {
    environment: Environment,
    begin: Statement,
    commit: Statement,
    repository: Statement,
    insert: Statement,
    count: Statement,
    trail: Trail,
}

impl Queue {
    /// On this connection, with or without audit rows.
    pub fn new(connection: &Connection, environment: &Environment, audited: bool) -> Self {
        Self {
            environment: environment.clone(),
            begin: connection.prepare("BEGIN IMMEDIATE"),
            commit: connection.prepare("COMMIT"),
            repository: connection.prepare("SELECT Id FROM Repositories WHERE Path = ?"),
            insert: Task::prepare_insert(connection),
            count: connection.prepare(
                "UPDATE Repositories SET TotalTasks = TotalTasks + ?, RowVersion = RowVersion + 1
                 WHERE Id = ?",
            ),
            trail: Trail::new(connection, environment, audited),
        }
    }

    /// Adds them in one transaction.
    pub fn enqueue(&mut self, new: &[NewTask]) -> Vec<Task> {
        self.begin.execute(&[]);
        let mut repositories: BTreeMap<&str, (RepositoryId, i64)> = BTreeMap::new();
        let tasks = new.iter().map(|new| {
            let path = new.repository_path.as_str();
            let known = repositories.entry(path).or_insert_with(|| {
                let id = self.repository.first(&[&path], |row| row.get(0));
                (id.unwrap(), 0)
            });
            known.1 += 1;
            let task = row(&self.environment, new, known.0.clone());
            task.insert(&mut self.insert);
            let place = ("Tasks", task.id.as_str());
            self.trail.created(place, task.created_at, &task);
            task
        });
        let tasks = tasks.collect();
        for (id, count) in repositories.values() {
            self.count.execute(&[count, id]);
            self.trail
                .counted(("Repositories", id.as_str()), r#"["TotalTasks"]"#);
        }
        self.trail.finish();
        self.commit.execute(&[]);
        tasks
    }
}

pub(super) fn row(environment: &Environment, new: &NewTask, repository_id: RepositoryId) -> Task {
    let now = environment.now();
    let id = match &new.id {
        Some(id) => id.clone(),
        None => TaskId::from(Id::new(environment.new_id()).unwrap()),
    };
    Task {
        id,
        command: new.command.clone(),
        agent_id: new.agent_id.clone(),
        is_pinned: new.agent_id.is_some(),
        repository_path: new.repository_path.clone(),
        priority: new.priority,
        status: TaskStatus::Pending,
        available_at: new.available_at.unwrap_or(now),
        lease_owner: None,
        lease_token: None,
        lease_expires_at: None,
        cancel_requested_at: None,
        idempotency_key: new.idempotency_key.clone(),
        created_at: now,
        started_at: None,
        completed_at: None,
        execution_duration: None,
        computed_duration: None,
        result: None,
        error_message: None,
        retry_count: 0,
        max_retries: new.max_retries.unwrap_or(3),
        correlation_id: new.correlation_id.clone(),
        workflow_id: new.workflow_id.clone(),
        workflow_execution_id: new.workflow_execution_id.clone(),
        parent_task_id: new.parent_task_id.clone(),
        workflow_step: new.workflow_step,
        hangfire_job_id: None,
        queue_name: new.queue_name.clone(),
        progress_percentage: 0,
        progress_message: None,
        last_progress_update: None,
        updated_at: now,
        created_by: environment.user.clone(),
        updated_by: environment.user.clone(),
        repository_id: Some(repository_id),
        row_version: 1,
        unmet_dependencies: 0,
        is_held: false,
        lease_renewed_at: None,
        lease_boot: None,
        lease_deadline: None,
        stage_position: None,
        request_hash: None,
    }
}
