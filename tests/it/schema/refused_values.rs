//! What each column refuses, by kind of check.

/// Columns of each table: `(table, columns)`.
type ByTable<Column> = &'static [(&'static str, &'static [Column])];

/// Texts: the least and the greatest number of characters.
pub(super) const LENGTHS: ByTable<(&str, usize, usize)> = &[
    (
        "Repositories",
        &[
            ("Id", 1, 128),
            ("Name", 1, 255),
            ("Path", 1, 500),
            ("DefaultBranch", 0, 255),
            ("OwnerUserId", 1, 128),
            ("CreatedBy", 1, 128),
            ("UpdatedBy", 1, 128),
        ],
    ),
    (
        "Agents",
        &[
            ("Id", 1, 128),
            ("Name", 1, 255),
            ("Type", 1, 100),
            ("RepositoryPath", 1, 500),
            ("SessionId", 1, 128),
            ("CreatedBy", 1, 128),
            ("UpdatedBy", 1, 128),
            ("DeletedBy", 1, 128),
        ],
    ),
    (
        "AgentSessions",
        &[
            ("Id", 1, 128),
            ("SessionId", 1, 128),
            ("WorkingDirectory", 1, 500),
        ],
    ),
    (
        "WorkflowDefinitions",
        &[
            ("Id", 1, 128),
            ("Name", 1, 255),
            ("Version", 1, 50),
            ("Category", 0, 100),
            ("Author", 0, 255),
            ("CreatedBy", 1, 128),
            ("UpdatedBy", 1, 128),
        ],
    ),
    (
        "WorkflowExecutions",
        &[
            ("Id", 1, 128),
            ("WorkflowVersion", 1, 50),
            ("CurrentStage", 0, 255),
            ("ErrorStage", 0, 255),
            ("TriggerUserId", 1, 128),
            ("TriggerType", 1, 50),
            ("CreatedBy", 1, 128),
        ],
    ),
    (
        "Tasks",
        &[
            ("Id", 1, 128),
            ("LeaseBoot", 1, 128),
            ("Command", 1, 2000),
            ("RepositoryPath", 1, 500),
            ("LeaseOwner", 1, 128),
            ("LeaseToken", 1, 128),
            ("IdempotencyKey", 1, 255),
            ("CorrelationId", 1, 128),
            ("HangfireJobId", 1, 128),
            ("QueueName", 1, 100),
            ("CreatedBy", 1, 128),
            ("UpdatedBy", 1, 128),
        ],
    ),
    (
        "Users",
        &[
            ("Id", 1, 128),
            ("UserName", 1, 255),
            ("DisplayName", 0, 255),
            ("Email", 1, 320),
            ("CreatedBy", 1, 128),
            ("UpdatedBy", 1, 128),
        ],
    ),
    (
        "UserPreferences",
        &[
            ("Id", 1, 128),
            ("UserId", 1, 128),
            ("Key", 1, 255),
            ("Category", 0, 100),
            ("EncryptionKeyId", 1, 128),
            ("CreatedBy", 1, 128),
            ("UpdatedBy", 1, 128),
        ],
    ),
    (
        "ApprovalRequests",
        &[
            ("Id", 1, 128),
            ("SessionId", 1, 128),
            ("DecidedBy", 1, 128),
            ("CancellationReason", 0, 500),
            ("DecisionReason", 0, 500),
            ("CreatedBy", 1, 128),
            ("UpdatedBy", 1, 128),
        ],
    ),
    (
        "ChatSessions",
        &[
            ("Id", 1, 128),
            ("UserId", 1, 128),
            ("InstanceId", 1, 128),
            ("Title", 0, 200),
        ],
    ),
    ("RetentionClock", &[("Boot", 1, 128)]),
    ("WorkflowStages", &[("Name", 1, 255)]),
    (
        "ChatMessages",
        &[
            ("Id", 1, 128),
            ("UserId", 1, 128),
            ("ThreadId", 1, 128),
            ("ModelVersion", 0, 100),
            ("Language", 0, 35),
            ("CreatedBy", 1, 128),
        ],
    ),
    (
        "TemplateCategories",
        &[
            ("Id", 1, 128),
            ("Name", 1, 100),
            ("CreatedBy", 1, 128),
            ("UpdatedBy", 1, 128),
        ],
    ),
    (
        "TaskTemplates",
        &[
            ("Id", 1, 128),
            ("Name", 1, 255),
            ("Category", 0, 100),
            ("Version", 1, 50),
            ("CreatedBy", 1, 128),
            ("UpdatedBy", 1, 128),
        ],
    ),
    (
        "PerformanceMetrics",
        &[
            ("Id", 1, 128),
            ("EntityType", 1, 100),
            ("EntityId", 1, 128),
            ("MetricName", 1, 255),
            ("MetricUnit", 0, 50),
            ("CreatedBy", 1, 128),
        ],
    ),
    ("RetentionMarks", &[("UpdatedBy", 1, 128)]),
    (
        "AuditLogs",
        &[
            ("Id", 1, 128),
            ("EntityType", 1, 100),
            ("EntityId", 1, 128),
            ("Action", 1, 100),
            ("UserId", 1, 128),
            ("SessionId", 1, 128),
            ("IpAddress", 0, 45),
            ("UserAgent", 0, 1000),
            ("RequestId", 1, 128),
            ("CorrelationId", 1, 128),
            ("HttpMethod", 0, 20),
            ("RequestPath", 0, 2000),
            ("ErrorCode", 0, 100),
        ],
    ),
    (
        "ErrorLogs",
        &[
            ("Id", 1, 128),
            ("Source", 0, 255),
            ("ErrorCode", 0, 100),
            ("EntityType", 1, 100),
            ("EntityId", 1, 128),
            ("UserId", 1, 128),
            ("SessionId", 1, 128),
            ("RequestId", 1, 128),
            ("CorrelationId", 1, 128),
        ],
    ),
    (
        "OrchestrationLogs",
        &[("Id", 1, 128), ("EventType", 1, 100)],
    ),
    ("QueryCache", &[("Id", 1, 128), ("Key", 1, 500)]),
    (
        "ComputedResults",
        &[("Id", 1, 128), ("Key", 1, 500), ("InputHash", 1, 128)],
    ),
    (
        "SessionData",
        &[("Id", 1, 128), ("SessionId", 1, 128), ("Key", 1, 255)],
    ),
    ("TaskDependencies", &[("Id", 1, 128), ("CreatedBy", 1, 128)]),
    (
        "QueuePauses",
        &[
            ("Id", 1, 128),
            ("QueueName", 1, 100),
            ("RepositoryPath", 1, 500),
            ("Reason", 0, 500),
            ("CreatedBy", 1, 128),
        ],
    ),
    (
        "ChangeEvents",
        &[
            ("EntityType", 1, 100),
            ("EntityId", 1, 128),
            ("UserId", 1, 128),
        ],
    ),
];

/// Numbers: the name of the check, and what is just outside.
pub(super) const RANGES: ByTable<(&str, &str, &[&str])> = &[
    (
        "Repositories",
        &[
            ("Type", "Type", &["-1", "4"]),
            ("AccessLevel", "AccessLevel", &["-1", "3"]),
            (
                "AverageTaskDuration",
                "AverageTaskDuration",
                &["-0.1", "9e999"],
            ),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    (
        "Agents",
        &[
            ("Status", "Status", &["-1", "5"]),
            ("MaxConcurrentTasks", "MaxConcurrentTasks", &["0", "11"]),
            (
                "AverageExecutionTime",
                "AverageExecutionTime",
                &["-0.1", "9e999"],
            ),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    (
        "AgentSessions",
        &[
            ("ProcessId", "ProcessId", &["-1"]),
            ("Status", "Status", &["0", "5"]),
            ("TotalCostUsd", "TotalCostUsd", &["-0.1", "9e999"]),
            ("TotalDurationMs", "TotalDurationMs", &["-1"]),
            ("MessageCount", "MessageCount", &["-1"]),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    (
        "WorkflowDefinitions",
        &[
            (
                "AverageExecutionTime",
                "AverageExecutionTime",
                &["-0.1", "9e999"],
            ),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    (
        "WorkflowExecutions",
        &[
            ("Status", "Status", &["-1", "6"]),
            ("EstimatedDuration", "EstimatedDuration", &["-1"]),
            ("ActualDuration", "ActualDuration", &["-1"]),
            ("RetryCount", "RetryCount", &["-1"]),
            ("ProgressPercentage", "Progress", &["-1", "101"]),
            ("PeakMemoryUsage", "PeakMemoryUsage", &["-1"]),
            ("CpuTime", "CpuTime", &["-1"]),
            ("IoOperations", "IoOperations", &["-1"]),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    (
        "Tasks",
        &[
            ("Priority", "Priority", &["-1", "4"]),
            ("Status", "Status", &["-1", "6"]),
            ("RetryCount", "RetryCount", &["-1", "11"]),
            ("MaxRetries", "MaxRetries", &["-1", "11"]),
            ("WorkflowStep", "WorkflowStep", &["-1"]),
            ("ProgressPercentage", "Progress", &["-1", "101"]),
            ("LeaseDeadline", "LeaseDeadline", &["-1"]),
            ("StagePosition", "StagePosition", &["-1"]),
            ("RequestHash", "RequestHash", &["''"]),
            ("UnmetDependencies", "UnmetDependencies", &["-1"]),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    ("Users", &[("RowVersion", "RowVersion", &["0"])]),
    (
        "UserPreferences",
        &[
            ("Type", "Type", &["-1", "5"]),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    (
        "ApprovalRequests",
        &[
            ("Status", "Status", &["0", "5"]),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    ("ChatSessions", &[("RowVersion", "RowVersion", &["0"])]),
    (
        "ChatMessages",
        &[
            ("MessageType", "MessageType", &["-1", "3"]),
            ("FileCount", "FileCount", &["-1"]),
            ("TotalFileSize", "TotalFileSize", &["-1"]),
            ("DeliveryStatus", "DeliveryStatus", &["-1", "5"]),
            ("ProcessingTime", "ProcessingTime", &["-1"]),
            ("TokenCount", "TokenCount", &["-1"]),
            ("SentimentScore", "SentimentScore", &["-1.1", "1.1"]),
            ("ResponseTime", "ResponseTime", &["-1"]),
            ("QueueTime", "QueueTime", &["-1"]),
            ("Number", "Number", &["-1"]),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    (
        "TemplateCategories",
        &[("RowVersion", "RowVersion", &["0"])],
    ),
    ("TaskTemplates", &[("RowVersion", "RowVersion", &["0"])]),
    (
        "PerformanceMetrics",
        &[
            ("MetricValue", "MetricValue", &["-9e999", "9e999"]),
            ("SampleCount", "SampleCount", &["0"]),
            ("MinValue", "MinValue", &["-9e999", "9e999"]),
            ("MaxValue", "MaxValue", &["-9e999", "9e999"]),
            ("Sum", "Sum", &["-9e999", "9e999"]),
            ("M2", "M2", &["-0.1", "9e999"]),
            ("StandardDeviation", "StandardDeviation", &["-0.1", "9e999"]),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    (
        "AuditLogs",
        &[
            ("Duration", "Duration", &["-1"]),
            ("RiskLevel", "RiskLevel", &["-1", "4"]),
        ],
    ),
    ("ErrorLogs", &[("Severity", "Severity", &["-1", "6"])]),
    ("OrchestrationLogs", &[("Level", "Level", &["-1", "6"])]),
    ("QueryCache", &[("RowVersion", "RowVersion", &["0"])]),
    (
        "ComputedResults",
        &[
            ("ComputationTime", "ComputationTime", &["-1"]),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    ("SessionData", &[("RowVersion", "RowVersion", &["0"])]),
    (
        "TaskDependencies",
        &[
            ("OnFailure", "OnFailure", &["-1", "2"]),
            ("RowVersion", "RowVersion", &["0"]),
        ],
    ),
    ("QueuePauses", &[("RowVersion", "RowVersion", &["0"])]),
    ("ChangeEvents", &[("Action", "Action", &["-1", "4"])]),
    ("Lineages", &[("Base", "Base", &["0", "9007199254740992"])]),
    ("RetentionClock", &[("SinceBoot", "SinceBoot", &["-1"])]),
    (
        "WorkflowStages",
        &[
            ("Stage", "Stage", &["-1", "100"]),
            ("OnFailure", "OnFailure", &["-1", "3"]),
            ("Retries", "Retries", &["-1", "11"]),
            ("Retried", "Retried", &["-1", "11"]),
            ("TaskCount", "TaskCount", &["-1", "101"]),
            ("Completed", "Completed", &["-1"]),
            ("Failed", "Failed", &["-1"]),
            ("Cancelled", "Cancelled", &["-1"]),
            ("WaitsFor", "WaitsFor", &["-1", "100"]),
        ],
    ),
    (
        "WorkflowJoins",
        &[
            ("Stage", "Stage", &["-1", "100"]),
            ("DependsOnStage", "DependsOnStage", &["-1", "100"]),
        ],
    ),
    (
        "AgentPastRuns",
        &[
            ("Completed", "Completed", &["-1"]),
            ("Failed", "Failed", &["-1"]),
        ],
    ),
    (
        "RepositoryPastTasks",
        &[
            ("Tasks", "Tasks", &["-1"]),
            ("Completed", "Completed", &["-1"]),
            ("Failed", "Failed", &["-1"]),
        ],
    ),
];

/// Times.
pub(super) const TIMES: ByTable<&str> = &[
    (
        "Repositories",
        &[
            "LastTaskExecutedAt",
            "CreatedAt",
            "UpdatedAt",
            "LastAccessedAt",
        ],
    ),
    (
        "Agents",
        &[
            "LastPing",
            "CreatedAt",
            "UpdatedAt",
            "DeletedAt",
            "LastClaimedAt",
        ],
    ),
    (
        "AgentSessions",
        &["CreatedAt", "UpdatedAt", "LastResumedAt", "ClosedAt"],
    ),
    (
        "WorkflowDefinitions",
        &["LastExecutedAt", "CreatedAt", "UpdatedAt"],
    ),
    (
        "WorkflowExecutions",
        &[
            "StartedAt",
            "CompletedAt",
            "LastProgressUpdate",
            "UpdatedAt",
        ],
    ),
    (
        "Tasks",
        &[
            "AvailableAt",
            "LeaseExpiresAt",
            "LeaseRenewedAt",
            "CancelRequestedAt",
            "CreatedAt",
            "StartedAt",
            "CompletedAt",
            "LastProgressUpdate",
            "UpdatedAt",
        ],
    ),
    ("Users", &["CreatedAt", "UpdatedAt"]),
    ("UserPreferences", &["CreatedAt", "UpdatedAt"]),
    (
        "ApprovalRequests",
        &["ExpiresAt", "DecidedAt", "CreatedAt", "UpdatedAt"],
    ),
    ("ChatSessions", &["CreatedAt", "LastMessageAt"]),
    (
        "ChatMessages",
        &[
            "DeliveredAt",
            "ReadAt",
            "AcknowledgedAt",
            "Timestamp",
            "UpdatedAt",
        ],
    ),
    ("TemplateCategories", &["CreatedAt", "UpdatedAt"]),
    ("TaskTemplates", &["CreatedAt", "UpdatedAt"]),
    (
        "PerformanceMetrics",
        &["Timestamp", "PeriodStart", "PeriodEnd", "CreatedAt"],
    ),
    ("RetentionMarks", &["DeleteBefore", "UpdatedAt"]),
    ("AuditLogs", &["Timestamp"]),
    ("ErrorLogs", &["Timestamp"]),
    ("OrchestrationLogs", &["CreatedAt"]),
    ("QueryCache", &["ExpiresAt", "CreatedAt", "UpdatedAt"]),
    ("ComputedResults", &["ExpiresAt", "CreatedAt", "UpdatedAt"]),
    ("SessionData", &["ExpiresAt", "CreatedAt", "UpdatedAt"]),
    ("TaskDependencies", &["CreatedAt"]),
    ("QueuePauses", &["CreatedAt"]),
    ("ChangeEvents", &["Timestamp"]),
    ("Lineages", &["BeganAt"]),
    ("RetentionClock", &["TrustedTime"]),
];

/// Lengths of time.
pub(super) const SPANS: ByTable<&str> = &[
    ("Repositories", &["TotalExecutionTime"]),
    ("Agents", &["HealthCheckInterval", "TotalExecutionTime"]),
    ("Tasks", &["ExecutionDuration"]),
    ("QueryCache", &["SlidingExpiration"]),
];

/// Truth values.
pub(super) const BOOLS: ByTable<&str> = &[
    ("Repositories", &["IsActive"]),
    ("Agents", &["IsDeleted", "IsExpected"]),
    ("WorkflowDefinitions", &["IsPublic", "IsActive"]),
    ("Tasks", &["IsPinned", "IsHeld"]),
    ("WorkflowStages", &["HasBegun"]),
    ("Users", &["IsActive"]),
    ("UserPreferences", &["IsEncrypted", "IsReadOnly"]),
    ("ChatMessages", &["HasFiles", "IsEdited"]),
    ("TaskTemplates", &["IsPublic", "IsActive"]),
    ("PerformanceMetrics", &["IsRolledUp"]),
    ("AuditLogs", &["Success"]),
];

/// JSON documents.
pub(super) const JSON: ByTable<&str> = &[
    ("Repositories", &["SettingsJson"]),
    ("Agents", &["ConfigurationJson"]),
    (
        "WorkflowDefinitions",
        &["Definition", "InputSchema", "OutputSchema"],
    ),
    (
        "WorkflowExecutions",
        &["InputParameters", "OutputResults", "ExecutionPlan"],
    ),
    ("ApprovalRequests", &["RequestDetails"]),
    ("ChatMessages", &["Attachments", "EditHistory", "Metadata"]),
    ("TaskTemplates", &["Definition"]),
    ("PerformanceMetrics", &["Properties"]),
    (
        "AuditLogs",
        &["OldValues", "NewValues", "SecurityContext", "Properties"],
    ),
    ("ErrorLogs", &["Properties"]),
    ("OrchestrationLogs", &["AdditionalData"]),
    ("QueryCache", &["Value"]),
    ("ComputedResults", &["Value"]),
    ("SessionData", &["Value"]),
];

/// Lists of strings.
pub(super) const LISTS: ByTable<&str> = &[
    ("Repositories", &["AllowedOperations"]),
    ("WorkflowDefinitions", &["Tags"]),
    ("WorkflowExecutions", &["CompletedStages", "FailedStages"]),
    ("ChatMessages", &["Topics"]),
    ("TaskTemplates", &["Tags"]),
    ("PerformanceMetrics", &["Tags"]),
    ("AuditLogs", &["ChangedProperties", "Tags"]),
    ("QueryCache", &["Tags"]),
    ("ComputedResults", &["Tags"]),
    ("SessionData", &["Tags"]),
    ("ChangeEvents", &["ChangedProperties"]),
];
