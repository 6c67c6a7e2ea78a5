-- Two rows of each table, at least: 'a' has only what must be given, 'b' has a value in every column.

INSERT INTO Repositories (Id, Name, Path) VALUES ('a', 'Name ü', '/src/a');
INSERT INTO Repositories (
    Id, Name, Path, Description, Type, IsActive, SettingsJson, DefaultBranch, AllowedOperations, AccessLevel,
    OwnerUserId, TotalTasks, SuccessfulTasks, FailedTasks, TotalExecutionTime, AverageTaskDuration,
    LastTaskExecutedAt, CreatedAt, UpdatedAt, LastAccessedAt, CreatedBy, UpdatedBy, PerformanceRating,
    ReliabilityScore, RowVersion
) VALUES (
    'b', 'Name ü', '/src/b', 'Description ü', 1, 0, '{"x":[1,2.5,"ü"]}', 'DefaultBranch ü', '["x, y","z"]', 1,
    'OwnerUserId ü', 5, 3, 1, '1.02:03:04.5678901', 0.5, '2026-11-23 14:00:00.1234567',
    '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'CreatedBy ü',
    'UpdatedBy ü', 0.5, 0.5, 2
);

INSERT INTO Agents (Id, Name, Type, RepositoryPath, LastPing)
VALUES ('a', 'Name ü', 'Type ü', '*', '2026-11-23 14:00:00.1234567');
INSERT INTO Agents (
    Id, Name, Type, RepositoryPath, Status, LastPing, CurrentTask, SessionId, ConfigurationJson,
    MaxConcurrentTasks, HealthCheckInterval, TotalTasksCompleted, TotalTasksFailed, TotalExecutionTime,
    AverageExecutionTime, CreatedAt, UpdatedAt, CreatedBy, UpdatedBy, IsDeleted, DeletedAt, DeletedBy,
    RepositoryId, RowVersion, LastClaimedAt
) VALUES (
    'b', 'Name ü', 'Type ü', '/src/b', 1, '2026-11-23 14:00:00.1234567', 'CurrentTask ü', 'SessionId ü',
    '{"x":[1,2.5,"ü"]}', 4, '1.02:03:04.5678901', 2, 2, '1.02:03:04.5678901', 0.5,
    '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'CreatedBy ü', 'UpdatedBy ü', 1,
    '2026-11-23 15:00:00.1234567', 'DeletedBy ü', 'b', 2, '2026-11-23 14:00:00.1234567'
);

INSERT INTO AgentSessions (Id, AgentId, SessionId, WorkingDirectory)
VALUES ('a', 'a', 'session-a', 'WorkingDirectory ü');
INSERT INTO AgentSessions (
    Id, AgentId, SessionId, ProcessId, WorkingDirectory, Status, CreatedAt, UpdatedAt, LastResumedAt, ClosedAt,
    TotalCostUsd, TotalDurationMs, MessageCount, RowVersion
) VALUES (
    'b', 'b', 'session-b', 2, 'WorkingDirectory ü', 3, '2026-11-23 14:00:00.1234567',
    '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 0.5, 2, 2, 2
);

INSERT INTO WorkflowDefinitions (Id, Name, Definition) VALUES ('a', 'Name ü', '{"x":[1,2.5,"ü"]}');
INSERT INTO WorkflowDefinitions (
    Id, Name, Description, Version, Definition, InputSchema, OutputSchema, Category, Tags, Author, IsPublic,
    IsActive, ExecutionCount, SuccessCount, FailureCount, AverageExecutionTime, LastExecutedAt,
    PreviousVersionId, ChangeLog, CreatedAt, UpdatedAt, CreatedBy, UpdatedBy, RowVersion
) VALUES (
    'b', 'Name ü', 'Description ü', 'Version ü', '{"x":[1,2.5,"ü"]}', '{"x":[1,2.5,"ü"]}', '{"x":[1,2.5,"ü"]}',
    'Category ü', '["x, y","z"]', 'Author ü', 1, 0, 5, 3, 1, 0.5, '2026-11-23 14:00:00.1234567', 'a',
    'ChangeLog ü', '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'CreatedBy ü', 'UpdatedBy ü', 2
);

INSERT INTO WorkflowExecutions (Id, WorkflowDefinitionId, WorkflowVersion) VALUES ('a', 'a', 'WorkflowVersion ü');
INSERT INTO WorkflowExecutions (
    Id, WorkflowDefinitionId, WorkflowVersion, InputParameters, OutputResults, ExecutionPlan, Status,
    CurrentStage, CompletedStages, FailedStages, StartedAt, CompletedAt, EstimatedDuration, ActualDuration,
    ErrorMessage, ErrorStage, RetryCount, ProgressPercentage, ProgressMessage, LastProgressUpdate,
    PeakMemoryUsage, CpuTime, IoOperations, TriggerUserId, TriggerType, ParentExecutionId, CreatedBy, UpdatedAt,
    RowVersion
) VALUES (
    'b', 'b', 'WorkflowVersion ü', '{"x":[1,2.5,"ü"]}', '{"x":[1,2.5,"ü"]}', '{"x":[1,2.5,"ü"]}', 3,
    'CurrentStage ü', '["x, y","z"]', '["x, y","z"]', '2026-11-23 12:00:00.1234567',
    '2026-11-23 13:00:00.1234567', 2, 2, 'ErrorMessage ü', 'ErrorStage ü', 1, 1, 'ProgressMessage ü',
    '2026-11-23 14:00:00.1234567', 2, 2, 2, 'TriggerUserId ü', 'TriggerType ü', 'a', 'CreatedBy ü',
    '2026-11-23 14:00:00.1234567', 2
);

INSERT INTO Tasks (Id, Command, RepositoryPath) VALUES ('a', 'Command ü', 'RepositoryPath ü');
INSERT INTO Tasks (
    Id, Command, AgentId, IsPinned, RepositoryPath, Priority, Status, AvailableAt, LeaseOwner, LeaseToken,
    LeaseExpiresAt, CancelRequestedAt, IdempotencyKey, CreatedAt, StartedAt, ExecutionDuration, Result,
    ErrorMessage, RetryCount, MaxRetries, CorrelationId, WorkflowId, WorkflowExecutionId, ParentTaskId,
    WorkflowStep, HangfireJobId, QueueName, ProgressPercentage, ProgressMessage, LastProgressUpdate, UpdatedAt,
    CreatedBy, UpdatedBy, RepositoryId, RowVersion, LeaseRenewedAt, LeaseBoot, LeaseDeadline, StagePosition,
    RequestHash
) VALUES (
    'b', 'Command ü', 'b', 1, 'RepositoryPath ü', 1, 2, '2026-11-23 14:00:00.1234567', 'LeaseOwner ü',
    'LeaseToken ü', '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'IdempotencyKey ü',
    '2026-11-23 11:00:00.1234567', '2026-11-23 12:00:00.1234567', '1.02:03:04.5678901', 'Result ü',
    'ErrorMessage ü', 1, 1, 'CorrelationId ü', 'b', 'b', 'a', 1, 'HangfireJobId ü', 'QueueName ü', 40,
    'ProgressMessage ü', '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'CreatedBy ü',
    'UpdatedBy ü', 'b', 2, '2026-11-23 14:00:00.1234567', 'LeaseBoot ü', 2, 0, 'RequestHash ü'
);

INSERT INTO Users (Id, UserName) VALUES ('a', 'anna');
INSERT INTO Users (
    Id, UserName, DisplayName, Email, IsActive, CreatedAt, UpdatedAt, CreatedBy, UpdatedBy, RowVersion
) VALUES (
    'b', 'bert', 'DisplayName ü', 'Email ü', 0, '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567',
    'CreatedBy ü', 'UpdatedBy ü', 2
);

INSERT INTO UserPreferences (Id, Key, Value) VALUES ('a', 'Key ü', 'Value ü');
INSERT INTO UserPreferences (
    Id, UserId, Key, Value, Type, Category, RepositoryId, AgentId, Description, IsEncrypted, EncryptionKeyId,
    IsReadOnly, CreatedAt, UpdatedAt, CreatedBy, UpdatedBy, RowVersion
) VALUES (
    'b', 'UserId ü', 'Key ü', 'sealed:ü', 1, 'Category ü', 'b', 'b', 'Description ü', 1, 'EncryptionKeyId ü', 1,
    '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'CreatedBy ü', 'UpdatedBy ü', 2
);

INSERT INTO ApprovalRequests (Id, AgentId) VALUES ('a', 'a');
INSERT INTO ApprovalRequests (
    Id, SessionId, AgentId, Status, ExpiresAt, DecidedAt, DecidedBy, RequestDetails, CancellationReason,
    CreatedAt, UpdatedAt, CreatedBy, UpdatedBy, RowVersion, DecisionReason
) VALUES (
    'b', 'SessionId ü', 'b', 4, '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'DecidedBy ü',
    '{"x":[1,2.5,"ü"]}', 'CancellationReason ü', '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567',
    'CreatedBy ü', 'UpdatedBy ü', 2, 'DecisionReason ü'
);

INSERT INTO ChatSessions (Id, InstanceId, Title) VALUES ('a', 'InstanceId ü', 'Title ü');
INSERT INTO ChatSessions (
    Id, UserId, InstanceId, Title, CreatedAt, LastMessageAt, RowVersion
) VALUES (
    'b', 'UserId ü', 'InstanceId ü', 'Title ü', '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 2
);

INSERT INTO ChatMessages (Id, SessionId, MessageType, Content) VALUES ('a', 'a', 1, 'Content ü');
INSERT INTO ChatMessages (
    Id, SessionId, AgentId, UserId, MessageType, Content, FormattedContent, Attachments, HasFiles, FileCount,
    TotalFileSize, ThreadId, ParentMessageId, IsEdited, EditHistory, DeliveryStatus, DeliveredAt, ReadAt,
    AcknowledgedAt, ProcessingTime, TokenCount, ModelVersion, SentimentScore, Language, Topics, ResponseTime,
    QueueTime, LinkedTaskId, WorkflowExecutionId, Timestamp, UpdatedAt, CreatedBy, RowVersion, Metadata, Number
) VALUES (
    'b', 'b', 'b', 'UserId ü', 1, 'Content ü', 'FormattedContent ü', '{"x":[1,2.5,"ü"]}', 1, 1, 2, 'ThreadId ü',
    'a', 1, '{"x":[1,2.5,"ü"]}', 1, '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567',
    '2026-11-23 14:00:00.1234567', 2, 2, 'ModelVersion ü', 0.5, 'Language ü', '["x, y","z"]', 2, 2, 'b', 'b',
    '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'CreatedBy ü', 2, '{"x":[1,2.5,"ü"]}', 2
);

INSERT INTO TemplateCategories (Id, Name) VALUES ('a', 'Name ü');
INSERT INTO TemplateCategories (
    Id, Name, Description, ParentCategoryId, SortOrder, CreatedAt, UpdatedAt, CreatedBy, UpdatedBy, RowVersion
) VALUES (
    'b', 'Name ü', 'Description ü', 'a', 1, '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567',
    'CreatedBy ü', 'UpdatedBy ü', 2
);

INSERT INTO TaskTemplates (Id, Name, Definition) VALUES ('a', 'Name ü', '{"x":[1,2.5,"ü"]}');
INSERT INTO TaskTemplates (
    Id, Name, Description, Category, CategoryId, Version, Definition, Tags, IsPublic, IsActive, CreatedAt,
    UpdatedAt, CreatedBy, UpdatedBy, RowVersion
) VALUES (
    'b', 'Name ü', 'Description ü', 'Category ü', 'b', 'Version ü', '{"x":[1,2.5,"ü"]}', '["x, y","z"]', 1, 0,
    '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'CreatedBy ü', 'UpdatedBy ü', 2
);

INSERT INTO PerformanceMetrics (Id, EntityType, MetricName, MetricValue)
VALUES ('a', 'EntityType ü', 'MetricName ü', 0.5);
INSERT INTO PerformanceMetrics (
    Id, EntityType, EntityId, MetricName, MetricValue, MetricUnit, Timestamp, PeriodType, PeriodStart,
    PeriodEnd, Tags, Properties, SampleCount, MinValue, MaxValue, Sum, M2, StandardDeviation, CreatedAt,
    CreatedBy, RowVersion
) VALUES (
    'b', 'EntityType ü', 'EntityId ü', 'MetricName ü', 0.5, 'MetricUnit ü', '2026-11-23 14:00:00.1234567',
    'Hourly', '2026-11-23 11:00:00.1234567', '2026-11-23 12:00:00.1234567', '["x, y","z"]', '{"x":[1,2.5,"ü"]}',
    2, -1.5, 7.25, 0.5, 0.5, 0.5, '2026-11-23 14:00:00.1234567', 'CreatedBy ü', 2
);

INSERT INTO RetentionMarks (TableName, DeleteBefore) VALUES ('ErrorLogs', '2026-11-23 14:00:00.1234567');
INSERT INTO RetentionMarks (
    TableName, DeleteBefore, UpdatedAt, UpdatedBy
) VALUES (
    'OrchestrationLogs', '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 'UpdatedBy ü'
);

INSERT INTO AuditLogs (Id, EntityType, Action) VALUES ('a', 'EntityType ü', 'Action ü');
INSERT INTO AuditLogs (
    Id, EntityType, EntityId, Action, OldValues, NewValues, ChangedProperties, UserId, SessionId, IpAddress,
    UserAgent, RequestId, CorrelationId, HttpMethod, RequestPath, Timestamp, Duration, Success, ErrorMessage,
    ErrorCode, SecurityContext, RiskLevel, Tags, Properties
) VALUES (
    'b', 'EntityType ü', 'EntityId ü', 'Action ü', '{"x":[1,2.5,"ü"]}', '{"x":[1,2.5,"ü"]}', '["x, y","z"]',
    'UserId ü', 'SessionId ü', 'IpAddress ü', 'UserAgent ü', 'RequestId ü', 'CorrelationId ü', 'HttpMethod ü',
    'RequestPath ü', '2026-11-23 14:00:00.1234567', 2, 0, 'ErrorMessage ü', 'ErrorCode ü', '{"x":[1,2.5,"ü"]}',
    1, '["x, y","z"]', '{"x":[1,2.5,"ü"]}'
);

INSERT INTO ErrorLogs (Id, Message) VALUES ('a', 'Message ü');
INSERT INTO ErrorLogs (
    Id, Severity, Source, Message, ErrorCode, StackTrace, EntityType, EntityId, UserId, SessionId, RequestId,
    CorrelationId, Properties, Timestamp
) VALUES (
    'b', 1, 'Source ü', 'Message ü', 'ErrorCode ü', 'StackTrace ü', 'EntityType ü', 'EntityId ü', 'UserId ü',
    'SessionId ü', 'RequestId ü', 'CorrelationId ü', '{"x":[1,2.5,"ü"]}', '2026-11-23 14:00:00.1234567'
);

INSERT INTO OrchestrationLogs (Id, EventType, Message) VALUES ('a', 'EventType ü', 'Message ü');
INSERT INTO OrchestrationLogs (
    Id, EventType, Message, Level, AgentId, TaskId, RepositoryId, AdditionalData, CreatedAt
) VALUES (
    'b', 'EventType ü', 'Message ü', 1, 'b', 'b', 'b', '{"x":[1,2.5,"ü"]}', '2026-11-23 14:00:00.1234567'
);

INSERT INTO QueryCache (Id, Key, Value) VALUES ('a', 'Key a', '{"x":[1,2.5,"ü"]}');
INSERT INTO QueryCache (
    Id, Key, Value, SlidingExpiration, Tags, ExpiresAt, CreatedAt, UpdatedAt, RowVersion
) VALUES (
    'b', 'Key b', '{"x":[1,2.5,"ü"]}', '1.02:03:04.5678901', '["x, y","z"]', '2026-11-23 14:00:00.1234567',
    '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 2
);

INSERT INTO ComputedResults (Id, Key, Value) VALUES ('a', 'Key a', '{"x":[1,2.5,"ü"]}');
INSERT INTO ComputedResults (
    Id, Key, Value, InputHash, ComputationTime, Tags, ExpiresAt, CreatedAt, UpdatedAt, RowVersion
) VALUES (
    'b', 'Key b', '{"x":[1,2.5,"ü"]}', 'InputHash ü', 2, '["x, y","z"]', '2026-11-23 14:00:00.1234567',
    '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 2
);

INSERT INTO SessionData (Id, SessionId, Key, Value) VALUES ('a', 'SessionId ü', 'Key a', '{"x":[1,2.5,"ü"]}');
INSERT INTO SessionData (
    Id, SessionId, Key, Value, Tags, ExpiresAt, CreatedAt, UpdatedAt, RowVersion
) VALUES (
    'b', 'SessionId ü', 'Key b', '{"x":[1,2.5,"ü"]}', '["x, y","z"]', '2026-11-23 14:00:00.1234567',
    '2026-11-23 14:00:00.1234567', '2026-11-23 14:00:00.1234567', 2
);

-- A third task, since two can't depend on each other; that it has ended leaves the others free to go.
INSERT INTO Tasks (Id, Command, RepositoryPath, Status, CreatedAt, CompletedAt) VALUES (
    'c', 'Command ü', 'RepositoryPath ü', 5, '2026-11-20 14:00:00.1234567', '2026-11-20 14:00:00.1234567'
);
INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId) VALUES ('a', 'c', 'a');
INSERT INTO TaskDependencies (
    Id, TaskId, DependsOnTaskId, OnFailure, CreatedAt, CreatedBy, RowVersion
) VALUES (
    'b', 'c', 'b', 1, '2026-11-23 14:00:00.1234567', 'CreatedBy ü', 2
);

INSERT INTO QueuePauses (Id, QueueName) VALUES ('a', 'QueueName ü');
INSERT INTO QueuePauses (
    Id, QueueName, RepositoryPath, Reason, CreatedAt, CreatedBy, RowVersion
) VALUES (
    'b', 'QueueName ü', 'RepositoryPath ü', 'Reason ü', '2026-11-23 14:00:00.1234567', 'CreatedBy ü', 2
);

INSERT INTO ChangeEvents (EntityType, EntityId, Action, UserId, Timestamp)
VALUES ('EntityType ü', 'EntityId ü', 0, 'UserId ü', '2026-11-23 14:00:00.1234567');
INSERT INTO ChangeEvents (
    Sequence, EntityType, EntityId, Action, ChangedProperties, UserId, Timestamp
) VALUES (
    2, 'EntityType ü', 'EntityId ü', 1, '["x, y","z"]', 'UserId ü', '2026-11-23 14:00:00.1234567'
);

INSERT INTO Lineages (Base, BeganAt) VALUES (1, '2026-11-23 14:00:00.1234567');
INSERT INTO Lineages (Base, BeganAt) VALUES (2, '2026-11-29 12:00:00.0000000');

INSERT INTO RetentionClock (Boot, TrustedTime, SinceBoot) VALUES ('a', '2026-11-23 14:00:00.1234567', 1);
INSERT INTO RetentionClock (Boot, TrustedTime, SinceBoot) VALUES ('b', '2026-11-29 12:00:00.0000000', 2);

INSERT INTO WorkflowStages (WorkflowExecutionId, Stage, Name, OnFailure, Retries, Retried, TaskCount)
VALUES ('a', 0, 'Name ü', 0, 0, 0, 0);
INSERT INTO WorkflowStages (
    WorkflowExecutionId, Stage, Name, OnFailure, Retries, Retried, TaskCount, HasBegun, Completed, Failed, Cancelled,
    WaitsFor
) VALUES (
    'b', 1, 'Name ü', 2, 1, 1, 1, 1, 0, 0, 0, 0
);
INSERT INTO WorkflowJoins (WorkflowExecutionId, Stage, DependsOnStage) VALUES ('a', 1, 0);
INSERT INTO WorkflowJoins (WorkflowExecutionId, Stage, DependsOnStage) VALUES ('b', 1, 0);

INSERT INTO AgentPastRuns (AgentId) VALUES ('a');
INSERT INTO AgentPastRuns (AgentId, Completed, Failed, ExecutionTicks) VALUES ('b', 1, 2, 3);
INSERT INTO RepositoryPastTasks (RepositoryId) VALUES ('a');
INSERT INTO RepositoryPastTasks (RepositoryId, Tasks, Completed, Failed, ExecutionTicks) VALUES ('b', 4, 1, 2, 3);
