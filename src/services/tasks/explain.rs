//! Explaining the state of a task: why it isn't running, or what it waits for.

use serde::Serialize;

use super::pause::{list_pauses, stops};
use super::query::get;
use super::way_out::way_out;
use crate::command_line::CommandLine;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::{agents, workflows};
use crate::tables::{
    Agent, AgentId, Task, TaskId, WorkflowExecutionId, agents as agent_rows, assignments,
    task_dependencies,
};
use crate::types::{AgentStatus, TaskStatus, Timestamp};

/// Reason for the state of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "Reason", rename_all_fields = "PascalCase")]
#[non_exhaustive]
pub enum Reason {
    /// The task depends on one that hasn't ended.
    WaitsFor {
        /// Id of the other task.
        task_id: TaskId,
        /// State of the other task.
        status: TaskStatus,
    },
    /// The task depends on one that failed or was cancelled. A [retry](super::retry) of the other one lets it go on, and
    /// so does [removing](super::remove_dependency) the dependency.
    BlockedBy {
        /// Id of the other task.
        task_id: TaskId,
        /// State of the other task.
        status: TaskStatus,
    },
    /// The stage of the task waits for another stage of its workflow execution. Its tasks can be claimed once all tasks
    /// of the other one have completed, or ended if that may fail.
    WaitsForStage {
        /// Id of the execution.
        workflow_execution_id: WorkflowExecutionId,
        /// Name of the other stage.
        stage: String,
        /// Number of its tasks that haven't ended.
        open_tasks: i32,
        /// Ids of the first of these, at most three.
        first: Vec<TaskId>,
    },
    /// The task may not be claimed yet: it is scheduled for later, or waits for its retry.
    ScheduledUntil {
        /// Time from which it may be claimed.
        available_at: Timestamp,
    },
    /// The queue or the repository of the task is paused, until it is [resumed](super::resume).
    Paused {
        /// Paused queue; `None`: all queues of the repository.
        queue_name: Option<String>,
        /// Paused repository; `None`: the queue in all repositories.
        repository_path: Option<String>,
        /// User who paused it.
        by: String,
        /// Begin of the pause.
        since: Timestamp,
        /// Reason of the pause.
        because: Option<String>,
    },
    /// The workflow execution that the task belongs to is paused.
    WorkflowPaused {
        /// Id of the execution, if it still exists.
        workflow_execution_id: Option<WorkflowExecutionId>,
    },
    /// The task is pinned to an agent that was removed. [Reassigning](super::reassign) it lets another agent run it.
    AgentRemoved {
        /// Id of the agent.
        agent_id: AgentId,
    },
    /// The task is pinned to an agent that is offline or in an error, or has sent no heartbeat for five health
    /// intervals.
    AgentAway {
        /// Id of the agent.
        agent_id: AgentId,
        /// State of the agent.
        status: AgentStatus,
        /// Time of the agent's last heartbeat.
        last_ping: Timestamp,
    },
    /// The task is pinned to an agent that has no capacity left.
    AgentFull {
        /// Id of the agent.
        agent_id: AgentId,
        /// Number of tasks that the agent holds.
        tasks: i64,
    },
    /// No agent is registered for the repository of the task. Workers that are not agents may still claim it.
    NobodyServes {
        /// Path of the repository.
        repository_path: String,
        /// Queue of the task.
        queue_name: Option<String>,
    },
    /// All agents of the repository are away or have no capacity left.
    NoCapacity {
        /// Path of the repository.
        repository_path: String,
        /// Agents of the repository.
        agents: Vec<AgentId>,
    },
    /// The task can be claimed now.
    Claimable {
        /// Agents that can claim it, the least loaded first.
        agents: Vec<AgentId>,
    },
    /// The task is leased to a worker.
    LeasedBy {
        /// Name of the worker, or id of the agent.
        owner: String,
        /// End of the lease, unless it is extended.
        until: Timestamp,
    },
    /// The lease of the task has expired, and [`rescue_expired`](super::rescue_expired) hasn't rescued it yet.
    LeaseExpired {
        /// Name of the worker, or id of the agent.
        owner: String,
        /// End of the lease.
        since: Timestamp,
    },
    /// The task is assigned or running without a lease, by a host that hands out the work itself.
    Unleased,
    /// Cancellation was requested, and the worker hasn't stopped yet.
    CancelRequested {
        /// Time of the request.
        since: Timestamp,
    },
    /// The task has ended.
    Ended {
        /// Time of its end.
        at: Option<Timestamp>,
        /// Reason of its failure or cancellation.
        error_message: Option<String>,
    },
}

/// Explanation of a task's state.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Explanation {
    /// Id of the task.
    pub task_id: TaskId,
    /// State of the task.
    pub status: TaskStatus,
    /// All reasons that apply, at least one. A task that can be claimed has only [`Reason::Claimable`].
    pub reasons: Vec<Reason>,
    /// Commands of the command line that end the reasons: one for each, in their order.
    pub commands: Vec<CommandLine>,
}

/// Explains the state of a task: returns all reasons why it isn't running, or who holds it.
///
/// ```
/// use orchestra_store::services::tasks::{self, NewTask, Reason};
/// # use orchestra_store::{Store, StoreConfig};
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let task = store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
/// let explanation = store.read(|reader| tasks::explain(reader, &task.id))?;
/// assert_eq!(explanation.reasons, [Reason::NobodyServes {
///     repository_path: "/srv/app".to_owned(),
///     queue_name: None,
/// }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explain(reader: &mut Reader<'_>, id: &TaskId) -> Result<Explanation> {
    let task = get(reader, id)?;
    let reasons = match task.status {
        TaskStatus::Pending => why_pending(reader, &task)?,
        TaskStatus::Assigned | TaskStatus::InProgress => why_held(&task, reader.now()),
        TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled => {
            vec![Reason::Ended {
                at: task.completed_at,
                error_message: task.error_message.clone(),
            }]
        }
    };
    let commands = reasons.iter().map(|reason| way_out(&task, reason));
    Ok(Explanation {
        commands: commands.collect(),
        task_id: task.id,
        status: task.status,
        reasons,
    })
}

fn why_held(task: &Task, now: Timestamp) -> Vec<Reason> {
    let owner = task.lease_owner.clone().unwrap_or_default();
    let mut reasons = vec![match task.lease_expires_at {
        None => Reason::Unleased,
        Some(since) if since < now => Reason::LeaseExpired { owner, since },
        Some(until) => Reason::LeasedBy { owner, until },
    }];
    let requested = task.cancel_requested_at;
    reasons.extend(requested.map(|since| Reason::CancelRequested { since }));
    reasons
}

fn why_pending(reader: &mut Reader<'_>, task: &Task) -> Result<Vec<Reason>> {
    let mut reasons = why_waiting(reader, task)?;
    if task.waits_for_time() && task.available_at > reader.now() {
        let available_at = task.available_at;
        reasons.push(Reason::ScheduledUntil { available_at });
    }
    reasons.extend(why_paused(reader, task)?);
    if task.is_held {
        let workflow_execution_id = task.workflow_execution_id.clone();
        reasons.push(Reason::WorkflowPaused {
            workflow_execution_id,
        });
    }
    let (no_agent, agents) = match task.agent_id.as_ref().filter(|_| task.is_pinned) {
        Some(agent_id) => (why_not_its_agent(reader, agent_id)?, vec![agent_id.clone()]),
        None => why_no_agent(reader, task)?,
    };
    reasons.extend(no_agent);
    if reasons.is_empty() {
        reasons.push(Reason::Claimable { agents });
    }
    Ok(reasons)
}

fn why_waiting(reader: &mut Reader<'_>, task: &Task) -> Result<Vec<Reason>> {
    let parents = task_dependencies::parents(reader.conn(), &task.id)?;
    let reason = |(task_id, status)| match status {
        TaskStatus::Completed => None,
        TaskStatus::Failed | TaskStatus::Cancelled => Some(Reason::BlockedBy { task_id, status }),
        _ => Some(Reason::WaitsFor { task_id, status }),
    };
    let mut reasons: Vec<Reason> = parents.into_iter().filter_map(reason).collect();
    for waited in workflows::waited_for(reader, task)? {
        reasons.push(Reason::WaitsForStage {
            workflow_execution_id: waited.workflow_execution_id,
            stage: waited.stage,
            open_tasks: waited.open_tasks,
            first: waited.first,
        });
    }
    Ok(reasons)
}

fn why_paused(reader: &mut Reader<'_>, task: &Task) -> Result<Vec<Reason>> {
    let pauses = list_pauses(reader)?.into_iter();
    let stopping =
        pauses.filter(|pause| stops(pause, &task.repository_path, task.queue_name.as_deref()));
    Ok(stopping
        .map(|pause| Reason::Paused {
            queue_name: pause.queue_name,
            repository_path: pause.repository_path,
            by: pause.created_by,
            since: pause.created_at,
            because: pause.reason,
        })
        .collect())
}

fn why_not_its_agent(reader: &mut Reader<'_>, id: &AgentId) -> Result<Option<Reason>> {
    let agent_id = id.clone();
    let Some(agent) = agents::find(reader, id)? else {
        return Ok(Some(Reason::AgentRemoved { agent_id }));
    };
    if !agents::is_at_work(&agent) || !agents::is_alive(&agent, reader.now()) {
        return Ok(Some(Reason::AgentAway {
            agent_id,
            status: agent.status,
            last_ping: agent.last_ping,
        }));
    }
    let tasks = assignments::count(reader.conn(), id)?;
    let is_full = tasks >= i64::from(agent.max_concurrent_tasks);
    Ok(is_full.then_some(Reason::AgentFull { agent_id, tasks }))
}

/// Returns the reason why no agent can take a task that isn't pinned, or the agents that can.
fn why_no_agent(reader: &mut Reader<'_>, task: &Task) -> Result<(Option<Reason>, Vec<AgentId>)> {
    let path = task.repository_path.as_str();
    let ids = |agents: Vec<Agent>| agents.into_iter().map(|agent| agent.id).collect();
    let available: Vec<AgentId> = ids(agents::find_available(reader, Some(path))?);
    if !available.is_empty() {
        return Ok((None, available));
    }
    let conn = reader.conn();
    let serving: Vec<AgentId> = ids(agent_rows::list_serving(
        conn,
        AgentStatus::ALL,
        Some(path),
    )?);
    let repository_path = path.to_owned();
    let reason = if serving.is_empty() {
        let queue_name = task.queue_name.clone();
        Reason::NobodyServes {
            repository_path,
            queue_name,
        }
    } else {
        let agents = serving;
        Reason::NoCapacity {
            repository_path,
            agents,
        }
    };
    Ok((Some(reason), Vec::new()))
}
