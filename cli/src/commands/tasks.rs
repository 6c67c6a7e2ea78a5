//! `orchestra tasks`: looks at the task queue, and changes it.

use clap::{Args, Subcommand};
use orchestra_store::models::{AgentId, Task, TaskId};
use orchestra_store::services::tasks::{
    self, Explanation, NewTask, QueueScope, Reason, TaskFilter,
};
use orchestra_store::types::{FailurePolicy, TaskPriority, TaskStatus, Timestamp};
use orchestra_store::{Result, Store};

use super::agents::to_the_second;
use super::{task_changes, task_steps};
use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The newest tasks
    List(ListArguments),
    /// One task
    Show {
        /// The task's id
        id: TaskId,
    },
    /// Why a task isn't running, or what it is doing
    Explain {
        /// The task's id
        id: TaskId,
    },
    /// Put a task into the queue
    Enqueue(EnqueueArguments),
    /// Cancel a task; one that is running is asked to stop
    Cancel {
        /// The task's id
        id: TaskId,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Put a task that failed or was cancelled back into the queue, with all its retries
    Retry {
        /// The task's id
        id: TaskId,
    },
    /// Put all that failed back into the queue, those first that failed first
    Redrive(RedriveArguments),
    /// Cancel, retry, release, reassign or reprioritise all tasks that fit; without --yes, count them
    Change(task_changes::Arguments),
    /// Let a task that waits wait for another one, too, or no longer
    Depend(DependArguments),
    #[command(flatten)]
    Step(task_steps::Command),
}

#[derive(Debug, Args)]
pub(crate) struct RedriveArguments {
    #[command(flatten)]
    which: Which,
    /// How many at the most
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct DependArguments {
    /// The task's id
    id: TaskId,
    /// The other task, which has to complete before
    #[arg(long, value_name = "ID")]
    on: TaskId,
    /// Cancel the task if the other one fails or is cancelled; otherwise it waits for its retry
    #[arg(long)]
    follow: bool,
    /// No longer wait for the other task
    #[arg(long, conflicts_with = "follow")]
    remove: bool,
}

/// Which tasks are meant: those that all that is given holds for.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Only those of this agent
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// Only those of this repository
    #[arg(long, value_name = "PATH")]
    repository: Option<String>,
    /// Only those of this queue
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,
    /// Only those with this correlation id
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,
}

impl Which {
    pub(super) fn filter(&self, status: Option<TaskStatus>) -> TaskFilter {
        TaskFilter {
            status,
            agent_id: self.agent.clone(),
            repository_path: self.repository.clone(),
            queue_name: self.queue.clone(),
            correlation_id: self.correlation_id.clone(),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only those in this state: Pending, Assigned, InProgress, Completed, Failed or Cancelled
    #[arg(long)]
    status: Option<TaskStatus>,
    #[command(flatten)]
    which: Which,
    /// Only those that failed and have no retries left; the same as --status Failed
    #[arg(long, conflicts_with = "status")]
    dead: bool,
    /// How many at the most
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct EnqueueArguments {
    /// What to run, 1 to 2000 characters
    command: String,
    /// The repository to run it in
    #[arg(long, value_name = "PATH")]
    repository: String,
    /// The one agent that may run it; without, any of the repository
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// Low, Normal, High or Critical
    #[arg(long, default_value_t)]
    priority: TaskPriority,
    /// When it may be run at the earliest, UTC or with an offset: 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// How often it is run again after a failure, 0 to 10
    #[arg(long, value_name = "NUMBER")]
    max_retries: Option<i32>,
    /// Stands for this request: the same key again returns the task of the first
    #[arg(long, value_name = "TEXT")]
    idempotency_key: Option<String>,
    /// Ties it to other tasks
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,
    /// The queue that it is in
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,
    /// A task that has to complete before; may be given several times
    #[arg(long, value_name = "ID")]
    depends_on: Vec<TaskId>,
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    let store = match command {
        Command::Enqueue(_) => session.open_or_create()?,
        _ => session.open()?,
    };
    match command {
        Command::List(arguments) => {
            let tasks = list(&store, arguments)?;
            session.output.print(&tasks, |tasks| list_page(tasks))?;
        }
        Command::Show { id } => {
            session
                .output
                .print(&store.read(|reader| tasks::get(reader, id))?, show_page)?;
        }
        Command::Explain { id } => {
            let explanation = store.read(|reader| tasks::explain(reader, id))?;
            session.output.print(&explanation, explain_page)?;
        }
        Command::Enqueue(arguments) => {
            let task = store.write(|uow| tasks::enqueue(uow, &arguments.to_task()))?;
            session.output.print(&task, change_page)?;
        }
        Command::Cancel { id, reason } => {
            let task = store.write(|uow| tasks::cancel(uow, id, reason.as_deref()))?;
            session.output.print(&task, change_page)?;
        }
        Command::Retry { id } => {
            let task = store.write(|uow| tasks::retry(uow, id))?;
            session.output.print(&task, change_page)?;
        }
        Command::Redrive(RedriveArguments { which, limit }) => {
            let redriven = store.write(|uow| tasks::redrive(uow, &which.filter(None), *limit))?;
            session.output.print(&redriven, |tasks| list_page(tasks))?;
        }
        Command::Change(arguments) => task_changes::run(arguments, &store, session)?,
        Command::Depend(arguments) => {
            let task = depend(&store, arguments)?;
            session.output.print(&task, change_page)?;
        }
        Command::Step(command) => task_steps::run(command, &store, session)?,
    }
    Ok(Exit::Ok)
}

fn list(store: &Store, arguments: &ListArguments) -> Result<Vec<Task>> {
    let dead = arguments.dead.then_some(TaskStatus::Failed);
    let filter = arguments.which.filter(dead.or(arguments.status));
    store.read(|reader| tasks::list(reader, &filter, arguments.limit))
}

fn depend(store: &Store, arguments: &DependArguments) -> Result<Task> {
    let DependArguments { id, on, .. } = arguments;
    let on_failure = if arguments.follow {
        FailurePolicy::Cancel
    } else {
        FailurePolicy::Block
    };
    store.write(|uow| {
        if arguments.remove {
            tasks::remove_dependency(uow, id, on)
        } else {
            tasks::add_dependency(uow, id, on, on_failure)
        }
    })
}

impl EnqueueArguments {
    fn to_task(&self) -> NewTask {
        NewTask {
            agent_id: self.agent.clone(),
            priority: self.priority,
            available_at: self.at,
            max_retries: self.max_retries,
            idempotency_key: self.idempotency_key.clone(),
            correlation_id: self.correlation_id.clone(),
            queue_name: self.queue.clone(),
            depends_on: self.depends_on.iter().cloned().map(Into::into).collect(),
            ..NewTask::new(&self.command, &self.repository)
        }
    }
}

pub(super) fn list_page(tasks: &[Task]) -> Page {
    Page::new().table(headings(), tasks.iter().map(row))
}

/// The headings of a table of tasks.
pub(super) fn headings() -> [&'static str; 7] {
    [
        "Id",
        "Status",
        "Priority",
        "Created",
        "Agent",
        "Repository",
        "Command",
    ]
}

/// The row of a task in a table.
pub(super) fn row(task: &Task) -> [String; 7] {
    [
        task.id.to_string(),
        task.status.to_string(),
        task.priority.to_string(),
        to_the_second(task.created_at),
        task.agent_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        task.repository_path.clone(),
        task.command.clone(),
    ]
}

/// What a task is after a change.
pub(super) fn change_page(task: &Task) -> Page {
    let state = match (task.status, task.cancel_requested_at) {
        (TaskStatus::Pending, _) if task.unmet_dependencies > 0 => {
            format!("Pending; it waits for {} others", task.unmet_dependencies)
        }
        (status @ (TaskStatus::Assigned | TaskStatus::InProgress), Some(_)) => {
            format!("{status}; its worker was asked to stop")
        }
        (status, _) => status.to_string(),
    };
    Page::new().line(format!("{}: {state}", task.id))
}

fn show_page(task: &Task) -> Page {
    let time = |time: Option<Timestamp>| time.map(Timestamp::to_iso8601);
    let progress = match &task.progress_message {
        Some(message) => format!("{} %, {message}", task.progress_percentage),
        None => format!("{} %", task.progress_percentage),
    };
    Page::new().record([
        ("Id", Some(task.id.to_string())),
        ("Status", Some(task.status.to_string())),
        ("Command", Some(task.command.clone())),
        ("RepositoryPath", Some(task.repository_path.clone())),
        ("Priority", Some(task.priority.to_string())),
        ("AgentId", task.agent_id.as_ref().map(ToString::to_string)),
        ("IsPinned", task.is_pinned.then(|| "yes".to_owned())),
        ("Progress", Some(progress)),
        ("CreatedAt", time(Some(task.created_at))),
        ("AvailableAt", time(Some(task.available_at))),
        ("StartedAt", time(task.started_at)),
        ("CompletedAt", time(task.completed_at)),
        (
            "ExecutionDuration",
            task.execution_duration.map(|d| d.to_string()),
        ),
        ("LeaseOwner", task.lease_owner.clone()),
        ("LeaseExpiresAt", time(task.lease_expires_at)),
        ("CancelRequestedAt", time(task.cancel_requested_at)),
        (
            "RetryCount",
            Some(format!("{} of {}", task.retry_count, task.max_retries)),
        ),
        ("Result", task.result.clone()),
        ("ErrorMessage", task.error_message.clone()),
        ("IdempotencyKey", task.idempotency_key.clone()),
        ("CorrelationId", task.correlation_id.clone()),
    ])
}

fn explain_page(explanation: &Explanation) -> Page {
    let heading = format!("{} is {}", explanation.task_id, explanation.status);
    let reasons = explanation.reasons.iter().zip(&explanation.commands);
    reasons.fold(Page::new().line(heading), |page, (reason, command)| {
        page.line(format!("- {}; run `{command}`", sentence(reason)))
    })
}

fn sentence(reason: &Reason) -> String {
    let at = |time: &Timestamp| time.to_iso8601();
    match reason {
        Reason::WaitsFor { task_id, status } => {
            format!("it waits for {task_id}, which is {status}")
        }
        Reason::BlockedBy { task_id, status } => format!("blocked by {task_id} ({status})"),
        Reason::WaitsForStage {
            stage,
            open_tasks,
            first,
            ..
        } => {
            let first: Vec<_> = first.iter().map(TaskId::as_str).collect();
            let first = first.join(", ");
            format!(
                "it waits for stage {stage}, of which {open_tasks} tasks are open, first {first}"
            )
        }
        Reason::ScheduledUntil { available_at } => format!("it is for later: {}", at(available_at)),
        Reason::Paused {
            by, since, because, ..
        } => {
            let because = because.as_deref().map(|why| format!(": {why}"));
            let what = paused_thing(reason);
            format!(
                "{what} is paused by {by} since {}{}",
                at(since),
                because.unwrap_or_default()
            )
        }
        Reason::WorkflowPaused {
            workflow_execution_id: Some(id),
        } => format!("its workflow execution {id} is paused"),
        Reason::AgentRemoved { agent_id } => format!("its agent {agent_id} was removed"),
        Reason::AgentAway {
            agent_id,
            status,
            last_ping,
        } => {
            format!(
                "its agent {agent_id} is {status}, last seen {}",
                at(last_ping)
            )
        }
        Reason::AgentFull { agent_id, tasks } => {
            format!("its agent {agent_id} has no room beside {tasks} tasks")
        }
        Reason::NobodyServes {
            repository_path, ..
        } => {
            format!("no agent is registered for {repository_path}")
        }
        Reason::NoCapacity {
            repository_path,
            agents,
        } => {
            let count = agents.len();
            format!("none of the {count} agents for {repository_path} has room")
        }
        Reason::Claimable { agents } => format!("it can be claimed now by {}", joined(agents)),
        Reason::LeasedBy { owner, until } => format!("{owner} has it until {}", at(until)),
        Reason::LeaseExpired { owner, since } => {
            format!(
                "the lease of {owner} ended {}, and nobody rescued it yet",
                at(since)
            )
        }
        Reason::Unleased => "it is held without a lease".to_owned(),
        Reason::CancelRequested { since } => format!("it was asked to stop {}", at(since)),
        Reason::Ended {
            at: time,
            error_message,
        } => {
            let time = time.as_ref().map(at).unwrap_or_default();
            let message = error_message.as_deref().map(|why| format!(": {why}"));
            format!("it ended {time}{}", message.unwrap_or_default())
        }
        other => format!("{other:?}"),
    }
}

fn paused_thing(reason: &Reason) -> String {
    match reason {
        Reason::Paused {
            queue_name,
            repository_path,
            ..
        } => QueueScope {
            queue_name: queue_name.clone(),
            repository_path: repository_path.clone(),
        }
        .to_string(),
        _ => String::new(),
    }
}

fn joined(agents: &[AgentId]) -> String {
    let ids: Vec<&str> = agents.iter().map(AgentId::as_str).collect();
    ids.join(", ")
}
