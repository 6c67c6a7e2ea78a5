namespace Orchestra.Store
{
    /// <summary>A table, for the operations that every entity has.</summary>
    public enum OrchestraEntity
    {
        /// <summary>The table Agents; a deleted row is only marked, and can be restored.</summary>
        Agents = NativeMethods.ORCHESTRA_ENTITY_AGENTS,

        /// <summary>The table AgentSessions.</summary>
        AgentSessions = NativeMethods.ORCHESTRA_ENTITY_AGENT_SESSIONS,

        /// <summary>The table ApprovalRequests.</summary>
        ApprovalRequests = NativeMethods.ORCHESTRA_ENTITY_APPROVAL_REQUESTS,

        /// <summary>The table AuditLogs; rows are only added.</summary>
        AuditLogs = NativeMethods.ORCHESTRA_ENTITY_AUDIT_LOGS,

        /// <summary>The table ChatMessages.</summary>
        ChatMessages = NativeMethods.ORCHESTRA_ENTITY_CHAT_MESSAGES,

        /// <summary>The table ChatSessions.</summary>
        ChatSessions = NativeMethods.ORCHESTRA_ENTITY_CHAT_SESSIONS,

        /// <summary>The table Repositories.</summary>
        Repositories = NativeMethods.ORCHESTRA_ENTITY_REPOSITORIES,

        /// <summary>The table ErrorLogs; rows are only added.</summary>
        ErrorLogs = NativeMethods.ORCHESTRA_ENTITY_ERROR_LOGS,

        /// <summary>The table OrchestrationLogs; rows are only added.</summary>
        OrchestrationLogs = NativeMethods.ORCHESTRA_ENTITY_ORCHESTRATION_LOGS,

        /// <summary>The table PerformanceMetrics.</summary>
        PerformanceMetrics = NativeMethods.ORCHESTRA_ENTITY_PERFORMANCE_METRICS,

        /// <summary>The table Tasks.</summary>
        Tasks = NativeMethods.ORCHESTRA_ENTITY_TASKS,

        /// <summary>The table TaskTemplates.</summary>
        TaskTemplates = NativeMethods.ORCHESTRA_ENTITY_TASK_TEMPLATES,

        /// <summary>The table TemplateCategories.</summary>
        TemplateCategories = NativeMethods.ORCHESTRA_ENTITY_TEMPLATE_CATEGORIES,

        /// <summary>The table Users.</summary>
        Users = NativeMethods.ORCHESTRA_ENTITY_USERS,

        /// <summary>The table UserPreferences; a user sees its own.</summary>
        UserPreferences = NativeMethods.ORCHESTRA_ENTITY_USER_PREFERENCES,

        /// <summary>The table WorkflowDefinitions.</summary>
        WorkflowDefinitions = NativeMethods.ORCHESTRA_ENTITY_WORKFLOW_DEFINITIONS,

        /// <summary>The table WorkflowExecutions.</summary>
        WorkflowExecutions = NativeMethods.ORCHESTRA_ENTITY_WORKFLOW_EXECUTIONS,

        /// <summary>The table TaskDependencies.</summary>
        TaskDependencies = NativeMethods.ORCHESTRA_ENTITY_TASK_DEPENDENCIES,

        /// <summary>The table QueuePauses.</summary>
        QueuePauses = NativeMethods.ORCHESTRA_ENTITY_QUEUE_PAUSES,
    }
}
