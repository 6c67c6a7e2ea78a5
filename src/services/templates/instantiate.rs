//! Making tasks of a template.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::definition::{TemplateSpec, place_of_step};
use super::get;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::tasks::{self, Dependency, NewTask};
use crate::tables::{AgentId, Task, TaskTemplate, TaskTemplateId};
use crate::types::{FailurePolicy, TaskPriority};

/// The values that turn a template into tasks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Instantiation {
    /// The values of the parameters, by name.
    pub parameters: Map<String, Value>,
    /// The repository of the steps that name none.
    pub repository_path: String,
    /// The one agent that may run the steps that name none; none for any.
    pub agent_id: Option<AgentId>,
    /// How urgent the steps are that don't say.
    pub priority: TaskPriority,
    /// A text that the tasks share with related ones, 1 to 128 characters.
    pub correlation_id: Option<String>,
    /// The queue that the tasks are in, 1 to 100 characters.
    pub queue_name: Option<String>,
    /// The consequence for the steps behind one that fails or is cancelled: they wait for its retry,
    /// or are cancelled too.
    pub on_failure: FailurePolicy,
}

/// Puts the steps of a template into the queue as a chain: each waits for the one before.
///
/// All or none: a parameter that is missing, unknown or of another type is refused by its name.
pub fn instantiate(
    uow: &mut UnitOfWork<'_>,
    id: &TaskTemplateId,
    with: &Instantiation,
) -> Result<Vec<Task>> {
    let template = get(uow, id)?;
    if !template.is_active {
        return Err(inactive(&template));
    }
    let definition = TemplateSpec::parse(&template.definition)?;
    let values = definition.values(&with.parameters)?;
    let common = NewTask {
        agent_id: with.agent_id.clone(),
        priority: with.priority,
        correlation_id: with.correlation_id.clone(),
        queue_name: with.queue_name.clone(),
        on_dependency_failure: with.on_failure,
        ..NewTask::new(String::new(), &with.repository_path)
    };
    let mut chain = Vec::new();
    for (index, step) in definition.steps.iter().enumerate() {
        let mut task = step.to_task(&place_of_step(index), &values, &common)?;
        task.depends_on = index
            .checked_sub(1)
            .map(Dependency::Item)
            .into_iter()
            .collect();
        chain.push(task);
    }
    tasks::enqueue_many(uow, &chain).map_err(|error| match error.details().index {
        Some(index) => error.while_doing(place_of_step(index)),
        None => error,
    })
}

fn inactive(template: &TaskTemplate) -> Error {
    let message = format!(
        "TaskTemplates: version {} of '{}' is not the active one",
        template.version, template.name
    );
    Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some(TaskTemplate::NAME);
        d.id = Some(template.id.to_string());
        d.column = Some("IsActive".to_owned());
    })
}
