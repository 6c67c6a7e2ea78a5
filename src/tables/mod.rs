//! Tables, one file each: the row, its `entity!` declaration and its queries; queries over several tables are in one
//! file per subject.
//!
//! Functions here run one query on the connection that they are given. Rules and transactions belong to the layers
//! above.

pub(crate) mod agent_health;
pub(crate) mod agent_sessions;
pub(crate) mod agents;
pub(crate) mod approval_requests;
pub(crate) mod assignments;
pub(crate) mod caches;
pub(crate) mod chat_messages;
pub(crate) mod chat_search;
pub(crate) mod chat_sessions;
pub(crate) mod claim_views;
pub(crate) mod claimable_tasks;
pub(crate) mod code_repositories;
pub(crate) mod computed_results;
pub(crate) mod erasure;
pub(crate) mod error_logs;
pub(crate) mod integrity;
pub(crate) mod leases;
pub(crate) mod orchestration_logs;
pub(crate) mod past_tasks;
pub(crate) mod performance_metrics;
pub(crate) mod query_cache;
pub(crate) mod queue_depths;
pub(crate) mod queue_outlook;
pub(crate) mod queue_pauses;
pub(crate) mod reference_cycles;
pub(crate) mod retention;
pub(crate) mod retention_clock;
pub(crate) mod retention_marks;
pub(crate) mod session_data;
pub(crate) mod stage_tasks;
pub(crate) mod task_analytics;
pub(crate) mod task_dependencies;
pub(crate) mod task_lists;
pub(crate) mod task_tallies;
pub(crate) mod task_templates;
pub(crate) mod task_trees;
pub(crate) mod task_views;
pub(crate) mod tasks;
pub(crate) mod template_categories;
pub(crate) mod times_ahead;
pub(crate) mod user_preferences;
pub(crate) mod workflow_definitions;
pub(crate) mod workflow_executions;
pub(crate) mod workflow_joins;
pub(crate) mod workflow_stages;

pub use crate::rows::{AuditLog, AuditLogId, ChangeEvent, Lineage, User, UserId};
pub use agent_sessions::{AgentSession, AgentSessionId};
pub use agents::{Agent, AgentId};
pub use approval_requests::{ApprovalRequest, ApprovalRequestId};
pub use chat_messages::{ChatMessage, ChatMessageId};
pub use chat_sessions::{ChatSession, ChatSessionId};
pub use code_repositories::{CodeRepository, RepositoryId};
pub use computed_results::{ComputedResult, ComputedResultId};
pub use error_logs::{ErrorLog, ErrorLogId};
pub use orchestration_logs::{OrchestrationLog, OrchestrationLogId};
pub use past_tasks::{AgentPastRuns, RepositoryPastTasks};
pub use performance_metrics::{PerformanceMetric, PerformanceMetricId};
pub use query_cache::{QueryCacheEntry, QueryCacheEntryId};
pub use queue_pauses::{QueuePause, QueuePauseId};
pub use retention_clock::RetentionClock;
pub use retention_marks::RetentionMark;
pub use session_data::{SessionDataEntry, SessionDataEntryId};
pub use task_dependencies::{TaskDependency, TaskDependencyId};
pub use task_templates::{TaskTemplate, TaskTemplateId};
pub use tasks::{Lease, LeaseToken, Task, TaskId};
pub use template_categories::{TemplateCategory, TemplateCategoryId};
pub use user_preferences::{UserPreference, UserPreferenceId};
pub use workflow_definitions::{WorkflowDefinition, WorkflowDefinitionId};
pub use workflow_executions::{WorkflowExecution, WorkflowExecutionId};
pub use workflow_joins::WorkflowJoin;
pub use workflow_stages::WorkflowStage;

/// Calls a macro with the rows that have a number, by which hosts across the C ABI name their tables.
///
/// Hosts have the numbers compiled in: a number never changes, and that of a table that is gone is never given again.
macro_rules! numbered {
    ($callback:ident) => {
        $callback! {
            1 => Agent,
            2 => AgentSession,
            3 => ApprovalRequest,
            4 => AuditLog,
            5 => ChatMessage,
            6 => ChatSession,
            7 => CodeRepository,
            8 => ErrorLog,
            9 => OrchestrationLog,
            10 => PerformanceMetric,
            11 => Task,
            12 => TaskTemplate,
            13 => TemplateCategory,
            14 => User,
            15 => UserPreference,
            16 => WorkflowDefinition,
            17 => WorkflowExecution,
            18 => TaskDependency,
            19 => QueuePause,
        }
    };
}

pub(crate) use numbered;
