//! Agents: who works, where, and with what load.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::code_repositories;
use crate::db::{Reader, UnitOfWork};
use crate::entity::Entity as _;
use crate::error::{Error, ErrorCode, Result};
use crate::models::{Agent, AgentId};
use crate::repositories::{agents as rows, tasks as task_rows};
use crate::types::{AgentStatus, Json, TimeSpan, Timestamp};
use crate::validate;

/// An agent whose last sign of life is older than this many of its health intervals is not
/// available.
const HEALTH_INTERVALS: u32 = 5;

/// What is known of an agent when it registers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewAgent {
    /// Its id; a new one is made where there is none.
    #[serde(default)]
    pub id: Option<AgentId>,
    /// Its name, 1 to 255 characters.
    pub name: String,
    /// What kind of agent it is, such as `claude-code`, 1 to 100 characters.
    pub type_: String,
    /// The repository that it works in, 1 to 500 characters; `*` for any.
    pub repository_path: String,
    /// How many tasks it runs at the same time, 1 to 10.
    #[serde(default = "one")]
    pub max_concurrent_tasks: i32,
    /// How often it gives a sign of life.
    #[serde(default = "one_minute")]
    pub health_check_interval: TimeSpan,
    /// What the host wants to keep with it.
    #[serde(default)]
    pub configuration_json: Option<Json>,
    /// The session that it runs in, up to 128 characters.
    #[serde(default)]
    pub session_id: Option<String>,
}

fn one() -> i32 {
    1
}

fn one_minute() -> TimeSpan {
    TimeSpan::from(std::time::Duration::from_secs(60))
}

impl NewAgent {
    /// An agent that runs one task at a time and gives a sign of life each minute.
    pub fn new(
        name: impl Into<String>,
        type_: impl Into<String>,
        repository_path: impl Into<String>,
    ) -> Self {
        Self {
            id: None,
            name: name.into(),
            type_: type_.into(),
            repository_path: repository_path.into(),
            max_concurrent_tasks: one(),
            health_check_interval: one_minute(),
            configuration_json: None,
            session_id: None,
        }
    }

    fn validate(&self) -> Result<()> {
        validate::text("Name", &self.name, validate::NAME)?;
        validate::text("Type", &self.type_, 1..=100)?;
        validate::text("RepositoryPath", &self.repository_path, validate::PATH)?;
        validate::number("MaxConcurrentTasks", self.max_concurrent_tasks, 1..=10)?;
        validate::optional_text("SessionId", self.session_id.as_deref(), 1..=128)?;
        if self.health_check_interval <= TimeSpan::ZERO {
            return Err(Error::invalid("HealthCheckInterval", "not a positive time"));
        }
        Ok(())
    }
}

/// How much of an agent's capacity is in use.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentLoad {
    /// The agent.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// Its state.
    pub status: AgentStatus,
    /// The tasks that it holds a lease on.
    pub current_tasks: i64,
    /// The tasks that it may hold at the same time.
    pub max_concurrent_tasks: i32,
    /// `current_tasks / max_concurrent_tasks`, 0 to 1.
    pub load: f64,
    /// The mean duration of its tasks in milliseconds.
    pub average_execution_time: f64,
    /// Completed tasks among those that completed or failed, 0 to 1; 0 where there are none.
    pub success_rate: f64,
}

/// The agent with this id, unless it was removed.
pub fn get(reader: &mut Reader<'_>, id: &AgentId) -> Result<Agent> {
    reader
        .find(id)?
        .filter(|agent: &Agent| !agent.is_deleted)
        .ok_or_else(|| Error::not_found("Agents", id))
}

/// All agents that were not removed, by id.
pub fn list(reader: &mut Reader<'_>) -> Result<Vec<Agent>> {
    Ok(rows::list(reader.connection())?)
}

/// Makes an agent known, or takes over what changed of one that is; one that was removed is
/// back with its statistics. It is idle, or busy while it holds tasks, and has just given a sign
/// of life. Its repository is made known if it isn't.
pub fn register(uow: &mut UnitOfWork<'_>, new: &NewAgent) -> Result<Agent> {
    new.validate()?;
    let path = code_repositories::normalize_path(&new.repository_path);
    let repository_id = code_repositories::link(uow, path)?;
    let known = match &new.id {
        Some(id) => uow.find(id)?,
        None => None,
    };
    let is_known = known.is_some();
    let mut agent = match known {
        Some(agent) => agent,
        None => blank(uow, new.id.clone())?,
    };
    let held = task_rows::count_held(uow.connection(), &agent.id)?;
    agent.name.clone_from(&new.name);
    agent.type_.clone_from(&new.type_);
    agent.repository_path = path.to_owned();
    agent.repository_id = repository_id;
    agent.max_concurrent_tasks = new.max_concurrent_tasks;
    agent.health_check_interval = new.health_check_interval;
    agent.configuration_json.clone_from(&new.configuration_json);
    agent.session_id.clone_from(&new.session_id);
    agent.status = working_status(held);
    agent.last_ping = uow.now();
    agent.is_deleted = false;
    agent.deleted_at = None;
    agent.deleted_by = None;
    if is_known {
        uow.update(&mut agent)?;
    } else {
        uow.insert(&mut agent)?;
    }
    Ok(agent)
}

/// Removes an agent: it is no longer found, but its history stays, and registering it again
/// brings it back. One that holds tasks can't be removed.
pub fn remove(uow: &mut UnitOfWork<'_>, id: &AgentId) -> Result<()> {
    get(uow, id)?;
    let held = task_rows::count_held(uow.connection(), id)?;
    if held > 0 {
        let message = format!("Agents: '{id}' holds {held} tasks and can't be removed");
        return Err(conflict(id, message));
    }
    uow.delete(id).map(drop)
}

/// Sets an agent's state and what it says that it works on. This is not a sign of life.
///
/// An agent that is [`AgentStatus::Offline`] or [`AgentStatus::Error`] claims no tasks.
pub fn set_status(
    uow: &mut UnitOfWork<'_>,
    id: &AgentId,
    status: AgentStatus,
    current_task: Option<&str>,
) -> Result<Agent> {
    validate::optional_text("CurrentTask", current_task, 0..=2000)?;
    let mut agent = get(uow, id)?;
    agent.status = status;
    agent.current_task = current_task.map(str::to_owned);
    uow.update(&mut agent)?;
    Ok(agent)
}

/// Notes a sign of life. An agent that was offline is back at work, which is a change like any
/// other; the sign of life alone isn't audited.
pub fn heartbeat(uow: &mut UnitOfWork<'_>, id: &AgentId) -> Result<()> {
    let mut agent = get(uow, id)?;
    let now = uow.now();
    if matches!(agent.status, AgentStatus::Offline | AgentStatus::Unknown) {
        agent.status = working_status(task_rows::count_held(uow.connection(), id)?);
        agent.last_ping = now;
        return uow.update(&mut agent).map(drop);
    }
    rows::update_ping(uow.connection(), id, now)?;
    uow.note_change(Agent::NAME, id.as_str());
    Ok(())
}

/// The agents that could take a task now, the least loaded first: idle or busy with room, with
/// a sign of life within five health intervals, and for this repository or any.
pub fn find_available(
    reader: &mut Reader<'_>,
    repository_path: Option<&str>,
) -> Result<Vec<Agent>> {
    let path = repository_path.map(code_repositories::normalize_path);
    let now = reader.now();
    let conn = reader.connection();
    let agents = rows::list_serving(conn, &[AgentStatus::Idle, AgentStatus::Busy], path)?;
    let held = task_rows::count_held_by_agent(conn)?;
    let mut available: Vec<(f64, Agent)> = agents
        .into_iter()
        .filter(|agent| is_alive(agent, now))
        .map(|agent| (load_ratio(&agent, held_by(&held, &agent)), agent))
        .filter(|(load, _)| *load < 1.0)
        .collect();
    available.sort_by(|(load_a, a), (load_b, b)| {
        load_a
            .total_cmp(load_b)
            .then(b.success_rate.total_cmp(&a.success_rate))
            .then_with(|| a.id.cmp(&b.id))
    });
    Ok(available.into_iter().map(|(_, agent)| agent).collect())
}

/// The load of every agent, by id.
pub fn load_distribution(reader: &mut Reader<'_>) -> Result<Vec<AgentLoad>> {
    let conn = reader.connection();
    let agents = rows::list(conn)?;
    let held = task_rows::count_held_by_agent(conn)?;
    Ok(agents
        .into_iter()
        .map(|agent| {
            let current_tasks = held_by(&held, &agent);
            AgentLoad {
                load: load_ratio(&agent, current_tasks),
                current_tasks,
                status: agent.status,
                max_concurrent_tasks: agent.max_concurrent_tasks,
                average_execution_time: agent.average_execution_time,
                success_rate: agent.success_rate,
                agent_id: agent.id,
                agent_name: agent.name,
            }
        })
        .collect())
}

/// The state of an agent that is at work and holds this many tasks.
pub(super) fn working_status(held: i64) -> AgentStatus {
    if held > 0 {
        AgentStatus::Busy
    } else {
        AgentStatus::Idle
    }
}

fn is_alive(agent: &Agent, now: Timestamp) -> bool {
    let interval = agent
        .health_check_interval
        .to_duration()
        .unwrap_or_default();
    now <= agent.last_ping + interval.saturating_mul(HEALTH_INTERVALS)
}

fn held_by(held: &HashMap<AgentId, i64>, agent: &Agent) -> i64 {
    held.get(&agent.id).copied().unwrap_or(0)
}

/// At most 1, also for an agent that registered again with less room than it has in use.
fn load_ratio(agent: &Agent, held: i64) -> f64 {
    (held as f64 / f64::from(agent.max_concurrent_tasks)).min(1.0)
}

fn conflict(id: &AgentId, message: String) -> Error {
    Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some("Agents");
        d.id = Some(id.to_string());
    })
}

/// The row of a new agent of which nothing is known yet.
pub(crate) fn blank(uow: &UnitOfWork<'_>, id: Option<AgentId>) -> Result<Agent> {
    let now = uow.now();
    let user = &uow.user().user_id;
    Ok(Agent {
        id: match id {
            Some(id) => id,
            None => uow.new_id()?,
        },
        name: String::new(),
        type_: String::new(),
        repository_path: String::new(),
        status: AgentStatus::Idle,
        last_ping: now,
        current_task: None,
        configuration_json: None,
        max_concurrent_tasks: 1,
        health_check_interval: one_minute(),
        total_tasks_completed: 0,
        total_tasks_failed: 0,
        total_execution_time: TimeSpan::ZERO,
        average_execution_time: 0.0,
        success_rate: 0.0,
        created_at: now,
        updated_at: now,
        created_by: user.clone(),
        updated_by: user.clone(),
        is_deleted: false,
        deleted_at: None,
        deleted_by: None,
        repository_id: None,
        session_id: None,
        row_version: 1,
    })
}
