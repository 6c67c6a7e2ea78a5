CREATE TABLE Agents (
    Id TEXT PRIMARY KEY,
    Name TEXT NOT NULL,
    Type TEXT NOT NULL,
    RepositoryPath TEXT NOT NULL,
    Status INTEGER NOT NULL DEFAULT 0,
    LastPing DATETIME NOT NULL,
    CurrentTask TEXT NULL,
    ConfigurationJson TEXT NULL,
    MaxConcurrentTasks INTEGER NOT NULL DEFAULT 1,
    HealthCheckInterval TEXT NOT NULL DEFAULT '00:01:00',
    TotalTasksCompleted INTEGER NOT NULL DEFAULT 0,
    TotalTasksFailed INTEGER NOT NULL DEFAULT 0,
    TotalExecutionTime TEXT NOT NULL DEFAULT '00:00:00',
    AverageExecutionTime REAL NOT NULL DEFAULT 0,
    SuccessRate REAL GENERATED ALWAYS AS (
        CASE
            WHEN (TotalTasksCompleted + TotalTasksFailed) = 0 THEN 0
            ELSE CAST(TotalTasksCompleted AS REAL) / (TotalTasksCompleted + TotalTasksFailed)
        END
    ),
    CreatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UpdatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CreatedBy TEXT NOT NULL DEFAULT 'system',
    UpdatedBy TEXT NOT NULL DEFAULT 'system',
    IsDeleted BOOLEAN NOT NULL DEFAULT 0,
    DeletedAt DATETIME NULL,
    DeletedBy TEXT NULL,
    RepositoryId TEXT NULL,
    FOREIGN KEY (RepositoryId) REFERENCES Repositories(Id) ON DELETE SET NULL
);

CREATE TABLE Tasks (
    Id TEXT PRIMARY KEY,
    Command TEXT NOT NULL CHECK(length(Command) <= 2000),
    AgentId TEXT NULL,
    RepositoryPath TEXT NOT NULL,
    Priority INTEGER NOT NULL DEFAULT 1,
    Status INTEGER NOT NULL DEFAULT 0,
    CreatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    StartedAt DATETIME NULL,
    CompletedAt DATETIME NULL,
    ExecutionDuration TEXT NULL,
    Result TEXT NULL,
    ErrorMessage TEXT NULL,
    RetryCount INTEGER NOT NULL DEFAULT 0,
    CorrelationId TEXT NULL,
    WorkflowId TEXT NULL,
    ParentTaskId TEXT NULL,
    WorkflowStep INTEGER NOT NULL DEFAULT 0,
    HangfireJobId TEXT NULL,
    QueueName TEXT NULL,
    ProgressPercentage INTEGER NOT NULL DEFAULT 0,
    ProgressMessage TEXT NULL,
    LastProgressUpdate DATETIME NULL,
    UpdatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CreatedBy TEXT NOT NULL DEFAULT 'system',
    UpdatedBy TEXT NOT NULL DEFAULT 'system',
    RepositoryId TEXT NULL,
    FOREIGN KEY (AgentId) REFERENCES Agents(Id) ON DELETE SET NULL,
    FOREIGN KEY (RepositoryId) REFERENCES Repositories(Id) ON DELETE SET NULL,
    FOREIGN KEY (ParentTaskId) REFERENCES Tasks(Id) ON DELETE CASCADE,
    FOREIGN KEY (WorkflowId) REFERENCES WorkflowDefinitions(Id) ON DELETE SET NULL
);

CREATE TABLE Repositories (
    Id TEXT PRIMARY KEY,
    Name TEXT NOT NULL,
    Path TEXT NOT NULL UNIQUE,
    Description TEXT NULL,
    Type INTEGER NOT NULL DEFAULT 0,
    IsActive BOOLEAN NOT NULL DEFAULT 1,
    SettingsJson TEXT NULL,
    DefaultBranch TEXT NULL,
    AllowedOperations TEXT NULL,
    AccessLevel INTEGER NOT NULL DEFAULT 0,
    OwnerUserId TEXT NULL,
    TotalTasks INTEGER NOT NULL DEFAULT 0,
    SuccessfulTasks INTEGER NOT NULL DEFAULT 0,
    FailedTasks INTEGER NOT NULL DEFAULT 0,
    TotalExecutionTime TEXT NOT NULL DEFAULT '00:00:00',
    AverageTaskDuration REAL NOT NULL DEFAULT 0,
    LastTaskExecutedAt DATETIME NULL,
    CreatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UpdatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    LastAccessedAt DATETIME NULL,
    CreatedBy TEXT NOT NULL DEFAULT 'system',
    UpdatedBy TEXT NOT NULL DEFAULT 'system',
    PerformanceRating REAL NOT NULL DEFAULT 0,
    ReliabilityScore REAL NOT NULL DEFAULT 0
);

CREATE TABLE UserPreferences (
    Id TEXT PRIMARY KEY,
    UserId TEXT NOT NULL DEFAULT 'default',
    Key TEXT NOT NULL,
    Value TEXT NOT NULL,
    Type INTEGER NOT NULL DEFAULT 0,
    Category TEXT NULL,
    RepositoryId TEXT NULL,
    AgentId TEXT NULL,
    Description TEXT NULL,
    IsEncrypted BOOLEAN NOT NULL DEFAULT 0,
    IsReadOnly BOOLEAN NOT NULL DEFAULT 0,
    CreatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UpdatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CreatedBy TEXT NOT NULL DEFAULT 'system',
    UpdatedBy TEXT NOT NULL DEFAULT 'system',
    FOREIGN KEY (RepositoryId) REFERENCES Repositories(Id) ON DELETE CASCADE,
    FOREIGN KEY (AgentId) REFERENCES Agents(Id) ON DELETE CASCADE,
    UNIQUE(UserId, Key, RepositoryId, AgentId)
);

CREATE TABLE PerformanceMetrics (
    Id TEXT PRIMARY KEY,
    EntityType TEXT NOT NULL,
    EntityId TEXT NULL,
    MetricName TEXT NOT NULL,
    MetricValue REAL NOT NULL,
    MetricUnit TEXT NULL,
    Timestamp DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PeriodType TEXT NOT NULL DEFAULT 'Instant',
    PeriodStart DATETIME NULL,
    PeriodEnd DATETIME NULL,
    Tags TEXT NULL,
    Properties TEXT NULL,
    SampleCount INTEGER NOT NULL DEFAULT 1,
    MinValue REAL NULL,
    MaxValue REAL NULL,
    StandardDeviation REAL NULL,
    CreatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CreatedBy TEXT NOT NULL DEFAULT 'system'
);

CREATE TABLE AuditLogs (
    Id TEXT PRIMARY KEY,
    EntityType TEXT NOT NULL,
    EntityId TEXT NULL,
    Action TEXT NOT NULL,
    OldValues TEXT NULL,
    NewValues TEXT NULL,
    ChangedProperties TEXT NULL,
    UserId TEXT NULL,
    SessionId TEXT NULL,
    IpAddress TEXT NULL,
    UserAgent TEXT NULL,
    RequestId TEXT NULL,
    CorrelationId TEXT NULL,
    HttpMethod TEXT NULL,
    RequestPath TEXT NULL,
    Timestamp DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    Duration INTEGER NULL,
    Success BOOLEAN NOT NULL DEFAULT 1,
    ErrorMessage TEXT NULL,
    ErrorCode TEXT NULL,
    SecurityContext TEXT NULL,
    RiskLevel INTEGER NOT NULL DEFAULT 0,
    Tags TEXT NULL,
    Properties TEXT NULL
);

CREATE TABLE ChatMessages (
    Id TEXT PRIMARY KEY,
    SessionId TEXT NOT NULL,
    AgentId TEXT NOT NULL,
    UserId TEXT NULL,
    MessageType INTEGER NOT NULL,
    Content TEXT NOT NULL,
    FormattedContent TEXT NULL,
    Attachments TEXT NULL,
    HasFiles BOOLEAN NOT NULL DEFAULT 0,
    FileCount INTEGER NOT NULL DEFAULT 0,
    TotalFileSize INTEGER NOT NULL DEFAULT 0,
    ThreadId TEXT NULL,
    ParentMessageId TEXT NULL,
    IsEdited BOOLEAN NOT NULL DEFAULT 0,
    EditHistory TEXT NULL,
    DeliveryStatus INTEGER NOT NULL DEFAULT 0,
    DeliveredAt DATETIME NULL,
    ReadAt DATETIME NULL,
    AcknowledgedAt DATETIME NULL,
    ProcessingTime INTEGER NULL,
    TokenCount INTEGER NULL,
    ModelVersion TEXT NULL,
    SentimentScore REAL NULL,
    Language TEXT NULL,
    Topics TEXT NULL,
    ResponseTime INTEGER NULL,
    QueueTime INTEGER NULL,
    LinkedTaskId TEXT NULL,
    WorkflowExecutionId TEXT NULL,
    Timestamp DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UpdatedAt DATETIME NULL,
    CreatedBy TEXT NOT NULL DEFAULT 'system',
    FOREIGN KEY (AgentId) REFERENCES Agents(Id) ON DELETE CASCADE,
    FOREIGN KEY (LinkedTaskId) REFERENCES Tasks(Id) ON DELETE SET NULL,
    FOREIGN KEY (ParentMessageId) REFERENCES ChatMessages(Id) ON DELETE SET NULL
);

CREATE TABLE WorkflowDefinitions (
    Id TEXT PRIMARY KEY,
    Name TEXT NOT NULL,
    Description TEXT NULL,
    Version TEXT NOT NULL DEFAULT '1.0.0',
    Definition TEXT NOT NULL,
    InputSchema TEXT NULL,
    OutputSchema TEXT NULL,
    Category TEXT NULL,
    Tags TEXT NULL,
    Author TEXT NULL,
    IsPublic BOOLEAN NOT NULL DEFAULT 0,
    IsActive BOOLEAN NOT NULL DEFAULT 1,
    ExecutionCount INTEGER NOT NULL DEFAULT 0,
    SuccessCount INTEGER NOT NULL DEFAULT 0,
    FailureCount INTEGER NOT NULL DEFAULT 0,
    AverageExecutionTime REAL NOT NULL DEFAULT 0,
    LastExecutedAt DATETIME NULL,
    PreviousVersionId TEXT NULL,
    ChangeLog TEXT NULL,
    CreatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UpdatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CreatedBy TEXT NOT NULL DEFAULT 'system',
    UpdatedBy TEXT NOT NULL DEFAULT 'system',
    FOREIGN KEY (PreviousVersionId) REFERENCES WorkflowDefinitions(Id) ON DELETE SET NULL
);

CREATE TABLE WorkflowExecutions (
    Id TEXT PRIMARY KEY,
    WorkflowDefinitionId TEXT NOT NULL,
    WorkflowVersion TEXT NOT NULL,
    InputParameters TEXT NULL,
    OutputResults TEXT NULL,
    ExecutionPlan TEXT NULL,
    Status INTEGER NOT NULL DEFAULT 0,
    CurrentStage TEXT NULL,
    CompletedStages TEXT NULL,
    FailedStages TEXT NULL,
    StartedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CompletedAt DATETIME NULL,
    EstimatedDuration INTEGER NULL,
    ActualDuration INTEGER NULL,
    ErrorMessage TEXT NULL,
    ErrorStage TEXT NULL,
    RetryCount INTEGER NOT NULL DEFAULT 0,
    ProgressPercentage INTEGER NOT NULL DEFAULT 0,
    ProgressMessage TEXT NULL,
    LastProgressUpdate DATETIME NULL,
    PeakMemoryUsage INTEGER NULL,
    CpuTime INTEGER NULL,
    IoOperations INTEGER NULL,
    TriggerUserId TEXT NULL,
    TriggerType TEXT NULL,
    ParentExecutionId TEXT NULL,
    CreatedBy TEXT NOT NULL DEFAULT 'system',
    UpdatedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (WorkflowDefinitionId) REFERENCES WorkflowDefinitions(Id) ON DELETE CASCADE,
    FOREIGN KEY (ParentExecutionId) REFERENCES WorkflowExecutions(Id) ON DELETE SET NULL
);

CREATE INDEX IX_Agents_Status ON Agents(Status) WHERE IsDeleted = 0;
CREATE INDEX IX_Agents_Repository ON Agents(RepositoryPath) WHERE IsDeleted = 0;
CREATE INDEX IX_Agents_Performance ON Agents(Status, RepositoryPath, AverageExecutionTime) WHERE IsDeleted = 0;
CREATE INDEX IX_Agents_Health ON Agents(LastPing, Status) WHERE IsDeleted = 0;
CREATE INDEX IX_Tasks_Status ON Tasks(Status, Priority, CreatedAt);
CREATE INDEX IX_Tasks_Agent ON Tasks(AgentId, Status) WHERE AgentId IS NOT NULL;
CREATE INDEX IX_Tasks_Repository ON Tasks(RepositoryId, Status) WHERE RepositoryId IS NOT NULL;
CREATE INDEX IX_Tasks_Workflow ON Tasks(WorkflowId, WorkflowStep) WHERE WorkflowId IS NOT NULL;
CREATE INDEX IX_Tasks_Execution_Timeline ON Tasks(StartedAt, CompletedAt) WHERE StartedAt IS NOT NULL;
CREATE INDEX IX_Tasks_Correlation ON Tasks(CorrelationId) WHERE CorrelationId IS NOT NULL;
CREATE INDEX IX_Tasks_Hangfire ON Tasks(HangfireJobId) WHERE HangfireJobId IS NOT NULL;
CREATE INDEX IX_Repositories_Active ON Repositories(IsActive, PerformanceRating);
CREATE INDEX IX_Repositories_Usage ON Repositories(LastTaskExecutedAt, TotalTasks);
CREATE INDEX IX_Repositories_Path ON Repositories(Path) WHERE IsActive = 1;
CREATE INDEX IX_UserPreferences_User ON UserPreferences(UserId, Category);
CREATE INDEX IX_UserPreferences_Repository ON UserPreferences(RepositoryId, Key) WHERE RepositoryId IS NOT NULL;
CREATE INDEX IX_UserPreferences_Agent ON UserPreferences(AgentId, Key) WHERE AgentId IS NOT NULL;
CREATE UNIQUE INDEX IX_UserPreferences_Unique ON UserPreferences(UserId, Key, COALESCE(RepositoryId, ''), COALESCE(AgentId, ''));
CREATE INDEX IX_PerformanceMetrics_Entity ON PerformanceMetrics(EntityType, EntityId, MetricName, Timestamp);
CREATE INDEX IX_PerformanceMetrics_TimeSeries ON PerformanceMetrics(MetricName, Timestamp, EntityType);
CREATE INDEX IX_PerformanceMetrics_Aggregation ON PerformanceMetrics(EntityType, MetricName, PeriodType, PeriodStart, PeriodEnd);
CREATE INDEX IX_AuditLogs_Entity ON AuditLogs(EntityType, EntityId, Timestamp);
CREATE INDEX IX_AuditLogs_User ON AuditLogs(UserId, Timestamp) WHERE UserId IS NOT NULL;
CREATE INDEX IX_AuditLogs_Session ON AuditLogs(SessionId, Timestamp) WHERE SessionId IS NOT NULL;
CREATE INDEX IX_AuditLogs_Risk ON AuditLogs(RiskLevel, Timestamp) WHERE RiskLevel > 0;
CREATE INDEX IX_AuditLogs_Correlation ON AuditLogs(CorrelationId) WHERE CorrelationId IS NOT NULL;
CREATE INDEX IX_ChatMessages_Session ON ChatMessages(SessionId, Timestamp);
CREATE INDEX IX_ChatMessages_Agent ON ChatMessages(AgentId, Timestamp);
CREATE INDEX IX_ChatMessages_Thread ON ChatMessages(ThreadId, Timestamp) WHERE ThreadId IS NOT NULL;
CREATE INDEX IX_ChatMessages_Task ON ChatMessages(LinkedTaskId) WHERE LinkedTaskId IS NOT NULL;
CREATE INDEX IX_ChatMessages_Delivery ON ChatMessages(DeliveryStatus, Timestamp);
CREATE INDEX IX_WorkflowExecutions_Definition ON WorkflowExecutions(WorkflowDefinitionId, StartedAt);
CREATE INDEX IX_WorkflowExecutions_Status ON WorkflowExecutions(Status, StartedAt);
CREATE INDEX IX_WorkflowExecutions_User ON WorkflowExecutions(TriggerUserId, StartedAt) WHERE TriggerUserId IS NOT NULL;
CREATE INDEX IX_WorkflowExecutions_Parent ON WorkflowExecutions(ParentExecutionId) WHERE ParentExecutionId IS NOT NULL;
