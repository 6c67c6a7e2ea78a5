//! Putting tasks into the queue.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::db::UnitOfWork;
use crate::entity::Entity as _;
use crate::error::{Error, ErrorCode, Result};
use crate::models::{
    AgentId, CodeRepository, RepositoryId, Task, TaskId, WorkflowDefinitionId, WorkflowExecutionId,
};
use crate::repositories::{code_repositories as repository_rows, tasks as rows};
use crate::services::{agents, code_repositories};
use crate::types::{ChangeAction, TaskPriority, TaskStatus, Timestamp};
use crate::validate;

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct NewTask {
    /// Its id; a new one is made where there is none.
    pub id: Option<TaskId>,
    /// What to run, 1 to 2000 characters.
    pub command: String,
    /// The repository to run it in, 1 to 500 characters; made known if it isn't.
    pub repository_path: String,
    /// The one agent that may run it; none for any.
    pub agent_id: Option<AgentId>,
    /// How urgent it is.
    pub priority: TaskPriority,
    /// When it may be claimed at the earliest; none for now.
    pub available_at: Option<Timestamp>,
    /// How often it is run again after a failure, 0 to 10; none for the store's default.
    pub max_retries: Option<i32>,
    /// A text that stands for this request, 1 to 255 characters: a second request with the same
    /// text returns the task of the first.
    pub idempotency_key: Option<String>,
    /// What ties it to other tasks, 1 to 128 characters.
    pub correlation_id: Option<String>,
    /// The task that it is a part of.
    pub parent_task_id: Option<TaskId>,
    /// The workflow that it is a step of.
    pub workflow_id: Option<WorkflowDefinitionId>,
    /// The run of the workflow that it is a step of.
    pub workflow_execution_id: Option<WorkflowExecutionId>,
    /// Which step of the workflow it is, from 0.
    pub workflow_step: i32,
    /// The queue that it is in, 1 to 100 characters.
    pub queue_name: Option<String>,
}

impl NewTask {
    /// A task of normal priority that any agent of the repository may run at once.
    pub fn new(command: impl Into<String>, repository_path: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            repository_path: repository_path.into(),
            ..Self::default()
        }
    }

    fn validate(&self) -> Result<()> {
        validate::text("Command", &self.command, 1..=2000)?;
        validate::text("RepositoryPath", &self.repository_path, validate::PATH)?;
        validate::number("WorkflowStep", self.workflow_step, 0..=i32::MAX)?;
        if let Some(max_retries) = self.max_retries {
            validate::number("MaxRetries", max_retries, 0..=10)?;
        }
        let key = self.idempotency_key.as_deref();
        validate::optional_text("IdempotencyKey", key, validate::NAME)?;
        validate::optional_text("CorrelationId", self.correlation_id.as_deref(), 1..=128)?;
        validate::optional_text("QueueName", self.queue_name.as_deref(), 1..=100)
    }
}

/// Puts a task into the queue.
///
/// Where its idempotency key is known already, returns the task of the first request, or fails
/// with [`ErrorCode::Conflict`] if that asked for something else.
pub fn enqueue(uow: &mut UnitOfWork<'_>, new: &NewTask) -> Result<Task> {
    let mut batch = Batch::default();
    let task = batch.enqueue(uow, new)?;
    batch.count(uow)?;
    Ok(task)
}

/// Puts tasks into the queue, all or none; an error tells the index of the task at fault.
pub fn enqueue_many(uow: &mut UnitOfWork<'_>, new: &[NewTask]) -> Result<Vec<Task>> {
    uow.savepoint(|uow| {
        let mut batch = Batch::default();
        let tasks = new.iter().enumerate().map(|(index, new)| {
            batch
                .enqueue(uow, new)
                .map_err(|e| e.while_doing(format!("item {index}")))
                .map_err(|e| e.with_details(|d| d.index = Some(index)))
        });
        let tasks = tasks.collect::<Result<Vec<Task>>>()?;
        batch.count(uow)?;
        Ok(tasks)
    })
}

/// What the tasks of one call share: each repository is looked up and counted once.
#[derive(Default)]
struct Batch {
    repositories: HashMap<String, (Option<RepositoryId>, i64)>,
}

impl Batch {
    fn enqueue(&mut self, uow: &mut UnitOfWork<'_>, new: &NewTask) -> Result<Task> {
        new.validate()?;
        if let Some(known) = known_request(uow, new)? {
            return Ok(known);
        }
        if let Some(agent_id) = &new.agent_id {
            agents::get(uow, agent_id)?;
        }
        if let Some(parent_id) = &new.parent_task_id {
            super::get(uow, parent_id)?;
        }
        let path = code_repositories::normalize_path(&new.repository_path);
        let repository_id = self.count_one(uow, path)?;
        let mut task = new_row(uow, new, path, repository_id)?;
        uow.insert(&mut task)?;
        Ok(task)
    }

    fn count_one(&mut self, uow: &mut UnitOfWork<'_>, path: &str) -> Result<Option<RepositoryId>> {
        if let Some((id, count)) = self.repositories.get_mut(path) {
            *count += 1;
            return Ok(id.clone());
        }
        let id = code_repositories::link(uow, path)?;
        self.repositories.insert(path.to_owned(), (id.clone(), 1));
        Ok(id)
    }

    fn count(self, uow: &mut UnitOfWork<'_>) -> Result<()> {
        for (id, count) in self.repositories.into_values() {
            if let Some(id) = id {
                repository_rows::add_tasks(uow.connection(), &id, count)?;
                let columns = vec!["TotalTasks"];
                uow.note_change(
                    CodeRepository::NAME,
                    id.as_str(),
                    ChangeAction::Update,
                    columns,
                );
            }
        }
        Ok(())
    }
}

/// The task that an earlier request with the same idempotency key made.
fn known_request(uow: &mut UnitOfWork<'_>, new: &NewTask) -> Result<Option<Task>> {
    let Some(key) = &new.idempotency_key else {
        return Ok(None);
    };
    let Some(known) = rows::get_by_idempotency_key(uow.connection(), key)? else {
        return Ok(None);
    };
    let path = code_repositories::normalize_path(&new.repository_path);
    if known.command == new.command && known.repository_path == path {
        return Ok(Some(known));
    }
    let message = format!("IdempotencyKey: '{key}' stands for another request");
    Err(Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some("Tasks");
        d.id = Some(known.id.to_string());
        d.column = Some("IdempotencyKey".to_owned());
    }))
}

/// The row of a new task, pinned to its agent if it names one.
pub(crate) fn new_row(
    uow: &UnitOfWork<'_>,
    new: &NewTask,
    path: &str,
    repository_id: Option<RepositoryId>,
) -> Result<Task> {
    let now = uow.now();
    let user = &uow.user().user_id;
    Ok(Task {
        id: match &new.id {
            Some(id) => id.clone(),
            None => uow.new_id()?,
        },
        command: new.command.clone(),
        agent_id: new.agent_id.clone(),
        is_pinned: new.agent_id.is_some(),
        repository_path: path.to_owned(),
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
        max_retries: new.max_retries.unwrap_or(uow.queue_policy().max_retries),
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
        created_by: user.clone(),
        updated_by: user.clone(),
        repository_id,
        row_version: 1,
    })
}
