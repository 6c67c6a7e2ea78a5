//! Orchestration log: events of agents, tasks and repositories, for people.
//!
//! Entries are never changed, and only retention and [`clear`] remove them. An entry outlives the agent, task or repository that it
//! is about, and then loses the link to it.
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

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rows::query::{Cursor, Slice};
use crate::rows::{Entity, Reader, UnitOfWork, data};
pub use crate::tables::orchestration_logs::OrchestrationLogFilter;
use crate::tables::{
    AgentId, OrchestrationLog, OrchestrationLogId, RepositoryId, TaskId,
    orchestration_logs as rows, retention,
};
use crate::types::{ErrorSeverity, Json, TimeSpan};
use crate::validate;

/// An event to log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewOrchestrationLog {
    /// Kind of event, such as `TaskCompleted`, 1 to 100 characters.
    pub event_type: String,
    /// Message that describes the event, for people.
    pub message: String,
    /// Level of the event.
    #[serde(default = "usual_level")]
    pub level: ErrorSeverity,
    /// Agent that the event is about.
    pub agent_id: Option<AgentId>,
    /// Task that the event is about.
    pub task_id: Option<TaskId>,
    /// Repository that the event is about.
    pub repository_id: Option<RepositoryId>,
    /// Further properties.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub additional_data: Option<Json>,
}

fn usual_level() -> ErrorSeverity {
    ErrorSeverity::Information
}

impl NewOrchestrationLog {
    /// Creates an event of this kind with the level [`ErrorSeverity::Information`].
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

/// Adds an entry, as part of the transaction. Fails with
/// [`ErrorCode::ConstraintViolation`](crate::ErrorCode::ConstraintViolation) if the agent, task or repository doesn't
/// exist.
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

/// Returns the entries that match the filter, the newest first: `size` of them, 1 to 1000, behind `cursor` or from the
/// newest on, with the cursor for the next ones.
pub fn list(
    reader: &mut Reader<'_>,
    filter: &OrchestrationLogFilter,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<OrchestrationLog>> {
    data::after(reader, &rows::matching(filter), cursor, size)
}

/// Deletes all entries, such as after a test, and returns their number. The log's own row in `RetentionMarks` then says who
/// emptied it, and when.
pub fn clear(uow: &mut UnitOfWork<'_>) -> Result<usize> {
    const TICK: TimeSpan = TimeSpan::from_ticks(1);
    let Some(newest) = rows::newest_time(uow.connection())? else {
        return Ok(0);
    };
    let (now, user) = (uow.now(), uow.user().user_id.clone());
    // The triggers of the log allow only rows before the mark to be deleted.
    let end = newest.max(now) + TICK;
    let table = OrchestrationLog::NAME;
    retention::move_mark(uow.connection(), table, end, now, &user)?;
    Ok(rows::delete_all(uow.connection())?)
}
