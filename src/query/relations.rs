//! What a row refers to and what refers to it: the foreign keys under names, in both directions.

use serde_json::Value;

use crate::db::Reader;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::models::*;
use crate::services::data;

/// A named way from the rows of one entity to rows of another.
#[derive(Debug)]
pub struct Relation {
    /// The entity that it starts from.
    pub(crate) of: &'static str,
    /// Its name, such as `Agent`.
    pub name: &'static str,
    /// The column of the starting row that is compared.
    pub(crate) own: &'static str,
    /// The entity that it leads to.
    pub target: &'static str,
    /// The column of the other rows that is compared.
    pub(crate) theirs: &'static str,
    /// Whether it leads to any number of rows, and not to one at the most.
    pub is_many: bool,
    /// Loads the rows whose column is in a JSON array.
    pub(crate) load: fn(&mut Reader<'_>, &'static str, String) -> Result<Vec<Value>>,
}

/// The id.
const ID: &str = "Id";

const fn one<E: Entity, R: Entity>(name: &'static str, own: &'static str) -> Relation {
    Relation {
        of: E::NAME,
        name,
        own,
        target: R::NAME,
        theirs: ID,
        is_many: false,
        load: data::load_json::<R>,
    }
}

const fn many<E: Entity, R: Entity>(name: &'static str, theirs: &'static str) -> Relation {
    Relation {
        of: E::NAME,
        name,
        own: ID,
        target: R::NAME,
        theirs,
        is_many: true,
        load: data::load_json::<R>,
    }
}

/// All relations: each foreign key from its row, and back where that is asked for.
pub(crate) static RELATIONS: &[Relation] = &[
    one::<Agent, CodeRepository>("Repository", "RepositoryId"),
    many::<Agent, AgentSession>("Sessions", "AgentId"),
    many::<Agent, ApprovalRequest>("ApprovalRequests", "AgentId"),
    many::<Agent, ChatMessage>("Messages", "AgentId"),
    many::<Agent, Task>("Tasks", "AgentId"),
    many::<Agent, UserPreference>("Preferences", "AgentId"),
    one::<AgentSession, Agent>("Agent", "AgentId"),
    one::<ApprovalRequest, Agent>("Agent", "AgentId"),
    one::<ChatMessage, Agent>("Agent", "AgentId"),
    one::<ChatMessage, Task>("LinkedTask", "LinkedTaskId"),
    one::<ChatMessage, ChatMessage>("ParentMessage", "ParentMessageId"),
    one::<ChatMessage, ChatSession>("Session", "SessionId"),
    one::<ChatMessage, WorkflowExecution>("WorkflowExecution", "WorkflowExecutionId"),
    many::<ChatMessage, ChatMessage>("Replies", "ParentMessageId"),
    many::<ChatSession, ChatMessage>("Messages", "SessionId"),
    many::<CodeRepository, Agent>("Agents", "RepositoryId"),
    many::<CodeRepository, Task>("Tasks", "RepositoryId"),
    many::<CodeRepository, UserPreference>("Preferences", "RepositoryId"),
    one::<OrchestrationLog, Agent>("Agent", "AgentId"),
    one::<OrchestrationLog, CodeRepository>("Repository", "RepositoryId"),
    one::<OrchestrationLog, Task>("Task", "TaskId"),
    one::<Task, Agent>("Agent", "AgentId"),
    one::<Task, Task>("ParentTask", "ParentTaskId"),
    one::<Task, CodeRepository>("Repository", "RepositoryId"),
    one::<Task, WorkflowDefinition>("Workflow", "WorkflowId"),
    one::<Task, WorkflowExecution>("WorkflowExecution", "WorkflowExecutionId"),
    many::<Task, Task>("SubTasks", "ParentTaskId"),
    many::<Task, ChatMessage>("Messages", "LinkedTaskId"),
    many::<Task, TaskDependency>("Dependencies", "TaskId"),
    many::<Task, TaskDependency>("Dependants", "DependsOnTaskId"),
    one::<TaskDependency, Task>("Task", "TaskId"),
    one::<TaskDependency, Task>("DependsOnTask", "DependsOnTaskId"),
    one::<TaskTemplate, TemplateCategory>("Category", "CategoryId"),
    one::<TemplateCategory, TemplateCategory>("ParentCategory", "ParentCategoryId"),
    many::<TemplateCategory, TemplateCategory>("SubCategories", "ParentCategoryId"),
    many::<TemplateCategory, TaskTemplate>("Templates", "CategoryId"),
    one::<UserPreference, Agent>("Agent", "AgentId"),
    one::<UserPreference, CodeRepository>("Repository", "RepositoryId"),
    one::<WorkflowDefinition, WorkflowDefinition>("PreviousVersion", "PreviousVersionId"),
    many::<WorkflowDefinition, WorkflowExecution>("Executions", "WorkflowDefinitionId"),
    many::<WorkflowDefinition, Task>("Tasks", "WorkflowId"),
    one::<WorkflowExecution, WorkflowExecution>("ParentExecution", "ParentExecutionId"),
    one::<WorkflowExecution, WorkflowDefinition>("WorkflowDefinition", "WorkflowDefinitionId"),
    many::<WorkflowExecution, Task>("Tasks", "WorkflowExecutionId"),
    many::<WorkflowExecution, ChatMessage>("Messages", "WorkflowExecutionId"),
    many::<WorkflowExecution, WorkflowExecution>("SubExecutions", "ParentExecutionId"),
];

impl Relation {
    /// The relations that start from an entity.
    pub fn of<E: Entity>() -> impl Iterator<Item = &'static Self> {
        RELATIONS.iter().filter(|relation| relation.of == E::NAME)
    }

    /// The relation of an entity with this name.
    pub fn named<E: Entity>(name: &str) -> Result<&'static Self> {
        let unknown = || Error::invalid(name, format!("{} has no such relation", E::NAME));
        Self::of::<E>()
            .find(|relation| relation.name == name)
            .ok_or_else(unknown)
    }
}
