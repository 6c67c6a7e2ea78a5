-- Metrics and logs.

CREATE TABLE PerformanceMetrics (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_PerformanceMetrics_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    EntityType TEXT NOT NULL CONSTRAINT CK_PerformanceMetrics_EntityType CHECK (length(EntityType) BETWEEN 1 AND 100),
    EntityId TEXT
        CONSTRAINT CK_PerformanceMetrics_EntityId
        CHECK (length(EntityId) BETWEEN 1 AND 128 AND instr(EntityId, char(0)) = 0),
    MetricName TEXT NOT NULL
        CONSTRAINT CK_PerformanceMetrics_MetricName
        CHECK (length(MetricName) BETWEEN 1 AND 255 AND instr(MetricName, char(0)) = 0),
    MetricValue REAL NOT NULL
        CONSTRAINT CK_PerformanceMetrics_MetricValue CHECK (abs(MetricValue) <= 1.7976931348623157e308),
    MetricUnit TEXT CONSTRAINT CK_PerformanceMetrics_MetricUnit CHECK (length(MetricUnit) <= 50),

    -- Time series
    Timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_PerformanceMetrics_Timestamp CHECK (Timestamp GLOB '????-??-?? ??:??:??.???????'),
    PeriodType TEXT NOT NULL DEFAULT 'Instant'
        CONSTRAINT CK_PerformanceMetrics_PeriodType CHECK (PeriodType IN ('Instant', 'Hourly', 'Daily', 'Weekly')),
    PeriodStart TEXT
        CONSTRAINT CK_PerformanceMetrics_PeriodStart CHECK (PeriodStart GLOB '????-??-?? ??:??:??.???????'),
    PeriodEnd TEXT CONSTRAINT CK_PerformanceMetrics_PeriodEnd CHECK (PeriodEnd GLOB '????-??-?? ??:??:??.???????'),

    -- Metadata
    Tags TEXT CONSTRAINT CK_PerformanceMetrics_Tags CHECK (json_valid(Tags) AND json_type(Tags) = 'array'),
    Properties TEXT CONSTRAINT CK_PerformanceMetrics_Properties CHECK (json_valid(Properties)),

    -- Aggregation support: count, sum and M2 (the sum of squared distances from the mean) merge exactly
    SampleCount INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_PerformanceMetrics_SampleCount CHECK (SampleCount >= 1),
    MinValue REAL CONSTRAINT CK_PerformanceMetrics_MinValue CHECK (abs(MinValue) <= 1.7976931348623157e308),
    MaxValue REAL CONSTRAINT CK_PerformanceMetrics_MaxValue CHECK (abs(MaxValue) <= 1.7976931348623157e308),
    Sum REAL CONSTRAINT CK_PerformanceMetrics_Sum CHECK (abs(Sum) <= 1.7976931348623157e308),
    M2 REAL CONSTRAINT CK_PerformanceMetrics_M2 CHECK (M2 BETWEEN 0 AND 1.7976931348623157e308),
    StandardDeviation REAL
        CONSTRAINT CK_PerformanceMetrics_StandardDeviation
        CHECK (StandardDeviation BETWEEN 0 AND 1.7976931348623157e308),

    -- Audit
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_PerformanceMetrics_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_PerformanceMetrics_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_PerformanceMetrics_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_PerformanceMetrics_Period CHECK (
        (PeriodType = 'Instant' AND PeriodStart IS NULL AND PeriodEnd IS NULL)
        OR (PeriodType <> 'Instant' AND PeriodStart IS NOT NULL AND PeriodEnd IS NOT NULL AND PeriodStart < PeriodEnd)
    ),
    CONSTRAINT CK_PerformanceMetrics_Range CHECK (MinValue <= MaxValue),
    CONSTRAINT CK_PerformanceMetrics_Rollup CHECK (
        PeriodType = 'Instant'
        OR (MinValue IS NOT NULL AND MaxValue IS NOT NULL AND Sum IS NOT NULL AND M2 IS NOT NULL)
    )
) STRICT;

CREATE INDEX IX_PerformanceMetrics_Entity ON PerformanceMetrics (EntityType, EntityId, MetricName, Timestamp);
CREATE INDEX IX_PerformanceMetrics_TimeSeries ON PerformanceMetrics (MetricName, Timestamp, EntityType);
CREATE INDEX IX_PerformanceMetrics_Aggregation
    ON PerformanceMetrics (EntityType, MetricName, PeriodType, PeriodStart, PeriodEnd);
-- A rollup has a start and an instant has none: "PeriodStart IS NOT NULL" says "PeriodType <> 'Instant'"
-- without a value, so that an upsert can repeat the condition.
CREATE UNIQUE INDEX IX_PerformanceMetrics_Rollup
    ON PerformanceMetrics (EntityType, COALESCE(EntityId, ''), MetricName, PeriodType, PeriodStart)
    WHERE PeriodStart IS NOT NULL;

CREATE TRIGGER TR_Agents_Metrics AFTER DELETE ON Agents
BEGIN
    DELETE FROM PerformanceMetrics WHERE EntityType = 'Agent' AND EntityId = OLD.Id;
END;

CREATE TRIGGER TR_Tasks_Metrics AFTER DELETE ON Tasks
BEGIN
    DELETE FROM PerformanceMetrics WHERE EntityType = 'Task' AND EntityId = OLD.Id;
END;

CREATE TRIGGER TR_Repositories_Metrics AFTER DELETE ON Repositories
BEGIN
    DELETE FROM PerformanceMetrics WHERE EntityType = 'Repository' AND EntityId = OLD.Id;
END;

CREATE TABLE RetentionMarks (
    TableName TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_RetentionMarks_TableName CHECK (TableName IN ('AuditLogs', 'ErrorLogs', 'OrchestrationLogs')),
    DeleteBefore TEXT NOT NULL
        CONSTRAINT CK_RetentionMarks_DeleteBefore CHECK (DeleteBefore GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_RetentionMarks_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_RetentionMarks_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128)
) STRICT;

CREATE TRIGGER TR_RetentionMarks_Update BEFORE UPDATE ON RetentionMarks
WHEN NEW.TableName <> OLD.TableName OR NEW.DeleteBefore < OLD.DeleteBefore
BEGIN
    SELECT RAISE(ABORT, 'CK_RetentionMarks_Forward');
END;

CREATE TRIGGER TR_RetentionMarks_Delete BEFORE DELETE ON RetentionMarks
BEGIN
    SELECT RAISE(ABORT, 'CK_RetentionMarks_Forward');
END;

CREATE TABLE AuditLogs (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_AuditLogs_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    EntityType TEXT NOT NULL CONSTRAINT CK_AuditLogs_EntityType CHECK (length(EntityType) BETWEEN 1 AND 100),
    EntityId TEXT
        CONSTRAINT CK_AuditLogs_EntityId CHECK (length(EntityId) BETWEEN 1 AND 128 AND instr(EntityId, char(0)) = 0),
    Action TEXT NOT NULL CONSTRAINT CK_AuditLogs_Action CHECK (length(Action) BETWEEN 1 AND 100),

    -- Change tracking
    OldValues TEXT CONSTRAINT CK_AuditLogs_OldValues CHECK (json_valid(OldValues)),
    NewValues TEXT CONSTRAINT CK_AuditLogs_NewValues CHECK (json_valid(NewValues)),
    ChangedProperties TEXT
        CONSTRAINT CK_AuditLogs_ChangedProperties
        CHECK (json_valid(ChangedProperties) AND json_type(ChangedProperties) = 'array'),

    -- Context
    UserId TEXT CONSTRAINT CK_AuditLogs_UserId CHECK (length(UserId) BETWEEN 1 AND 128),
    SessionId TEXT CONSTRAINT CK_AuditLogs_SessionId CHECK (length(SessionId) BETWEEN 1 AND 128),
    IpAddress TEXT CONSTRAINT CK_AuditLogs_IpAddress CHECK (length(IpAddress) <= 45),
    UserAgent TEXT CONSTRAINT CK_AuditLogs_UserAgent CHECK (length(UserAgent) <= 1000),

    -- Request details
    RequestId TEXT CONSTRAINT CK_AuditLogs_RequestId CHECK (length(RequestId) BETWEEN 1 AND 128),
    CorrelationId TEXT CONSTRAINT CK_AuditLogs_CorrelationId CHECK (length(CorrelationId) BETWEEN 1 AND 128),
    HttpMethod TEXT CONSTRAINT CK_AuditLogs_HttpMethod CHECK (length(HttpMethod) <= 20),
    RequestPath TEXT CONSTRAINT CK_AuditLogs_RequestPath CHECK (length(RequestPath) <= 2000),

    -- Timing
    Timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_AuditLogs_Timestamp CHECK (Timestamp GLOB '????-??-?? ??:??:??.???????'),
    Duration INTEGER CONSTRAINT CK_AuditLogs_Duration CHECK (Duration >= 0),

    -- Result
    Success INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_AuditLogs_Success CHECK (Success IN (0, 1)),
    ErrorMessage TEXT,
    ErrorCode TEXT CONSTRAINT CK_AuditLogs_ErrorCode CHECK (length(ErrorCode) <= 100),

    -- Security
    SecurityContext TEXT CONSTRAINT CK_AuditLogs_SecurityContext CHECK (json_valid(SecurityContext)),
    RiskLevel INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_AuditLogs_RiskLevel CHECK (RiskLevel BETWEEN 0 AND 3),

    -- Metadata
    Tags TEXT CONSTRAINT CK_AuditLogs_Tags CHECK (json_valid(Tags) AND json_type(Tags) = 'array'),
    Properties TEXT CONSTRAINT CK_AuditLogs_Properties CHECK (json_valid(Properties))
) STRICT;

CREATE INDEX IX_AuditLogs_Entity ON AuditLogs (EntityType, EntityId, Timestamp);
CREATE INDEX IX_AuditLogs_User ON AuditLogs (UserId, Timestamp) WHERE UserId IS NOT NULL;
CREATE INDEX IX_AuditLogs_Session ON AuditLogs (SessionId, Timestamp) WHERE SessionId IS NOT NULL;
CREATE INDEX IX_AuditLogs_Risk ON AuditLogs (RiskLevel, Timestamp) WHERE RiskLevel > 0;
CREATE INDEX IX_AuditLogs_Correlation ON AuditLogs (CorrelationId) WHERE CorrelationId IS NOT NULL;
CREATE INDEX IX_AuditLogs_Timestamp ON AuditLogs (Timestamp);

CREATE TRIGGER TR_AuditLogs_Update BEFORE UPDATE ON AuditLogs
BEGIN
    SELECT RAISE(ABORT, 'CK_AuditLogs_AppendOnly');
END;

CREATE TRIGGER TR_AuditLogs_Delete BEFORE DELETE ON AuditLogs
WHEN OLD.Timestamp >= coalesce((SELECT DeleteBefore FROM RetentionMarks WHERE TableName = 'AuditLogs'), '')
BEGIN
    SELECT RAISE(ABORT, 'CK_AuditLogs_AppendOnly');
END;

CREATE TABLE ErrorLogs (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_ErrorLogs_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    Severity INTEGER NOT NULL DEFAULT 4 CONSTRAINT CK_ErrorLogs_Severity CHECK (Severity BETWEEN 0 AND 5),
    Source TEXT CONSTRAINT CK_ErrorLogs_Source CHECK (length(Source) <= 255),
    Message TEXT NOT NULL,
    ErrorCode TEXT CONSTRAINT CK_ErrorLogs_ErrorCode CHECK (length(ErrorCode) <= 100),
    StackTrace TEXT,

    -- Context
    EntityType TEXT CONSTRAINT CK_ErrorLogs_EntityType CHECK (length(EntityType) BETWEEN 1 AND 100),
    EntityId TEXT
        CONSTRAINT CK_ErrorLogs_EntityId CHECK (length(EntityId) BETWEEN 1 AND 128 AND instr(EntityId, char(0)) = 0),
    UserId TEXT CONSTRAINT CK_ErrorLogs_UserId CHECK (length(UserId) BETWEEN 1 AND 128),
    SessionId TEXT CONSTRAINT CK_ErrorLogs_SessionId CHECK (length(SessionId) BETWEEN 1 AND 128),
    RequestId TEXT CONSTRAINT CK_ErrorLogs_RequestId CHECK (length(RequestId) BETWEEN 1 AND 128),
    CorrelationId TEXT CONSTRAINT CK_ErrorLogs_CorrelationId CHECK (length(CorrelationId) BETWEEN 1 AND 128),
    Properties TEXT CONSTRAINT CK_ErrorLogs_Properties CHECK (json_valid(Properties)),
    Timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_ErrorLogs_Timestamp CHECK (Timestamp GLOB '????-??-?? ??:??:??.???????')
) STRICT;

CREATE INDEX IX_ErrorLogs_Timestamp ON ErrorLogs (Timestamp);
CREATE INDEX IX_ErrorLogs_Severity ON ErrorLogs (Severity, Timestamp);
CREATE INDEX IX_ErrorLogs_Entity ON ErrorLogs (EntityType, EntityId, Timestamp) WHERE EntityId IS NOT NULL;
CREATE INDEX IX_ErrorLogs_Correlation ON ErrorLogs (CorrelationId) WHERE CorrelationId IS NOT NULL;

CREATE TRIGGER TR_ErrorLogs_Update BEFORE UPDATE ON ErrorLogs
BEGIN
    SELECT RAISE(ABORT, 'CK_ErrorLogs_AppendOnly');
END;

CREATE TRIGGER TR_ErrorLogs_Delete BEFORE DELETE ON ErrorLogs
WHEN OLD.Timestamp >= coalesce((SELECT DeleteBefore FROM RetentionMarks WHERE TableName = 'ErrorLogs'), '')
BEGIN
    SELECT RAISE(ABORT, 'CK_ErrorLogs_AppendOnly');
END;

CREATE TABLE OrchestrationLogs (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_OrchestrationLogs_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    EventType TEXT NOT NULL CONSTRAINT CK_OrchestrationLogs_EventType CHECK (length(EventType) BETWEEN 1 AND 100),
    Message TEXT NOT NULL,
    Level INTEGER NOT NULL DEFAULT 2 CONSTRAINT CK_OrchestrationLogs_Level CHECK (Level BETWEEN 0 AND 5),
    AgentId TEXT REFERENCES Agents (Id) ON DELETE SET NULL,
    TaskId TEXT REFERENCES Tasks (Id) ON DELETE SET NULL,
    RepositoryId TEXT REFERENCES Repositories (Id) ON DELETE SET NULL,
    AdditionalData TEXT CONSTRAINT CK_OrchestrationLogs_AdditionalData CHECK (json_valid(AdditionalData)),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_OrchestrationLogs_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????')
) STRICT;

CREATE INDEX IX_OrchestrationLogs_CreatedAt ON OrchestrationLogs (CreatedAt);
CREATE INDEX IX_OrchestrationLogs_EventType ON OrchestrationLogs (EventType, CreatedAt);
CREATE INDEX IX_OrchestrationLogs_Level ON OrchestrationLogs (Level, CreatedAt);
CREATE INDEX IX_OrchestrationLogs_Agent ON OrchestrationLogs (AgentId, CreatedAt) WHERE AgentId IS NOT NULL;
CREATE INDEX IX_OrchestrationLogs_Task ON OrchestrationLogs (TaskId, CreatedAt) WHERE TaskId IS NOT NULL;
CREATE INDEX IX_OrchestrationLogs_Repository ON OrchestrationLogs (RepositoryId, CreatedAt)
    WHERE RepositoryId IS NOT NULL;

-- The links are not listed: a deleted agent, task or repository sets them to NULL.
CREATE TRIGGER TR_OrchestrationLogs_Update
BEFORE UPDATE OF Id, EventType, Message, Level, AdditionalData, CreatedAt ON OrchestrationLogs
BEGIN
    SELECT RAISE(ABORT, 'CK_OrchestrationLogs_AppendOnly');
END;

CREATE TRIGGER TR_OrchestrationLogs_Delete BEFORE DELETE ON OrchestrationLogs
WHEN OLD.CreatedAt >= coalesce((SELECT DeleteBefore FROM RetentionMarks WHERE TableName = 'OrchestrationLogs'), '')
BEGIN
    SELECT RAISE(ABORT, 'CK_OrchestrationLogs_AppendOnly');
END;
