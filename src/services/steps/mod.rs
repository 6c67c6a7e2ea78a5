//! Steps of workflows and templates: commands that become tasks when values replace their placeholders.

mod placeholders;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use placeholders::{Pattern, is_name};

use super::tasks::NewTask;
use crate::error::{Error, Result};
use crate::tables::AgentId;
use crate::types::{Json, TaskPriority};
use crate::validate;

/// A command that becomes a task. Command, repository and agent may contain placeholders such as `{{branch}}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Command to run.
    pub command: String,
    /// Purpose of the step, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Repository to run the command in; none means that of the workflow or template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Only agent that may run the task; none means any agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Priority of the task; none means the priority given at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<TaskPriority>,
    /// Number of retries after a failure, 0 to 10; none means the store's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<i32>,
}

impl Step {
    /// Fails if no values can make a task of the step. `is_known` returns true for the names that will have a value.
    pub(super) fn check(&self, place: &str, is_known: &dyn Fn(&str) -> bool) -> Result<()> {
        let texts = [
            ("command", Some(&self.command)),
            ("repository", self.repository.as_ref()),
            ("agent", self.agent.as_ref()),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                check_text(&format!("{place}.{name}"), text, is_known)?;
            }
        }
        let retries = self.retries.unwrap_or(0);
        validate::number(&format!("{place}.retries"), retries, 0..=10)
    }

    /// Creates the task, with `values` in place of the placeholders, and the fields of `common` that the step doesn't
    /// set.
    pub(super) fn to_task(
        &self,
        place: &str,
        values: &Map<String, Value>,
        common: &NewTask,
    ) -> Result<NewTask> {
        let expand = |name: &str, text: &str| expand(&format!("{place}.{name}"), text, values);
        let repository = self.repository.as_deref();
        let agent = self.agent.as_deref();
        let agent = agent.map(|text| expand("agent", text)).transpose()?;
        let task = NewTask {
            command: expand("command", &self.command)?,
            repository_path: match repository {
                Some(text) => expand("repository", text)?,
                None => common.repository_path.clone(),
            },
            agent_id: match agent {
                Some(id) => Some(AgentId::new(id)?),
                None => common.agent_id.clone(),
            },
            priority: self.priority.unwrap_or(common.priority),
            max_retries: self.retries.or(common.max_retries),
            ..common.clone()
        };
        if task.repository_path.is_empty() {
            let reason = "must be given here or at the start";
            return Err(Error::invalid(format!("{place}.repository"), reason));
        }
        Ok(task)
    }
}

/// Fails unless a list of steps or stages has 1 to 100 entries, so that one call can't fill the queue.
pub(super) fn check_count(place: &str, count: usize) -> Result<()> {
    validate::number(place, count, 1..=100)
}

/// Fails if the text is empty or too long, or has a malformed placeholder or one that will have no value.
pub(super) fn check_text(place: &str, text: &str, is_known: &dyn Fn(&str) -> bool) -> Result<()> {
    validate::text(place, text, 1..=2000)?;
    let pattern = Pattern::parse(text).map_err(|reason| Error::invalid(place, reason))?;
    match pattern.names().find(|name| !is_known(name)) {
        Some(name) => {
            let reason = format!("must use declared names only, got '{name}'; declare it");
            Err(Error::invalid(place, reason))
        }
        None => Ok(()),
    }
}

/// Replaces the placeholders of the text with these values.
pub(super) fn expand(place: &str, text: &str, values: &Map<String, Value>) -> Result<String> {
    let expanded = Pattern::parse(text).and_then(|pattern| pattern.expand(values));
    expanded.map_err(|reason| Error::invalid(place, reason))
}

/// Reads the JSON document of a column; an error names the place at fault.
pub(super) fn read<T: DeserializeOwned>(column: &str, json: &Json) -> Result<T> {
    serde_path_to_error::deserialize(&json.0).map_err(|e| {
        let path = e.path().to_string();
        let place = match path.as_str() {
            "." => column.to_owned(),
            path => format!("{column}.{path}"),
        };
        Error::invalid(place, e.into_inner())
    })
}
