//! Tasks of a state file.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use super::NAMESPACE;
use super::record::{Record, Rejection};
use super::state_stream::{Section, ValueKey, place};
use crate::tables::TaskId;
use crate::types::{TaskPriority, TaskStatus, TimeSpan, Timestamp};
use crate::validate;

/// A task that the schema allows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TaskRecord {
    pub(super) place: String,
    pub(super) id: TaskId,
    pub(super) agent_id: Option<String>,
    pub(super) command: String,
    pub(super) repository_path: String,
    pub(super) priority: TaskPriority,
    pub(super) status: TaskStatus,
    pub(super) created_at: Timestamp,
    pub(super) started_at: Option<Timestamp>,
    pub(super) completed_at: Option<Timestamp>,
    pub(super) result: Option<String>,
    /// True if the file has it as assigned or running, and the import makes it pending again.
    pub(super) was_running: bool,
}

impl TaskRecord {
    fn read(mut record: Record) -> Result<Self, Rejection> {
        let id = record.required("Id")?;
        let command = record.text("Command", 1..=2000)?;
        let path = record.path("RepositoryPath")?;
        let result = record.optional("Result")?;
        let result = record.checked("Result", result, |field, text: &Option<String>| {
            validate::no_nul(field, text.as_deref().unwrap_or_default())
        })?;
        let agent_id: Option<String> = record.optional("AgentId")?;
        let task = Self {
            id,
            agent_id: agent_id.filter(|id| !id.is_empty()),
            command,
            repository_path: path,
            priority: record.required("Priority")?,
            status: record.required("Status")?,
            created_at: record.required("CreatedAt")?,
            started_at: record.optional("StartedAt")?,
            completed_at: record.optional("CompletedAt")?,
            result,
            was_running: false,
            place: record.place().to_owned(),
        };
        match task.untimely() {
            None => Ok(task),
            Some((field, reason)) => Err(record.rejection(field, reason)),
        }
    }

    /// Makes a task that is assigned or running pending again, for any agent.
    fn put_back(&mut self) {
        if TaskStatus::ASSIGNED.contains(&self.status) {
            self.status = TaskStatus::Pending;
            self.agent_id = None;
            self.started_at = None;
            self.was_running = true;
        }
    }

    /// Returns the time from the start to the end, if it has both.
    pub(super) fn execution_duration(&self) -> Option<TimeSpan> {
        let times = self.started_at.zip(self.completed_at);
        times.map(|(start, end)| end - start)
    }

    /// Returns the first time that breaks the schema's rules on order and presence, and the reason.
    fn untimely(&self) -> Option<(&'static str, String)> {
        use TaskStatus::{Cancelled, Completed, Failed};
        let status = self.status;
        let has_ended = matches!(status, Completed | Failed | Cancelled);
        let created = self.created_at;
        let needed = || format!("must be present, since the task is {status}");
        let too_early = |name, bound, at| format!("must not be before {name} ({bound}), got {at}");
        match (self.started_at, self.completed_at) {
            (Some(start), _) if start < created => {
                Some(("StartedAt", too_early("CreatedAt", created, start)))
            }
            (_, None) if has_ended => Some(("CompletedAt", needed())),
            (_, Some(end)) if !has_ended => {
                let reason = format!("must be absent, since the task is {status}, got {end}");
                Some(("CompletedAt", reason))
            }
            (None, Some(_)) if status == Completed => Some(("StartedAt", needed())),
            (Some(start), Some(end)) if end < start => {
                Some(("CompletedAt", too_early("StartedAt", start, end)))
            }
            (None, Some(end)) if end < created => {
                Some(("CompletedAt", too_early("CreatedAt", created, end)))
            }
            _ => None,
        }
    }
}

/// A reader of the tasks of a file, one after another.
#[derive(Debug, Default)]
pub(super) struct TaskReader {
    /// Digests of the ids: 16 bytes stay of each task. A tree, since a hash table is in memory twice while it grows.
    seen: BTreeSet<Uuid>,
    /// True to leave tasks that are assigned or running as they are.
    keep_running: bool,
}

impl TaskReader {
    pub(super) fn new(keep_running: bool) -> Self {
        Self {
            seen: BTreeSet::new(),
            keep_running,
        }
    }

    pub(super) fn read(&mut self, key: &ValueKey, value: Value) -> Result<TaskRecord, Rejection> {
        let record = Record::new(place(Section::TaskQueue, key), value)?;
        if let Some(id) = record.peek("Id")
            && !self.seen.insert(Uuid::new_v5(&NAMESPACE, id.as_bytes()))
        {
            return Err(record.rejection("Id", "must be unique, got the id of an earlier task"));
        }
        let mut task = TaskRecord::read(record)?;
        if !self.keep_running {
            task.put_back();
        }
        Ok(task)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOON: &str = "2025-10-01T12:00:00+04:00";
    const LATER: &str = "2025-10-01T12:00:00.0000001+04:00";

    fn task(changes: &Value) -> Result<TaskRecord, Rejection> {
        let mut task = json!({
            "Id": "t", "AgentId": "", "Command": "ls", "RepositoryPath": "/srv/x/",
            "CreatedAt": NOON, "Priority": 1, "Status": 0,
            "StartedAt": null, "CompletedAt": null, "Result": null,
        });
        for (field, value) in changes.as_object().unwrap() {
            task[field] = value.clone();
        }
        TaskReader::default().read(&ValueKey::Index(3), task)
    }

    #[test]
    fn times_are_utc_and_an_empty_agent_is_none() {
        let task = task(&json!({})).unwrap();
        assert_eq!(task.created_at.to_iso8601(), "2025-10-01T08:00:00.0000000Z");
        assert_eq!(task.agent_id, None);
        assert_eq!(task.repository_path, "/srv/x");
    }

    #[test]
    fn what_the_schema_refuses_is_rejected_with_its_place() {
        for (changes, field) in [
            (json!({"Id": ""}), "Id"),
            (json!({"Id": 5}), "Id"),
            (json!({"Command": "x".repeat(2001)}), "Command"),
            (json!({"Command": ""}), "Command"),
            (json!({"Command": "a\0b"}), "Command"),
            (json!({"RepositoryPath": " "}), "RepositoryPath"),
            (json!({"RepositoryPath": null}), "RepositoryPath"),
            (json!({"Priority": 4}), "Priority"),
            (json!({"Status": 6}), "Status"),
            (json!({"Status": -1}), "Status"),
            (json!({"Status": 1.5}), "Status"),
            (json!({"CreatedAt": "soon"}), "CreatedAt"),
            (json!({"Result": ["ok"]}), "Result"),
            (json!({"Result": "\0"}), "Result"),
            (
                json!({"StartedAt": "2025-10-01T11:00:00+04:00"}),
                "StartedAt",
            ),
            (json!({"Status": 3}), "CompletedAt"),
            (json!({"Status": 5}), "CompletedAt"),
            (json!({"CompletedAt": LATER}), "CompletedAt"),
            (json!({"Status": 3, "CompletedAt": LATER}), "StartedAt"),
            (
                json!({"Status": 3, "StartedAt": LATER, "CompletedAt": NOON}),
                "CompletedAt",
            ),
            (
                json!({"Status": 5, "CompletedAt": "2025-10-01T11:00:00+04:00"}),
                "CompletedAt",
            ),
        ] {
            let rejection = task(&changes).unwrap_err();
            assert_eq!(
                rejection.place,
                format!("TaskQueue[3].{field}"),
                "{changes}: {}",
                rejection.reason
            );
        }
    }

    #[test]
    fn what_ended_without_having_started_is_taken() {
        for status in [4, 5] {
            assert!(task(&json!({"Status": status, "CompletedAt": NOON})).is_ok());
        }
        assert!(task(&json!({"Status": 3, "StartedAt": NOON, "CompletedAt": NOON})).is_ok());
    }

    #[test]
    fn the_second_task_of_an_id_is_rejected_whatever_became_of_the_first() {
        let mut reader = TaskReader::default();
        assert!(
            reader
                .read(&ValueKey::Index(0), json!({"Id": "t"}))
                .is_err()
        );
        let rejection = reader
            .read(&ValueKey::Index(1), json!({"Id": "t"}))
            .unwrap_err();
        assert_eq!(rejection.place, "TaskQueue[1].Id");
    }
}
