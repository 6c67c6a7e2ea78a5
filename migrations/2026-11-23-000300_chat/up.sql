-- Conversations.

CREATE TABLE ChatSessions (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_ChatSessions_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    UserId TEXT CONSTRAINT CK_ChatSessions_UserId CHECK (length(UserId) BETWEEN 1 AND 128),
    InstanceId TEXT NOT NULL CONSTRAINT CK_ChatSessions_InstanceId CHECK (length(InstanceId) BETWEEN 1 AND 128),
    Title TEXT NOT NULL CONSTRAINT CK_ChatSessions_Title CHECK (length(Title) <= 200),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_ChatSessions_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    LastMessageAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_ChatSessions_LastMessageAt CHECK (LastMessageAt GLOB '????-??-?? ??:??:??.???????'),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_ChatSessions_RowVersion CHECK (RowVersion >= 1)
) STRICT;

CREATE INDEX IX_ChatSessions_User ON ChatSessions (UserId, InstanceId);
CREATE INDEX IX_ChatSessions_LastMessageAt ON ChatSessions (LastMessageAt);

CREATE TABLE ChatMessages (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_ChatMessages_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    SessionId TEXT NOT NULL REFERENCES ChatSessions (Id) ON DELETE CASCADE,
    AgentId TEXT REFERENCES Agents (Id) ON DELETE SET NULL,
    UserId TEXT CONSTRAINT CK_ChatMessages_UserId CHECK (length(UserId) BETWEEN 1 AND 128),

    -- Message content
    MessageType INTEGER NOT NULL CONSTRAINT CK_ChatMessages_MessageType CHECK (MessageType BETWEEN 0 AND 2),
    Content TEXT NOT NULL,
    FormattedContent TEXT,

    -- Attachments and media
    Attachments TEXT CONSTRAINT CK_ChatMessages_Attachments CHECK (json_valid(Attachments)),
    HasFiles INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_ChatMessages_HasFiles CHECK (HasFiles IN (0, 1)),
    FileCount INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_ChatMessages_FileCount CHECK (FileCount >= 0),
    TotalFileSize INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_ChatMessages_TotalFileSize CHECK (TotalFileSize >= 0),

    -- Conversation context
    ThreadId TEXT CONSTRAINT CK_ChatMessages_ThreadId CHECK (length(ThreadId) BETWEEN 1 AND 128),
    ParentMessageId TEXT REFERENCES ChatMessages (Id) ON DELETE SET NULL,
    IsEdited INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_ChatMessages_IsEdited CHECK (IsEdited IN (0, 1)),
    EditHistory TEXT CONSTRAINT CK_ChatMessages_EditHistory CHECK (json_valid(EditHistory)),

    -- Delivery tracking
    DeliveryStatus INTEGER NOT NULL DEFAULT 0
        CONSTRAINT CK_ChatMessages_DeliveryStatus CHECK (DeliveryStatus BETWEEN 0 AND 4),
    DeliveredAt TEXT CONSTRAINT CK_ChatMessages_DeliveredAt CHECK (DeliveredAt GLOB '????-??-?? ??:??:??.???????'),
    ReadAt TEXT CONSTRAINT CK_ChatMessages_ReadAt CHECK (ReadAt GLOB '????-??-?? ??:??:??.???????'),
    AcknowledgedAt TEXT
        CONSTRAINT CK_ChatMessages_AcknowledgedAt CHECK (AcknowledgedAt GLOB '????-??-?? ??:??:??.???????'),

    -- Processing metadata
    ProcessingTime INTEGER CONSTRAINT CK_ChatMessages_ProcessingTime CHECK (ProcessingTime >= 0),
    TokenCount INTEGER CONSTRAINT CK_ChatMessages_TokenCount CHECK (TokenCount >= 0),
    ModelVersion TEXT CONSTRAINT CK_ChatMessages_ModelVersion CHECK (length(ModelVersion) <= 100),

    -- Sentiment and analysis
    SentimentScore REAL CONSTRAINT CK_ChatMessages_SentimentScore CHECK (SentimentScore BETWEEN -1 AND 1),
    Language TEXT CONSTRAINT CK_ChatMessages_Language CHECK (length(Language) <= 35),
    Topics TEXT CONSTRAINT CK_ChatMessages_Topics CHECK (json_valid(Topics) AND json_type(Topics) = 'array'),

    -- Performance tracking
    ResponseTime INTEGER CONSTRAINT CK_ChatMessages_ResponseTime CHECK (ResponseTime >= 0),
    QueueTime INTEGER CONSTRAINT CK_ChatMessages_QueueTime CHECK (QueueTime >= 0),

    -- Relationships
    LinkedTaskId TEXT REFERENCES Tasks (Id) ON DELETE SET NULL,
    WorkflowExecutionId TEXT REFERENCES WorkflowExecutions (Id) ON DELETE SET NULL,

    -- Audit
    Timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_ChatMessages_Timestamp CHECK (Timestamp GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT CONSTRAINT CK_ChatMessages_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_ChatMessages_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_ChatMessages_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_ChatMessages_ParentMessageId CHECK (ParentMessageId <> Id)
) STRICT;

CREATE INDEX IX_ChatMessages_Session ON ChatMessages (SessionId, Timestamp);
CREATE INDEX IX_ChatMessages_Agent ON ChatMessages (AgentId, Timestamp);
CREATE INDEX IX_ChatMessages_Thread ON ChatMessages (ThreadId, Timestamp) WHERE ThreadId IS NOT NULL;
CREATE INDEX IX_ChatMessages_Task ON ChatMessages (LinkedTaskId) WHERE LinkedTaskId IS NOT NULL;
CREATE INDEX IX_ChatMessages_Delivery ON ChatMessages (DeliveryStatus, Timestamp);
CREATE INDEX IX_ChatMessages_Parent ON ChatMessages (ParentMessageId) WHERE ParentMessageId IS NOT NULL;
CREATE INDEX IX_ChatMessages_WorkflowExecution ON ChatMessages (WorkflowExecutionId)
    WHERE WorkflowExecutionId IS NOT NULL;
