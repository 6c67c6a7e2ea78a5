-- Users, what they prefer, and what they are asked to approve.

CREATE TABLE Users (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_Users_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    UserName TEXT NOT NULL UNIQUE
        CONSTRAINT CK_Users_UserName CHECK (length(UserName) BETWEEN 1 AND 255 AND instr(UserName, char(0)) = 0),
    DisplayName TEXT CONSTRAINT CK_Users_DisplayName CHECK (length(DisplayName) <= 255),
    Email TEXT CONSTRAINT CK_Users_Email CHECK (length(Email) BETWEEN 1 AND 320),
    IsActive INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_Users_IsActive CHECK (IsActive IN (0, 1)),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_Users_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_Users_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_Users_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_Users_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_Users_RowVersion CHECK (RowVersion >= 1)
) STRICT;

CREATE TABLE UserPreferences (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_UserPreferences_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    UserId TEXT NOT NULL DEFAULT 'default'
        CONSTRAINT CK_UserPreferences_UserId CHECK (length(UserId) BETWEEN 1 AND 128),
    Key TEXT NOT NULL
        CONSTRAINT CK_UserPreferences_Key CHECK (length(Key) BETWEEN 1 AND 255 AND instr(Key, char(0)) = 0),
    Value TEXT NOT NULL,
    Type INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_UserPreferences_Type CHECK (Type BETWEEN 0 AND 4),
    Category TEXT CONSTRAINT CK_UserPreferences_Category CHECK (length(Category) <= 100),

    -- Scope
    RepositoryId TEXT REFERENCES Repositories (Id) ON DELETE CASCADE,
    AgentId TEXT REFERENCES Agents (Id) ON DELETE CASCADE,

    -- Metadata
    Description TEXT,
    IsEncrypted INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_UserPreferences_IsEncrypted CHECK (IsEncrypted IN (0, 1)),
    EncryptionKeyId TEXT
        CONSTRAINT CK_UserPreferences_EncryptionKeyId CHECK (length(EncryptionKeyId) BETWEEN 1 AND 128),
    IsReadOnly INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_UserPreferences_IsReadOnly CHECK (IsReadOnly IN (0, 1)),

    -- Audit
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_UserPreferences_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_UserPreferences_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_UserPreferences_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_UserPreferences_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_UserPreferences_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_UserPreferences_Encryption CHECK (EncryptionKeyId IS NULL OR IsEncrypted = 1),
    CONSTRAINT CK_UserPreferences_Sealed CHECK (
        IsEncrypted = 0 OR (Value GLOB 'sealed:*' AND EncryptionKeyId IS NOT NULL)
    )
) STRICT;

CREATE INDEX IX_UserPreferences_User ON UserPreferences (UserId, Category);
CREATE INDEX IX_UserPreferences_Repository ON UserPreferences (RepositoryId, Key) WHERE RepositoryId IS NOT NULL;
CREATE INDEX IX_UserPreferences_Agent ON UserPreferences (AgentId, Key) WHERE AgentId IS NOT NULL;
CREATE UNIQUE INDEX IX_UserPreferences_Unique
    ON UserPreferences (UserId, Key, COALESCE(RepositoryId, ''), COALESCE(AgentId, ''));

CREATE TABLE ApprovalRequests (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_ApprovalRequests_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    SessionId TEXT CONSTRAINT CK_ApprovalRequests_SessionId CHECK (length(SessionId) BETWEEN 1 AND 128),
    AgentId TEXT NOT NULL REFERENCES Agents (Id) ON DELETE CASCADE,
    Status INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_ApprovalRequests_Status CHECK (Status BETWEEN 1 AND 4),
    ExpiresAt TEXT CONSTRAINT CK_ApprovalRequests_ExpiresAt CHECK (ExpiresAt GLOB '????-??-?? ??:??:??.???????'),
    DecidedAt TEXT CONSTRAINT CK_ApprovalRequests_DecidedAt CHECK (DecidedAt GLOB '????-??-?? ??:??:??.???????'),
    DecidedBy TEXT CONSTRAINT CK_ApprovalRequests_DecidedBy CHECK (length(DecidedBy) BETWEEN 1 AND 128),
    RequestDetails TEXT CONSTRAINT CK_ApprovalRequests_RequestDetails CHECK (json_valid(RequestDetails)),
    CancellationReason TEXT
        CONSTRAINT CK_ApprovalRequests_CancellationReason CHECK (length(CancellationReason) <= 500),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_ApprovalRequests_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_ApprovalRequests_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_ApprovalRequests_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    UpdatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_ApprovalRequests_UpdatedBy CHECK (length(UpdatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_ApprovalRequests_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_ApprovalRequests_Decision
        CHECK ((DecidedAt IS NOT NULL) = (Status <> 1) AND (DecidedBy IS NULL OR Status <> 1))
) STRICT;

CREATE INDEX IX_ApprovalRequests_Agent ON ApprovalRequests (AgentId, Status);
CREATE INDEX IX_ApprovalRequests_Status ON ApprovalRequests (Status, ExpiresAt);
CREATE INDEX IX_ApprovalRequests_Session ON ApprovalRequests (SessionId) WHERE SessionId IS NOT NULL;

CREATE TRIGGER TR_ApprovalRequests_Final BEFORE UPDATE ON ApprovalRequests
WHEN OLD.Status <> 1
BEGIN
    SELECT RAISE(ABORT, 'CK_ApprovalRequests_Final');
END;
