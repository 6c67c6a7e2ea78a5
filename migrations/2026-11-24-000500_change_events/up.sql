-- The outbox: what was changed, in the order of the commits, for those who follow changes.

-- AUTOINCREMENT: a number is never given again, also when retention has removed every row.
CREATE TABLE ChangeEvents (
    Sequence INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
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
