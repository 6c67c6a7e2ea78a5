-- Agents, the repositories they work in, workflows, and the task queue.
--
-- Rules for every table: times are UTC text of exactly 27 characters, so that they sort as text; the name in
-- a constraint error tells the column or rule; limits are in characters.

CREATE TABLE Repositories (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_Repositories_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    Name TEXT NOT NULL
        CONSTRAINT CK_Repositories_Name CHECK (length(Name) BETWEEN 1 AND 255 AND instr(Name, char(0)) = 0),
    Path TEXT NOT NULL UNIQUE
        CONSTRAINT CK_Repositories_Path CHECK (length(Path) BETWEEN 1 AND 500 AND instr(Path, char(0)) = 0),
    Description TEXT,
    Type INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_Repositories_Type CHECK (Type BETWEEN 0 AND 3),
    IsActive INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_Repositories_IsActive CHECK (IsActive IN (0, 1)),

    -- Configuration
    SettingsJson TEXT CONSTRAINT CK_Repositories_SettingsJson CHECK (json_valid(SettingsJson)),
    DefaultBranch TEXT CONSTRAINT CK_Repositories_DefaultBranch CHECK (length(DefaultBranch) <= 255),
    AllowedOperations TEXT
        CONSTRAINT CK_Repositories_AllowedOperations
        CHECK (json_valid(AllowedOperations) AND json_type(AllowedOperations) = 'array'),

    -- Access control
    AccessLevel INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_Repositories_AccessLevel CHECK (AccessLevel BETWEEN 0 AND 2),
    OwnerUserId TEXT CONSTRAINT CK_Repositories_OwnerUserId CHECK (length(OwnerUserId) BETWEEN 1 AND 128),

    -- Statistics
    TotalTasks INTEGER NOT NULL DEFAULT 0,
    SuccessfulTasks INTEGER NOT NULL DEFAULT 0,
    FailedTasks INTEGER NOT NULL DEFAULT 0,
    TotalExecutionTime TEXT NOT NULL DEFAULT '00:00:00'
        CONSTRAINT CK_Repositories_TotalExecutionTime
        CHECK (TotalExecutionTime GLOB '[0-9]*[0-9]:[0-9][0-9]:[0-9][0-9]*'),
    AverageTaskDuration REAL NOT NULL DEFAULT 0.0
        CONSTRAINT CK_Repositories_AverageTaskDuration
        CHECK (AverageTaskDuration BETWEEN 0 AND 1.7976931348623157e308),
    LastTaskExecutedAt TEXT
        CONSTRAINT CK_Repositories_LastTaskExecutedAt CHECK (LastTaskExecutedAt GLOB '????-??-?? ??:??:??.???????'),

    -- Audit
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_Repositories_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_Repositories_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    LastAccessedAt TEXT
        CONSTRAINT CK_Repositories_LastAccessedAt CHECK (LastAccessedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_Repositories_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_Repositories_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128),

    -- Performance tracking
    PerformanceRating REAL NOT NULL DEFAULT 0.0,
    ReliabilityScore REAL NOT NULL DEFAULT 0.0,
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_Repositories_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_Repositories_Statistics CHECK (
        TotalTasks >= 0 AND SuccessfulTasks >= 0 AND FailedTasks >= 0
        AND SuccessfulTasks + FailedTasks <= TotalTasks
    ),
    CONSTRAINT CK_Repositories_Ratings CHECK (PerformanceRating BETWEEN 0 AND 10 AND ReliabilityScore BETWEEN 0 AND 1)
) STRICT;

CREATE INDEX IX_Repositories_Active ON Repositories (IsActive, PerformanceRating);
CREATE INDEX IX_Repositories_Usage ON Repositories (LastTaskExecutedAt, TotalTasks);
CREATE INDEX IX_Repositories_Path ON Repositories (Path) WHERE IsActive;

CREATE TABLE Agents (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_Agents_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    Name TEXT NOT NULL CONSTRAINT CK_Agents_Name CHECK (length(Name) BETWEEN 1 AND 255 AND instr(Name, char(0)) = 0),
    Type TEXT NOT NULL CONSTRAINT CK_Agents_Type CHECK (length(Type) BETWEEN 1 AND 100),
    RepositoryPath TEXT NOT NULL
        CONSTRAINT CK_Agents_RepositoryPath
        CHECK (length(RepositoryPath) BETWEEN 1 AND 500 AND instr(RepositoryPath, char(0)) = 0),
    Status INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_Agents_Status CHECK (Status BETWEEN 0 AND 4),
    LastPing TEXT NOT NULL CONSTRAINT CK_Agents_LastPing CHECK (LastPing GLOB '????-??-?? ??:??:??.???????'),
    CurrentTask TEXT,
    SessionId TEXT CONSTRAINT CK_Agents_SessionId CHECK (length(SessionId) BETWEEN 1 AND 128),

    -- Configuration
    ConfigurationJson TEXT CONSTRAINT CK_Agents_ConfigurationJson CHECK (json_valid(ConfigurationJson)),
    MaxConcurrentTasks INTEGER NOT NULL DEFAULT 1
        CONSTRAINT CK_Agents_MaxConcurrentTasks CHECK (MaxConcurrentTasks > 0 AND MaxConcurrentTasks <= 10),
    HealthCheckInterval TEXT NOT NULL DEFAULT '00:01:00'
        CONSTRAINT CK_Agents_HealthCheckInterval
        CHECK (HealthCheckInterval GLOB '[0-9]*[0-9]:[0-9][0-9]:[0-9][0-9]*'),

    -- Performance metrics
    TotalTasksCompleted INTEGER NOT NULL DEFAULT 0,
    TotalTasksFailed INTEGER NOT NULL DEFAULT 0,
    TotalExecutionTime TEXT NOT NULL DEFAULT '00:00:00'
        CONSTRAINT CK_Agents_TotalExecutionTime CHECK (TotalExecutionTime GLOB '[0-9]*[0-9]:[0-9][0-9]:[0-9][0-9]*'),
    AverageExecutionTime REAL NOT NULL DEFAULT 0.0
        CONSTRAINT CK_Agents_AverageExecutionTime CHECK (AverageExecutionTime BETWEEN 0 AND 1.7976931348623157e308),
    SuccessRate REAL NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN TotalTasksCompleted + TotalTasksFailed = 0 THEN 0.0
            ELSE CAST(TotalTasksCompleted AS REAL) / (TotalTasksCompleted + TotalTasksFailed)
        END
    ) VIRTUAL,

    -- Audit
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_Agents_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_Agents_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_Agents_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_Agents_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128),
    IsDeleted INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_Agents_IsDeleted CHECK (IsDeleted IN (0, 1)),
    DeletedAt TEXT CONSTRAINT CK_Agents_DeletedAt CHECK (DeletedAt GLOB '????-??-?? ??:??:??.???????'),
    DeletedBy TEXT CONSTRAINT CK_Agents_DeletedBy CHECK (length(DeletedBy) BETWEEN 1 AND 128),

    -- Relationships
    RepositoryId TEXT REFERENCES Repositories (Id) ON DELETE SET NULL,
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_Agents_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_Agents_TotalTasks CHECK (TotalTasksCompleted >= 0 AND TotalTasksFailed >= 0),
    CONSTRAINT CK_Agents_Deletion CHECK (IsDeleted = (DeletedAt IS NOT NULL))
) STRICT;

-- "NOT IsDeleted", not "IsDeleted = 0": a partial index serves a query only if the query repeats the
-- condition, and a compared value arrives as a parameter, of which the planner knows nothing.
CREATE INDEX IX_Agents_Status ON Agents (Status) WHERE NOT IsDeleted;
CREATE INDEX IX_Agents_Repository ON Agents (RepositoryPath) WHERE NOT IsDeleted;
CREATE INDEX IX_Agents_Performance ON Agents (Status, RepositoryPath, AverageExecutionTime) WHERE NOT IsDeleted;
CREATE INDEX IX_Agents_Health ON Agents (LastPing, Status) WHERE NOT IsDeleted;
CREATE INDEX IX_Agents_RepositoryId ON Agents (RepositoryId) WHERE RepositoryId IS NOT NULL;
CREATE INDEX IX_Agents_Session ON Agents (SessionId) WHERE SessionId IS NOT NULL;

CREATE TABLE AgentSessions (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_AgentSessions_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    AgentId TEXT NOT NULL REFERENCES Agents (Id) ON DELETE CASCADE,
    SessionId TEXT NOT NULL UNIQUE CONSTRAINT CK_AgentSessions_SessionId CHECK (length(SessionId) BETWEEN 1 AND 128),
    ProcessId INTEGER CONSTRAINT CK_AgentSessions_ProcessId CHECK (ProcessId >= 0),
    WorkingDirectory TEXT NOT NULL
        CONSTRAINT CK_AgentSessions_WorkingDirectory
        CHECK (length(WorkingDirectory) BETWEEN 1 AND 500 AND instr(WorkingDirectory, char(0)) = 0),
    Status INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_AgentSessions_Status CHECK (Status BETWEEN 1 AND 4),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_AgentSessions_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_AgentSessions_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    LastResumedAt TEXT
        CONSTRAINT CK_AgentSessions_LastResumedAt CHECK (LastResumedAt GLOB '????-??-?? ??:??:??.???????'),
    ClosedAt TEXT CONSTRAINT CK_AgentSessions_ClosedAt CHECK (ClosedAt GLOB '????-??-?? ??:??:??.???????'),
    TotalCostUsd REAL NOT NULL DEFAULT 0.0
        CONSTRAINT CK_AgentSessions_TotalCostUsd CHECK (TotalCostUsd BETWEEN 0 AND 1.7976931348623157e308),
    TotalDurationMs INTEGER NOT NULL DEFAULT 0
        CONSTRAINT CK_AgentSessions_TotalDurationMs CHECK (TotalDurationMs >= 0),
    MessageCount INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_AgentSessions_MessageCount CHECK (MessageCount >= 0),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_AgentSessions_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_AgentSessions_Closed CHECK (Status <> 3 OR ClosedAt IS NOT NULL)
) STRICT;

CREATE INDEX IX_AgentSessions_Agent ON AgentSessions (AgentId, Status);
CREATE INDEX IX_AgentSessions_Status ON AgentSessions (Status, UpdatedAt);

CREATE TABLE WorkflowDefinitions (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_WorkflowDefinitions_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    Name TEXT NOT NULL
        CONSTRAINT CK_WorkflowDefinitions_Name CHECK (length(Name) BETWEEN 1 AND 255 AND instr(Name, char(0)) = 0),
    Description TEXT,
    Version TEXT NOT NULL DEFAULT '1.0.0'
        CONSTRAINT CK_WorkflowDefinitions_Version CHECK (length(Version) BETWEEN 1 AND 50),

    -- Workflow content
    Definition TEXT NOT NULL CONSTRAINT CK_WorkflowDefinitions_Definition CHECK (json_valid(Definition)),
    InputSchema TEXT CONSTRAINT CK_WorkflowDefinitions_InputSchema CHECK (json_valid(InputSchema)),
    OutputSchema TEXT CONSTRAINT CK_WorkflowDefinitions_OutputSchema CHECK (json_valid(OutputSchema)),

    -- Metadata
    Category TEXT CONSTRAINT CK_WorkflowDefinitions_Category CHECK (length(Category) <= 100),
    Tags TEXT CONSTRAINT CK_WorkflowDefinitions_Tags CHECK (json_valid(Tags) AND json_type(Tags) = 'array'),
    Author TEXT CONSTRAINT CK_WorkflowDefinitions_Author CHECK (length(Author) <= 255),
    IsPublic INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_WorkflowDefinitions_IsPublic CHECK (IsPublic IN (0, 1)),
    IsActive INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_WorkflowDefinitions_IsActive CHECK (IsActive IN (0, 1)),

    -- Usage statistics
    ExecutionCount INTEGER NOT NULL DEFAULT 0,
    SuccessCount INTEGER NOT NULL DEFAULT 0,
    FailureCount INTEGER NOT NULL DEFAULT 0,
    AverageExecutionTime REAL NOT NULL DEFAULT 0.0
        CONSTRAINT CK_WorkflowDefinitions_AverageExecutionTime
        CHECK (AverageExecutionTime BETWEEN 0 AND 1.7976931348623157e308),
    LastExecutedAt TEXT
        CONSTRAINT CK_WorkflowDefinitions_LastExecutedAt CHECK (LastExecutedAt GLOB '????-??-?? ??:??:??.???????'),

    -- Version control
    PreviousVersionId TEXT REFERENCES WorkflowDefinitions (Id) ON DELETE SET NULL,
    ChangeLog TEXT,

    -- Audit
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_WorkflowDefinitions_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_WorkflowDefinitions_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_WorkflowDefinitions_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_WorkflowDefinitions_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_WorkflowDefinitions_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_WorkflowDefinitions_Statistics CHECK (
        ExecutionCount >= 0 AND SuccessCount >= 0 AND FailureCount >= 0
        AND SuccessCount + FailureCount <= ExecutionCount
    ),
    CONSTRAINT CK_WorkflowDefinitions_PreviousVersionId CHECK (PreviousVersionId <> Id),
    CONSTRAINT UQ_WorkflowDefinitions_Version UNIQUE (Name, Version)
) STRICT;

CREATE INDEX IX_WorkflowDefinitions_Active ON WorkflowDefinitions (Name) WHERE IsActive;
CREATE INDEX IX_WorkflowDefinitions_Previous ON WorkflowDefinitions (PreviousVersionId)
    WHERE PreviousVersionId IS NOT NULL;

CREATE TABLE WorkflowExecutions (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_WorkflowExecutions_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    WorkflowDefinitionId TEXT NOT NULL REFERENCES WorkflowDefinitions (Id) ON DELETE RESTRICT,
    WorkflowVersion TEXT NOT NULL
        CONSTRAINT CK_WorkflowExecutions_WorkflowVersion CHECK (length(WorkflowVersion) BETWEEN 1 AND 50),

    -- Execution context
    InputParameters TEXT CONSTRAINT CK_WorkflowExecutions_InputParameters CHECK (json_valid(InputParameters)),
    OutputResults TEXT CONSTRAINT CK_WorkflowExecutions_OutputResults CHECK (json_valid(OutputResults)),
    ExecutionPlan TEXT CONSTRAINT CK_WorkflowExecutions_ExecutionPlan CHECK (json_valid(ExecutionPlan)),

    -- Status tracking
    Status INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_WorkflowExecutions_Status CHECK (Status BETWEEN 0 AND 5),
    CurrentStage TEXT CONSTRAINT CK_WorkflowExecutions_CurrentStage CHECK (length(CurrentStage) <= 255),
    CompletedStages TEXT
        CONSTRAINT CK_WorkflowExecutions_CompletedStages
        CHECK (json_valid(CompletedStages) AND json_type(CompletedStages) = 'array'),
    FailedStages TEXT
        CONSTRAINT CK_WorkflowExecutions_FailedStages
        CHECK (json_valid(FailedStages) AND json_type(FailedStages) = 'array'),

    -- Timing
    StartedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_WorkflowExecutions_StartedAt CHECK (StartedAt GLOB '????-??-?? ??:??:??.???????'),
    CompletedAt TEXT
        CONSTRAINT CK_WorkflowExecutions_CompletedAt CHECK (CompletedAt GLOB '????-??-?? ??:??:??.???????'),
    EstimatedDuration INTEGER CONSTRAINT CK_WorkflowExecutions_EstimatedDuration CHECK (EstimatedDuration >= 0),
    ActualDuration INTEGER CONSTRAINT CK_WorkflowExecutions_ActualDuration CHECK (ActualDuration >= 0),

    -- Error handling
    ErrorMessage TEXT,
    ErrorStage TEXT CONSTRAINT CK_WorkflowExecutions_ErrorStage CHECK (length(ErrorStage) <= 255),
    RetryCount INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_WorkflowExecutions_RetryCount CHECK (RetryCount >= 0),

    -- Progress tracking
    ProgressPercentage INTEGER NOT NULL DEFAULT 0
        CONSTRAINT CK_WorkflowExecutions_Progress CHECK (ProgressPercentage BETWEEN 0 AND 100),
    ProgressMessage TEXT,
    LastProgressUpdate TEXT
        CONSTRAINT CK_WorkflowExecutions_LastProgressUpdate
        CHECK (LastProgressUpdate GLOB '????-??-?? ??:??:??.???????'),

    -- Resource usage
    PeakMemoryUsage INTEGER CONSTRAINT CK_WorkflowExecutions_PeakMemoryUsage CHECK (PeakMemoryUsage >= 0),
    CpuTime INTEGER CONSTRAINT CK_WorkflowExecutions_CpuTime CHECK (CpuTime >= 0),
    IoOperations INTEGER CONSTRAINT CK_WorkflowExecutions_IoOperations CHECK (IoOperations >= 0),

    -- Relationships
    TriggerUserId TEXT CONSTRAINT CK_WorkflowExecutions_TriggerUserId CHECK (length(TriggerUserId) BETWEEN 1 AND 128),
    TriggerType TEXT CONSTRAINT CK_WorkflowExecutions_TriggerType CHECK (length(TriggerType) BETWEEN 1 AND 50),
    ParentExecutionId TEXT REFERENCES WorkflowExecutions (Id) ON DELETE SET NULL,

    -- Audit
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_WorkflowExecutions_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_WorkflowExecutions_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_WorkflowExecutions_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_WorkflowExecutions_Timing CHECK (CompletedAt >= StartedAt),
    CONSTRAINT CK_WorkflowExecutions_Completion CHECK ((CompletedAt IS NOT NULL) = (Status IN (3, 4, 5))),
    CONSTRAINT CK_WorkflowExecutions_ParentExecutionId CHECK (ParentExecutionId <> Id)
) STRICT;

CREATE INDEX IX_WorkflowExecutions_Definition ON WorkflowExecutions (WorkflowDefinitionId, StartedAt);
CREATE INDEX IX_WorkflowExecutions_Status ON WorkflowExecutions (Status, StartedAt);
CREATE INDEX IX_WorkflowExecutions_User ON WorkflowExecutions (TriggerUserId, StartedAt)
    WHERE TriggerUserId IS NOT NULL;
CREATE INDEX IX_WorkflowExecutions_Parent ON WorkflowExecutions (ParentExecutionId)
    WHERE ParentExecutionId IS NOT NULL;

CREATE TABLE Tasks (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_Tasks_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    Command TEXT NOT NULL
        CONSTRAINT CK_Tasks_Command CHECK (length(Command) BETWEEN 1 AND 2000 AND instr(Command, char(0)) = 0),
    AgentId TEXT REFERENCES Agents (Id) ON DELETE SET NULL,
    IsPinned INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_Tasks_IsPinned CHECK (IsPinned IN (0, 1)),
    RepositoryPath TEXT NOT NULL
        CONSTRAINT CK_Tasks_RepositoryPath
        CHECK (length(RepositoryPath) BETWEEN 1 AND 500 AND instr(RepositoryPath, char(0)) = 0),
    Priority INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_Tasks_Priority CHECK (Priority BETWEEN 0 AND 3),
    Status INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_Tasks_Status CHECK (Status BETWEEN 0 AND 5),

    -- Queue
    AvailableAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_Tasks_AvailableAt CHECK (AvailableAt GLOB '????-??-?? ??:??:??.???????'),
    LeaseOwner TEXT CONSTRAINT CK_Tasks_LeaseOwner CHECK (length(LeaseOwner) BETWEEN 1 AND 128),
    LeaseToken TEXT CONSTRAINT CK_Tasks_LeaseToken CHECK (length(LeaseToken) BETWEEN 1 AND 128),
    LeaseExpiresAt TEXT CONSTRAINT CK_Tasks_LeaseExpiresAt CHECK (LeaseExpiresAt GLOB '????-??-?? ??:??:??.???????'),
    CancelRequestedAt TEXT
        CONSTRAINT CK_Tasks_CancelRequestedAt CHECK (CancelRequestedAt GLOB '????-??-?? ??:??:??.???????'),
    IdempotencyKey TEXT
        CONSTRAINT CK_Tasks_IdempotencyKey
        CHECK (length(IdempotencyKey) BETWEEN 1 AND 255 AND instr(IdempotencyKey, char(0)) = 0),

    -- Execution tracking
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_Tasks_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    StartedAt TEXT CONSTRAINT CK_Tasks_StartedAt CHECK (StartedAt GLOB '????-??-?? ??:??:??.???????'),
    CompletedAt TEXT CONSTRAINT CK_Tasks_CompletedAt CHECK (CompletedAt GLOB '????-??-?? ??:??:??.???????'),
    ExecutionDuration TEXT
        CONSTRAINT CK_Tasks_ExecutionDuration CHECK (ExecutionDuration GLOB '[0-9]*[0-9]:[0-9][0-9]:[0-9][0-9]*'),
    ComputedDuration INTEGER GENERATED ALWAYS AS (
        CASE
            WHEN StartedAt IS NOT NULL AND CompletedAt IS NOT NULL THEN
                ((unixepoch(substr(CompletedAt, 1, 19)) - unixepoch(substr(StartedAt, 1, 19))) * 10000000
                    + substr(CompletedAt, 21, 7) - substr(StartedAt, 21, 7) + 5000) / 10000
        END
    ) VIRTUAL,

    -- Results and output
    Result TEXT,
    ErrorMessage TEXT,
    RetryCount INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_Tasks_RetryCount CHECK (RetryCount >= 0 AND RetryCount <= 10),
    MaxRetries INTEGER NOT NULL DEFAULT 3 CONSTRAINT CK_Tasks_MaxRetries CHECK (MaxRetries BETWEEN 0 AND 10),
    CorrelationId TEXT CONSTRAINT CK_Tasks_CorrelationId CHECK (length(CorrelationId) BETWEEN 1 AND 128),

    -- Workflow support
    WorkflowId TEXT REFERENCES WorkflowDefinitions (Id) ON DELETE SET NULL,
    WorkflowExecutionId TEXT REFERENCES WorkflowExecutions (Id) ON DELETE SET NULL,
    ParentTaskId TEXT REFERENCES Tasks (Id) ON DELETE NO ACTION,
    WorkflowStep INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_Tasks_WorkflowStep CHECK (WorkflowStep >= 0),

    -- Hangfire integration
    HangfireJobId TEXT CONSTRAINT CK_Tasks_HangfireJobId CHECK (length(HangfireJobId) BETWEEN 1 AND 128),
    QueueName TEXT CONSTRAINT CK_Tasks_QueueName CHECK (length(QueueName) BETWEEN 1 AND 100),

    -- Progress tracking
    ProgressPercentage INTEGER NOT NULL DEFAULT 0
        CONSTRAINT CK_Tasks_Progress CHECK (ProgressPercentage >= 0 AND ProgressPercentage <= 100),
    ProgressMessage TEXT,
    LastProgressUpdate TEXT
        CONSTRAINT CK_Tasks_LastProgressUpdate CHECK (LastProgressUpdate GLOB '????-??-?? ??:??:??.???????'),

    -- Audit
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_Tasks_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_Tasks_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_Tasks_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128),

    -- Relationships
    RepositoryId TEXT REFERENCES Repositories (Id) ON DELETE SET NULL,
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_Tasks_RowVersion CHECK (RowVersion >= 1),

    -- The priority of a task that waits to be claimed, by anyone or by the agent it is pinned to, else NULL.
    -- The claim asks "OpenPriority = ?", which implies "OpenPriority IS NOT NULL" whatever is bound:
    -- that lets the partial indexes below serve it. What "waits" means is said here and nowhere else.
    OpenPriority INTEGER GENERATED ALWAYS AS (CASE WHEN Status = 0 AND IsPinned = 0 THEN Priority END) VIRTUAL,
    PinnedPriority INTEGER GENERATED ALWAYS AS (CASE WHEN Status = 0 AND IsPinned = 1 THEN Priority END) VIRTUAL,

    CONSTRAINT CK_Tasks_Timing CHECK (
        StartedAt >= CreatedAt
        AND CompletedAt >= coalesce(StartedAt, CreatedAt)
        AND (CompletedAt IS NULL OR StartedAt IS NOT NULL OR Status IN (4, 5))
    ),
    CONSTRAINT CK_Tasks_Completion CHECK ((CompletedAt IS NOT NULL) = (Status IN (3, 4, 5))),
    CONSTRAINT CK_Tasks_ParentTaskId CHECK (ParentTaskId <> Id),
    CONSTRAINT CK_Tasks_Pinned CHECK (IsPinned = 0 OR AgentId IS NOT NULL OR Status IN (3, 4, 5)),
    CONSTRAINT CK_Tasks_Lease CHECK (
        (LeaseToken IS NULL AND LeaseOwner IS NULL AND LeaseExpiresAt IS NULL)
        OR (LeaseToken IS NOT NULL AND LeaseOwner IS NOT NULL AND LeaseExpiresAt IS NOT NULL AND Status IN (1, 2))
    )
) STRICT;

CREATE INDEX IX_Tasks_Status ON Tasks (Status, Priority, CreatedAt);
CREATE INDEX IX_Tasks_Agent ON Tasks (AgentId, Status) WHERE AgentId IS NOT NULL;
CREATE INDEX IX_Tasks_Repository ON Tasks (RepositoryId, Status) WHERE RepositoryId IS NOT NULL;
CREATE INDEX IX_Tasks_Workflow ON Tasks (WorkflowId, WorkflowStep) WHERE WorkflowId IS NOT NULL;
CREATE INDEX IX_Tasks_WorkflowExecution ON Tasks (WorkflowExecutionId, WorkflowStep)
    WHERE WorkflowExecutionId IS NOT NULL;
CREATE INDEX IX_Tasks_Parent ON Tasks (ParentTaskId) WHERE ParentTaskId IS NOT NULL;
CREATE INDEX IX_Tasks_Execution_Timeline ON Tasks (StartedAt, CompletedAt) WHERE StartedAt IS NOT NULL;
CREATE INDEX IX_Tasks_Correlation ON Tasks (CorrelationId) WHERE CorrelationId IS NOT NULL;
CREATE INDEX IX_Tasks_Hangfire ON Tasks (HangfireJobId) WHERE HangfireJobId IS NOT NULL;
CREATE UNIQUE INDEX IX_Tasks_IdempotencyKey ON Tasks (IdempotencyKey) WHERE IdempotencyKey IS NOT NULL;

CREATE INDEX IX_Tasks_Claim ON Tasks (OpenPriority, AvailableAt, Id) WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Repository ON Tasks (RepositoryPath, OpenPriority, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Agent ON Tasks (AgentId, PinnedPriority, AvailableAt, Id)
    WHERE PinnedPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Held ON Tasks (AgentId) WHERE LeaseToken IS NOT NULL;
CREATE INDEX IX_Tasks_Lease ON Tasks (LeaseExpiresAt) WHERE LeaseExpiresAt IS NOT NULL;

CREATE INDEX IX_Tasks_CreatedAt ON Tasks (CreatedAt);
CREATE INDEX IX_Tasks_CompletedAt ON Tasks (CompletedAt) WHERE CompletedAt IS NOT NULL;

-- With the foreign key, which refuses a parent that doesn't exist yet, this leaves no way to make a cycle.
-- Only updates have a trigger: one on inserts would cost every insert of a task a third of its speed.
CREATE TRIGGER TR_Tasks_ParentCycle BEFORE UPDATE OF Id, ParentTaskId ON Tasks
WHEN NEW.ParentTaskId IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'CK_Tasks_ParentCycle')
    WHERE NEW.Id IN (
        WITH RECURSIVE Ancestors (Id) AS (
            SELECT NEW.ParentTaskId
            UNION
            SELECT Tasks.ParentTaskId FROM Tasks JOIN Ancestors USING (Id)
        )
        SELECT Id FROM Ancestors
    );
END;
