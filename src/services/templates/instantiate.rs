//! Creation of tasks from a template.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::get;
use super::spec::{TemplateSpec, place_of_step};
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::services::tasks::{self, Dependency, NewTask};
use crate::services::versions;
use crate::tables::{AgentId, Task, TaskTemplateId};
use crate::types::{FailurePolicy, TaskPriority};

/// Values that turn a template into tasks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Instantiation {
    /// Values of the parameters, by name.
    pub parameters: Map<String, Value>,
    /// Repository of the steps that name none.
    pub repository_path: String,
    /// Only agent that may run the steps that name none; none means any agent.
    pub agent_id: Option<AgentId>,
    /// Priority of the steps that have none.
    pub priority: TaskPriority,
    /// Correlation id that the tasks share with related ones, 1 to 128 characters.
    pub correlation_id: Option<String>,
    /// Queue for the tasks, 1 to 100 characters.
    pub queue_name: Option<String>,
    /// Policy for the steps after one that fails or is cancelled: they wait for its retry, or are cancelled too.
    pub on_failure: FailurePolicy,
}

/// Enqueues the steps of a template as a chain: each waits for the one before it.
///
/// Enqueues all or none. Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument), which names the
/// parameter, if one is missing, unknown or of another type, and with
/// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) if another version of the template is active.
pub fn instantiate(
    uow: &mut UnitOfWork<'_>,
    id: &TaskTemplateId,
    with: &Instantiation,
) -> Result<Vec<Task>> {
    let template = get(uow, id)?;
    versions::require_active(&template)?;
    let spec = TemplateSpec::parse(&template.definition)?;
    let values = spec.values(&with.parameters)?;
    let common = NewTask {
        agent_id: with.agent_id.clone(),
        priority: with.priority,
        correlation_id: with.correlation_id.clone(),
        queue_name: with.queue_name.clone(),
        on_dependency_failure: with.on_failure,
        ..NewTask::new(String::new(), &with.repository_path)
    };
    let mut chain = Vec::new();
    for (index, step) in spec.steps.iter().enumerate() {
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
