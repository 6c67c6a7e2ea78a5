//! Registering and removing agents.

use serde::{Deserialize, Serialize};

use super::get;
use super::status::working_status;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::code_repositories;
use crate::tables::{Agent, AgentId, assignments};
use crate::types::{AgentStatus, Json, TimeSpan};
use crate::validate;

/// Data with which an agent registers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewAgent {
    /// Id of the agent; `None`: a new one.
    #[serde(default)]
    pub id: Option<AgentId>,
    /// Name of the agent, 1 to 255 characters.
    pub name: String,
    /// Kind of agent, such as `claude-code`, 1 to 100 characters.
    pub type_: String,
    /// Path of the repository that it works in, 1 to 500 characters; `*` for any.
    pub repository_path: String,
    /// Number of tasks that it runs at the same time, 1 to 10.
    #[serde(default = "one")]
    pub max_concurrent_tasks: i32,
    /// Interval between its heartbeats, positive.
    #[serde(default = "one_minute")]
    pub health_check_interval: TimeSpan,
    /// Configuration that the host keeps with it; `capabilities`, a list of texts, serves its selection.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub configuration_json: Option<Json>,
    /// Session that it runs in, 1 to 128 characters.
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
    /// Creates the data of an agent that runs one task at a time and sends a heartbeat each minute.
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
        let interval = self.health_check_interval;
        if interval <= TimeSpan::ZERO {
            let reason = format!("must be positive, got {interval}");
            return Err(Error::invalid("HealthCheckInterval", reason));
        }
        Ok(())
    }
}

/// Registers an agent, or updates one that is registered, and returns it.
///
/// The agent becomes idle, or busy if it holds tasks, and registering counts as a heartbeat. An agent that was removed
/// comes back with its statistics. Its repository is registered if it isn't yet.
pub fn register(uow: &mut UnitOfWork<'_>, new: &NewAgent) -> Result<Agent> {
    new.validate()?;
    let path = code_repositories::registered_path(uow, &new.repository_path)?;
    let repository_id = code_repositories::link(uow, &path)?;
    let known = match &new.id {
        Some(id) => uow.find(id)?,
        None => None,
    };
    let is_known = known.is_some();
    let mut agent = match known {
        Some(agent) => agent,
        None => blank(uow, new.id.clone())?,
    };
    let held = assignments::count(uow.conn(), &agent.id)?;
    agent.name.clone_from(&new.name);
    agent.type_.clone_from(&new.type_);
    agent.repository_path = path;
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

/// Removes an agent: it is no longer found, but its history stays, and registering it again brings it back.
///
/// Fails with [`ErrorCode::Conflict`] if it holds tasks.
pub fn remove(uow: &mut UnitOfWork<'_>, id: &AgentId) -> Result<()> {
    get(uow, id)?;
    refuse_held_tasks(uow, id)?;
    uow.delete(id).map(drop)
}

/// Fails with [`ErrorCode::Conflict`] if the agent holds tasks.
pub(crate) fn refuse_held_tasks(uow: &mut UnitOfWork<'_>, id: &AgentId) -> Result<()> {
    match assignments::count(uow.conn(), id)? {
        0 => Ok(()),
        held => Err(in_use(
            id,
            &format!(
                "must hold no tasks to be removed, got {held}; finish, release or reassign them first"
            ),
        )),
    }
}

/// Fails with [`ErrorCode::Conflict`] if only this agent may run some of the waiting tasks.
pub(crate) fn refuse_pinned_tasks(uow: &mut UnitOfWork<'_>, id: &AgentId) -> Result<()> {
    match assignments::count_pinned(uow.conn(), id)? {
        0 => Ok(()),
        pinned => Err(in_use(
            id,
            &format!(
                "must have no waiting tasks of its own to be removed for good, got {pinned}; reassign or cancel them first"
            ),
        )),
    }
}

fn in_use(id: &AgentId, reason: &str) -> Error {
    let message = format!("Agents: '{id}' {reason}");
    Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some(Agent::NAME);
        d.id = Some(id.to_string());
    })
}

/// Returns the row of a new agent, with the defaults of all columns.
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
        last_claimed_at: None,
    })
}
