//! Adds rows as the operations do that add such rows: a task is enqueued, an execution started, a path brought into its
//! one form.

use std::any::Any;

use crate::error::{Error, Result};
use crate::rows::new_audit_log::check_action;
use crate::rows::{AuditLog, Entity, UnitOfWork, writers};
use crate::services::code_repositories::{link, normalize_path};
use crate::services::tasks::{self, NewTask};
use crate::services::{templates, workflows};
use crate::tables::{
    Agent, CodeRepository, QueuePause, Task, TaskDependency, TaskTemplate, WorkflowDefinition,
    WorkflowExecution,
};
use crate::types::AgentStatus;
use crate::validate;

/// Adds a row, and returns it as stored. It may bring the form of a path into the one that is stored.
type Adding<E> = fn(&mut UnitOfWork<'_>, &mut E) -> Result<E>;

/// Adds a row by the operation that adds such rows, if there is one.
///
/// Refuses values of columns that only operations or the store write, and those that the operation would replace.
pub(super) fn add<E: Entity>(uow: &mut UnitOfWork<'_>, row: &mut E) -> Result<()> {
    writers::check_new(row)?;
    let any: &mut dyn Any = row;
    if let Some(task) = any.downcast_mut::<Task>() {
        return by(uow, task, enqueue);
    }
    if let Some(edge) = any.downcast_mut::<TaskDependency>() {
        return by(uow, edge, add_dependency);
    }
    if let Some(execution) = any.downcast_mut::<WorkflowExecution>() {
        return by(uow, execution, start);
    }
    if let Some(definition) = any.downcast_mut::<WorkflowDefinition>() {
        return by(uow, definition, workflows::add_version);
    }
    if let Some(template) = any.downcast_mut::<TaskTemplate>() {
        return by(uow, template, templates::add_version);
    }
    if let Some(agent) = any.downcast_mut::<Agent>() {
        return by(uow, agent, add_agent);
    }
    if let Some(repository) = any.downcast_mut::<CodeRepository>() {
        normalize(&mut repository.path);
    } else if let Some(pause) = any.downcast_mut::<QueuePause>() {
        pause.repository_path.iter_mut().for_each(normalize);
    } else if let Some(log) = any.downcast_ref::<AuditLog>() {
        check_action(&log.action)?;
    }
    uow.insert(row)
}

fn by<E: Entity>(uow: &mut UnitOfWork<'_>, row: &mut E, adding: Adding<E>) -> Result<()> {
    uow.savepoint(|uow| {
        let added = adding(uow, row)?;
        writers::check_written(row, &added)?;
        *row = added;
        Ok(())
    })
}

fn normalize(path: &mut String) {
    *path = normalize_path(path).to_owned();
}

fn enqueue(uow: &mut UnitOfWork<'_>, row: &mut Task) -> Result<Task> {
    normalize(&mut row.repository_path);
    let new = NewTask {
        id: Some(row.id.clone()),
        agent_id: row.agent_id.clone(),
        priority: row.priority,
        available_at: row.waits_for_time().then_some(row.available_at),
        max_retries: Some(row.max_retries),
        idempotency_key: row.idempotency_key.clone(),
        correlation_id: row.correlation_id.clone(),
        parent_task_id: row.parent_task_id.clone(),
        workflow_id: row.workflow_id.clone(),
        workflow_execution_id: row.workflow_execution_id.clone(),
        workflow_step: row.workflow_step,
        queue_name: row.queue_name.clone(),
        hangfire_job_id: row.hangfire_job_id.clone(),
        ..NewTask::new(row.command.clone(), row.repository_path.clone())
    };
    let added = tasks::enqueue(uow, &new)?;
    if !row.waits_for_time() {
        row.available_at = added.available_at;
    }
    Ok(added)
}

fn add_dependency(uow: &mut UnitOfWork<'_>, row: &mut TaskDependency) -> Result<TaskDependency> {
    tasks::add_edge(uow, row)?;
    Ok(row.clone())
}

fn start(uow: &mut UnitOfWork<'_>, row: &mut WorkflowExecution) -> Result<WorkflowExecution> {
    let start = workflows::Start {
        id: Some(row.id.clone()),
        input_parameters: row.input_parameters.clone().unwrap_or_default(),
        trigger_type: row.trigger_type.clone(),
        parent_execution_id: row.parent_execution_id.clone(),
        ..workflows::Start::default()
    };
    let started = workflows::start(uow, &row.workflow_definition_id, &start)?;
    row.started_at = started.started_at;
    // It has the defaults of the input's schema besides.
    row.input_parameters.clone_from(&started.input_parameters);
    Ok(started)
}

fn add_agent(uow: &mut UnitOfWork<'_>, row: &mut Agent) -> Result<Agent> {
    if row.status == AgentStatus::Busy {
        let reason = "must not be Busy for an agent that holds no task yet";
        return Err(Error::invalid("Status", reason));
    }
    normalize(&mut row.repository_path);
    validate::text("RepositoryPath", &row.repository_path, validate::PATH)?;
    let mut agent = row.clone();
    agent.repository_id = link(uow, &row.repository_path)?;
    uow.insert(&mut agent)?;
    Ok(agent)
}
