//! Why a task isn't running, or what holds it where it is.

use serde::Serialize;

use super::pause::{list_pauses, stops};
use super::query::get;
use crate::error::Result;
use crate::rows::Reader;
use crate::services::agents;
use crate::tables::{
    Agent, AgentId, Task, TaskId, WorkflowExecutionId, agents as agent_rows, task_dependencies,
    tasks as rows,
};
use crate::types::{AgentStatus, TaskStatus, Timestamp};

/// A reason why a task is where it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "Reason", rename_all_fields = "PascalCase")]
#[non_exhaustive]
pub enum Reason {
    /// It waits for a task that hasn't ended.
    WaitsFor {
        /// The other task.
        task_id: TaskId,
        /// Its state.
        status: TaskStatus,
    },
    /// It waits for a task that failed or was cancelled: only a retry of that one can free it.
    BlockedBy {
        /// The other task.
        task_id: TaskId,
        /// Its state.
        status: TaskStatus,
    },
    /// It is for later: scheduled so, or waiting for its next run after a failure.
    ScheduledUntil {
        /// When it may be claimed.
        available_at: Timestamp,
    },
    /// Its queue or repository is paused.
    Paused {
        /// The queue that is paused, if not all of the repository.
        queue_name: Option<String>,
        /// The repository that is paused, if not the queue in all of them.
        repository_path: Option<String>,
        /// The user who paused it.
        by: String,
        /// Since when.
        since: Timestamp,
        /// Why.
        because: Option<String>,
    },
    /// The execution of a workflow that it belongs to is paused.
    WorkflowPaused {
        /// The execution, if it is still there.
        workflow_execution_id: Option<WorkflowExecutionId>,
    },
    /// Only this agent may run it, and it was removed.
    AgentRemoved {
        /// The agent.
        agent_id: AgentId,
    },
    /// Only this agent may run it, and it is out of service or has given no sign of life for five
    /// health intervals.
    AgentAway {
        /// The agent.
        agent_id: AgentId,
        /// Its state.
        status: AgentStatus,
        /// Its last sign of life.
        last_ping: Timestamp,
    },
    /// Only this agent may run it, and it holds as many tasks as it may.
    AgentFull {
        /// The agent.
        agent_id: AgentId,
        /// The tasks that it holds.
        tasks: i64,
    },
    /// No agent is registered for its repository. Workers that are no agents may still claim it.
    NobodyServes {
        /// The repository.
        repository_path: String,
        /// The queue.
        queue_name: Option<String>,
    },
    /// All agents of its repository are away or hold as many tasks as they may.
    NoCapacity {
        /// The repository.
        repository_path: String,
        /// These agents.
        agents: Vec<AgentId>,
    },
    /// It can be claimed, and these agents could do so now.
    Claimable {
        /// The agents, the least loaded first.
        agents: Vec<AgentId>,
    },
    /// A worker holds it.
    LeasedBy {
        /// The worker.
        owner: String,
        /// When the lease ends unless it is extended.
        until: Timestamp,
    },
    /// The lease of its worker ended, and nobody has rescued it yet.
    LeaseExpired {
        /// The worker.
        owner: String,
        /// When the lease ended.
        since: Timestamp,
    },
    /// It is assigned or running without a lease, by a host that hands out the work itself.
    Unleased,
    /// It was asked to stop, and its worker hasn't done so yet.
    CancelRequested {
        /// When.
        since: Timestamp,
    },
    /// It has ended.
    Ended {
        /// When.
        at: Option<Timestamp>,
        /// Why it failed or was cancelled.
        error_message: Option<String>,
    },
}

/// The explanation of a task's state.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Explanation {
    /// The task.
    pub task_id: TaskId,
    /// Its state.
    pub status: TaskStatus,
    /// All that holds it where it is, at least one. A task that can be claimed has
    /// [`Reason::Claimable`] alone.
    pub reasons: Vec<Reason>,
}

/// Tells why a task isn't running, or what it is doing. All reasons that hold are told, each with who
/// and what it is about.
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
    Ok(Explanation {
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
    if task.available_at > reader.now() {
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
    let parents = task_dependencies::parents(reader.connection(), &task.id)?;
    let reason = |(task_id, status)| match status {
        TaskStatus::Completed => None,
        TaskStatus::Failed | TaskStatus::Cancelled => Some(Reason::BlockedBy { task_id, status }),
        _ => Some(Reason::WaitsFor { task_id, status }),
    };
    Ok(parents.into_iter().filter_map(reason).collect())
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
    let known = reader.find::<Agent>(id)?;
    let Some(agent) = known.filter(|agent| !agent.is_deleted) else {
        return Ok(Some(Reason::AgentRemoved { agent_id }));
    };
    let works = matches!(agent.status, AgentStatus::Idle | AgentStatus::Busy);
    if !works || !agents::is_alive(&agent, reader.now()) {
        return Ok(Some(Reason::AgentAway {
            agent_id,
            status: agent.status,
            last_ping: agent.last_ping,
        }));
    }
    let tasks = rows::count_held(reader.connection(), id)?;
    let is_full = tasks >= i64::from(agent.max_concurrent_tasks);
    Ok(is_full.then_some(Reason::AgentFull { agent_id, tasks }))
}

/// Returns why no agent can take a task that is pinned to none, or the agents that can.
fn why_no_agent(reader: &mut Reader<'_>, task: &Task) -> Result<(Option<Reason>, Vec<AgentId>)> {
    let path = task.repository_path.as_str();
    let ids = |agents: Vec<Agent>| agents.into_iter().map(|agent| agent.id).collect();
    let available: Vec<AgentId> = ids(agents::find_available(reader, Some(path))?);
    if !available.is_empty() {
        return Ok((None, available));
    }
    let conn = reader.connection();
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
