//! Steps of workflows and templates: commands that become tasks once the values for their
//! placeholders are known.

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

/// A command that becomes a task. Command, repository and agent may have placeholders such as
/// `{{branch}}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// The command to run.
    pub command: String,
    /// Purpose, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The repository to run it in; none for that of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The one agent that may run it; none for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// How urgent it is; none for what was asked for at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<TaskPriority>,
    /// How often the task is run again after a failure, 0 to 10; none for the store's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<i32>,
}

impl Step {
    /// Refuses what no values could make a task of; `is_known` tells which values there will be.
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

    /// Returns the task, with `values` for the placeholders, and `common` for what the step doesn't say.
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
            let reason = "none is given here or at the start";
            return Err(Error::invalid(format!("{place}.repository"), reason));
        }
        Ok(task)
    }
}

/// Refuses an empty text, one with a broken placeholder, and one for whose placeholder there will
/// be no value.
pub(super) fn check_text(place: &str, text: &str, is_known: &dyn Fn(&str) -> bool) -> Result<()> {
    validate::text(place, text, 1..=2000)?;
    let pattern = Pattern::parse(text).map_err(|reason| Error::invalid(place, reason))?;
    match pattern.names().find(|name| !is_known(name)) {
        Some(name) => Err(Error::invalid(place, format!("nothing declares '{name}'"))),
        None => Ok(()),
    }
}

/// Returns the text with these values for its placeholders.
pub(super) fn expand(place: &str, text: &str, values: &Map<String, Value>) -> Result<String> {
    let expanded = Pattern::parse(text).and_then(|pattern| pattern.expand(values));
    expanded.map_err(|reason| Error::invalid(place, reason))
}

/// Reads a definition; an error has the place that isn't as it should be.
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
