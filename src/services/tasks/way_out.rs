//! The command of the command line that ends each reason for the state of a task.

use super::explain::Reason;
use crate::command_line::CommandLine;
use crate::tables::{Task, TaskId};
use crate::types::TaskStatus;

/// Returns the command that ends a reason of a task. Where the reason is no trouble and ends by itself, such as a wait for
/// another task, it is the one with which a person doesn't wait for that.
pub(super) fn way_out(task: &Task, reason: &Reason) -> CommandLine {
    let of_task = |words: &str| CommandLine::new(words).argument(&task.id);
    match reason {
        Reason::WaitsFor { task_id, .. } => without(task, task_id),
        Reason::BlockedBy { task_id, status } => unblocked(task, task_id, *status),
        Reason::WaitsForStage {
            workflow_execution_id: id,
            ..
        } => CommandLine::new("workflows cancel").argument(id),
        Reason::ScheduledUntil { .. } => of_task("tasks reschedule"),
        Reason::Paused {
            queue_name,
            repository_path,
            ..
        } => resume(queue_name.as_deref(), repository_path.as_deref()),
        Reason::WorkflowPaused {
            workflow_execution_id,
        } => match workflow_execution_id {
            Some(id) => CommandLine::new("workflows resume").argument(id),
            None => of_task("tasks cancel"),
        },
        Reason::AgentRemoved { .. }
        | Reason::AgentAway { .. }
        | Reason::AgentFull { .. }
        | Reason::LeasedBy { .. }
        | Reason::CancelRequested { .. } => of_task("tasks reassign"),
        Reason::NobodyServes {
            repository_path, ..
        }
        | Reason::NoCapacity {
            repository_path, ..
        } => another_agent(repository_path),
        Reason::Claimable { .. } => of_task("tasks start"),
        Reason::LeaseExpired { .. } => CommandLine::new("maintain"),
        Reason::Unleased => of_task("tasks release"),
        Reason::Ended { .. } if can_run_again(task) => of_task("tasks retry"),
        Reason::Ended { .. } => of_task("tasks delete"),
    }
}

fn unblocked(task: &Task, by: &TaskId, status: TaskStatus) -> CommandLine {
    match status {
        TaskStatus::Failed => CommandLine::new("tasks retry").argument(by),
        // That of a workflow execution can't be retried.
        _ => without(task, by),
    }
}

fn another_agent(repository_path: &str) -> CommandLine {
    let command = CommandLine::new("agents register worker --type worker");
    command.option("--repository", repository_path)
}

fn can_run_again(task: &Task) -> bool {
    let is_own = task.workflow_execution_id.is_none();
    task.status == TaskStatus::Failed || (task.status == TaskStatus::Cancelled && is_own)
}

fn without(task: &Task, other: &TaskId) -> CommandLine {
    CommandLine::new("tasks depend --remove")
        .option("--on", other)
        .argument(&task.id)
}

fn resume(queue: Option<&str>, repository: Option<&str>) -> CommandLine {
    let mut command = CommandLine::new("queue resume");
    if let Some(queue) = queue {
        command = command.option("--queue", queue);
    }
    if let Some(path) = repository {
        command = command.option("--repository", path);
    }
    command
}
