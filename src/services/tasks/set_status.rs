//! Bringing a task into a state, whatever its present one is.

use serde::{Deserialize, Serialize};

use super::finish::{complete_run, end, end_failed_run};
use super::metrics::{self, Metrics};
use super::transition::check;
use super::{backoff, get, lease, requeue, start};
use crate::error::{Error, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::statistics;
use crate::tables::{AgentId, LeaseToken, Task, TaskId};
use crate::types::TaskStatus::{self, Assigned, Cancelled, Completed, Failed, InProgress, Pending};
use crate::validate;

/// State that a task is to have, and what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TaskReport {
    /// State to reach.
    pub status: TaskStatus,
    /// Agent that has the task, which is pinned to it; `None`: as before. `Assigned` needs one.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// Result, for a task that ends, however it does.
    #[serde(default)]
    pub result: Option<String>,
    /// Error message or reason, for a task that fails or is cancelled.
    #[serde(default)]
    pub error_message: Option<String>,
    /// Measurements and notes, for a task that ends.
    #[serde(default)]
    pub metrics: Metrics,
    /// True if a task that fails may run again if it has retries left, as after [`fail`](super::fail).
    #[serde(default)]
    pub retry: bool,
}

impl TaskReport {
    /// Creates a report of a state, with nothing else.
    pub fn new(status: TaskStatus) -> Self {
        Self {
            status,
            agent_id: None,
            result: None,
            error_message: None,
            metrics: Metrics::new(),
            retry: false,
        }
    }

    fn check(&self) -> Result<()> {
        let is_failure = matches!(self.status, Failed | Cancelled);
        let is_end = is_failure || self.status == Completed;
        for (name, is_given, is_allowed) in [
            ("Result", self.result.is_some(), is_end),
            ("ErrorMessage", self.error_message.is_some(), is_failure),
            ("Metrics", !self.metrics.is_empty(), is_end),
            ("Retry", self.retry, self.status == Failed),
        ] {
            if is_given && !is_allowed {
                let reason = format!("must be absent for the state {}", self.status);
                return Err(Error::invalid(name, reason));
            }
        }
        let texts = [
            ("Result", &self.result),
            ("ErrorMessage", &self.error_message),
        ];
        for (name, text) in texts {
            let text = text.as_deref().unwrap_or_default();
            validate::no_nul(name, text)?;
        }
        metrics::check(&self.metrics)
    }

    fn names_another_agent(&self, task: &Task) -> bool {
        self.agent_id.is_some() && self.agent_id != task.agent_id
    }
}

/// Brings a task into a state by the steps that lead there, without knowing its present one, and returns it: a pending
/// task that is to be completed is started first, a failed one is retried. A task that is in the state already stays as
/// it is.
///
/// A failure is final unless [`TaskReport::retry`] is true. Fails with
/// [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition) if the task has completed or was cancelled, if
/// it waits for others and would have to start, and where no steps lead; and with
/// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) unless `token` is that of the task's lease. Then nothing changes.
pub fn set_status(
    uow: &mut UnitOfWork<'_>,
    id: &TaskId,
    token: Option<&LeaseToken>,
    report: &TaskReport,
) -> Result<Task> {
    report.check()?;
    uow.savepoint(|uow| {
        let task = get(uow, id)?;
        lease::check(&task, token)?;
        if task.status == report.status && !report.names_another_agent(&task) {
            return Ok(task);
        }
        let task = reopen(uow, task, report.status)?;
        let (task, token) = hand_over(uow, task, token, report)?;
        advance(uow, task, token, report)
    })
}

/// Retries a failed task that is to go on; any other task that has ended can't.
fn reopen(uow: &mut UnitOfWork<'_>, task: Task, to: TaskStatus) -> Result<Task> {
    match (task.status, to) {
        (Failed, Pending | Assigned | InProgress | Completed) => requeue::retry(uow, &task.id),
        (Completed | Cancelled | Failed, _) => {
            let (name, id) = (Task::NAME, &task.id);
            Err(Error::invalid_transition(name, id, task.status, to))
        }
        _ => Ok(task),
    }
}

/// Gives the task to the agent of the report, which ends the lease of another one.
fn hand_over<'t>(
    uow: &mut UnitOfWork<'_>,
    task: Task,
    token: Option<&'t LeaseToken>,
    report: &TaskReport,
) -> Result<(Task, Option<&'t LeaseToken>)> {
    if !report.names_another_agent(&task) {
        return Ok((task, token));
    }
    let task = requeue::reassign(uow, &task.id, report.agent_id.as_ref())?;
    Ok((task, None))
}

fn advance(
    uow: &mut UnitOfWork<'_>,
    task: Task,
    token: Option<&LeaseToken>,
    report: &TaskReport,
) -> Result<Task> {
    match report.status {
        Pending if task.status == Pending => Ok(task),
        Pending => requeue::release(uow, &task.id, token),
        Assigned => assign(uow, task),
        InProgress => run(uow, task, token),
        Completed => {
            let mut task = run(uow, task, token)?;
            check(&task, Completed)?;
            complete_run(uow, &mut task, report.result.clone())?;
            metrics::record_end(uow, &task, &report.metrics)?;
            Ok(task)
        }
        Failed => {
            let task = run(uow, task, token)?;
            end_badly(uow, task, report)
        }
        Cancelled => end_badly(uow, task, report),
    }
}

/// Assigns a task to the agent that it is pinned to, without a lease.
fn assign(uow: &mut UnitOfWork<'_>, mut task: Task) -> Result<Task> {
    if task.agent_id.is_none() {
        let reason = "must name the agent that gets the task, got none";
        return Err(Error::invalid("AgentId", reason));
    }
    check(&task, Assigned)?;
    // What must not start must not be handed out.
    check(&task, InProgress)?;
    task.status = Assigned;
    uow.update(&mut task)?;
    statistics::agent_started(uow, &task)?;
    Ok(task)
}

fn run(uow: &mut UnitOfWork<'_>, task: Task, token: Option<&LeaseToken>) -> Result<Task> {
    if task.status == InProgress {
        return Ok(task);
    }
    start::start(uow, &task.id, token)
}

fn end_badly(uow: &mut UnitOfWork<'_>, mut task: Task, report: &TaskReport) -> Result<Task> {
    check(&task, report.status)?;
    task.result.clone_from(&report.result);
    task.error_message.clone_from(&report.error_message);
    if report.status == Cancelled {
        end(uow, &mut task, Cancelled)?;
    } else {
        let next_run = report.retry.then(|| backoff::next_run(uow, &task));
        end_failed_run(uow, &mut task, next_run)?;
    }
    metrics::record_end(uow, &task, &report.metrics)?;
    Ok(task)
}
