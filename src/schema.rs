//! Tables and columns for Diesel, each with its name in the database.
//!
//! A table's row type in [`models`](crate::models) documents its columns, one field each.

#![allow(
    missing_docs,
    reason = "the fields of the row types document the columns"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{Interval, JsonText, StringListText, UtcTime};

    /// Table of [`CodeRepository`](crate::models::CodeRepository).
    #[sql_name = "Repositories"]
    repositories (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "Name"]
        name -> Text,
        #[sql_name = "Path"]
        path -> Text,
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        #[sql_name = "Type"]
        type_ -> Integer,
        #[sql_name = "IsActive"]
        is_active -> Bool,
        #[sql_name = "SettingsJson"]
        settings_json -> Nullable<JsonText>,
        #[sql_name = "DefaultBranch"]
        default_branch -> Nullable<Text>,
        #[sql_name = "AllowedOperations"]
        allowed_operations -> Nullable<StringListText>,
        #[sql_name = "AccessLevel"]
        access_level -> Integer,
        #[sql_name = "OwnerUserId"]
        owner_user_id -> Nullable<Text>,
        #[sql_name = "TotalTasks"]
        total_tasks -> BigInt,
        #[sql_name = "SuccessfulTasks"]
        successful_tasks -> BigInt,
        #[sql_name = "FailedTasks"]
        failed_tasks -> BigInt,
        #[sql_name = "TotalExecutionTime"]
        total_execution_time -> Interval,
        #[sql_name = "AverageTaskDuration"]
        average_task_duration -> Double,
        #[sql_name = "LastTaskExecutedAt"]
        last_task_executed_at -> Nullable<UtcTime>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "LastAccessedAt"]
        last_accessed_at -> Nullable<UtcTime>,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        #[sql_name = "PerformanceRating"]
        performance_rating -> Double,
        #[sql_name = "ReliabilityScore"]
        reliability_score -> Double,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{Interval, JsonText, UtcTime};

    /// Table of [`Agent`](crate::models::Agent).
    #[sql_name = "Agents"]
    agents (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "Name"]
        name -> Text,
        #[sql_name = "Type"]
        type_ -> Text,
        #[sql_name = "RepositoryPath"]
        repository_path -> Text,
        #[sql_name = "Status"]
        status -> Integer,
        #[sql_name = "LastPing"]
        last_ping -> UtcTime,
        #[sql_name = "CurrentTask"]
        current_task -> Nullable<Text>,
        #[sql_name = "SessionId"]
        session_id -> Nullable<Text>,
        #[sql_name = "ConfigurationJson"]
        configuration_json -> Nullable<JsonText>,
        #[sql_name = "MaxConcurrentTasks"]
        max_concurrent_tasks -> Integer,
        #[sql_name = "HealthCheckInterval"]
        health_check_interval -> Interval,
        #[sql_name = "TotalTasksCompleted"]
        total_tasks_completed -> BigInt,
        #[sql_name = "TotalTasksFailed"]
        total_tasks_failed -> BigInt,
        #[sql_name = "TotalExecutionTime"]
        total_execution_time -> Interval,
        #[sql_name = "AverageExecutionTime"]
        average_execution_time -> Double,
        #[sql_name = "SuccessRate"]
        success_rate -> Double,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        #[sql_name = "IsDeleted"]
        is_deleted -> Bool,
        #[sql_name = "DeletedAt"]
        deleted_at -> Nullable<UtcTime>,
        #[sql_name = "DeletedBy"]
        deleted_by -> Nullable<Text>,
        #[sql_name = "RepositoryId"]
        repository_id -> Nullable<Text>,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        #[sql_name = "LastClaimedAt"]
        last_claimed_at -> Nullable<UtcTime>,
        #[sql_name = "IsExpected"]
        is_expected -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// Table of [`AgentSession`](crate::models::AgentSession).
    #[sql_name = "AgentSessions"]
    agent_sessions (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "AgentId"]
        agent_id -> Text,
        #[sql_name = "SessionId"]
        session_id -> Text,
        #[sql_name = "ProcessId"]
        process_id -> Nullable<BigInt>,
        #[sql_name = "WorkingDirectory"]
        working_directory -> Text,
        #[sql_name = "Status"]
        status -> Integer,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "LastResumedAt"]
        last_resumed_at -> Nullable<UtcTime>,
        #[sql_name = "ClosedAt"]
        closed_at -> Nullable<UtcTime>,
        #[sql_name = "TotalCostUsd"]
        total_cost_usd -> Double,
        #[sql_name = "TotalDurationMs"]
        total_duration_ms -> BigInt,
        #[sql_name = "MessageCount"]
        message_count -> BigInt,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// Table of [`WorkflowDefinition`](crate::models::WorkflowDefinition).
    #[sql_name = "WorkflowDefinitions"]
    workflow_definitions (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "Name"]
        name -> Text,
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        #[sql_name = "Version"]
        version -> Text,
        #[sql_name = "Definition"]
        definition -> JsonText,
        #[sql_name = "InputSchema"]
        input_schema -> Nullable<JsonText>,
        #[sql_name = "OutputSchema"]
        output_schema -> Nullable<JsonText>,
        #[sql_name = "Category"]
        category -> Nullable<Text>,
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        #[sql_name = "Author"]
        author -> Nullable<Text>,
        #[sql_name = "IsPublic"]
        is_public -> Bool,
        #[sql_name = "IsActive"]
        is_active -> Bool,
        #[sql_name = "ExecutionCount"]
        execution_count -> BigInt,
        #[sql_name = "SuccessCount"]
        success_count -> BigInt,
        #[sql_name = "FailureCount"]
        failure_count -> BigInt,
        #[sql_name = "AverageExecutionTime"]
        average_execution_time -> Double,
        #[sql_name = "LastExecutedAt"]
        last_executed_at -> Nullable<UtcTime>,
        #[sql_name = "PreviousVersionId"]
        previous_version_id -> Nullable<Text>,
        #[sql_name = "ChangeLog"]
        change_log -> Nullable<Text>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// Table of [`WorkflowExecution`](crate::models::WorkflowExecution).
    #[sql_name = "WorkflowExecutions"]
    workflow_executions (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "WorkflowDefinitionId"]
        workflow_definition_id -> Text,
        #[sql_name = "WorkflowVersion"]
        workflow_version -> Text,
        #[sql_name = "InputParameters"]
        input_parameters -> Nullable<JsonText>,
        #[sql_name = "OutputResults"]
        output_results -> Nullable<JsonText>,
        #[sql_name = "ExecutionPlan"]
        execution_plan -> Nullable<JsonText>,
        #[sql_name = "Status"]
        status -> Integer,
        #[sql_name = "CurrentStage"]
        current_stage -> Nullable<Text>,
        #[sql_name = "CompletedStages"]
        completed_stages -> Nullable<StringListText>,
        #[sql_name = "FailedStages"]
        failed_stages -> Nullable<StringListText>,
        #[sql_name = "StartedAt"]
        started_at -> UtcTime,
        #[sql_name = "CompletedAt"]
        completed_at -> Nullable<UtcTime>,
        #[sql_name = "EstimatedDuration"]
        estimated_duration -> Nullable<BigInt>,
        #[sql_name = "ActualDuration"]
        actual_duration -> Nullable<BigInt>,
        #[sql_name = "ErrorMessage"]
        error_message -> Nullable<Text>,
        #[sql_name = "ErrorStage"]
        error_stage -> Nullable<Text>,
        #[sql_name = "RetryCount"]
        retry_count -> Integer,
        #[sql_name = "ProgressPercentage"]
        progress_percentage -> Integer,
        #[sql_name = "ProgressMessage"]
        progress_message -> Nullable<Text>,
        #[sql_name = "LastProgressUpdate"]
        last_progress_update -> Nullable<UtcTime>,
        #[sql_name = "PeakMemoryUsage"]
        peak_memory_usage -> Nullable<BigInt>,
        #[sql_name = "CpuTime"]
        cpu_time -> Nullable<BigInt>,
        #[sql_name = "IoOperations"]
        io_operations -> Nullable<BigInt>,
        #[sql_name = "TriggerUserId"]
        trigger_user_id -> Nullable<Text>,
        #[sql_name = "TriggerType"]
        trigger_type -> Nullable<Text>,
        #[sql_name = "ParentExecutionId"]
        parent_execution_id -> Nullable<Text>,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{Interval, UtcTime};

    /// Table of [`Task`](crate::models::Task).
    #[sql_name = "Tasks"]
    tasks (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "Command"]
        command -> Text,
        #[sql_name = "AgentId"]
        agent_id -> Nullable<Text>,
        #[sql_name = "IsPinned"]
        is_pinned -> Bool,
        #[sql_name = "RepositoryPath"]
        repository_path -> Text,
        #[sql_name = "Priority"]
        priority -> Integer,
        #[sql_name = "Status"]
        status -> Integer,
        #[sql_name = "AvailableAt"]
        available_at -> UtcTime,
        #[sql_name = "LeaseOwner"]
        lease_owner -> Nullable<Text>,
        #[sql_name = "LeaseToken"]
        lease_token -> Nullable<Text>,
        #[sql_name = "LeaseExpiresAt"]
        lease_expires_at -> Nullable<UtcTime>,
        #[sql_name = "CancelRequestedAt"]
        cancel_requested_at -> Nullable<UtcTime>,
        #[sql_name = "IdempotencyKey"]
        idempotency_key -> Nullable<Text>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "StartedAt"]
        started_at -> Nullable<UtcTime>,
        #[sql_name = "CompletedAt"]
        completed_at -> Nullable<UtcTime>,
        #[sql_name = "ExecutionDuration"]
        execution_duration -> Nullable<Interval>,
        #[sql_name = "ComputedDuration"]
        computed_duration -> Nullable<BigInt>,
        #[sql_name = "Result"]
        result -> Nullable<Text>,
        #[sql_name = "ErrorMessage"]
        error_message -> Nullable<Text>,
        #[sql_name = "RetryCount"]
        retry_count -> Integer,
        #[sql_name = "MaxRetries"]
        max_retries -> Integer,
        #[sql_name = "CorrelationId"]
        correlation_id -> Nullable<Text>,
        #[sql_name = "WorkflowId"]
        workflow_id -> Nullable<Text>,
        #[sql_name = "WorkflowExecutionId"]
        workflow_execution_id -> Nullable<Text>,
        #[sql_name = "ParentTaskId"]
        parent_task_id -> Nullable<Text>,
        #[sql_name = "WorkflowStep"]
        workflow_step -> Integer,
        #[sql_name = "HangfireJobId"]
        hangfire_job_id -> Nullable<Text>,
        #[sql_name = "QueueName"]
        queue_name -> Nullable<Text>,
        #[sql_name = "ProgressPercentage"]
        progress_percentage -> Integer,
        #[sql_name = "ProgressMessage"]
        progress_message -> Nullable<Text>,
        #[sql_name = "LastProgressUpdate"]
        last_progress_update -> Nullable<UtcTime>,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        #[sql_name = "RepositoryId"]
        repository_id -> Nullable<Text>,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        #[sql_name = "UnmetDependencies"]
        unmet_dependencies -> Integer,
        #[sql_name = "IsHeld"]
        is_held -> Bool,
        #[sql_name = "LeaseRenewedAt"]
        lease_renewed_at -> Nullable<UtcTime>,
        #[sql_name = "LeaseBoot"]
        lease_boot -> Nullable<Text>,
        #[sql_name = "LeaseDeadline"]
        lease_deadline -> Nullable<BigInt>,
        /// Priority of a task that any agent may claim, 10 higher if it waits for a time; NULL for others. Computed by
        /// the database.
        #[sql_name = "OpenPriority"]
        open_priority -> Nullable<Integer>,
        /// Priority of a task that only its agent may claim, 10 higher if it waits for a time; NULL for others. Computed
        /// by the database.
        #[sql_name = "PinnedPriority"]
        pinned_priority -> Nullable<Integer>,
        /// Time that a claimable task waits for, NULL for others; computed by the database.
        #[sql_name = "DueAt"]
        due_at -> Nullable<UtcTime>,
        #[sql_name = "StagePosition"]
        stage_position -> Nullable<Integer>,
        #[sql_name = "RequestHash"]
        request_hash -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// Table of [`User`](crate::models::User).
    #[sql_name = "Users"]
    users (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "UserName"]
        user_name -> Text,
        #[sql_name = "DisplayName"]
        display_name -> Nullable<Text>,
        #[sql_name = "Email"]
        email -> Nullable<Text>,
        #[sql_name = "IsActive"]
        is_active -> Bool,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// Table of [`UserPreference`](crate::models::UserPreference).
    #[sql_name = "UserPreferences"]
    user_preferences (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "UserId"]
        user_id -> Text,
        #[sql_name = "Key"]
        key -> Text,
        #[sql_name = "Value"]
        value -> Text,
        #[sql_name = "Type"]
        type_ -> Integer,
        #[sql_name = "Category"]
        category -> Nullable<Text>,
        #[sql_name = "RepositoryId"]
        repository_id -> Nullable<Text>,
        #[sql_name = "AgentId"]
        agent_id -> Nullable<Text>,
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        #[sql_name = "IsEncrypted"]
        is_encrypted -> Bool,
        #[sql_name = "EncryptionKeyId"]
        encryption_key_id -> Nullable<Text>,
        #[sql_name = "IsReadOnly"]
        is_read_only -> Bool,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, UtcTime};

    /// Table of [`ApprovalRequest`](crate::models::ApprovalRequest).
    #[sql_name = "ApprovalRequests"]
    approval_requests (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "SessionId"]
        session_id -> Nullable<Text>,
        #[sql_name = "AgentId"]
        agent_id -> Text,
        #[sql_name = "Status"]
        status -> Integer,
        #[sql_name = "ExpiresAt"]
        expires_at -> Nullable<UtcTime>,
        #[sql_name = "DecidedAt"]
        decided_at -> Nullable<UtcTime>,
        #[sql_name = "DecidedBy"]
        decided_by -> Nullable<Text>,
        #[sql_name = "RequestDetails"]
        request_details -> Nullable<JsonText>,
        #[sql_name = "CancellationReason"]
        cancellation_reason -> Nullable<Text>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        #[sql_name = "DecisionReason"]
        decision_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// Table of [`ChatSession`](crate::models::ChatSession).
    #[sql_name = "ChatSessions"]
    chat_sessions (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "UserId"]
        user_id -> Nullable<Text>,
        #[sql_name = "InstanceId"]
        instance_id -> Text,
        #[sql_name = "Title"]
        title -> Text,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "LastMessageAt"]
        last_message_at -> UtcTime,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// Table of [`ChatMessage`](crate::models::ChatMessage).
    #[sql_name = "ChatMessages"]
    chat_messages (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "SessionId"]
        session_id -> Text,
        #[sql_name = "AgentId"]
        agent_id -> Nullable<Text>,
        #[sql_name = "UserId"]
        user_id -> Nullable<Text>,
        #[sql_name = "MessageType"]
        message_type -> Integer,
        #[sql_name = "Content"]
        content -> Text,
        #[sql_name = "FormattedContent"]
        formatted_content -> Nullable<Text>,
        #[sql_name = "Attachments"]
        attachments -> Nullable<JsonText>,
        #[sql_name = "HasFiles"]
        has_files -> Bool,
        #[sql_name = "FileCount"]
        file_count -> Integer,
        #[sql_name = "TotalFileSize"]
        total_file_size -> BigInt,
        #[sql_name = "ThreadId"]
        thread_id -> Nullable<Text>,
        #[sql_name = "ParentMessageId"]
        parent_message_id -> Nullable<Text>,
        #[sql_name = "IsEdited"]
        is_edited -> Bool,
        #[sql_name = "EditHistory"]
        edit_history -> Nullable<JsonText>,
        #[sql_name = "DeliveryStatus"]
        delivery_status -> Integer,
        #[sql_name = "DeliveredAt"]
        delivered_at -> Nullable<UtcTime>,
        #[sql_name = "ReadAt"]
        read_at -> Nullable<UtcTime>,
        #[sql_name = "AcknowledgedAt"]
        acknowledged_at -> Nullable<UtcTime>,
        #[sql_name = "ProcessingTime"]
        processing_time -> Nullable<BigInt>,
        #[sql_name = "TokenCount"]
        token_count -> Nullable<BigInt>,
        #[sql_name = "ModelVersion"]
        model_version -> Nullable<Text>,
        #[sql_name = "SentimentScore"]
        sentiment_score -> Nullable<Double>,
        #[sql_name = "Language"]
        language -> Nullable<Text>,
        #[sql_name = "Topics"]
        topics -> Nullable<StringListText>,
        #[sql_name = "ResponseTime"]
        response_time -> Nullable<BigInt>,
        #[sql_name = "QueueTime"]
        queue_time -> Nullable<BigInt>,
        #[sql_name = "LinkedTaskId"]
        linked_task_id -> Nullable<Text>,
        #[sql_name = "WorkflowExecutionId"]
        workflow_execution_id -> Nullable<Text>,
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> Nullable<UtcTime>,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        #[sql_name = "Metadata"]
        metadata -> Nullable<JsonText>,
        #[sql_name = "Number"]
        number -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// Table of [`TemplateCategory`](crate::models::TemplateCategory).
    #[sql_name = "TemplateCategories"]
    template_categories (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "Name"]
        name -> Text,
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        #[sql_name = "ParentCategoryId"]
        parent_category_id -> Nullable<Text>,
        #[sql_name = "SortOrder"]
        sort_order -> Integer,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// Table of [`TaskTemplate`](crate::models::TaskTemplate).
    #[sql_name = "TaskTemplates"]
    task_templates (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "Name"]
        name -> Text,
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        #[sql_name = "Category"]
        category -> Nullable<Text>,
        #[sql_name = "CategoryId"]
        category_id -> Nullable<Text>,
        #[sql_name = "Version"]
        version -> Text,
        #[sql_name = "Definition"]
        definition -> JsonText,
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        #[sql_name = "IsPublic"]
        is_public -> Bool,
        #[sql_name = "IsActive"]
        is_active -> Bool,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// Table of [`PerformanceMetric`](crate::models::PerformanceMetric).
    #[sql_name = "PerformanceMetrics"]
    performance_metrics (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "EntityType"]
        entity_type -> Text,
        #[sql_name = "EntityId"]
        entity_id -> Nullable<Text>,
        #[sql_name = "MetricName"]
        metric_name -> Text,
        #[sql_name = "MetricValue"]
        metric_value -> Double,
        #[sql_name = "MetricUnit"]
        metric_unit -> Nullable<Text>,
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
        #[sql_name = "PeriodType"]
        period_type -> Text,
        #[sql_name = "PeriodStart"]
        period_start -> Nullable<UtcTime>,
        #[sql_name = "PeriodEnd"]
        period_end -> Nullable<UtcTime>,
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        #[sql_name = "Properties"]
        properties -> Nullable<JsonText>,
        #[sql_name = "SampleCount"]
        sample_count -> BigInt,
        #[sql_name = "MinValue"]
        min_value -> Nullable<Double>,
        #[sql_name = "MaxValue"]
        max_value -> Nullable<Double>,
        #[sql_name = "Sum"]
        sum -> Nullable<Double>,
        #[sql_name = "M2"]
        m2 -> Nullable<Double>,
        #[sql_name = "StandardDeviation"]
        standard_deviation -> Nullable<Double>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        #[sql_name = "IsRolledUp"]
        is_rolled_up -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// Table of [`RetentionMark`](crate::models::RetentionMark).
    #[sql_name = "RetentionMarks"]
    retention_marks (table_name) {
        #[sql_name = "TableName"]
        table_name -> Text,
        #[sql_name = "DeleteBefore"]
        delete_before -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, UtcTime};

    /// Table of [`ErrorLog`](crate::models::ErrorLog).
    #[sql_name = "ErrorLogs"]
    error_logs (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "Severity"]
        severity -> Integer,
        #[sql_name = "Source"]
        source -> Nullable<Text>,
        #[sql_name = "Message"]
        message -> Text,
        #[sql_name = "ErrorCode"]
        error_code -> Nullable<Text>,
        #[sql_name = "StackTrace"]
        stack_trace -> Nullable<Text>,
        #[sql_name = "EntityType"]
        entity_type -> Nullable<Text>,
        #[sql_name = "EntityId"]
        entity_id -> Nullable<Text>,
        #[sql_name = "UserId"]
        user_id -> Nullable<Text>,
        #[sql_name = "SessionId"]
        session_id -> Nullable<Text>,
        #[sql_name = "RequestId"]
        request_id -> Nullable<Text>,
        #[sql_name = "CorrelationId"]
        correlation_id -> Nullable<Text>,
        #[sql_name = "Properties"]
        properties -> Nullable<JsonText>,
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, UtcTime};

    /// Table of [`OrchestrationLog`](crate::models::OrchestrationLog).
    #[sql_name = "OrchestrationLogs"]
    orchestration_logs (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "EventType"]
        event_type -> Text,
        #[sql_name = "Message"]
        message -> Text,
        #[sql_name = "Level"]
        level -> Integer,
        #[sql_name = "AgentId"]
        agent_id -> Nullable<Text>,
        #[sql_name = "TaskId"]
        task_id -> Nullable<Text>,
        #[sql_name = "RepositoryId"]
        repository_id -> Nullable<Text>,
        #[sql_name = "AdditionalData"]
        additional_data -> Nullable<JsonText>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{Interval, JsonText, StringListText, UtcTime};

    /// Table of [`QueryCacheEntry`](crate::models::QueryCacheEntry).
    #[sql_name = "QueryCache"]
    query_cache (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "Key"]
        key -> Text,
        #[sql_name = "Value"]
        value -> JsonText,
        #[sql_name = "SlidingExpiration"]
        sliding_expiration -> Nullable<Interval>,
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        #[sql_name = "ExpiresAt"]
        expires_at -> Nullable<UtcTime>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// Table of [`ComputedResult`](crate::models::ComputedResult).
    #[sql_name = "ComputedResults"]
    computed_results (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "Key"]
        key -> Text,
        #[sql_name = "Value"]
        value -> JsonText,
        #[sql_name = "InputHash"]
        input_hash -> Nullable<Text>,
        #[sql_name = "ComputationTime"]
        computation_time -> Nullable<BigInt>,
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        #[sql_name = "ExpiresAt"]
        expires_at -> Nullable<UtcTime>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// Table of [`SessionDataEntry`](crate::models::SessionDataEntry).
    #[sql_name = "SessionData"]
    session_data (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "SessionId"]
        session_id -> Text,
        #[sql_name = "Key"]
        key -> Text,
        #[sql_name = "Value"]
        value -> JsonText,
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        #[sql_name = "ExpiresAt"]
        expires_at -> Nullable<UtcTime>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// Table of [`TaskDependency`](crate::models::TaskDependency).
    #[sql_name = "TaskDependencies"]
    task_dependencies (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "TaskId"]
        task_id -> Text,
        #[sql_name = "DependsOnTaskId"]
        depends_on_task_id -> Text,
        #[sql_name = "OnFailure"]
        on_failure -> Integer,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// Table of [`QueuePause`](crate::models::QueuePause).
    #[sql_name = "QueuePauses"]
    queue_pauses (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "QueueName"]
        queue_name -> Nullable<Text>,
        #[sql_name = "RepositoryPath"]
        repository_path -> Nullable<Text>,
        #[sql_name = "Reason"]
        reason -> Nullable<Text>,
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    /// Numbers under which the full-text index holds messages.
    #[sql_name = "ChatSearchEntries"]
    chat_search_entries (row_number) {
        /// Id of the message.
        #[sql_name = "Id"]
        id -> Text,
        /// Number in the index, the primary key.
        #[sql_name = "RowNumber"]
        row_number -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// Table of [`Lineage`](crate::models::Lineage).
    #[sql_name = "Lineages"]
    lineages (base) {
        #[sql_name = "Base"]
        base -> BigInt,
        #[sql_name = "BeganAt"]
        began_at -> UtcTime,
    }
}

diesel::joinable!(agents -> repositories (repository_id));
diesel::joinable!(agent_sessions -> agents (agent_id));
diesel::joinable!(workflow_executions -> workflow_definitions (workflow_definition_id));
diesel::joinable!(tasks -> agents (agent_id));
diesel::joinable!(tasks -> workflow_definitions (workflow_id));
diesel::joinable!(tasks -> workflow_executions (workflow_execution_id));
diesel::joinable!(tasks -> repositories (repository_id));
diesel::joinable!(user_preferences -> repositories (repository_id));
diesel::joinable!(user_preferences -> agents (agent_id));
diesel::joinable!(approval_requests -> agents (agent_id));
diesel::joinable!(chat_messages -> chat_sessions (session_id));
diesel::joinable!(chat_messages -> agents (agent_id));
diesel::joinable!(chat_messages -> tasks (linked_task_id));
diesel::joinable!(chat_messages -> workflow_executions (workflow_execution_id));
diesel::joinable!(chat_search_entries -> chat_messages (id));
diesel::joinable!(task_templates -> template_categories (category_id));
diesel::joinable!(orchestration_logs -> agents (agent_id));
diesel::joinable!(orchestration_logs -> tasks (task_id));
diesel::joinable!(orchestration_logs -> repositories (repository_id));

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    #[sql_name = "RetentionClock"]
    retention_clock (boot) {
        #[sql_name = "Boot"]
        boot -> Text,
        #[sql_name = "TrustedTime"]
        trusted_time -> UtcTime,
        #[sql_name = "SinceBoot"]
        since_boot -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    /// Table of [`WorkflowStage`](crate::models::WorkflowStage).
    #[sql_name = "WorkflowStages"]
    workflow_stages (workflow_execution_id, stage) {
        #[sql_name = "WorkflowExecutionId"]
        workflow_execution_id -> Text,
        #[sql_name = "Stage"]
        stage -> Integer,
        #[sql_name = "Name"]
        name -> Text,
        #[sql_name = "OnFailure"]
        on_failure -> Integer,
        #[sql_name = "Retries"]
        retries -> Integer,
        #[sql_name = "Retried"]
        retried -> Integer,
        #[sql_name = "TaskCount"]
        task_count -> Integer,
        #[sql_name = "HasBegun"]
        has_begun -> Bool,
        #[sql_name = "Completed"]
        completed -> Integer,
        #[sql_name = "Failed"]
        failed -> Integer,
        #[sql_name = "Cancelled"]
        cancelled -> Integer,
        #[sql_name = "WaitsFor"]
        waits_for -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    /// Table of [`WorkflowJoin`](crate::models::WorkflowJoin).
    #[sql_name = "WorkflowJoins"]
    workflow_joins (workflow_execution_id, stage, depends_on_stage) {
        #[sql_name = "WorkflowExecutionId"]
        workflow_execution_id -> Text,
        #[sql_name = "Stage"]
        stage -> Integer,
        #[sql_name = "DependsOnStage"]
        depends_on_stage -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    /// Table of [`AgentPastRuns`](crate::models::AgentPastRuns).
    #[sql_name = "AgentPastRuns"]
    agent_past_runs (agent_id) {
        #[sql_name = "AgentId"]
        agent_id -> Text,
        #[sql_name = "Completed"]
        completed -> BigInt,
        #[sql_name = "Failed"]
        failed -> BigInt,
        #[sql_name = "ExecutionTicks"]
        execution_ticks -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    /// Table of [`RepositoryPastTasks`](crate::models::RepositoryPastTasks).
    #[sql_name = "RepositoryPastTasks"]
    repository_past_tasks (repository_id) {
        #[sql_name = "RepositoryId"]
        repository_id -> Text,
        #[sql_name = "Tasks"]
        tasks -> BigInt,
        #[sql_name = "Completed"]
        completed -> BigInt,
        #[sql_name = "Failed"]
        failed -> BigInt,
        #[sql_name = "ExecutionTicks"]
        execution_ticks -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// Table of [`AuditLog`](crate::models::AuditLog).
    #[sql_name = "AuditLogs"]
    audit_logs (id) {
        #[sql_name = "Sequence"]
        sequence -> BigInt,
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "EntityType"]
        entity_type -> Text,
        #[sql_name = "EntityId"]
        entity_id -> Nullable<Text>,
        #[sql_name = "Action"]
        action -> Text,
        #[sql_name = "OldValues"]
        old_values -> Nullable<JsonText>,
        #[sql_name = "NewValues"]
        new_values -> Nullable<JsonText>,
        #[sql_name = "ChangedProperties"]
        changed_properties -> Nullable<StringListText>,
        #[sql_name = "UserId"]
        user_id -> Nullable<Text>,
        #[sql_name = "SessionId"]
        session_id -> Nullable<Text>,
        #[sql_name = "IpAddress"]
        ip_address -> Nullable<Text>,
        #[sql_name = "UserAgent"]
        user_agent -> Nullable<Text>,
        #[sql_name = "RequestId"]
        request_id -> Nullable<Text>,
        #[sql_name = "CorrelationId"]
        correlation_id -> Nullable<Text>,
        #[sql_name = "HttpMethod"]
        http_method -> Nullable<Text>,
        #[sql_name = "RequestPath"]
        request_path -> Nullable<Text>,
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
        #[sql_name = "Duration"]
        duration -> Nullable<BigInt>,
        #[sql_name = "Success"]
        success -> Bool,
        #[sql_name = "ErrorMessage"]
        error_message -> Nullable<Text>,
        #[sql_name = "ErrorCode"]
        error_code -> Nullable<Text>,
        #[sql_name = "SecurityContext"]
        security_context -> Nullable<JsonText>,
        #[sql_name = "RiskLevel"]
        risk_level -> Integer,
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        #[sql_name = "Properties"]
        properties -> Nullable<JsonText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{StringListText, UtcTime};

    /// Table of [`ChangeEvent`](crate::models::ChangeEvent).
    #[sql_name = "ChangeEvents"]
    change_events (sequence) {
        #[sql_name = "Sequence"]
        sequence -> BigInt,
        #[sql_name = "EntityType"]
        entity_type -> Text,
        #[sql_name = "EntityId"]
        entity_id -> Text,
        #[sql_name = "Action"]
        action -> Integer,
        #[sql_name = "ChangedProperties"]
        changed_properties -> Nullable<StringListText>,
        #[sql_name = "UserId"]
        user_id -> Text,
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
    }
}

macro_rules! all_tables {
    ($($table:ident,)+) => {
        diesel::allow_tables_to_appear_in_same_query!($($table,)+);

        /// Names of the modules of all tables.
        const MODULES: &[&str] = &[$(stringify!($table),)+];
    };
}

/// Returns whether a table of this name belongs to the schema.
pub(crate) fn has_table(name: &str) -> bool {
    MODULES
        .iter()
        .any(|module| module.replace('_', "").eq_ignore_ascii_case(name))
}

all_tables!(
    repositories,
    agents,
    agent_sessions,
    workflow_definitions,
    workflow_executions,
    tasks,
    users,
    user_preferences,
    approval_requests,
    chat_sessions,
    chat_messages,
    template_categories,
    task_templates,
    performance_metrics,
    retention_marks,
    audit_logs,
    error_logs,
    orchestration_logs,
    query_cache,
    computed_results,
    session_data,
    task_dependencies,
    queue_pauses,
    change_events,
    chat_search_entries,
    lineages,
    retention_clock,
    workflow_stages,
    workflow_joins,
    agent_past_runs,
    repository_past_tasks,
);
