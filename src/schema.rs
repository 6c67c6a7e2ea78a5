//! The tables and columns as Diesel knows them, each under its name in the database.

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{Interval, JsonText, StringListText, UtcTime};

    /// A code repository that agents work in.
    #[sql_name = "Repositories"]
    repositories (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Display name.
        #[sql_name = "Name"]
        name -> Text,
        /// Path of the repository, unique.
        #[sql_name = "Path"]
        path -> Text,
        /// What it is, for people.
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        /// Kind of repository.
        #[sql_name = "Type"]
        type_ -> Integer,
        /// Whether it is in use.
        #[sql_name = "IsActive"]
        is_active -> Bool,
        /// Settings of the host.
        #[sql_name = "SettingsJson"]
        settings_json -> Nullable<JsonText>,
        /// Branch that work starts from.
        #[sql_name = "DefaultBranch"]
        default_branch -> Nullable<Text>,
        /// Names of the operations that are allowed; none: all.
        #[sql_name = "AllowedOperations"]
        allowed_operations -> Nullable<StringListText>,
        /// Who may see it.
        #[sql_name = "AccessLevel"]
        access_level -> Integer,
        /// User that owns it.
        #[sql_name = "OwnerUserId"]
        owner_user_id -> Nullable<Text>,
        /// Tasks that ended, cancelled ones included.
        #[sql_name = "TotalTasks"]
        total_tasks -> BigInt,
        /// Tasks that ended as completed.
        #[sql_name = "SuccessfulTasks"]
        successful_tasks -> BigInt,
        /// Tasks that ended as failed.
        #[sql_name = "FailedTasks"]
        failed_tasks -> BigInt,
        /// Time spent on tasks.
        #[sql_name = "TotalExecutionTime"]
        total_execution_time -> Interval,
        /// Mean duration of a task, in milliseconds.
        #[sql_name = "AverageTaskDuration"]
        average_task_duration -> Double,
        /// When a task last ended.
        #[sql_name = "LastTaskExecutedAt"]
        last_task_executed_at -> Nullable<UtcTime>,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// When it was last used.
        #[sql_name = "LastAccessedAt"]
        last_accessed_at -> Nullable<UtcTime>,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        /// Rating from 0 to 10.
        #[sql_name = "PerformanceRating"]
        performance_rating -> Double,
        /// Score from 0 to 1.
        #[sql_name = "ReliabilityScore"]
        reliability_score -> Double,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{Interval, JsonText, UtcTime};

    /// An agent that runs tasks.
    #[sql_name = "Agents"]
    agents (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Display name.
        #[sql_name = "Name"]
        name -> Text,
        /// Kind of agent, such as `claude-code`.
        #[sql_name = "Type"]
        type_ -> Text,
        /// Path of the repository it serves, or `*` for any.
        #[sql_name = "RepositoryPath"]
        repository_path -> Text,
        /// State of the agent.
        #[sql_name = "Status"]
        status -> Integer,
        /// When it last reported.
        #[sql_name = "LastPing"]
        last_ping -> UtcTime,
        /// What it is doing, for people.
        #[sql_name = "CurrentTask"]
        current_task -> Nullable<Text>,
        /// The host's session of the agent.
        #[sql_name = "SessionId"]
        session_id -> Nullable<Text>,
        /// Settings of the host; `capabilities` is read when agents are chosen.
        #[sql_name = "ConfigurationJson"]
        configuration_json -> Nullable<JsonText>,
        /// Tasks it may hold at once, 1 to 10.
        #[sql_name = "MaxConcurrentTasks"]
        max_concurrent_tasks -> Integer,
        /// How often it is expected to report.
        #[sql_name = "HealthCheckInterval"]
        health_check_interval -> Interval,
        /// Tasks that it completed.
        #[sql_name = "TotalTasksCompleted"]
        total_tasks_completed -> BigInt,
        /// Tasks that failed in its hands.
        #[sql_name = "TotalTasksFailed"]
        total_tasks_failed -> BigInt,
        /// Time spent on tasks that ended.
        #[sql_name = "TotalExecutionTime"]
        total_execution_time -> Interval,
        /// Mean duration of a task, in milliseconds.
        #[sql_name = "AverageExecutionTime"]
        average_execution_time -> Double,
        /// Completed tasks as a part of those that ended, 0 to 1; computed by the database.
        #[sql_name = "SuccessRate"]
        success_rate -> Double,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        /// Whether it was deleted softly.
        #[sql_name = "IsDeleted"]
        is_deleted -> Bool,
        /// When it was deleted softly.
        #[sql_name = "DeletedAt"]
        deleted_at -> Nullable<UtcTime>,
        /// Who deleted it softly.
        #[sql_name = "DeletedBy"]
        deleted_by -> Nullable<Text>,
        /// Repository it belongs to.
        #[sql_name = "RepositoryId"]
        repository_id -> Nullable<Text>,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        /// When it last claimed tasks.
        #[sql_name = "LastClaimedAt"]
        last_claimed_at -> Nullable<UtcTime>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// A session of an agent's process: its cost, duration and state.
    #[sql_name = "AgentSessions"]
    agent_sessions (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Agent the session belongs to.
        #[sql_name = "AgentId"]
        agent_id -> Text,
        /// The agent's own name of the session, unique.
        #[sql_name = "SessionId"]
        session_id -> Text,
        /// Process id of the agent while it runs.
        #[sql_name = "ProcessId"]
        process_id -> Nullable<BigInt>,
        /// Directory the agent works in.
        #[sql_name = "WorkingDirectory"]
        working_directory -> Text,
        /// State of the session.
        #[sql_name = "Status"]
        status -> Integer,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// When it was last resumed.
        #[sql_name = "LastResumedAt"]
        last_resumed_at -> Nullable<UtcTime>,
        /// When it was closed.
        #[sql_name = "ClosedAt"]
        closed_at -> Nullable<UtcTime>,
        /// Cost so far, in US dollars.
        #[sql_name = "TotalCostUsd"]
        total_cost_usd -> Double,
        /// Time worked so far, in milliseconds.
        #[sql_name = "TotalDurationMs"]
        total_duration_ms -> BigInt,
        /// Messages exchanged so far.
        #[sql_name = "MessageCount"]
        message_count -> BigInt,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// A version of a workflow.
    #[sql_name = "WorkflowDefinitions"]
    workflow_definitions (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Name, shared by the versions of one workflow.
        #[sql_name = "Name"]
        name -> Text,
        /// What it is, for people.
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        /// Version, unique within the name.
        #[sql_name = "Version"]
        version -> Text,
        /// The workflow: stages and their order.
        #[sql_name = "Definition"]
        definition -> JsonText,
        /// JSON schema of the input.
        #[sql_name = "InputSchema"]
        input_schema -> Nullable<JsonText>,
        /// JSON schema of the output.
        #[sql_name = "OutputSchema"]
        output_schema -> Nullable<JsonText>,
        /// Category, for lists.
        #[sql_name = "Category"]
        category -> Nullable<Text>,
        /// Tags, for lists.
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        /// Who wrote it.
        #[sql_name = "Author"]
        author -> Nullable<Text>,
        /// Whether every user sees it.
        #[sql_name = "IsPublic"]
        is_public -> Bool,
        /// Whether it can be started.
        #[sql_name = "IsActive"]
        is_active -> Bool,
        /// Executions that were started.
        #[sql_name = "ExecutionCount"]
        execution_count -> BigInt,
        /// Executions that completed.
        #[sql_name = "SuccessCount"]
        success_count -> BigInt,
        /// Executions that failed.
        #[sql_name = "FailureCount"]
        failure_count -> BigInt,
        /// Mean duration of an execution, in milliseconds.
        #[sql_name = "AverageExecutionTime"]
        average_execution_time -> Double,
        /// When it was last started.
        #[sql_name = "LastExecutedAt"]
        last_executed_at -> Nullable<UtcTime>,
        /// The version before this one.
        #[sql_name = "PreviousVersionId"]
        previous_version_id -> Nullable<Text>,
        /// What changed since then.
        #[sql_name = "ChangeLog"]
        change_log -> Nullable<Text>,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// One run of a workflow.
    #[sql_name = "WorkflowExecutions"]
    workflow_executions (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Definition that is run.
        #[sql_name = "WorkflowDefinitionId"]
        workflow_definition_id -> Text,
        /// Version of the definition at the start.
        #[sql_name = "WorkflowVersion"]
        workflow_version -> Text,
        /// Input.
        #[sql_name = "InputParameters"]
        input_parameters -> Nullable<JsonText>,
        /// Output.
        #[sql_name = "OutputResults"]
        output_results -> Nullable<JsonText>,
        /// Stages as they are to be run.
        #[sql_name = "ExecutionPlan"]
        execution_plan -> Nullable<JsonText>,
        /// State of the run.
        #[sql_name = "Status"]
        status -> Integer,
        /// Stage that is being run.
        #[sql_name = "CurrentStage"]
        current_stage -> Nullable<Text>,
        /// Stages that completed.
        #[sql_name = "CompletedStages"]
        completed_stages -> Nullable<StringListText>,
        /// Stages that failed.
        #[sql_name = "FailedStages"]
        failed_stages -> Nullable<StringListText>,
        /// When it was started.
        #[sql_name = "StartedAt"]
        started_at -> UtcTime,
        /// When it ended.
        #[sql_name = "CompletedAt"]
        completed_at -> Nullable<UtcTime>,
        /// Expected duration, in milliseconds.
        #[sql_name = "EstimatedDuration"]
        estimated_duration -> Nullable<BigInt>,
        /// Duration, in milliseconds.
        #[sql_name = "ActualDuration"]
        actual_duration -> Nullable<BigInt>,
        /// Why it failed.
        #[sql_name = "ErrorMessage"]
        error_message -> Nullable<Text>,
        /// Stage that failed.
        #[sql_name = "ErrorStage"]
        error_stage -> Nullable<Text>,
        /// How often it was started again.
        #[sql_name = "RetryCount"]
        retry_count -> Integer,
        /// Progress, 0 to 100.
        #[sql_name = "ProgressPercentage"]
        progress_percentage -> Integer,
        /// Progress, for people.
        #[sql_name = "ProgressMessage"]
        progress_message -> Nullable<Text>,
        /// When progress was last reported.
        #[sql_name = "LastProgressUpdate"]
        last_progress_update -> Nullable<UtcTime>,
        /// Most memory used, in bytes.
        #[sql_name = "PeakMemoryUsage"]
        peak_memory_usage -> Nullable<BigInt>,
        /// Processor time, in milliseconds.
        #[sql_name = "CpuTime"]
        cpu_time -> Nullable<BigInt>,
        /// Input and output operations.
        #[sql_name = "IoOperations"]
        io_operations -> Nullable<BigInt>,
        /// User that started it.
        #[sql_name = "TriggerUserId"]
        trigger_user_id -> Nullable<Text>,
        /// What started it: `Manual`, `Scheduled`, `Event` or `API`.
        #[sql_name = "TriggerType"]
        trigger_type -> Nullable<Text>,
        /// Run that started this one.
        #[sql_name = "ParentExecutionId"]
        parent_execution_id -> Nullable<Text>,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{Interval, UtcTime};

    /// A command to be run by an agent, with everything that happened to it.
    #[sql_name = "Tasks"]
    tasks (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// What is to be run, 1 to 2000 characters.
        #[sql_name = "Command"]
        command -> Text,
        /// Agent that runs it, ran it last, or is to run it.
        #[sql_name = "AgentId"]
        agent_id -> Nullable<Text>,
        /// Whether only the agent named by `AgentId` may run it.
        #[sql_name = "IsPinned"]
        is_pinned -> Bool,
        /// Path of the repository it is about.
        #[sql_name = "RepositoryPath"]
        repository_path -> Text,
        /// How urgent it is.
        #[sql_name = "Priority"]
        priority -> Integer,
        /// State of the task.
        #[sql_name = "Status"]
        status -> Integer,
        /// When it may be claimed, not before.
        #[sql_name = "AvailableAt"]
        available_at -> UtcTime,
        /// Worker that holds the lease.
        #[sql_name = "LeaseOwner"]
        lease_owner -> Nullable<Text>,
        /// Secret of the lease: who finishes the task must show it.
        #[sql_name = "LeaseToken"]
        lease_token -> Nullable<Text>,
        /// When the lease ends unless extended.
        #[sql_name = "LeaseExpiresAt"]
        lease_expires_at -> Nullable<UtcTime>,
        /// When the running task was asked to stop.
        #[sql_name = "CancelRequestedAt"]
        cancel_requested_at -> Nullable<UtcTime>,
        /// Key that makes enqueueing repeatable, unique.
        #[sql_name = "IdempotencyKey"]
        idempotency_key -> Nullable<Text>,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When it was started.
        #[sql_name = "StartedAt"]
        started_at -> Nullable<UtcTime>,
        /// When it ended: completed, failed or cancelled.
        #[sql_name = "CompletedAt"]
        completed_at -> Nullable<UtcTime>,
        /// How long it ran.
        #[sql_name = "ExecutionDuration"]
        execution_duration -> Nullable<Interval>,
        /// Time from start to end, in milliseconds; computed by the database.
        #[sql_name = "ComputedDuration"]
        computed_duration -> Nullable<BigInt>,
        /// What it produced.
        #[sql_name = "Result"]
        result -> Nullable<Text>,
        /// Why it failed last.
        #[sql_name = "ErrorMessage"]
        error_message -> Nullable<Text>,
        /// How often it was tried again.
        #[sql_name = "RetryCount"]
        retry_count -> Integer,
        /// How often it may be tried again, 0 to 10.
        #[sql_name = "MaxRetries"]
        max_retries -> Integer,
        /// Ties together what belongs to one request.
        #[sql_name = "CorrelationId"]
        correlation_id -> Nullable<Text>,
        /// Workflow it is a step of.
        #[sql_name = "WorkflowId"]
        workflow_id -> Nullable<Text>,
        /// Run of the workflow it belongs to.
        #[sql_name = "WorkflowExecutionId"]
        workflow_execution_id -> Nullable<Text>,
        /// Task it is a part of.
        #[sql_name = "ParentTaskId"]
        parent_task_id -> Nullable<Text>,
        /// Place among the steps of the workflow.
        #[sql_name = "WorkflowStep"]
        workflow_step -> Integer,
        /// The host's job that stands behind it.
        #[sql_name = "HangfireJobId"]
        hangfire_job_id -> Nullable<Text>,
        /// The host's queue it came from.
        #[sql_name = "QueueName"]
        queue_name -> Nullable<Text>,
        /// Progress, 0 to 100.
        #[sql_name = "ProgressPercentage"]
        progress_percentage -> Integer,
        /// Progress, for people.
        #[sql_name = "ProgressMessage"]
        progress_message -> Nullable<Text>,
        /// When progress was last reported.
        #[sql_name = "LastProgressUpdate"]
        last_progress_update -> Nullable<UtcTime>,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        /// Repository it is about.
        #[sql_name = "RepositoryId"]
        repository_id -> Nullable<Text>,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        /// How many of the tasks that it depends on haven't completed.
        #[sql_name = "UnmetDependencies"]
        unmet_dependencies -> Integer,
        /// Whether it is held back while its workflow is paused.
        #[sql_name = "IsHeld"]
        is_held -> Bool,
        /// Priority of a task that any agent may claim, else NULL; computed by the database.
        #[sql_name = "OpenPriority"]
        open_priority -> Nullable<Integer>,
        /// Priority of a task that only its agent may claim, else NULL; computed by the database.
        #[sql_name = "PinnedPriority"]
        pinned_priority -> Nullable<Integer>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// A person or service that acts.
    #[sql_name = "Users"]
    users (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Name to log in with, unique.
        #[sql_name = "UserName"]
        user_name -> Text,
        /// Name to show.
        #[sql_name = "DisplayName"]
        display_name -> Nullable<Text>,
        /// Address for mail.
        #[sql_name = "Email"]
        email -> Nullable<Text>,
        /// Whether the user may act.
        #[sql_name = "IsActive"]
        is_active -> Bool,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// A setting of a user, for all work or for one repository or agent.
    #[sql_name = "UserPreferences"]
    user_preferences (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// User, or `default` for everyone.
        #[sql_name = "UserId"]
        user_id -> Text,
        /// Name of the setting.
        #[sql_name = "Key"]
        key -> Text,
        /// Value, or its sealed form when `IsEncrypted`.
        #[sql_name = "Value"]
        value -> Text,
        /// Kind of setting.
        #[sql_name = "Type"]
        type_ -> Integer,
        /// Category, for lists.
        #[sql_name = "Category"]
        category -> Nullable<Text>,
        /// Repository it is for; none: all.
        #[sql_name = "RepositoryId"]
        repository_id -> Nullable<Text>,
        /// Agent it is for; none: all.
        #[sql_name = "AgentId"]
        agent_id -> Nullable<Text>,
        /// What it is, for people.
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        /// Whether the value is sealed.
        #[sql_name = "IsEncrypted"]
        is_encrypted -> Bool,
        /// Key that the value is sealed with.
        #[sql_name = "EncryptionKeyId"]
        encryption_key_id -> Nullable<Text>,
        /// Whether changing it is refused.
        #[sql_name = "IsReadOnly"]
        is_read_only -> Bool,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, UtcTime};

    /// A question of an agent to a person, decided once.
    #[sql_name = "ApprovalRequests"]
    approval_requests (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Session of the agent that asks.
        #[sql_name = "SessionId"]
        session_id -> Nullable<Text>,
        /// Agent that asks.
        #[sql_name = "AgentId"]
        agent_id -> Text,
        /// State of the request.
        #[sql_name = "Status"]
        status -> Integer,
        /// When it is too late to decide.
        #[sql_name = "ExpiresAt"]
        expires_at -> Nullable<UtcTime>,
        /// When it was decided or cancelled.
        #[sql_name = "DecidedAt"]
        decided_at -> Nullable<UtcTime>,
        /// Who decided.
        #[sql_name = "DecidedBy"]
        decided_by -> Nullable<Text>,
        /// What is asked for.
        #[sql_name = "RequestDetails"]
        request_details -> Nullable<JsonText>,
        /// Why it was cancelled.
        #[sql_name = "CancellationReason"]
        cancellation_reason -> Nullable<Text>,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        /// Why it was approved or rejected.
        #[sql_name = "DecisionReason"]
        decision_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// A conversation.
    #[sql_name = "ChatSessions"]
    chat_sessions (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// User that takes part.
        #[sql_name = "UserId"]
        user_id -> Nullable<Text>,
        /// The host's instance it belongs to.
        #[sql_name = "InstanceId"]
        instance_id -> Text,
        /// Title to show.
        #[sql_name = "Title"]
        title -> Text,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the last message came.
        #[sql_name = "LastMessageAt"]
        last_message_at -> UtcTime,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// A message of a conversation.
    #[sql_name = "ChatMessages"]
    chat_messages (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Conversation it is part of.
        #[sql_name = "SessionId"]
        session_id -> Text,
        /// Agent that wrote or is addressed.
        #[sql_name = "AgentId"]
        agent_id -> Nullable<Text>,
        /// User that wrote or is addressed.
        #[sql_name = "UserId"]
        user_id -> Nullable<Text>,
        /// Who speaks.
        #[sql_name = "MessageType"]
        message_type -> Integer,
        /// Text.
        #[sql_name = "Content"]
        content -> Text,
        /// Text as HTML.
        #[sql_name = "FormattedContent"]
        formatted_content -> Nullable<Text>,
        /// Attachments, an array.
        #[sql_name = "Attachments"]
        attachments -> Nullable<JsonText>,
        /// Whether files are attached.
        #[sql_name = "HasFiles"]
        has_files -> Bool,
        /// Files attached.
        #[sql_name = "FileCount"]
        file_count -> Integer,
        /// Size of the files, in bytes.
        #[sql_name = "TotalFileSize"]
        total_file_size -> BigInt,
        /// Thread within the conversation.
        #[sql_name = "ThreadId"]
        thread_id -> Nullable<Text>,
        /// Message that is answered.
        #[sql_name = "ParentMessageId"]
        parent_message_id -> Nullable<Text>,
        /// Whether it was edited.
        #[sql_name = "IsEdited"]
        is_edited -> Bool,
        /// Edits with time and reason, an array.
        #[sql_name = "EditHistory"]
        edit_history -> Nullable<JsonText>,
        /// How far it came.
        #[sql_name = "DeliveryStatus"]
        delivery_status -> Integer,
        /// When it was delivered.
        #[sql_name = "DeliveredAt"]
        delivered_at -> Nullable<UtcTime>,
        /// When it was read.
        #[sql_name = "ReadAt"]
        read_at -> Nullable<UtcTime>,
        /// When it was acknowledged.
        #[sql_name = "AcknowledgedAt"]
        acknowledged_at -> Nullable<UtcTime>,
        /// Time to produce it, in milliseconds.
        #[sql_name = "ProcessingTime"]
        processing_time -> Nullable<BigInt>,
        /// Tokens of the model.
        #[sql_name = "TokenCount"]
        token_count -> Nullable<BigInt>,
        /// Model that wrote it.
        #[sql_name = "ModelVersion"]
        model_version -> Nullable<Text>,
        /// Sentiment, -1 to 1.
        #[sql_name = "SentimentScore"]
        sentiment_score -> Nullable<Double>,
        /// Language, a BCP 47 tag.
        #[sql_name = "Language"]
        language -> Nullable<Text>,
        /// Topics that were found.
        #[sql_name = "Topics"]
        topics -> Nullable<StringListText>,
        /// Time until the agent answered, in milliseconds.
        #[sql_name = "ResponseTime"]
        response_time -> Nullable<BigInt>,
        /// Time spent waiting, in milliseconds.
        #[sql_name = "QueueTime"]
        queue_time -> Nullable<BigInt>,
        /// Task it is about.
        #[sql_name = "LinkedTaskId"]
        linked_task_id -> Nullable<Text>,
        /// Run of a workflow it is about.
        #[sql_name = "WorkflowExecutionId"]
        workflow_execution_id -> Nullable<Text>,
        /// When it was written.
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
        /// When it was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> Nullable<UtcTime>,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        /// What the host keeps with it.
        #[sql_name = "Metadata"]
        metadata -> Nullable<JsonText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// A category of task templates; categories form a tree.
    #[sql_name = "TemplateCategories"]
    template_categories (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Name, unique among its siblings.
        #[sql_name = "Name"]
        name -> Text,
        /// What it is, for people.
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        /// Category it is in; none: a root.
        #[sql_name = "ParentCategoryId"]
        parent_category_id -> Nullable<Text>,
        /// Place among its siblings.
        #[sql_name = "SortOrder"]
        sort_order -> Integer,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// A chain of commands with parameters, to be made into tasks.
    #[sql_name = "TaskTemplates"]
    task_templates (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Display name.
        #[sql_name = "Name"]
        name -> Text,
        /// What it is, for people.
        #[sql_name = "Description"]
        description -> Nullable<Text>,
        /// Category, for lists.
        #[sql_name = "Category"]
        category -> Nullable<Text>,
        /// Place in the tree of categories.
        #[sql_name = "CategoryId"]
        category_id -> Nullable<Text>,
        /// Version.
        #[sql_name = "Version"]
        version -> Text,
        /// Steps and parameters.
        #[sql_name = "Definition"]
        definition -> JsonText,
        /// Tags, for lists.
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        /// Whether every user sees it.
        #[sql_name = "IsPublic"]
        is_public -> Bool,
        /// Whether it can be used.
        #[sql_name = "IsActive"]
        is_active -> Bool,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// A measured value, or the rollup of many over a period.
    #[sql_name = "PerformanceMetrics"]
    performance_metrics (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Kind of the measured thing: `Agent`, `Task`, `Repository`, `System`.
        #[sql_name = "EntityType"]
        entity_type -> Text,
        /// Id of the measured thing.
        #[sql_name = "EntityId"]
        entity_id -> Nullable<Text>,
        /// What is measured.
        #[sql_name = "MetricName"]
        metric_name -> Text,
        /// Value; the mean of a rollup.
        #[sql_name = "MetricValue"]
        metric_value -> Double,
        /// Unit of the value.
        #[sql_name = "MetricUnit"]
        metric_unit -> Nullable<Text>,
        /// When it was measured.
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
        /// `Instant`, `Hourly`, `Daily` or `Weekly`.
        #[sql_name = "PeriodType"]
        period_type -> Text,
        /// Start of the period of a rollup, inclusive.
        #[sql_name = "PeriodStart"]
        period_start -> Nullable<UtcTime>,
        /// End of the period of a rollup, exclusive.
        #[sql_name = "PeriodEnd"]
        period_end -> Nullable<UtcTime>,
        /// Tags, for lists.
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        /// Anything else.
        #[sql_name = "Properties"]
        properties -> Nullable<JsonText>,
        /// Values that were taken together.
        #[sql_name = "SampleCount"]
        sample_count -> BigInt,
        /// Smallest value.
        #[sql_name = "MinValue"]
        min_value -> Nullable<Double>,
        /// Largest value.
        #[sql_name = "MaxValue"]
        max_value -> Nullable<Double>,
        /// Sum of the values.
        #[sql_name = "Sum"]
        sum -> Nullable<Double>,
        /// Sum of the squared distances from the mean.
        #[sql_name = "M2"]
        m2 -> Nullable<Double>,
        /// Standard deviation of the values.
        #[sql_name = "StandardDeviation"]
        standard_deviation -> Nullable<Double>,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
        /// Whether an instant is part of its rollups.
        #[sql_name = "IsRolledUp"]
        is_rolled_up -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// How far back a log is complete: only rows older than its mark can be deleted.
    #[sql_name = "RetentionMarks"]
    retention_marks (table_name) {
        /// Log table, the primary key.
        #[sql_name = "TableName"]
        table_name -> Text,
        /// Rows older than this may be gone; it never moves back.
        #[sql_name = "DeleteBefore"]
        delete_before -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Who last changed the row.
        #[sql_name = "UpdatedBy"]
        updated_by -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// What was changed or done, by whom; append-only.
    #[sql_name = "AuditLogs"]
    audit_logs (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Table of the changed row.
        #[sql_name = "EntityType"]
        entity_type -> Text,
        /// Id of the changed row.
        #[sql_name = "EntityId"]
        entity_id -> Nullable<Text>,
        /// What was done: `Create`, `Update`, `Delete`, `Execute` …
        #[sql_name = "Action"]
        action -> Text,
        /// Values before.
        #[sql_name = "OldValues"]
        old_values -> Nullable<JsonText>,
        /// Values after.
        #[sql_name = "NewValues"]
        new_values -> Nullable<JsonText>,
        /// Names of the columns that changed.
        #[sql_name = "ChangedProperties"]
        changed_properties -> Nullable<StringListText>,
        /// Who did it.
        #[sql_name = "UserId"]
        user_id -> Nullable<Text>,
        /// In which session.
        #[sql_name = "SessionId"]
        session_id -> Nullable<Text>,
        /// From which address.
        #[sql_name = "IpAddress"]
        ip_address -> Nullable<Text>,
        /// With which program.
        #[sql_name = "UserAgent"]
        user_agent -> Nullable<Text>,
        /// In which request.
        #[sql_name = "RequestId"]
        request_id -> Nullable<Text>,
        /// Ties together what belongs to one request.
        #[sql_name = "CorrelationId"]
        correlation_id -> Nullable<Text>,
        /// Method of the HTTP request.
        #[sql_name = "HttpMethod"]
        http_method -> Nullable<Text>,
        /// Path of the HTTP request.
        #[sql_name = "RequestPath"]
        request_path -> Nullable<Text>,
        /// When it was done.
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
        /// How long it took, in milliseconds.
        #[sql_name = "Duration"]
        duration -> Nullable<BigInt>,
        /// Whether it succeeded.
        #[sql_name = "Success"]
        success -> Bool,
        /// Why it did not.
        #[sql_name = "ErrorMessage"]
        error_message -> Nullable<Text>,
        /// Code of the error.
        #[sql_name = "ErrorCode"]
        error_code -> Nullable<Text>,
        /// Security-related context.
        #[sql_name = "SecurityContext"]
        security_context -> Nullable<JsonText>,
        /// How risky it was.
        #[sql_name = "RiskLevel"]
        risk_level -> Integer,
        /// Tags, for lists.
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        /// Anything else.
        #[sql_name = "Properties"]
        properties -> Nullable<JsonText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, UtcTime};

    /// An error that happened; append-only.
    #[sql_name = "ErrorLogs"]
    error_logs (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// How severe it is.
        #[sql_name = "Severity"]
        severity -> Integer,
        /// Where it came from.
        #[sql_name = "Source"]
        source -> Nullable<Text>,
        /// What happened.
        #[sql_name = "Message"]
        message -> Text,
        /// Code of the error.
        #[sql_name = "ErrorCode"]
        error_code -> Nullable<Text>,
        /// Where in the program.
        #[sql_name = "StackTrace"]
        stack_trace -> Nullable<Text>,
        /// Kind of the thing it is about.
        #[sql_name = "EntityType"]
        entity_type -> Nullable<Text>,
        /// Id of the thing it is about.
        #[sql_name = "EntityId"]
        entity_id -> Nullable<Text>,
        /// Who was acting.
        #[sql_name = "UserId"]
        user_id -> Nullable<Text>,
        /// In which session.
        #[sql_name = "SessionId"]
        session_id -> Nullable<Text>,
        /// In which request.
        #[sql_name = "RequestId"]
        request_id -> Nullable<Text>,
        /// Ties together what belongs to one request.
        #[sql_name = "CorrelationId"]
        correlation_id -> Nullable<Text>,
        /// Anything else.
        #[sql_name = "Properties"]
        properties -> Nullable<JsonText>,
        /// When it happened.
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, UtcTime};

    /// An event of the orchestration; append-only.
    #[sql_name = "OrchestrationLogs"]
    orchestration_logs (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Kind of event.
        #[sql_name = "EventType"]
        event_type -> Text,
        /// What happened.
        #[sql_name = "Message"]
        message -> Text,
        /// How severe it is.
        #[sql_name = "Level"]
        level -> Integer,
        /// Agent it is about.
        #[sql_name = "AgentId"]
        agent_id -> Nullable<Text>,
        /// Task it is about.
        #[sql_name = "TaskId"]
        task_id -> Nullable<Text>,
        /// Repository it is about.
        #[sql_name = "RepositoryId"]
        repository_id -> Nullable<Text>,
        /// Anything else.
        #[sql_name = "AdditionalData"]
        additional_data -> Nullable<JsonText>,
        /// When it happened.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{Interval, JsonText, StringListText, UtcTime};

    /// The stored result of a query.
    #[sql_name = "QueryCache"]
    query_cache (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Name of the query and its arguments, unique.
        #[sql_name = "Key"]
        key -> Text,
        /// Result.
        #[sql_name = "Value"]
        value -> JsonText,
        /// Each use moves the expiry this far ahead.
        #[sql_name = "SlidingExpiration"]
        sliding_expiration -> Nullable<Interval>,
        /// Tags to invalidate it by.
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        /// When it is no longer valid; none: never.
        #[sql_name = "ExpiresAt"]
        expires_at -> Nullable<UtcTime>,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// The stored result of a costly computation.
    #[sql_name = "ComputedResults"]
    computed_results (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Name of the computation and its arguments, unique.
        #[sql_name = "Key"]
        key -> Text,
        /// Result.
        #[sql_name = "Value"]
        value -> JsonText,
        /// Hash of what it was computed from.
        #[sql_name = "InputHash"]
        input_hash -> Nullable<Text>,
        /// Time the computation took, in milliseconds.
        #[sql_name = "ComputationTime"]
        computation_time -> Nullable<BigInt>,
        /// Tags to invalidate it by.
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        /// When it is no longer valid; none: never.
        #[sql_name = "ExpiresAt"]
        expires_at -> Nullable<UtcTime>,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{JsonText, StringListText, UtcTime};

    /// A value that a host keeps for a session.
    #[sql_name = "SessionData"]
    session_data (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Session it belongs to.
        #[sql_name = "SessionId"]
        session_id -> Text,
        /// Name, unique within the session.
        #[sql_name = "Key"]
        key -> Text,
        /// Value.
        #[sql_name = "Value"]
        value -> JsonText,
        /// Tags to invalidate it by.
        #[sql_name = "Tags"]
        tags -> Nullable<StringListText>,
        /// When it is no longer valid; none: never.
        #[sql_name = "ExpiresAt"]
        expires_at -> Nullable<UtcTime>,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// When the row was last changed.
        #[sql_name = "UpdatedAt"]
        updated_at -> UtcTime,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// That a task waits for another one.
    #[sql_name = "TaskDependencies"]
    task_dependencies (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Task that waits.
        #[sql_name = "TaskId"]
        task_id -> Text,
        /// Task that has to complete before.
        #[sql_name = "DependsOnTaskId"]
        depends_on_task_id -> Text,
        /// What becomes of the waiting task if the other one fails or is cancelled.
        #[sql_name = "OnFailure"]
        on_failure -> Integer,
        /// When the row was created.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// Who created the row.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::UtcTime;

    /// A queue, a repository, or a queue of a repository whose tasks aren't handed out.
    #[sql_name = "QueuePauses"]
    queue_pauses (id) {
        /// Primary key.
        #[sql_name = "Id"]
        id -> Text,
        /// Queue that is paused; every queue if there is none.
        #[sql_name = "QueueName"]
        queue_name -> Nullable<Text>,
        /// Path of the repository that is paused; every repository if there is none.
        #[sql_name = "RepositoryPath"]
        repository_path -> Nullable<Text>,
        /// Why, for people.
        #[sql_name = "Reason"]
        reason -> Nullable<Text>,
        /// Since when.
        #[sql_name = "CreatedAt"]
        created_at -> UtcTime,
        /// By whom.
        #[sql_name = "CreatedBy"]
        created_by -> Text,
        /// Version of the row: each update adds one.
        #[sql_name = "RowVersion"]
        row_version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    /// The numbers by which the full-text index knows messages.
    #[sql_name = "ChatSearchEntries"]
    chat_search_entries (row_number) {
        /// The message's id.
        #[sql_name = "Id"]
        id -> Text,
        /// Number in the index, the primary key.
        #[sql_name = "RowNumber"]
        row_number -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql_types::{StringListText, UtcTime};

    /// The outbox: what was changed, in the order of the commits.
    #[sql_name = "ChangeEvents"]
    change_events (sequence) {
        /// Number, primary key; later commits have greater ones.
        #[sql_name = "Sequence"]
        sequence -> BigInt,
        /// Table of the row.
        #[sql_name = "EntityType"]
        entity_type -> Text,
        /// Id of the row.
        #[sql_name = "EntityId"]
        entity_id -> Text,
        /// What happened to the row.
        #[sql_name = "Action"]
        action -> Integer,
        /// Columns that changed.
        #[sql_name = "ChangedProperties"]
        changed_properties -> Nullable<StringListText>,
        /// Who did it.
        #[sql_name = "UserId"]
        user_id -> Text,
        /// When it was committed.
        #[sql_name = "Timestamp"]
        timestamp -> UtcTime,
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

diesel::allow_tables_to_appear_in_same_query!(
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
);
