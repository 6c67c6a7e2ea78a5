//! The entities, each with the columns that the work needs.

/// Tasks, with all columns.
pub mod task {
    use sea_orm::entity::prelude::*;
    use serde::Serialize;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
    #[sea_orm(table_name = "Tasks")]
    #[serde(rename_all = "PascalCase")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_name = "Id")]
        pub id: String,
        #[sea_orm(column_name = "Command")]
        pub command: String,
        #[sea_orm(column_name = "AgentId")]
        pub agent_id: Option<String>,
        #[sea_orm(column_name = "IsPinned")]
        pub is_pinned: bool,
        #[sea_orm(column_name = "RepositoryPath")]
        pub repository_path: String,
        #[sea_orm(column_name = "Priority")]
        pub priority: i32,
        #[sea_orm(column_name = "Status")]
        pub status: i32,
        #[sea_orm(column_name = "AvailableAt")]
        pub available_at: String,
        #[sea_orm(column_name = "LeaseOwner")]
        pub lease_owner: Option<String>,
        #[sea_orm(column_name = "LeaseToken")]
        pub lease_token: Option<String>,
        #[sea_orm(column_name = "LeaseExpiresAt")]
        pub lease_expires_at: Option<String>,
        #[sea_orm(column_name = "CancelRequestedAt")]
        pub cancel_requested_at: Option<String>,
        #[sea_orm(column_name = "IdempotencyKey")]
        pub idempotency_key: Option<String>,
        #[sea_orm(column_name = "CreatedAt")]
        pub created_at: String,
        #[sea_orm(column_name = "StartedAt")]
        pub started_at: Option<String>,
        #[sea_orm(column_name = "CompletedAt")]
        pub completed_at: Option<String>,
        #[sea_orm(column_name = "ExecutionDuration")]
        pub execution_duration: Option<String>,
        #[sea_orm(column_name = "ComputedDuration")]
        pub computed_duration: Option<i64>,
        #[sea_orm(column_name = "Result")]
        pub result: Option<String>,
        #[sea_orm(column_name = "ErrorMessage")]
        pub error_message: Option<String>,
        #[sea_orm(column_name = "RetryCount")]
        pub retry_count: i32,
        #[sea_orm(column_name = "MaxRetries")]
        pub max_retries: i32,
        #[sea_orm(column_name = "CorrelationId")]
        pub correlation_id: Option<String>,
        #[sea_orm(column_name = "WorkflowId")]
        pub workflow_id: Option<String>,
        #[sea_orm(column_name = "WorkflowExecutionId")]
        pub workflow_execution_id: Option<String>,
        #[sea_orm(column_name = "ParentTaskId")]
        pub parent_task_id: Option<String>,
        #[sea_orm(column_name = "WorkflowStep")]
        pub workflow_step: i32,
        #[sea_orm(column_name = "HangfireJobId")]
        pub hangfire_job_id: Option<String>,
        #[sea_orm(column_name = "QueueName")]
        pub queue_name: Option<String>,
        #[sea_orm(column_name = "ProgressPercentage")]
        pub progress_percentage: i32,
        #[sea_orm(column_name = "ProgressMessage")]
        pub progress_message: Option<String>,
        #[sea_orm(column_name = "LastProgressUpdate")]
        pub last_progress_update: Option<String>,
        #[sea_orm(column_name = "UpdatedAt")]
        pub updated_at: String,
        #[sea_orm(column_name = "CreatedBy")]
        pub created_by: String,
        #[sea_orm(column_name = "UpdatedBy")]
        pub updated_by: String,
        #[sea_orm(column_name = "RepositoryId")]
        pub repository_id: Option<String>,
        #[sea_orm(column_name = "RowVersion")]
        pub row_version: i64,
        #[sea_orm(column_name = "OpenPriority")]
        #[serde(skip)]
        pub open_priority: Option<i32>,
        #[sea_orm(column_name = "PinnedPriority")]
        #[serde(skip)]
        pub pinned_priority: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Agents.
pub mod agent {
    use sea_orm::entity::prelude::*;
    use serde::Serialize;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
    #[sea_orm(table_name = "Agents")]
    #[serde(rename_all = "PascalCase")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_name = "Id")]
        pub id: String,
        #[sea_orm(column_name = "RepositoryPath")]
        pub repository_path: String,
        #[sea_orm(column_name = "Status")]
        pub status: i32,
        #[sea_orm(column_name = "CurrentTask")]
        pub current_task: Option<String>,
        #[sea_orm(column_name = "MaxConcurrentTasks")]
        pub max_concurrent_tasks: i32,
        #[sea_orm(column_name = "TotalTasksCompleted")]
        pub total_tasks_completed: i64,
        #[sea_orm(column_name = "TotalTasksFailed")]
        pub total_tasks_failed: i64,
        #[sea_orm(column_name = "TotalExecutionTime")]
        pub total_execution_time: String,
        #[sea_orm(column_name = "AverageExecutionTime")]
        pub average_execution_time: f64,
        #[sea_orm(column_name = "UpdatedAt")]
        pub updated_at: String,
        #[sea_orm(column_name = "RowVersion")]
        pub row_version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Repositories.
pub mod repository {
    use sea_orm::entity::prelude::*;
    use serde::Serialize;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
    #[sea_orm(table_name = "Repositories")]
    #[serde(rename_all = "PascalCase")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_name = "Id")]
        pub id: String,
        #[sea_orm(column_name = "Path")]
        pub path: String,
        #[sea_orm(column_name = "TotalTasks")]
        pub total_tasks: i64,
        #[sea_orm(column_name = "SuccessfulTasks")]
        pub successful_tasks: i64,
        #[sea_orm(column_name = "FailedTasks")]
        pub failed_tasks: i64,
        #[sea_orm(column_name = "TotalExecutionTime")]
        pub total_execution_time: String,
        #[sea_orm(column_name = "AverageTaskDuration")]
        pub average_task_duration: f64,
        #[sea_orm(column_name = "LastTaskExecutedAt")]
        pub last_task_executed_at: Option<String>,
        #[sea_orm(column_name = "ReliabilityScore")]
        pub reliability_score: f64,
        #[sea_orm(column_name = "UpdatedAt")]
        pub updated_at: String,
        #[sea_orm(column_name = "RowVersion")]
        pub row_version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The audit log.
pub mod audit_log {
    use sea_orm::entity::prelude::*;
    use serde::Serialize;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
    #[sea_orm(table_name = "AuditLogs")]
    #[serde(rename_all = "PascalCase")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_name = "Id")]
        pub id: String,
        #[sea_orm(column_name = "EntityType")]
        pub entity_type: String,
        #[sea_orm(column_name = "EntityId")]
        pub entity_id: Option<String>,
        #[sea_orm(column_name = "Action")]
        pub action: String,
        #[sea_orm(column_name = "OldValues")]
        pub old_values: Option<String>,
        #[sea_orm(column_name = "NewValues")]
        pub new_values: Option<String>,
        #[sea_orm(column_name = "ChangedProperties")]
        pub changed_properties: Option<String>,
        #[sea_orm(column_name = "UserId")]
        pub user_id: Option<String>,
        #[sea_orm(column_name = "Timestamp")]
        pub timestamp: String,
        #[sea_orm(column_name = "Success")]
        pub success: bool,
        #[sea_orm(column_name = "RiskLevel")]
        pub risk_level: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
