-- What the steps of a task write: no index of a hot table has a column in its key that each step changes, but for those
-- in which only open tasks are. Numbers of the audit log are a column, and those of events need no table of SQLite's.

-- Each step changes the state. Of ended tasks, only those that failed or were cancelled are here, in the order in which
-- they are listed; those that are assigned have an index of their own. Queries repeat the condition.
DROP INDEX IX_Tasks_Status;
CREATE INDEX IX_Tasks_Status ON Tasks (Status, Priority, CreatedAt) WHERE Status = 0 OR Status = 4 OR Status = 5;
CREATE INDEX IX_Tasks_Assigned ON Tasks (Status, AgentId) WHERE Status = 1 OR Status = 2;

-- An entry is written once, and stays.
DROP INDEX IX_Tasks_Agent;
CREATE INDEX IX_Tasks_Agent ON Tasks (AgentId) WHERE AgentId IS NOT NULL;
DROP INDEX IX_Tasks_Repository;
CREATE INDEX IX_Tasks_Repository ON Tasks (RepositoryId) WHERE RepositoryId IS NOT NULL;

-- One index of what has ended. No query asks by the start.
DROP INDEX IX_Tasks_CompletedAt;
DROP INDEX IX_Tasks_Execution_Timeline;
CREATE INDEX IX_Tasks_Execution_Timeline ON Tasks (CompletedAt, CreatedAt) WHERE CompletedAt IS NOT NULL;

-- The order of a claim, in which one search finds the most urgent tasks: of all repositories, of a queue of a repository,
-- of what is pinned to an agent. The tasks of a repository are those of its queues, of which there are few.
DROP INDEX IX_Tasks_Claim;
CREATE INDEX IX_Tasks_Claim ON Tasks (OpenPriority DESC, AvailableAt, Id) WHERE OpenPriority IS NOT NULL;
DROP INDEX IX_Tasks_Claim_Repository;
DROP INDEX IX_Tasks_Claim_Queue;
CREATE INDEX IX_Tasks_Claim_Queue ON Tasks (RepositoryPath, QueueName, OpenPriority DESC, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;
DROP INDEX IX_Tasks_Claim_Agent;
CREATE INDEX IX_Tasks_Claim_Agent ON Tasks (
    AgentId, RepositoryPath, QueueName, PinnedPriority DESC, AvailableAt, Id
) WHERE PinnedPriority IS NOT NULL;

-- Whether an agent is expected to report: not one that is offline, ended or in error. A column of its own, since Idle and
-- Busy change with each task, and an index is written wherever a column that it names is.
ALTER TABLE Agents ADD COLUMN IsExpected INTEGER NOT NULL DEFAULT 1
    CONSTRAINT CK_Agents_IsExpected CHECK (IsExpected IN (0, 1));
UPDATE Agents SET IsExpected = 0 WHERE Status NOT IN (0, 1, 2);

CREATE TRIGGER TR_Agents_ExpectedNew AFTER INSERT ON Agents
WHEN NEW.IsExpected <> (NEW.Status BETWEEN 0 AND 2)
BEGIN
    UPDATE Agents SET IsExpected = NEW.Status BETWEEN 0 AND 2 WHERE Id = NEW.Id;
END;

CREATE TRIGGER TR_Agents_Expected AFTER UPDATE OF Status, IsExpected ON Agents
WHEN NEW.IsExpected <> (NEW.Status BETWEEN 0 AND 2)
BEGIN
    UPDATE Agents SET IsExpected = NEW.Status BETWEEN 0 AND 2 WHERE Id = NEW.Id;
END;

DROP INDEX IX_Agents_Status;
CREATE INDEX IX_Agents_Status ON Agents (IsExpected, Id) WHERE NOT IsDeleted;
DROP INDEX IX_Agents_Performance;
CREATE INDEX IX_Agents_Performance ON Agents (IsExpected, RepositoryPath) WHERE NOT IsDeleted;
DROP INDEX IX_Agents_Health;
CREATE INDEX IX_Agents_Health ON Agents (LastPing) WHERE NOT IsDeleted;
DROP INDEX IX_Agents_Due;
CREATE INDEX IX_Agents_Due ON Agents (HealthCheckInterval, LastPing) WHERE NOT IsDeleted AND IsExpected;
DROP INDEX IX_Agents_Pinged;
CREATE INDEX IX_Agents_Pinged ON Agents (LastPing) WHERE NOT IsDeleted AND NOT IsExpected AND LastPing > UpdatedAt;

-- Each task changes both columns: only repositories that never had one are here.
DROP INDEX IX_Repositories_Usage;
CREATE INDEX IX_Repositories_Usage ON Repositories (LastTaskExecutedAt, TotalTasks) WHERE TotalTasks = 0;

-- The audit log keeps its rows and their numbers, which cursors hold.
ALTER TABLE AuditLogs RENAME TO AuditLogsBefore;

CREATE TABLE AuditLogs (
    -- The order of writing, which VACUUM keeps. Cursors hold it.
    Sequence INTEGER PRIMARY KEY NOT NULL,
    Id TEXT NOT NULL UNIQUE
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

INSERT INTO AuditLogs (
    Sequence, Id, EntityType, EntityId, Action, OldValues, NewValues, ChangedProperties, UserId, SessionId, IpAddress,
    UserAgent, RequestId, CorrelationId, HttpMethod, RequestPath, Timestamp, Duration, Success, ErrorMessage,
    ErrorCode, SecurityContext, RiskLevel, Tags, Properties
)
SELECT
    rowid, Id, EntityType, EntityId, Action, OldValues, NewValues, ChangedProperties, UserId, SessionId, IpAddress,
    UserAgent, RequestId, CorrelationId, HttpMethod, RequestPath, Timestamp, Duration, Success, ErrorMessage,
    ErrorCode, SecurityContext, RiskLevel, Tags, Properties
FROM AuditLogsBefore ORDER BY rowid;

DROP TABLE AuditLogsBefore;

-- What no user is named for is found by its time.
CREATE INDEX IX_AuditLogs_Entity ON AuditLogs (EntityType, EntityId, Timestamp);
CREATE INDEX IX_AuditLogs_User ON AuditLogs (UserId, Timestamp) WHERE UserId <> 'system';
CREATE INDEX IX_AuditLogs_Session ON AuditLogs (SessionId, Timestamp) WHERE SessionId IS NOT NULL;
CREATE INDEX IX_AuditLogs_Risk ON AuditLogs (RiskLevel, Timestamp) WHERE RiskLevel > 0;
CREATE INDEX IX_AuditLogs_Correlation ON AuditLogs (CorrelationId) WHERE CorrelationId IS NOT NULL;
CREATE INDEX IX_AuditLogs_Timestamp ON AuditLogs (Timestamp);

CREATE TRIGGER TR_AuditLogs_Update BEFORE UPDATE ON AuditLogs
WHEN NOT (
    NEW.OldValues IS NULL
    AND NEW.NewValues IS NULL
    AND NEW.Sequence IS OLD.Sequence
    AND NEW.Id IS OLD.Id
    AND NEW.EntityType IS OLD.EntityType
    AND NEW.EntityId IS OLD.EntityId
    AND NEW.Action IS OLD.Action
    AND NEW.ChangedProperties IS OLD.ChangedProperties
    AND NEW.UserId IS OLD.UserId
    AND NEW.SessionId IS OLD.SessionId
    AND NEW.IpAddress IS OLD.IpAddress
    AND NEW.UserAgent IS OLD.UserAgent
    AND NEW.RequestId IS OLD.RequestId
    AND NEW.CorrelationId IS OLD.CorrelationId
    AND NEW.HttpMethod IS OLD.HttpMethod
    AND NEW.RequestPath IS OLD.RequestPath
    AND NEW.Timestamp IS OLD.Timestamp
    AND NEW.Duration IS OLD.Duration
    AND NEW.Success IS OLD.Success
    AND NEW.ErrorMessage IS OLD.ErrorMessage
    AND NEW.ErrorCode IS OLD.ErrorCode
    AND NEW.SecurityContext IS OLD.SecurityContext
    AND NEW.RiskLevel IS OLD.RiskLevel
    AND NEW.Tags IS OLD.Tags
    AND NEW.Properties IS OLD.Properties
)
BEGIN
    SELECT RAISE(ABORT, 'CK_AuditLogs_AppendOnly');
END;

CREATE TRIGGER TR_AuditLogs_Delete BEFORE DELETE ON AuditLogs
WHEN OLD.Timestamp >= coalesce((SELECT DeleteBefore FROM RetentionMarks WHERE TableName = 'AuditLogs'), '')
BEGIN
    SELECT RAISE(ABORT, 'CK_AuditLogs_AppendOnly');
END;

-- Numbers go on behind the newest event, which retention leaves. Where it has removed every event, a row stands for those
-- that were: its number is one that no follower has seen.
ALTER TABLE ChangeEvents RENAME TO ChangeEventsBefore;

CREATE TABLE ChangeEvents (
    Sequence INTEGER PRIMARY KEY NOT NULL,
    EntityType TEXT NOT NULL CONSTRAINT CK_ChangeEvents_EntityType CHECK (length(EntityType) BETWEEN 1 AND 100),
    EntityId TEXT NOT NULL CONSTRAINT CK_ChangeEvents_EntityId CHECK (length(EntityId) BETWEEN 1 AND 128),
    Action INTEGER NOT NULL CONSTRAINT CK_ChangeEvents_Action CHECK (Action BETWEEN 0 AND 3),
    ChangedProperties TEXT
        CONSTRAINT CK_ChangeEvents_ChangedProperties
        CHECK (json_valid(ChangedProperties) AND json_type(ChangedProperties) = 'array'),
    UserId TEXT NOT NULL CONSTRAINT CK_ChangeEvents_UserId CHECK (length(UserId) BETWEEN 1 AND 128),
    Timestamp TEXT NOT NULL
        CONSTRAINT CK_ChangeEvents_Timestamp CHECK (Timestamp GLOB '????-??-?? ??:??:??.???????')
) STRICT;

INSERT INTO ChangeEvents (Sequence, EntityType, EntityId, Action, ChangedProperties, UserId, Timestamp)
SELECT Sequence, EntityType, EntityId, Action, ChangedProperties, UserId, Timestamp
FROM ChangeEventsBefore ORDER BY Sequence;

INSERT INTO ChangeEvents (Sequence, EntityType, EntityId, Action, UserId, Timestamp)
SELECT seq + 1, 'ChangeEvents', seq + 1, 0, 'system', strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000'
FROM sqlite_sequence
WHERE name = 'ChangeEventsBefore' AND seq > coalesce((SELECT max(Sequence) FROM ChangeEvents), 0);

DROP TABLE ChangeEventsBefore;
