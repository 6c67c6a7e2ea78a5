//! Agents of a state file or a configuration.

use serde_json::Value;

use super::record::{Record, Rejection};
use crate::tables::AgentId;
use crate::types::{AgentStatus, Timestamp};
use crate::validate;

/// State of an agent in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LegacyStatus {
    /// Number in a state file.
    Number(i64),
    /// Name, of this library's states, in a state file.
    Name(AgentStatus),
    /// Switch in a configuration.
    Enabled(bool),
}

/// An agent that the schema allows, apart from its state.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AgentRecord {
    pub(super) place: String,
    pub(super) id: AgentId,
    pub(super) name: String,
    pub(super) type_: String,
    pub(super) repository_path: String,
    pub(super) status: LegacyStatus,
    pub(super) last_ping: Option<Timestamp>,
    pub(super) last_active_time: Option<Timestamp>,
    pub(super) current_task: Option<String>,
    pub(super) session_id: Option<String>,
    pub(super) tasks_completed: i64,
    /// True if its record has fields on its activity, as in files of the third form.
    pub(super) has_activity: bool,
}

impl AgentRecord {
    /// Reads an agent of `orchestrator-state.json`.
    pub(super) fn from_state(place: String, value: Value) -> Result<Self, Rejection> {
        let mut record = Record::new(place, value)?;
        let has_activity = ["CurrentTaskId", "LastActiveTime", "TasksCompleted"]
            .iter()
            .any(|field| record.has(field));
        let number = record.peek("Status").map(str::parse);
        let status = match number {
            None => LegacyStatus::Number(record.required("Status")?),
            Some(Ok(number)) => LegacyStatus::Number(number),
            Some(Err(_)) => LegacyStatus::Name(record.required("Status")?),
        };
        let last_ping = Some(record.required("LastPing")?);
        let last_active_time = record.optional("LastActiveTime")?;
        let task = record.optional("CurrentTask")?;
        let current_task = match non_empty(task) {
            Some(task) => Some(task),
            None => non_empty(record.optional("CurrentTaskId")?),
        };
        let current_task = record.checked("CurrentTask", current_task, |field, task| {
            validate::no_nul(field, task.as_deref().unwrap_or_default())
        })?;
        let session_id = non_empty(record.optional("SessionId")?);
        let session_id = record.checked("SessionId", session_id, |field, id| {
            validate::optional_text(field, id.as_deref(), 1..=128)
        })?;
        let tasks_completed = record.optional("TasksCompleted")?.unwrap_or(0);
        let tasks_completed =
            record.checked("TasksCompleted", tasks_completed, |field, count| {
                validate::number(field, *count, 0..=i64::MAX)
            })?;
        let common = Self::common(record, status)?;
        Ok(Self {
            last_ping,
            last_active_time,
            current_task,
            session_id,
            tasks_completed,
            has_activity,
            ..common
        })
    }

    /// Reads an agent of `agent-config.json`.
    pub(super) fn from_config(place: String, value: Value) -> Result<Self, Rejection> {
        let mut record = Record::new(place, value)?;
        let status = LegacyStatus::Enabled(record.required("Enabled")?);
        Self::common(record, status)
    }

    fn common(mut record: Record, status: LegacyStatus) -> Result<Self, Rejection> {
        let id = record.required("Id")?;
        let name = record.text("Name", validate::NAME)?;
        let type_ = record.text("Type", 1..=100)?;
        let path = record.path("RepositoryPath")?;
        Ok(Self {
            place: record.place().to_owned(),
            id,
            name,
            type_,
            repository_path: path,
            status,
            last_ping: None,
            last_active_time: None,
            current_task: None,
            session_id: None,
            tasks_completed: 0,
            has_activity: false,
        })
    }
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
