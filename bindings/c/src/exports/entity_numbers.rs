//! The numbers of the entities.

/// The table Agents; a deleted row is only marked, and can be restored.
pub const ORCHESTRA_ENTITY_AGENTS: i32 = 1;
/// The table AgentSessions.
pub const ORCHESTRA_ENTITY_AGENT_SESSIONS: i32 = 2;
/// The table ApprovalRequests.
pub const ORCHESTRA_ENTITY_APPROVAL_REQUESTS: i32 = 3;
/// The table AuditLogs; rows are only added.
pub const ORCHESTRA_ENTITY_AUDIT_LOGS: i32 = 4;
/// The table ChatMessages.
pub const ORCHESTRA_ENTITY_CHAT_MESSAGES: i32 = 5;
/// The table ChatSessions.
pub const ORCHESTRA_ENTITY_CHAT_SESSIONS: i32 = 6;
/// The table Repositories.
pub const ORCHESTRA_ENTITY_REPOSITORIES: i32 = 7;
/// The table ErrorLogs; rows are only added.
pub const ORCHESTRA_ENTITY_ERROR_LOGS: i32 = 8;
/// The table OrchestrationLogs; rows are only added.
pub const ORCHESTRA_ENTITY_ORCHESTRATION_LOGS: i32 = 9;
/// The table PerformanceMetrics.
pub const ORCHESTRA_ENTITY_PERFORMANCE_METRICS: i32 = 10;
/// The table Tasks.
pub const ORCHESTRA_ENTITY_TASKS: i32 = 11;
/// The table TaskTemplates.
pub const ORCHESTRA_ENTITY_TASK_TEMPLATES: i32 = 12;
/// The table TemplateCategories.
pub const ORCHESTRA_ENTITY_TEMPLATE_CATEGORIES: i32 = 13;
/// The table Users.
pub const ORCHESTRA_ENTITY_USERS: i32 = 14;
/// The table UserPreferences: a user sees and writes its own and those of the user default. Another
/// user's are treated as if they weren't there.
pub const ORCHESTRA_ENTITY_USER_PREFERENCES: i32 = 15;
/// The table WorkflowDefinitions.
pub const ORCHESTRA_ENTITY_WORKFLOW_DEFINITIONS: i32 = 16;
/// The table WorkflowExecutions.
pub const ORCHESTRA_ENTITY_WORKFLOW_EXECUTIONS: i32 = 17;
/// The table TaskDependencies.
pub const ORCHESTRA_ENTITY_TASK_DEPENDENCIES: i32 = 18;
/// The table QueuePauses.
pub const ORCHESTRA_ENTITY_QUEUE_PAUSES: i32 = 19;

#[cfg(test)]
mod tests {
    use kernel::registry;

    use super::*;

    #[test]
    fn the_entities_are_those_of_the_kernel() {
        let ours = [
            (ORCHESTRA_ENTITY_AGENTS, "Agents"),
            (ORCHESTRA_ENTITY_AGENT_SESSIONS, "AgentSessions"),
            (ORCHESTRA_ENTITY_APPROVAL_REQUESTS, "ApprovalRequests"),
            (ORCHESTRA_ENTITY_AUDIT_LOGS, "AuditLogs"),
            (ORCHESTRA_ENTITY_CHAT_MESSAGES, "ChatMessages"),
            (ORCHESTRA_ENTITY_CHAT_SESSIONS, "ChatSessions"),
            (ORCHESTRA_ENTITY_REPOSITORIES, "Repositories"),
            (ORCHESTRA_ENTITY_ERROR_LOGS, "ErrorLogs"),
            (ORCHESTRA_ENTITY_ORCHESTRATION_LOGS, "OrchestrationLogs"),
            (ORCHESTRA_ENTITY_PERFORMANCE_METRICS, "PerformanceMetrics"),
            (ORCHESTRA_ENTITY_TASKS, "Tasks"),
            (ORCHESTRA_ENTITY_TASK_TEMPLATES, "TaskTemplates"),
            (ORCHESTRA_ENTITY_TEMPLATE_CATEGORIES, "TemplateCategories"),
            (ORCHESTRA_ENTITY_USERS, "Users"),
            (ORCHESTRA_ENTITY_USER_PREFERENCES, "UserPreferences"),
            (ORCHESTRA_ENTITY_WORKFLOW_DEFINITIONS, "WorkflowDefinitions"),
            (ORCHESTRA_ENTITY_WORKFLOW_EXECUTIONS, "WorkflowExecutions"),
            (ORCHESTRA_ENTITY_TASK_DEPENDENCIES, "TaskDependencies"),
            (ORCHESTRA_ENTITY_QUEUE_PAUSES, "QueuePauses"),
        ];
        let entities = registry::entities().iter();
        let kernels: Vec<_> = entities.map(|e| (e.number(), e.name())).collect();
        assert_eq!(kernels, ours);
    }
}
