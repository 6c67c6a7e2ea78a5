-- Caches that outlive the process, and the data of sessions.

CREATE TABLE QueryCache (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_QueryCache_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    Key TEXT NOT NULL UNIQUE
        CONSTRAINT CK_QueryCache_Key CHECK (length(Key) BETWEEN 1 AND 500 AND instr(Key, char(0)) = 0),
    Value TEXT NOT NULL CONSTRAINT CK_QueryCache_Value CHECK (json_valid(Value)),
    SlidingExpiration TEXT
        CONSTRAINT CK_QueryCache_SlidingExpiration
        CHECK (SlidingExpiration GLOB '[0-9]*[0-9]:[0-9][0-9]:[0-9][0-9]*'),
    Tags TEXT CONSTRAINT CK_QueryCache_Tags CHECK (json_valid(Tags) AND json_type(Tags) = 'array'),
    ExpiresAt TEXT CONSTRAINT CK_QueryCache_ExpiresAt CHECK (ExpiresAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_QueryCache_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_QueryCache_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_QueryCache_RowVersion CHECK (RowVersion >= 1)
) STRICT;

CREATE INDEX IX_QueryCache_ExpiresAt ON QueryCache (ExpiresAt) WHERE ExpiresAt IS NOT NULL;

CREATE TABLE ComputedResults (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_ComputedResults_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    Key TEXT NOT NULL UNIQUE
        CONSTRAINT CK_ComputedResults_Key CHECK (length(Key) BETWEEN 1 AND 500 AND instr(Key, char(0)) = 0),
    Value TEXT NOT NULL CONSTRAINT CK_ComputedResults_Value CHECK (json_valid(Value)),
    InputHash TEXT CONSTRAINT CK_ComputedResults_InputHash CHECK (length(InputHash) BETWEEN 1 AND 128),
    ComputationTime INTEGER CONSTRAINT CK_ComputedResults_ComputationTime CHECK (ComputationTime >= 0),
    Tags TEXT CONSTRAINT CK_ComputedResults_Tags CHECK (json_valid(Tags) AND json_type(Tags) = 'array'),
    ExpiresAt TEXT CONSTRAINT CK_ComputedResults_ExpiresAt CHECK (ExpiresAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_ComputedResults_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_ComputedResults_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_ComputedResults_RowVersion CHECK (RowVersion >= 1)
) STRICT;

CREATE INDEX IX_ComputedResults_ExpiresAt ON ComputedResults (ExpiresAt) WHERE ExpiresAt IS NOT NULL;

CREATE TABLE SessionData (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_SessionData_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    SessionId TEXT NOT NULL CONSTRAINT CK_SessionData_SessionId CHECK (length(SessionId) BETWEEN 1 AND 128),
    Key TEXT NOT NULL CONSTRAINT CK_SessionData_Key CHECK (length(Key) BETWEEN 1 AND 255 AND instr(Key, char(0)) = 0),
    Value TEXT NOT NULL CONSTRAINT CK_SessionData_Value CHECK (json_valid(Value)),
    Tags TEXT CONSTRAINT CK_SessionData_Tags CHECK (json_valid(Tags) AND json_type(Tags) = 'array'),
    ExpiresAt TEXT CONSTRAINT CK_SessionData_ExpiresAt CHECK (ExpiresAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_SessionData_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    UpdatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_SessionData_UpdatedAt CHECK (UpdatedAt GLOB '????-??-?? ??:??:??.???????'),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_SessionData_RowVersion CHECK (RowVersion >= 1)
) STRICT;

CREATE INDEX IX_SessionData_ExpiresAt ON SessionData (ExpiresAt) WHERE ExpiresAt IS NOT NULL;

CREATE UNIQUE INDEX IX_SessionData_Unique ON SessionData (SessionId, Key);
