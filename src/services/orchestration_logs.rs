//! The orchestration log: what happened to agents, tasks and repositories, for people.
//!
//! Entries are never changed, and removed only by retention. An entry outlives what it is about,
//! without the link to it.
//!
//! ```
//! use orchestra_store::services::orchestration_logs::{
//!     self, NewOrchestrationLog, OrchestrationLogFilter,
//! };
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let new = NewOrchestrationLog::new("NightlyStarted", "the nightly run has begun");
//! store.write(|uow| orchestration_logs::append(uow, &new))?;
//! let nightly = OrchestrationLogFilter {
//!     event_type: Some("NightlyStarted".to_owned()),
//!     ..OrchestrationLogFilter::default()
//! };
//! let found = store.read(|reader| orchestration_logs::list(reader, &nightly, None, 10))?;
//! assert_eq!(found.items.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use diesel::ExpressionMethods as _;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rows::query::{Cursor, Direction, Slice, Specification};
use crate::rows::{Reader, UnitOfWork, data};
use crate::schema::orchestration_logs as table;
use crate::tables::{AgentId, OrchestrationLog, OrchestrationLogId, RepositoryId, TaskId};
use crate::types::{ErrorSeverity, Json, Timestamp};
use crate::validate;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewOrchestrationLog {
    /// The kind of event, such as `TaskCompleted`, 1 to 100 characters.
    pub event_type: String,
    /// The event as a text for people.
    pub message: String,
    /// How important it is.
    #[serde(default = "usual_level")]
    pub level: ErrorSeverity,
    /// The agent that it is about.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// The task that it is about.
    #[serde(default)]
    pub task_id: Option<TaskId>,
    /// The repository that it is about.
    #[serde(default)]
    pub repository_id: Option<RepositoryId>,
    /// Anything else.
    #[serde(default)]
    pub additional_data: Option<Json>,
}

fn usual_level() -> ErrorSeverity {
    ErrorSeverity::Information
}

impl NewOrchestrationLog {
    /// Makes an event of this kind, of the level [`ErrorSeverity::Information`].
    pub fn new(event_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            event_type: event_type.into(),
            message: message.into(),
            level: usual_level(),
            agent_id: None,
            task_id: None,
            repository_id: None,
            additional_data: None,
        }
    }
}

/// Adds an entry. It is part of the transaction. An agent, task or repository that isn't there is
/// [`ErrorCode::ConstraintViolation`](crate::ErrorCode::ConstraintViolation).
pub fn append(uow: &mut UnitOfWork<'_>, new: &NewOrchestrationLog) -> Result<OrchestrationLog> {
    validate::text("EventType", &new.event_type, 1..=100)?;
    validate::text("Message", &new.message, 1..=usize::MAX)?;
    let mut log = OrchestrationLog {
        id: uow.new_id()?,
        event_type: new.event_type.clone(),
        message: new.message.clone(),
        level: new.level,
        agent_id: new.agent_id.clone(),
        task_id: new.task_id.clone(),
        repository_id: new.repository_id.clone(),
        additional_data: new.additional_data.clone(),
        created_at: uow.now(),
    };
    uow.insert(&mut log)?;
    Ok(log)
}

/// Returns the entry with this id.
pub fn get(reader: &mut Reader<'_>, id: &OrchestrationLogId) -> Result<OrchestrationLog> {
    data::get(reader, id)
}

/// The entries that all given values hold for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct OrchestrationLogFilter {
    /// At least as important as this.
    pub minimum_level: Option<ErrorSeverity>,
    /// Of this kind.
    pub event_type: Option<String>,
    /// About this agent.
    pub agent_id: Option<AgentId>,
    /// About this task.
    pub task_id: Option<TaskId>,
    /// About this repository.
    pub repository_id: Option<RepositoryId>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl OrchestrationLogFilter {
    fn specification(&self) -> Specification<OrchestrationLog> {
        let mut entries = Specification::new().order_by(table::created_at, Direction::Descending);
        if let Some(level) = self.minimum_level {
            entries = entries.filter(table::level.ge(level));
        }
        if let Some(kind) = &self.event_type {
            entries = entries.filter(table::event_type.eq(kind.clone()));
        }
        if let Some(id) = &self.agent_id {
            entries = entries.filter(table::agent_id.eq(id.clone()));
        }
        if let Some(id) = &self.task_id {
            entries = entries.filter(table::task_id.eq(id.clone()));
        }
        if let Some(id) = &self.repository_id {
            entries = entries.filter(table::repository_id.eq(id.clone()));
        }
        if let Some(from) = self.from {
            entries = entries.filter(table::created_at.ge(from));
        }
        if let Some(to) = self.to {
            entries = entries.filter(table::created_at.lt(to));
        }
        entries
    }
}

/// Returns entries, the newest first, behind a cursor or from the newest on: `size` of them, 1 to 1000, and
/// where the next ones begin.
pub fn list(
    reader: &mut Reader<'_>,
    filter: &OrchestrationLogFilter,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<OrchestrationLog>> {
    data::after(reader, &filter.specification(), cursor, size.into())
}
