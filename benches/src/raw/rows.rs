//! The kernel's rows, column by column.

use orchestra_store::models::{Agent, AuditLog, CodeRepository, Task, UserPreference};

use super::{Columns, Connection, Statement};

/// A row of a table.
pub trait Row: Sized {
    /// The columns to select, in the order that [`Row::read`] expects.
    const COLUMNS: &'static str;

    /// Reads the row that a statement is at.
    fn read(columns: Columns<'_>) -> Self;

    /// Prepares the statement for [`Row::insert`].
    fn prepare_insert(connection: &Connection) -> Statement;

    /// Adds the row.
    fn insert(&self, statement: &mut Statement);

    /// Prepares a query for rows; `rest` follows the columns and the table.
    fn prepare_select(connection: &Connection, rest: &str) -> Statement;
}

macro_rules! row {
    (
        $row:ident in $table:literal
        { $first:ident $first_column:literal, $($field:ident $column:literal),* }
        computed { $($computed:ident $computed_column:literal)? }
    ) => {
        impl Row for $row {
            const COLUMNS: &'static str = concat!(
                $first_column, $(", ", $column,)* $(", ", $computed_column)?
            );

            #[inline]
            fn read(columns: Columns<'_>) -> Self {
                let mut last = -1;
                let mut next = || { last += 1; last };
                Self {
                    $first: columns.get(next()),
                    $($field: columns.get(next()),)*
                    $($computed: columns.get(next()),)?
                }
            }

            fn prepare_insert(connection: &Connection) -> Statement {
                connection.prepare(concat!(
                    "INSERT INTO ", $table, " (", $first_column, $(", ", $column,)* ") VALUES (?",
                    $(row!(@parameter $column),)* ")",
                ))
            }

            #[inline]
            fn insert(&self, statement: &mut Statement) {
                statement.execute(&[&self.$first, $(&self.$field,)*]);
            }

            fn prepare_select(connection: &Connection, rest: &str) -> Statement {
                let columns = Self::COLUMNS;
                connection.prepare(&format!("SELECT {columns} FROM {} {rest}", $table))
            }
        }
    };
    (@parameter $column:literal) => { ", ?" };
}

row!(Task in "Tasks" {
    id "Id", command "Command", agent_id "AgentId", is_pinned "IsPinned",
    repository_path "RepositoryPath", priority "Priority", status "Status",
    available_at "AvailableAt", lease_owner "LeaseOwner", lease_token "LeaseToken",
    lease_expires_at "LeaseExpiresAt", cancel_requested_at "CancelRequestedAt",
    idempotency_key "IdempotencyKey", created_at "CreatedAt", started_at "StartedAt",
    completed_at "CompletedAt", execution_duration "ExecutionDuration", result "Result",
    error_message "ErrorMessage", retry_count "RetryCount", max_retries "MaxRetries",
    correlation_id "CorrelationId", workflow_id "WorkflowId",
    workflow_execution_id "WorkflowExecutionId", parent_task_id "ParentTaskId",
    workflow_step "WorkflowStep", hangfire_job_id "HangfireJobId", queue_name "QueueName",
    progress_percentage "ProgressPercentage", progress_message "ProgressMessage",
    last_progress_update "LastProgressUpdate", updated_at "UpdatedAt", created_by "CreatedBy",
    updated_by "UpdatedBy", repository_id "RepositoryId", row_version "RowVersion",
    unmet_dependencies "UnmetDependencies", is_held "IsHeld",
    lease_renewed_at "LeaseRenewedAt", lease_boot "LeaseBoot", lease_deadline "LeaseDeadline",
    stage_position "StagePosition", request_hash "RequestHash"
} computed { computed_duration "ComputedDuration" });

row!(Agent in "Agents" {
    id "Id", name "Name", type_ "Type", repository_path "RepositoryPath", status "Status",
    last_ping "LastPing", current_task "CurrentTask", session_id "SessionId",
    configuration_json "ConfigurationJson", max_concurrent_tasks "MaxConcurrentTasks",
    health_check_interval "HealthCheckInterval", total_tasks_completed "TotalTasksCompleted",
    total_tasks_failed "TotalTasksFailed", total_execution_time "TotalExecutionTime",
    average_execution_time "AverageExecutionTime", created_at "CreatedAt", updated_at "UpdatedAt",
    created_by "CreatedBy", updated_by "UpdatedBy", is_deleted "IsDeleted",
    deleted_at "DeletedAt", deleted_by "DeletedBy", repository_id "RepositoryId",
    row_version "RowVersion", last_claimed_at "LastClaimedAt"
} computed { success_rate "SuccessRate" });

row!(CodeRepository in "Repositories" {
    id "Id", name "Name", path "Path", description "Description", type_ "Type",
    is_active "IsActive", settings_json "SettingsJson", default_branch "DefaultBranch",
    allowed_operations "AllowedOperations", access_level "AccessLevel",
    owner_user_id "OwnerUserId", total_tasks "TotalTasks", successful_tasks "SuccessfulTasks",
    failed_tasks "FailedTasks", total_execution_time "TotalExecutionTime",
    average_task_duration "AverageTaskDuration", last_task_executed_at "LastTaskExecutedAt",
    created_at "CreatedAt", updated_at "UpdatedAt", last_accessed_at "LastAccessedAt",
    created_by "CreatedBy", updated_by "UpdatedBy", performance_rating "PerformanceRating",
    reliability_score "ReliabilityScore", row_version "RowVersion"
} computed { });

row!(AuditLog in "AuditLogs" {
    id "Id", entity_type "EntityType", entity_id "EntityId", action "Action",
    old_values "OldValues", new_values "NewValues", changed_properties "ChangedProperties",
    user_id "UserId", session_id "SessionId", ip_address "IpAddress", user_agent "UserAgent",
    request_id "RequestId", correlation_id "CorrelationId", http_method "HttpMethod",
    request_path "RequestPath", timestamp "Timestamp", duration "Duration", success "Success",
    error_message "ErrorMessage", error_code "ErrorCode", security_context "SecurityContext",
    risk_level "RiskLevel", tags "Tags", properties "Properties"
} computed { });

row!(UserPreference in "UserPreferences" {
    id "Id", user_id "UserId", key "Key", value "Value", type_ "Type", category "Category",
    repository_id "RepositoryId", agent_id "AgentId", description "Description",
    is_encrypted "IsEncrypted", encryption_key_id "EncryptionKeyId", is_read_only "IsReadOnly",
    created_at "CreatedAt", updated_at "UpdatedAt", created_by "CreatedBy",
    updated_by "UpdatedBy", row_version "RowVersion"
} computed { });
